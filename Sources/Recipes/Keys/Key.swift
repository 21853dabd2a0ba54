/// What a table of keys fills in.
protocol Keyed: Sendable {
    /// Every default.
    static var draft: Self { get }
}

/// One key: how it is shown, and how it is read into its place.
struct Key<Root: Keyed>: Sendable {
    typealias Read = @Sendable (Yaml, Place, inout Root, inout Problems) -> Void
    var entry: KeyEntry
    var read: Read

    /// A key with a form of its own.
    static func custom(
        _ path: String, _ type: String, initial: String? = nil, _ life: KeyEntry.Life, required: Bool = false,
        _ help: String, _ read: @escaping Read
    ) -> Self {
        Key(
            entry: KeyEntry(
                path: path, type: type, initial: initial, range: nil, life: life, required: required, help: help),
            read: read)
    }

    private static func make<Value>(
        _ path: String, _ type: String, initial: String?, range: String? = nil, _ life: KeyEntry.Life,
        required: Bool = false, _ help: String, _ target: any WritableKeyPath<Root, Value> & Sendable,
        _ read: @escaping @Sendable (Yaml, Place, inout Problems) -> Value?
    ) -> Self {
        Key(
            entry: KeyEntry(
                path: path, type: type, initial: initial, range: range, life: life, required: required, help: help)
        ) { yaml, place, root, problems in
            if let value = read(yaml, place, &problems) { root[keyPath: target] = value }
        }
    }

    /// A value or, written `none`, nil.
    private static func orNone<Value>(
        _ read: @escaping @Sendable (Yaml, Place, inout Problems) -> Value?
    ) -> @Sendable (Yaml, Place, inout Problems) -> Value?? {
        { yaml, place, problems in
            if case .scalar("none", true) = yaml.content { return .some(nil) }
            return read(yaml, place, &problems).map { .some($0) }
        }
    }

    static func number(
        _ path: String, _ target: any WritableKeyPath<Root, Double> & Sendable, _ range: ClosedRange<Double>,
        _ life: KeyEntry.Life, required: Bool = false, _ help: String
    ) -> Self {
        make(
            path, "number", initial: required ? nil : Amount.short(Root.draft[keyPath: target]),
            range: KeyEntry.range(range), life, required: required, help, target
        ) { $0.number(in: range, at: $1, &$2) }
    }

    static func number(
        _ path: String, _ target: any WritableKeyPath<Root, Double?> & Sendable, _ range: ClosedRange<Double>,
        _ life: KeyEntry.Life, initial: String = "none", _ help: String
    ) -> Self {
        make(
            path, "number or none", initial: Root.draft[keyPath: target].map(Amount.short) ?? initial,
            range: KeyEntry.range(range), life, help, target, orNone { $0.number(in: range, at: $1, &$2) })
    }

    /// A part of the local day, or none.
    static func hours(
        _ path: String, _ target: any WritableKeyPath<Root, DayHours?> & Sendable, _ life: KeyEntry.Life,
        _ help: String
    ) -> Self {
        make(
            path, "hours", initial: "none", life, help, target,
            orNone { yaml, place, problems in
                guard let text = yaml.text(at: place, &problems) else { return nil }
                if let hours = DayHours(text) { return hours }
                yaml.outOfRange("two times of the day", at: place, &problems, hint: "Write `\"22:00-06:00\"`.")
                return nil
            })
    }

    /// Files of a data set, or none.
    static func files(
        _ path: String, _ target: any WritableKeyPath<Root, FileSet?> & Sendable, _ help: String
    ) -> Self {
        make(path, "files", initial: "none", .frozen, help, target, orNone { FileSetDraft.read($0, $1, &$2) })
    }

    /// - Parameter draft: what holds the default.
    static func integer(
        _ path: String, _ target: any WritableKeyPath<Root, Int> & Sendable, _ range: ClosedRange<Int>,
        _ life: KeyEntry.Life, required: Bool = false, in draft: Root = .draft, _ help: String
    ) -> Self {
        make(
            path, "whole number", initial: required ? nil : "\(draft[keyPath: target])",
            range: KeyEntry.range(range), life, required: required, help, target
        ) { $0.integer(in: range, at: $1, &$2) }
    }

