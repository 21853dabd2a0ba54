import Yams

/// A YAML value with the line it stands on: what is left of YAML once everything surprising is refused.
struct Yaml: Sendable {
    indirect enum Content: Sendable {
        /// `plain` is false for text in quotes, which is never a number.
        case scalar(String, plain: Bool)
        case sequence([Yaml])
        case mapping([Pair])
    }

    struct Pair: Sendable {
        var key: String
        var line: Int?
        var value: Yaml
    }

    var content: Content
    /// From 1; nil for a value that no file holds.
    var line: Int?

    /// What the value is, in a reader's words.
    var kindName: String {
        switch content {
        case .scalar(let text, let plain):
            if text.isEmpty && plain { "nothing" } else { "`\(text.count > 60 ? text.prefix(60) + "…" : text)`" }
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    /// Whether nothing was written: `key:`, or YAML's words for it.
    var isEmpty: Bool {
        if case .scalar(let text, true) = content { return text.isEmpty || text == "~" || text == "null" }
        return false
    }
}

extension Yaml {
    static let largestText = 512 << 10
    static let deepest = 32
    static let mostNodes = 10_000

    /// Reads one document.
    /// - Returns: nil where the text is refused; an empty mapping for a text without content.
    static func read(_ text: String, line: Int? = nil, _ problems: inout Problems) -> Yaml? {
        guard text.utf8.count <= largestText else {
            problems.add(
                "yaml.too_large", "The text has \(text.utf8.count) bytes; at most \(largestText) are read.", line: line)
            return nil
        }
        guard hasFewSurprises(text, line: line, &problems) else { return nil }
        do {
            // The parser is kept alive while its nodes are read: they hold their anchors weakly.
            let parser = try Parser(yaml: text, encoding: .utf8)
            return try withExtendedLifetime(parser) {
                guard let root = try parser.singleRoot() else { return Yaml(content: .mapping([]), line: line ?? 1) }
                var builder = Builder(fixedLine: line)
                return builder.build(root, depth: 1, &problems)
            }
        } catch let error as YamlError {
            problems.add(error, line: line)
        } catch {
            problems.add("yaml.syntax", "The text is not YAML: \(error).", line: line)
        }
        return nil
    }

    /// Refuses control characters, and aliases before the parser could follow them: it hashes mapping keys, whose cost
    /// grows exponentially with nested aliases.
    private static func hasFewSurprises(_ text: String, line fixed: Int?, _ problems: inout Problems) -> Bool {
        var line = 1
        var startsToken = true
        var anchor: Int?
        var alias: Int?
        var previous: UInt8 = 0x0A
        for byte in text.utf8 {
            switch byte {
            case 0x0A: line += 1
            case 0x09, 0x0D: break
            case 0..<0x20, 0x7F:
                problems.add(
                    "yaml.control_character",
                    "A control character (byte \(byte)) is in line \(line).", line: fixed ?? line,
                    hint: "Remove it; an editor that shows invisible characters finds it.")
                return false
            default: break
            }
            let isSpace = byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
            if !isSpace, startsToken {
                if byte == UInt8(ascii: "&"), anchor == nil { anchor = line }
                if byte == UInt8(ascii: "*"), alias == nil { alias = line }
            }
            switch byte {
            case 0x0A, 0x0D: startsToken = true
            case 0x20, 0x09:
                startsToken =
                    startsToken || [0x2D, 0x3A, 0x3F].contains(previous)  // - : ?
            default: startsToken = [0x5B, 0x7B, 0x2C].contains(byte)  // [ { ,
            }
            previous = byte
        }
        if let anchor, let alias {
            problems.add(
                "yaml.anchor", "Line \(anchor) has an anchor (`&`) and line \(alias) an alias (`*`).",
                line: fixed ?? anchor, hint: "Write the value out where it is used.")
            return false
        }
        return true
    }

    private struct Builder {
        var fixedLine: Int?
        var count = 0

        mutating func build(_ node: Node, depth: Int, _ problems: inout Problems) -> Yaml? {
            let line = fixedLine ?? node.mark?.line
            count += 1
            guard count <= mostNodes else {
                if count == mostNodes + 1 {
                    problems.add("yaml.too_many_values", "There are more than \(mostNodes) values.", line: line)
                }
                return nil
            }
            guard depth <= deepest else {
                problems.add("yaml.too_deep", "Values are nested deeper than \(deepest).", line: line)
                return nil
            }
            if let anchor = node.anchor {
                problems.add(
                    "yaml.anchor", "`&\(anchor.rawValue)` is an anchor; recipes have none.", line: line,
                    hint: "Write the value out where it is used.")
                return nil
            }
            switch node {
            case .scalar(let scalar):
                // The parser gives text in quotes the tag of text by itself.
                let isQuotedText = scalar.style != .plain && scalar.tag.description == Tag.Name.str.rawValue
                guard isQuotedText || isUntagged(scalar.tag, line, &problems) else { return nil }
                return Yaml(
                    content: .scalar(scalar.string, plain: scalar.style == .plain || scalar.style == .any), line: line)
            case .sequence(let sequence):
                guard isUntagged(sequence.tag, line, &problems) else { return nil }
                var values: [Yaml] = []
                for child in sequence {
                    guard let value = build(child, depth: depth + 1, &problems) else { return nil }
                    values.append(value)
                }
                return Yaml(content: .sequence(values), line: line)
            case .mapping(let mapping):
                guard isUntagged(mapping.tag, line, &problems) else { return nil }
                return pairs(mapping, line, depth, &problems)
            case .alias:
                problems.add("yaml.anchor", "Aliases (`*`) are not read.", line: line)
                return nil
            }
        }

        private mutating func pairs(
            _ mapping: Node.Mapping, _ line: Int?, _ depth: Int, _ problems: inout Problems
        ) -> Yaml? {
            var pairs: [Pair] = []
            var lines: [String: Int] = [:]
            for (key, child) in mapping {
                let keyLine = fixedLine ?? key.mark?.line
                guard case .scalar(let scalar) = key, key.anchor == nil, !scalar.string.isEmpty else {
                    problems.add("yaml.key", "A key must be a plain word.", line: keyLine)
                    return nil
                }
                // The parser resolved the tags of keys when it looked for duplicates: `!!str` is no longer told apart.
                guard
                    scalar.tag.description.hasPrefix("tag:yaml.org,2002:")
                        || isUntagged(scalar.tag, keyLine, &problems)
                else { return nil }
                guard scalar.string != "<<" else {
                    problems.add(
                        "yaml.anchor", "`<<` merges another mapping; recipes have no merge keys.", line: keyLine,
                        hint: "Write the keys out.")
                    return nil
                }
                if let first = lines.updateValue(keyLine ?? 0, forKey: scalar.string) {
                    problems.duplicate(scalar.string, line: keyLine, first: first)
                    return nil
                }
                count += 1
                guard let value = build(child, depth: depth + 1, &problems) else { return nil }
                pairs.append(Pair(key: scalar.string, line: keyLine, value: value))
            }
            return Yaml(content: .mapping(pairs), line: line)
        }

        /// An explicit tag has a name before the node's own is resolved.
        private func isUntagged(_ tag: Tag, _ line: Int?, _ problems: inout Problems) -> Bool {
            let name = tag.description
            if name.isEmpty || name == Tag.implicit.description { return true }
            problems.add(
                "yaml.tag", "`\(name)` is a tag; recipes have none.", line: line,
                hint: "Leave the `!…` out; put text in quotes instead.")
            return false
        }
    }
}

extension Problems {
    fileprivate mutating func duplicate(_ key: String, line: Int?, first: Int?) {
        add(
            "yaml.duplicate_key", "The key `\(key)` appears twice.", line: line,
            hint: first.map { "It is already in line \($0); keep one." } ?? "Keep one of the two.")
    }

    fileprivate mutating func add(_ error: YamlError, line: Int?) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let place = "line \(mark.line), column \(mark.column)"
            if problem.contains("another document") {
                add(
                    "yaml.documents", "A second document begins in \(place).", line: line ?? mark.line,
                    hint: "One file holds one recipe: remove the `---` between them.")
            } else if problem.contains("undefined alias") {
                add(
                    "yaml.anchor", "`*` begins an alias in \(place); recipes have none.", line: line ?? mark.line,
                    hint: "Put text that begins with `*` in quotes.")
            } else {
                let context = context.map { " \($0.text.trimmedOfLineEnds)" } ?? ""
                add(
                    "yaml.syntax", "The text is not YAML at \(place): \(problem)\(context).", line: line ?? mark.line,
                    hint: "Check indentation (spaces, no tabs), quotes and brackets around this line.")
            }
        case .reader(let problem, _, _, _):
            add("yaml.syntax", "The text cannot be read: \(problem).", line: line)
        case .duplicatedKeysInMapping(let keys, let context):
            let key = keys.first ?? "?"
            let first = context.mark.line
            let second = Self.line(of: key, in: context.text, after: first, column: context.mark.column)
            duplicate(key, line: line ?? second ?? first, first: second == nil || line != nil ? nil : first)
        default:
            add("yaml.syntax", "The text is not YAML: \(error).", line: line)
        }
    }
}

extension Problems {
    /// The next line that has the key in the same column: the parser tells only where it stands first.
    private static func line(of key: String, in text: String, after first: Int, column: Int) -> Int? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (i, line) in lines.enumerated().dropFirst(first) {
            let indent = line.prefix(column - 1)
            let rest = line.dropFirst(column - 1)
            if indent.allSatisfy({ $0 == " " }), rest.hasPrefix(key), rest.dropFirst(key.count).first == ":" {
                return i + 1
            }
        }
        return nil
    }
}

extension String {
    fileprivate var trimmedOfLineEnds: String { String(prefix { $0 != "\n" }) }
}
