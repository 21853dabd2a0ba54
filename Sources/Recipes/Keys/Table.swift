/// The keys of one root, and how a mapping is read with them.
struct Table<Root: Keyed>: Sendable {
    let keys: [Key<Root>]
    /// Groups that a bare value stands for one key of: `loss: mse` is `loss.kind`. The root's name is empty.
    var shortForms: [String: String] = [:]
    /// Keys that the design has and this version does not, each with what it would be.
    var later: [String: String] = [:]
    /// Names that may be written for a key.
    var aliases: [String: String] = [:]
    /// What the whole is called: `recipe`.
    var noun: String

    private func key(_ path: String) -> Key<Root>? { keys.first { $0.entry.path == path } }

    private func isGroup(_ path: String) -> Bool { keys.contains { $0.entry.path.hasPrefix(path + ".") } }

    /// The names that may stand below a group.
    private func names(below path: String) -> [String] {
        let prefix = path.isEmpty ? "" : path + "."
        var names: [String] = []
        for entry in keys.map(\.entry) where entry.path.hasPrefix(prefix) {
            let name = String(entry.path.dropFirst(prefix.count).prefix { $0 != "." })
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// Reads a tree into a root that holds the defaults.
    /// - Returns: the paths that were written.
    @discardableResult
    func read(_ tree: Yaml, at place: Place, into root: inout Root, _ problems: inout Problems) -> Set<String> {
        var seen: Set<String> = []
        read(tree, path: "", at: place, into: &root, &seen, &problems)
        for entry in keys.map(\.entry) where entry.required && !seen.contains(entry.path) {
            let parts = entry.path.split(separator: ".").map(String.init)
            let place = Place(keys: place.keys + parts)
            problems.add(
                "key.missing", "`\(place.dotted)` is missing: \(entry.help)", at: place, line: tree.line,
                hint: "It is \(entry.type).")
        }
        return seen
    }

    private func read(
        _ tree: Yaml, path: String, at place: Place, into root: inout Root, _ seen: inout Set<String>,
        _ problems: inout Problems
    ) {
        guard case .mapping(let pairs) = tree.content else {
            if let short = shortForms[path], let key = key(short), !tree.isEmpty {
                if case .scalar = tree.content {
                    seen.insert(short)
                    key.read(tree, place, &root, &problems)
                    return
                }
            }
            // A group whose keys are all commented out.
            if tree.isEmpty, isGroup(path) { return }
            let names = names(below: path)
            tree.wantedMapping(
                "a mapping of \(KeyEntry.list(names))", at: place, &problems,
                hint: place.keys.isEmpty ? "Write keys and values, as in `recipe: 1`." : nil)
            return
        }
        for pair in pairs {
            if pair.key == Yaml.shortForm {
                // An override made a mapping of the short form; a key that says the same in full goes first.
                if let short = shortForms[path], let key = key(short), !seen.contains(short) {
                    seen.insert(short)
                    key.read(pair.value, place, &root, &problems)
                }
                continue
            }
            let inner = path.isEmpty ? pair.key : "\(path).\(pair.key)"
            let innerPlace = place + pair.key
            if let key = key(inner) {
                seen.insert(inner)
                key.read(pair.value, innerPlace, &root, &problems)
            } else if isGroup(inner) {
                read(pair.value, path: inner, at: innerPlace, into: &root, &seen, &problems)
            } else {
                unknown(pair, path, inner, innerPlace, &problems)
            }
        }
    }

    private func unknown(_ pair: Yaml.Pair, _ path: String, _ inner: String, _ place: Place, _ problems: inout Problems)
    {
        if let what = later[inner] {
            problems.add(
                "recipe.later", "`\(place.dotted)` (\(what)) is not built yet in this version of simmer.", at: place,
                line: pair.line, hint: "Remove the key.")
            return
        }
        let siblings = names(below: path)
        let waiting = later.keys.sorted().filter { $0.hasPrefix(path.isEmpty ? "" : path + ".") }
            .map { String($0.dropFirst(path.isEmpty ? 0 : path.count + 1)) }
        var hint: String
        if let nearest = Spelling.nearest(pair.key, of: siblings + waiting) {
            hint = "Did you mean `\(nearest)`?"
        } else if let elsewhere = keys.first(where: { $0.entry.path.hasSuffix("." + pair.key) }) {
            hint = "There is `\(elsewhere.entry.path)`; is this line in the right place?"
        } else {
            let owner = place.keys.dropLast().joined(separator: ".")
            hint = "\(owner.isEmpty ? "A \(noun)" : "`\(owner)`") has \(KeyEntry.list(siblings))."
        }
        if pair.line == nil { hint += " It comes from an override." }
        problems.add(
            "key.unknown", "`\(place.dotted)` is not a key of a \(noun).", at: place, line: pair.line, hint: hint)
    }
}
