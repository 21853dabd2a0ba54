public enum NonFinite: String, Codable, Sendable, CaseIterable, Equatable {
    case nan
    case inf
    case ninf
}

public struct MetricValue: Codable, Sendable, Equatable {
    public var name: String
    public var step: Int
    public var timeUsec: Int
    public var value: Double?
    public var nonFinite: NonFinite?

    public init(name: String, step: Int, timeUsec: Int, value: Double? = nil, nonFinite: NonFinite? = nil) {
        self.name = name
        self.step = step
        self.timeUsec = timeUsec
        self.value = value
        self.nonFinite = nonFinite
    }
}

public struct Series: Codable, Sendable, Equatable {
    public var name: String
    public var steps: [Int]
    public var timesUsec: [Int]
    public var values: [Double]
    public var minValues: [Double]?
    public var maxValues: [Double]?
    public var nonFiniteSteps: [Int]?
    public var reducedFrom: Int

    public init(
        name: String,
        steps: [Int],
        timesUsec: [Int],
        values: [Double],
        minValues: [Double]? = nil,
        maxValues: [Double]? = nil,
        nonFiniteSteps: [Int]? = nil,
        reducedFrom: Int
    ) {
        self.name = name
        self.steps = steps
        self.timesUsec = timesUsec
        self.values = values
        self.minValues = minValues
        self.maxValues = maxValues
        self.nonFiniteSteps = nonFiniteSteps
        self.reducedFrom = reducedFrom
    }
}

public enum Reduce: String, Codable, Sendable, CaseIterable, Equatable {
    case mean
    case min
    case max
    case last
    case every
}
