/// A rule that an interface's text breaks, and where.
public struct RuleViolation: Error, Sendable, Equatable, CustomStringConvertible {
    public let line: Int
    public let rule: String

    public var description: String { "line \(line): \(rule)" }
}

/// The rules that make an interface's text readable by every parser in use: PyPI varlink, and systemd's from 257 on.
///
/// Each was found by probing those parsers; the strictest wins. Also a parser of the language as far as the rules need it.
public struct InterfaceRules {
    /// Every violation, in order; empty when the text is good. Reading stops at the first error of syntax.
    public static func violations(in text: String) -> [RuleViolation] {
        var rules: InterfaceRules
        do { rules = InterfaceRules(tokens: try InterfaceLexer.tokens(text)) } catch { return [error] }
        do { try rules.readInterface() } catch { rules.found.append(error) }
        return rules.found
    }

    private let tokens: [InterfaceToken]
    private var position = 0
    private var found: [RuleViolation] = []
    private var declared: [String: Int] = [:]
    private var mentioned: [(name: String, line: Int)] = []

    private init(tokens: [InterfaceToken]) { self.tokens = tokens }

    private static let basicTypes: Set<String> = ["bool", "int", "float", "string", "object"]

    // MARK: Reading

    private var line: Int { (position < tokens.count ? tokens[position] : tokens.last)?.line ?? 1 }

    private mutating func report(_ rule: String, line: Int? = nil) {
        found.append(RuleViolation(line: line ?? self.line, rule: rule))
    }

    private mutating func skipComments() {
        while position < tokens.count, tokens[position].kind == .comment { position += 1 }
    }

    /// A comment here breaks systemd's parser.
    private mutating func refuseComments() {
        guard position < tokens.count, tokens[position].kind == .comment else { return }
        report("a comment stands above a member or a field, nowhere else")
        skipComments()
    }

    private func peek(_ sign: String) -> Bool { position < tokens.count && tokens[position].kind == .sign(sign) }

    private mutating func take(_ sign: String) -> Bool {
        guard peek(sign) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ sign: String) throws(RuleViolation) {
        refuseComments()
        guard take(sign) else { throw RuleViolation(line: line, rule: "'\(sign)' is missing") }
    }

    private mutating func word(_ what: String) throws(RuleViolation) -> String {
        guard position < tokens.count, case .word(let word) = tokens[position].kind else {
            throw RuleViolation(line: line, rule: "\(what) is missing")
        }
        position += 1
        return word
    }

    private mutating func readInterface() throws(RuleViolation) {
        skipComments()
        guard try word("'interface'") == "interface" else {
            throw RuleViolation(line: 1, rule: "a text begins with 'interface' and its name")
        }
        let name = try word("the interface's name")
        if !InterfaceNames.isInterface(name) {
            report("'\(name)' is no interface name: two labels or more, the first of letters only")
        }
        skipComments()
        while position < tokens.count {
            try readMember()
            skipComments()
        }
        for (name, line) in mentioned where declared[name] == nil {
            report("type '\(name)' is not declared", line: line)
        }
    }

    private mutating func readMember() throws(RuleViolation) {
        let start = line
        let keyword = try word("'type', 'method' or 'error'")
        let name = try word("a name")
        if !InterfaceNames.isMember(name) {
            report("'\(name)' is no name of a member: a capital, then letters and digits")
        }
        if let first = declared[name] { report("'\(name)' is declared twice (first on line \(first))", line: start) }
        declared[name] = start
        switch keyword {
        case "type":
            if !peek("(") { throw RuleViolation(line: line, rule: "a type is a struct or an enum in parentheses") }
            try readGroup(mayBeEmpty: false, mayBeEnum: true)
        case "error":
            if !peek("(") {
                throw RuleViolation(line: line, rule: "an error has parentheses, and fields of its own in them")
            }
            try readGroup(mayBeEmpty: true, mayBeEnum: false)
        case "method":
            try readGroup(mayBeEmpty: true, mayBeEnum: false)
            try expect("->")
            refuseComments()
            try readGroup(mayBeEmpty: true, mayBeEnum: false)
        default: throw RuleViolation(line: start, rule: "'\(keyword)' is no member: 'type', 'method' or 'error'")
        }
    }

