/// Which means of the weights are kept beside them.
public struct AveragePolicy: Codable, Sendable, Equatable {
    /// Decays of exponential moving averages.
    public var ema: [Double] = []
    public var lawa = Window()
    public var swa = Tail()

    public init() {}

    /// The mean of the newest few of the weights at regular steps (Kaddour 2022, arXiv:2209.14981).
    public struct Window: Codable, Sendable, Equatable {
        /// Steps from one to the next; nil where no such mean is kept.
        public var every: Int?
        public var last = 5

        public init() {}
    }

    /// The mean of the weights from a step on (Izmailov et al. 2018, arXiv:1803.05407).
    public struct Tail: Codable, Sendable, Equatable {
        /// The first weights that count; nil where no such mean is kept.
        public var from: Amount?
        public var every = Amount.epochs(1)

        public init() {}
    }

    /// Each of them, in the order in which a checkpoint has them.
    public var all: [WeightAverage] {
        var all = ema.map { WeightAverage.ema(decay: $0) }
        if let every = lawa.every { all.append(.lawa(every: every, last: lawa.last)) }
        if let from = swa.from { all.append(.swa(from: from, every: swa.every)) }
        return all
    }
}

/// One mean of the weights.
public enum WeightAverage: Sendable, Equatable {
    /// decay · average + (1 - decay) · weights, after every update.
    case ema(decay: Double)
    /// The plain mean of the `last` newest of the weights after each `every` updates.
    case lawa(every: Int, last: Int)
    /// The plain mean of the weights after `from` updates and then after each `every`.
    case swa(from: Amount, every: Amount)

    /// `ema-0.999`, `lawa-500x5`, `swa`: in metrics, evaluations and exports.
    public var name: String {
        switch self {
        case .ema(let decay): AverageName.ema(decay)
        case .lawa(let every, let last): "lawa-\(every)x\(last)"
        case .swa: "swa"
        }
    }

    /// Before the names of its tensors in a checkpoint.
    public var prefix: String { AverageName.tensorPrefix(name) }

    /// Copies of the weights that it takes: the mean, and what that is the mean of where this must be known again.
    public var copies: Int { if case .lawa(_, let last) = self { 1 + last } else { 1 } }

    /// Whether it has running statistics of its own. An exponential average of many steps lies among the weights whose
    /// batches the network's own statistics are an average of; a mean of weights that lie apart has others.
    public var ownsStatistics: Bool { if case .ema = self { false } else { true } }

    /// After which updates weights are taken in: the first and the distance to the next; nil where never.
    /// - Parameter total: updates of the whole run, as submitted.
    public func turns(stepsPerEpoch: Int, total: Int?) -> (first: Int, every: Int)? {
        switch self {
        case .ema: return (1, 1)
        case .lawa(let every, _): return (every, every)
        case .swa(let from, let every):
            guard let first = from.steps(stepsPerEpoch: stepsPerEpoch, total: total),
                let every = every.steps(stepsPerEpoch: stepsPerEpoch, total: total).map({ max($0, 1) })
            else { return nil }
            // Nothing is learned before the first update.
            return (first > 0 ? first : every, every)
        }
    }
}