    /// - Parameter initial: what stands for nil, in words: `auto`, which may be written as well.
    static func integer(
        _ path: String, _ target: any WritableKeyPath<Root, Int?> & Sendable, _ range: ClosedRange<Int>,
        _ life: KeyEntry.Life, initial: String, _ help: String
    ) -> Self {
        make(
            path, "whole number or \(initial)", initial: initial, range: KeyEntry.range(range), life, help, target
        ) { yaml, place, problems in
            if case .scalar(initial, true) = yaml.content { return .some(nil) }
            return yaml.integer(in: range, at: place, &problems).map { .some($0) }
        }
    }

    static func boolean(
        _ path: String, _ target: any WritableKeyPath<Root, Bool> & Sendable, _ life: KeyEntry.Life, _ help: String
    ) -> Self {
        make(path, "true or false", initial: "\(Root.draft[keyPath: target])", life, help, target) {
            $0.boolean(at: $1, &$2)
        }
    }

    static func text(
        _ path: String, _ target: any WritableKeyPath<Root, String?> & Sendable, initial: String,
        _ life: KeyEntry.Life, longest: Int = 4_096, _ help: String
    ) -> Self {
        make(path, "text", initial: Root.draft[keyPath: target] ?? initial, life, help, target) {
            yaml, place, problems in
            if case .scalar(initial, true) = yaml.content { return .some(nil) }
            return yaml.text(at: place, longest: longest, &problems).map { .some($0) }
        }
    }

    static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
        _ path: String, _ target: any WritableKeyPath<Root, Value> & Sendable, later: [String] = [],
        _ life: KeyEntry.Life, required: Bool = false, _ help: String
    ) -> Self {
        let words = Value.allCases.map(\.rawValue)
        return make(
            path, "one of \(words.joined(separator: ", "))",
            initial: required ? nil : Root.draft[keyPath: target].rawValue, life, required: required, help, target
        ) { $0.choice(of: words, later: later, at: $1, &$2).flatMap(Value.init(rawValue:)) }
    }

    static func amount(
        _ path: String, _ target: any WritableKeyPath<Root, Amount> & Sendable, _ units: AmountUnits,
        _ life: KeyEntry.Life, _ help: String
    ) -> Self {
        make(path, "amount", initial: "\(Root.draft[keyPath: target])", life, help, target) {
            $0.amount(units, at: $1, &$2)
        }
    }

    static func size(
        _ path: String, _ target: any WritableKeyPath<Root, Int> & Sendable, _ range: ClosedRange<Int>,
        _ life: KeyEntry.Life, _ help: String
    ) -> Self {
        make(
            path, "size", initial: ByteCount.text(Root.draft[keyPath: target]),
            range: "\(ByteCount.text(range.lowerBound)) to \(ByteCount.text(range.upperBound))", life, help, target
        ) { $0.size(in: range, at: $1, &$2) }
    }

    static func size(
        _ path: String, _ target: any WritableKeyPath<Root, Int?> & Sendable, _ range: ClosedRange<Int>,
        initial: String, _ life: KeyEntry.Life, _ help: String
    ) -> Self {
        make(
            path, "size or \(initial)", initial: initial,
            range: "\(ByteCount.text(range.lowerBound)) to \(ByteCount.text(range.upperBound))", life, help, target
        ) { yaml, place, problems in
            if case .scalar(initial, true) = yaml.content { return .some(nil) }
            return yaml.size(in: range, at: place, &problems).map { .some($0) }
        }
    }

    static func duration(
        _ path: String, _ target: any WritableKeyPath<Root, Double> & Sendable, _ range: ClosedRange<Double>,
        _ life: KeyEntry.Life, _ help: String
    ) -> Self {
        make(
            path, "time", initial: "\(Amount.seconds(Root.draft[keyPath: target]))",
            range: "\(Amount.seconds(range.lowerBound)) to \(Amount.seconds(range.upperBound))", life, help, target
        ) { $0.duration(in: range, at: $1, &$2) }
    }

    static func numbers(
        _ path: String, _ target: any WritableKeyPath<Root, [Double]> & Sendable, _ range: ClosedRange<Double>,
        count: ClosedRange<Int>, _ life: KeyEntry.Life, _ help: String
    ) -> Self {
        let initial = Root.draft[keyPath: target].map(Amount.short).joined(separator: ", ")
        return make(
            path, "list of \(KeyEntry.range(count)) numbers", initial: "[\(initial)]", range: KeyEntry.range(range),
            life, help, target
        ) { $0.numbers(in: range, count: count, at: $1, &$2) }
    }
}
