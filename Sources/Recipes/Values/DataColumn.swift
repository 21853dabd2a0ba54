/// What one column (or channel) of a data file holds.
public struct DataColumn: Codable, Sendable, Equatable {
    public var name: String
    public var dtype: String
    public var count: Int
    /// Values that are empty or not a number.
    public var missing: Int
    public var distinct: Int?
    public var min: Double?
    public var max: Double?
    public var mean: Double?
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
            "missing": "Values that are empty or not a number."
        ]
    }
}
