/// Typed values out of the tree: each says what it wanted, what it got, and where.
extension Yaml {
    private func wrong(_ wanted: String, at place: Place, _ problems: inout Problems, hint: String? = nil) {
        let message =
            isEmpty
            ? "`\(place.dotted)` has no value; it must be \(wanted)."
            : "`\(place.dotted)` is \(kindName); it must be \(wanted)."
        problems.add("value.type", message, at: place, line: line, hint: hint)
    }

    func boolean(at place: Place, _ problems: inout Problems) -> Bool? {
        if case .scalar(let text, true) = content {
            switch text {
            case "true": return true
            case "false": return false
            case "yes", "on", "True", "TRUE", "Yes", "On":
                wrong("`true` or `false`", at: place, &problems, hint: "Write `true`.")
                return nil
            case "no", "off", "False", "FALSE", "No", "Off":
                wrong("`true` or `false`", at: place, &problems, hint: "Write `false`.")
                return nil
            default: break
            }
        }
        wrong("`true` or `false`", at: place, &problems)
        return nil
    }

    /// A finite decimal number; nil where the scalar is none.
    static func number(_ text: String) -> Double? {
        guard let first = text.utf8.first, first != UInt8(ascii: "+"),
            text.utf8.allSatisfy({ (48...57).contains($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) }),
            let value = Double(text), value.isFinite
        else { return nil }
        return value
    }

    func number(in range: ClosedRange<Double>, at place: Place, _ problems: inout Problems) -> Double? {
        guard case .scalar(let text, true) = content, let value = Yaml.number(text) else {
            wrong("a number", at: place, &problems, hint: numberHint)
            return nil
        }
        guard range.contains(value) else {
            outOfRange(KeyEntry.range(range), at: place, &problems)
            return nil
        }
        return value
    }

    func integer(in range: ClosedRange<Int>, at place: Place, _ problems: inout Problems) -> Int? {
        guard case .scalar(let text, true) = content, let value = Yaml.number(text) else {
            wrong("a whole number", at: place, &problems, hint: numberHint)
            return nil
        }
        guard let exact = Int(text) ?? Int(exactly: value) else {
            wrong("a whole number", at: place, &problems)
            return nil
        }
        guard range.contains(exact) else {
            outOfRange(KeyEntry.range(range), at: place, &problems)
            return nil
        }
        return exact
    }

    private var numberHint: String? {
        switch content {
        case .scalar(let text, false) where Yaml.number(text) != nil: "Leave the quotes out."
        case .scalar(let text, true) where [".nan", ".inf", "-.inf", "nan", "inf"].contains(text.lowercased()):
            "Numbers must be finite."
        case .scalar(let text, true) where text.contains(","): "Write decimals with a point."
        default: nil
        }
    }

    func outOfRange(_ range: String, at place: Place, _ problems: inout Problems, hint: String? = nil) {
        problems.add(
            "value.range", "`\(place.dotted)` is \(kindName); it must be \(range).", at: place, line: line, hint: hint)
    }

