/// What one column (or channel) of a data file holds.
public struct DataColumn: Codable, Sendable, Equatable {
    /// Different values that are counted at most.
    public static let mostDistinct = 10_000

    public var name: String
    /// Of csv `number`, `category`, `text`, `date`, `mixed` or `empty`; of other files the type of the numbers, like `u8`.
    public var dtype: String
    /// Values that are there.
    public var count: Int
    /// Values that are empty, NaN, or written as missing: na, null, none, ?.
    public var missing: Int
    /// nil for more than `mostDistinct`.
    public var distinct: Int?
    /// Of the finite numbers.
    public var min: Double?
    public var max: Double?
    public var mean: Double?
    /// Of the population: the root of the mean square distance from the mean.
    public var std: Double?

    public init(
        name: String,
        dtype: String,
        count: Int,
        missing: Int,
        distinct: Int? = nil,
        min: Double? = nil,
        max: Double? = nil,
        mean: Double? = nil,
        std: Double? = nil
    ) {
        self.name = name
        self.dtype = dtype
        self.count = count
        self.missing = missing
        self.distinct = distinct
        self.min = min
        self.max = max
        self.mean = mean
        self.std = std
    }
}

extension DataColumn: Documented {
    public static var documentation: [String] {
        [
            "What one column (or channel) of a data file holds."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "dtype":
                "Of csv number, category, text, date, mixed or empty; of numbers in a file their type, as u8 or f32.",
            "count": "Values that are there.",
            "missing": "Values that are empty, NaN, or written as missing: na, null, none, ?.",
            "distinct": "Different values; absent for more than \(mostDistinct).",
            "min": "Of the finite numbers, as 'max', 'mean' and 'std' are.",
            "std": "Of the population: the root of the mean square distance from the mean.",
        ]
    }
}