    /// A struct `(name: type, ...)` or an enum `(one, two)`.
    private mutating func readGroup(mayBeEmpty: Bool, mayBeEnum: Bool) throws(RuleViolation) {
        let start = line
        try expect("(")
        var names: Set<String> = []
        var fields = 0
        var values = 0
        let before = position
        skipComments()
        if peek(")") {
            if position > before { report("a comment stands above a field, not before ')'") }
            position += 1
            if !mayBeEmpty { report("an empty struct is not allowed", line: start) }
            return
        }
        while true {
            skipComments()
            if peek(")") { throw RuleViolation(line: line, rule: "no comma before ')'") }
            let name = try word("a field's name")
            if !InterfaceNames.isField(name) {
                report("'\(name)' is no field name: a letter, then letters, digits, single '_'")
            }
            if !names.insert(name).inserted { report("'\(name)' stands twice in one group") }
            refuseComments()
            if take(":") {
                fields += 1
                try readType()
            } else {
                values += 1
                if name != name.lowercased() { report("the enum value '\(name)' is not in lower case") }
            }
            refuseComments()
            if take(",") { continue }
            try expect(")")
            break
        }
        if fields > 0 && values > 0 { report("a group is a struct or an enum, not both", line: start) }
        if values > 0 && !mayBeEnum { report("a call, a reply or an error has named, typed fields", line: start) }
        if values == 1 { report("an enum has two values or more", line: start) }
    }

    private mutating func readType(inside container: String? = nil) throws(RuleViolation) {
        refuseComments()
        if take("?") {
            if let container { report("no optional within \(container)") }
            if peek("?") { report("no optional of an optional") }
            return try readType()
        }
        if take("[") {
            if let container { report("no array or map within \(container)") }
            var inner = "an array"
            if !take("]") {
                guard try word("'string' or ']'") == "string" else {
                    throw RuleViolation(line: line, rule: "a map's keys are strings")
                }
                try expect("]")
                inner = "a map"
            }
            return try readType(inside: inner)
        }
        if peek("(") { return try readGroup(mayBeEmpty: false, mayBeEnum: true) }
        let start = line
        let name = try word("a type")
        if InterfaceRules.basicTypes.contains(name) { return }
        if name == "any" { return report("'any' is known from systemd 260 on only; use object", line: start) }
        if !InterfaceNames.isMember(name) { report("'\(name)' is no type", line: start) }
        mentioned.append((name, start))
    }
}

/// The spellings that every parser takes.
enum InterfaceNames {
    /// `[a-zA-Z]+(\.[A-Za-z0-9](-*[A-Za-z0-9])*)+`: Varlink allows more in the first label, PyPI's parser does not.
    static func isInterface(_ name: String) -> Bool {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, let first = labels.first, !first.isEmpty, first.utf8.allSatisfy(isLetter) else {
            return false
        }
        return labels.dropFirst().allSatisfy { label in
            guard let head = label.utf8.first, let tail = label.utf8.last else { return false }
            return isAlphanumeric(head) && isAlphanumeric(tail)
                && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    /// `[A-Z][A-Za-z0-9]*`
    static func isMember(_ name: String) -> Bool {
        guard let first = name.utf8.first, isLetter(first), first < UInt8(ascii: "a") else { return false }
        return name.utf8.allSatisfy(isAlphanumeric)
    }

    /// `[A-Za-z](_?[A-Za-z0-9])*`
    static func isField(_ name: String) -> Bool {
        guard let first = name.utf8.first, isLetter(first), name.utf8.last != UInt8(ascii: "_") else { return false }
        let underscore = UInt8(ascii: "_")
        return zip(name.utf8, name.utf8.dropFirst()).allSatisfy { !($0 == underscore && $1 == underscore) }
            && name.utf8.allSatisfy { isAlphanumeric($0) || $0 == underscore }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