    /// Text, in quotes or plain, of at most `longest` bytes.
    func text(at place: Place, longest: Int = 4_096, _ problems: inout Problems) -> String? {
        guard case .scalar(let text, _) = content, !isEmpty, !text.isEmpty else {
            wrong("text", at: place, &problems)
            return nil
        }
        guard text.utf8.count <= longest else {
            problems.add(
                "value.range", "`\(place.dotted)` has \(text.utf8.count) bytes; at most \(longest) are read.",
                at: place, line: line)
            return nil
        }
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) }) else {
            problems.add(
                "yaml.control_character", "`\(place.dotted)` holds a control character.", at: place, line: line)
            return nil
        }
        return text
    }

    /// One of the words; a near miss names the word that was meant, and a word of `later` that it is not built yet.
    func choice(
        of words: [String], later: [String] = [], at place: Place, _ problems: inout Problems
    ) -> String? {
        guard case .scalar(let text, _) = content, !isEmpty else {
            wrong("one of \(KeyEntry.list(words))", at: place, &problems)
            return nil
        }
        if words.contains(text) { return text }
        if later.contains(text) {
            problems.add(
                "recipe.later", "`\(place.dotted): \(text)` is not built yet in this version of simmer.", at: place,
                line: line, hint: "This version has \(KeyEntry.list(words)).")
            return nil
        }
        let nearest = Spelling.nearest(text, of: words + later)
        problems.add(
            "value.choice", "`\(place.dotted)` is \(kindName); it must be one of \(KeyEntry.list(words)).", at: place,
            line: line, hint: nearest.map { "Did you mean `\($0)`?" })
        return nil
    }

    func amount(_ units: AmountUnits, at place: Place, _ problems: inout Problems) -> Amount? {
        guard case .scalar(let text, _) = content, !isEmpty else {
            wrong(units.wanted, at: place, &problems)
            return nil
        }
        guard let amount = Amount(text) else {
            wrong(
                units.wanted, at: place, &problems, hint: "Units are steps, epochs, seconds, minutes, hours, days, %.")
            return nil
        }
        if let reason = units.refusal(of: amount) {
            problems.add(
                "value.range", "`\(place.dotted)` is \(kindName); \(reason)", at: place, line: line,
                hint: "It must be \(units.wanted).")
            return nil
        }
        return amount
    }

    /// Bytes: `4 GiB`, `512 MiB`, `2 GB`.
    func size(in range: ClosedRange<Int>, at place: Place, _ problems: inout Problems) -> Int? {
        guard case .scalar(let text, _) = content, let bytes = ByteCount.parse(text) else {
            wrong("a size", at: place, &problems, hint: "Write a number and KiB, MiB, GiB or TiB, as in `4 GiB`.")
            return nil
        }
        guard range.contains(bytes) else {
            outOfRange(
                "\(ByteCount.text(range.lowerBound)) to \(ByteCount.text(range.upperBound))", at: place, &problems)
            return nil
        }
        return bytes
    }

    /// Seconds: `90 seconds`, `10 minutes`.
    func duration(in range: ClosedRange<Double>, at place: Place, _ problems: inout Problems) -> Double? {
        let limits = "\(Amount.seconds(range.lowerBound)) to \(Amount.seconds(range.upperBound))"
        guard case .scalar(let text, _) = content, let seconds = Amount(text)?.seconds else {
            wrong("a time", at: place, &problems, hint: "Write a number and a unit, as in `90 seconds`.")
            return nil
        }
        guard range.contains(seconds) else {
            outOfRange(limits, at: place, &problems)
            return nil
        }
        return seconds
    }

    /// A list of numbers, or one number.
    func numbers(
        in range: ClosedRange<Double>, count: ClosedRange<Int>, at place: Place, _ problems: inout Problems
    ) -> [Double]? {
        guard case .sequence(let values) = content else {
            return number(in: range, at: place, &problems).map { [$0] }
        }
        guard count.contains(values.count) else {
            problems.add(
                "value.range",
                "`\(place.dotted)` has \(values.count) numbers; it must have \(KeyEntry.range(count)).",
                at: place, line: line)
            return nil
        }
        var numbers: [Double] = []
        for (i, value) in values.enumerated() {
            guard let number = value.number(in: range, at: place + i, &problems) else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    /// A list of checkpoints, or one.
    func teachers(at place: Place, _ problems: inout Problems) -> [String]? {
        if case .sequence(let values) = content, values.count > TeacherRecord.most {
            problems.add(
                "value.range",
                "`\(place.dotted)` has \(values.count) checkpoints; at most \(TeacherRecord.most) are asked.",
                at: place,
                line: line)
            return nil
        }
        return names(at: place, most: TeacherRecord.most, &problems)
    }

    /// A list of names that differ, or one.
    func names(at place: Place, most: Int, _ problems: inout Problems) -> [String]? {
        guard case .sequence(let values) = content else { return text(at: place, longest: 200, &problems).map { [$0] } }
        guard values.count <= most else {
            problems.add(
                "value.range", "`\(place.dotted)` has \(values.count) names; at most \(most) may stand there.",
                at: place,
                line: line)
            return nil
        }
        var names: [String] = []
        for (i, value) in values.enumerated() {
            guard let name = value.text(at: place + i, longest: 200, &problems) else { return nil }
            guard !names.contains(name) else {
                problems.add(
                    "value.range", "`\(place.dotted)` names `\(name)` twice.", at: place + i, line: value.line ?? line)
                return nil
            }
            names.append(name)
        }
        return names
    }

    func wantedMapping(_ wanted: String, at place: Place, _ problems: inout Problems, hint: String? = nil) {
        wrong(wanted, at: place, &problems, hint: hint)
    }
}

/// Which units an amount may have.
struct AmountUnits: OptionSet, Sendable {
    let rawValue: Int
    static let steps = AmountUnits(rawValue: 1)
    static let epochs = AmountUnits(rawValue: 2)
    static let time = AmountUnits(rawValue: 4)
    static let share = AmountUnits(rawValue: 8)
    static let forever = AmountUnits(rawValue: 16)

    var wanted: String {
        var words: [String] = []
        if contains(.steps) { words.append("steps (`500`)") }
        if contains(.epochs) { words.append("epochs (`2 epochs`)") }
        if contains(.time) { words.append("a time (`10 minutes`)") }
        if contains(.share) { words.append("a share of the run (`20 %`)") }
        if contains(.forever) { words.append("`forever`") }
        return words.count < 2
            ? words.joined() : words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
    }

    func refusal(of amount: Amount) -> String? {
        switch amount {
        case .steps(let count): contains(.steps) && count > 0 ? nil : "it must be more than zero."
        case .epochs(let count): contains(.epochs) && count > 0 ? nil : "it must be more than zero."
        case .share(let part):
            !contains(.share) ? "a share has no meaning here." : part > 0 ? nil : "it must be more than zero."
        case .seconds(let value):
            !contains(.time)
                ? "time would make the result depend on the machine's speed."
                : value >= 1 ? nil : "it must be a second or more."
        case .forever: contains(.forever) ? nil : "it must end."
        }
    }
}

/// Bytes as people write them.
public enum ByteCount {
    private static let units: [(String, Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ]
    private static let decimal: [(String, Int)] = [
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1),
    ]

    /// Bytes of `4 GiB`, `1.5 GB`, `65536`; nil for anything else.
    public static func parse(_ text: String) -> Int? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text[number.endIndex...].drop { $0 == " " }
        let factor = unit.isEmpty ? 1 : (units + decimal).first { $0.0.lowercased() == unit.lowercased() }?.1
        guard let factor, let value = Double(number), value.isFinite else { return nil }
        return Int(exactly: (value * Double(factor)).rounded())
    }

    /// The shortest exact spelling: `4 GiB`, `1536 MiB`, `1000 B`.
    public static func text(_ bytes: Int) -> String {
        for (unit, factor) in units where bytes >= factor && bytes % factor == 0 { return "\(bytes / factor) \(unit)" }
        return "\(bytes) B"
    }
}
