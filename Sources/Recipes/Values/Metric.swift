/// What a number that is not finite was.
public enum NonFinite: String, Codable, Sendable, CaseIterable, Equatable {
    case nan
    case inf
    case ninf
}

/// One measurement. A value that is not finite is absent and named in 'nonFinite'.
public struct MetricValue: Codable, Sendable, Equatable {
    public var name: String
    public var step: Int
    public var timeUsec: Int
    public var value: Double?
    public var nonFinite: NonFinite?
    /// Extremes of an old value that is the mean of several, at the last of their steps.
    public var minValue: Double?
    public var maxValue: Double?

    public init(name: String, step: Int, timeUsec: Int, value: Double? = nil, nonFinite: NonFinite? = nil) {
        self.name = name
        self.step = step
        self.timeUsec = timeUsec
        self.value = value
        self.nonFinite = nonFinite
    }
}

/// One metric over steps, perhaps reduced; 'values' holds the finite ones.
public struct Series: Codable, Sendable, Equatable {
    public var name: String
    public var steps: [Int]
    public var timesUsec: [Int]
    public var values: [Double]
    /// Extremes of each reduced point.
    public var minValues: [Double]?
    public var maxValues: [Double]?
    public var nonFiniteSteps: [Int]?
    /// Points before the reduction.
    public var reducedFrom: Int
    /// Values behind each point, where old ones were thinned: such a point is their mean at the last of their steps.
    public var counts: [Int]?

    public init(
        name: String,
        steps: [Int],
        timesUsec: [Int],
        values: [Double],
        minValues: [Double]? = nil,
        maxValues: [Double]? = nil,
        nonFiniteSteps: [Int]? = nil,
        reducedFrom: Int,
        counts: [Int]? = nil
    ) {
        self.name = name
        self.steps = steps
        self.timesUsec = timesUsec
        self.values = values
        self.minValues = minValues
        self.maxValues = maxValues
        self.nonFiniteSteps = nonFiniteSteps
        self.reducedFrom = reducedFrom
        self.counts = counts
    }
}

/// How several points become one.
public enum Reduce: String, Codable, Sendable, CaseIterable, Equatable {
    case mean
    case min
    case max
    case last
    case every
}

extension MetricValue: Documented {
    public static var documentation: [String] {
        [
            "One measurement. A value that is not finite is absent and named in 'nonFinite'."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        ["minValue": "Extremes of an old value that is the mean of several, at the last of their steps."]
    }
}

extension Series: Documented {
    public static var documentation: [String] {
        [
            "One metric over steps, perhaps reduced; 'values' holds the finite ones."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "minValues": "Extremes of each reduced point.",
            "reducedFrom": "Points before the reduction.",
            "counts":
                "Values behind each point, where old ones were thinned: such a point is their mean at the last of their steps.",
        ]
    }
}

extension NonFinite: Documented {
    public static var documentation: [String] {
        [
            "What a number that is not finite was."
        ]
    }
}

extension Reduce: Documented {
    public static var documentation: [String] {
        [
            "How several points become one."
        ]
    }
}
