/// One column of the table of a recipe's examples, and what lies in it.
public struct ExampleColumn: Codable, Sendable, Equatable {
    public var name: String
    public var kind: QueryColumn.Kind
    /// nil for a plain number, and for text.
    public var unit: String?
    public var doc: String
    /// Examples with a value.
    public var count: Int
    /// Examples without one.
    public var missing: Int
    /// Different values.
    public var distinct: Int
    /// Of numbers, and of text whose values are numbers; nil where there is none.
    public var minimum: Double?
    public var median: Double?
    public var maximum: Double?

    public init(
        name: String, kind: QueryColumn.Kind, unit: String?, doc: String, count: Int, missing: Int, distinct: Int,
        minimum: Double? = nil, median: Double? = nil, maximum: Double? = nil
    ) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.doc = doc
        self.count = count
        self.missing = missing
        self.distinct = distinct
        self.minimum = minimum
        self.median = median
        self.maximum = maximum
    }
}

extension ExampleColumn: Documented {
    public static var documentation: [String] { ["A column of the table of examples, and what lies in it."] }
    public static var fieldDocumentation: [String: String] {
        ["minimum": "Of numbers, and of text of which every value is a number.", "distinct": "Different values."]
    }
}

extension QueryColumn.Kind: Documented {
    public static var interfaceName: String { "ExampleColumnKind" }
    public static var documentation: [String] {
        ["'digits' is text of which every value is a number: names of classes, mostly."]
    }
}

/// How often values of one column come.
public struct ExampleHistogram: Codable, Sendable, Equatable {
    public var column: String
    public var unit: String?
    public var bins: [ExampleBin]
    /// Examples without a value.
    public var missing: Int
    /// Text: examples with a value that has no bin of its own.
    public var others: Int

    public init(column: String, unit: String?, bins: [ExampleBin], missing: Int, others: Int) {
        self.column = column
        self.unit = unit
        self.bins = bins
        self.missing = missing
        self.others = others
    }
}

/// Examples whose value lies in a range, or is a word.
public struct ExampleBin: Codable, Sendable, Equatable {
    /// A text's value; nil for a range.
    public var value: String?
    public var low: Double?
    /// Not in the range, but for the last one's.
    public var high: Double?
    public var count: Int

    public init(value: String? = nil, low: Double? = nil, high: Double? = nil, count: Int) {
        self.value = value
        self.low = low
        self.high = high
        self.count = count
    }
}

extension ExampleHistogram: Documented {
    public static var documentation: [String] { ["How often values of one column come."] }
}

extension ExampleBin: Documented {
    public static var documentation: [String] {
        ["Examples whose value lies from 'low' to below 'high' (the last one's with it), or is 'value'."]
    }
}
