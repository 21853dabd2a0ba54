import Tensors

/// W2: whether the loss of an update is far above what it was, and whether it stays there.
///
/// A function of the losses and the rates alone, by arithmetic that has the same bits on every machine: a rollback follows
/// from it. Costs about a microsecond an update.
struct SpikeWatch: Equatable {
    /// Losses that a new one is held against.
    static let window = 200
    /// Fewer say nothing.
    static let fewest = 100
    /// Robust deviations above the median.
    static let limit = 6.0
    /// A spread below 5 % counts as 5 %: on a smooth curve every wave would be one.
    static let leastSpread = 0.05
    /// Of the first loss: what is added before logarithms are taken. A loss of next to nothing may double.
    static let floor = 0.05
    static let persistentFactor = 1.5
    static let persistentShare = 0.02
    static let persistentSteps = 500
    /// Of the first loss: so much worse than at its best, a run has lost what it had learned. Below it, it may be a rate
    /// that is high and sound.
    static let lostShare = 0.1
    /// Of the first loss: with more than this left, a run has learned little.
    static let poorShare = 0.5

    /// Logarithms of the newest losses, oldest first.
    private var recent: [Double] = []
    private var sorted: [Double] = []
    /// Of the newest 50 updates: which were spikes, the newest in the lowest bit.
    private var flags: UInt64 = 0
    private(set) var spikes = 0
    private(set) var updates = 0
    /// Mean over the first hundred losses.
    private(set) var first = 0.0
    /// Exponential mean over a hundred.
    private(set) var mean = 0.0
    private(set) var best = Double.infinity
    /// The lowest rate since the last rise.
    private var lowRate = Double.infinity
    /// After a rise of the rate the loss may go up: until this update what is best is counted anew.
    private var calmUntil = 0
    /// The update from which on the mean has been far above its best.
    private(set) var highSince: Int?

    enum Finding: Equatable {
        case quiet
        /// One update, and its robust z.
        case spike(Double)
        /// So many of the newest 50, and the mean is far above the median of the window.
        case many(Int)
        /// The mean has been far above its best since this update.
        case persistent(since: Int)
    }

    /// - Parameters:
    ///   - loss: finite.
    ///   - step: updates done, with this one.
    mutating func add(_ loss: Double, rate: Double, step: Int) -> Finding {
        updates += 1
        flags = flags << 1 & (1 << 50 - 1)
        if updates <= 100 {
            first += (loss - first) / Double(updates)
            mean = first
        } else {
            mean += (loss - mean) / 100
        }
        let height = logarithm(max(loss, 0) + Self.floor * max(first, 1e-30))
        let z = z(height)
        insert(height)
        let isPersistent = follow(rate, step)
        if let z, z > Self.limit {
            spikes += 1
            flags |= 1
        }
        if isPersistent, let highSince { return .persistent(since: highSince) }
        let count = flags.nonzeroBitCount
        if flags & 1 == 1, count >= 10, isAboveMedian { return .many(count) }
        if flags & 1 == 1, let z { return .spike(z) }
        return .quiet
    }

    /// Nil while too little has been seen.
    private func z(_ height: Double) -> Double? {
        guard sorted.count >= Self.fewest else { return nil }
        let median = sorted[sorted.count / 2]
        return (height - median) / max(1.4826 * Self.middle(of: sorted, about: median), Self.leastSpread)
    }

    /// The median of the distances from `median`: of the two falling lists of them, from either end of the sorted one
    /// to its middle, the element that is in its place when both are merged, found by halving.
    static func middle(of sorted: [Double], about median: Double) -> Double {
        let place = sorted.count / 2
        guard place > 0 else { return 0 }
        func below(_ index: Int) -> Double { median - sorted[index] }
        func above(_ index: Int) -> Double { sorted[sorted.count - 1 - index] - median }
        // The largest `place` distances: the first `low` below and the first `place - low` above.
        var (low, high) = (0, place)
        while low < high {
            let middle = (low + high) / 2
            if below(middle) > above(place - 1 - middle) { low = middle + 1 } else { high = middle }
        }
        let smallest = min(low > 0 ? below(low - 1) : .infinity, low < place ? above(place - 1 - low) : .infinity)
        return max(smallest, 0)
    }

    private mutating func insert(_ height: Double) {
        if recent.count == Self.window {
            let oldest = recent.removeFirst()
            sorted.remove(at: place(of: oldest))
        }
        recent.append(height)
        sorted.insert(height, at: place(of: height))
    }

    /// The first place whose value is not smaller.
    private func place(of value: Double) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Whether the mean has stayed far above its best.
    private mutating func follow(_ rate: Double, _ step: Int) -> Bool {
        guard updates >= 2 * Self.fewest else { return false }
        // A rate that goes up raises the loss for a while, as it should.
        if rate > Self.persistentFactor * lowRate {
            calmUntil = step + Self.persistentSteps
            lowRate = rate
        }
        lowRate = min(lowRate, rate)
        if mean < best || step < calmUntil { best = mean }
        guard mean > Self.persistentFactor * best, mean - best > Self.persistentShare * first else {
            highSince = nil
            return false
        }
        let since = highSince ?? step
        highSince = since
        return step - since >= Self.persistentSteps
    }

    /// Whether the mean is as far above its best as only a run that is lost has it.
    var isLost: Bool { mean - best > Self.lostShare * first }

    /// Whether the mean is that far above the median of the window. Once the loss is next to nothing, one example that is
    /// misread makes a spike of a batch, and many of them are no trouble. The best one would not do: a rate that rises has
    /// it counted anew.
    private var isAboveMedian: Bool {
        // Both sides by the logarithm that the window has.
        let reach = mean - Self.lostShare * first + Self.floor * max(first, 1e-30)
        return reach > 0 && logarithm(reach) > sorted[sorted.count / 2]
    }

    /// Whether the run has learned little, or has lost what it had learned. False while too little has been seen.
    var isPoor: Bool { updates >= 2 * Self.fewest && (isLost || mean > Self.poorShare * first) }

    // MARK: Remembering

    /// All of it; exact.
    var numbers: [Double] {
        let infinite = -1.0
        return [
            Double(updates), Double(spikes), first, mean, best.isFinite ? best : infinite,
            lowRate.isFinite ? lowRate : infinite, highSince.map(Double.init) ?? infinite,
            Double(flags >> 32), Double(flags & 0xffff_ffff), Double(calmUntil),
        ] + recent
    }

    init() {}

    /// - Parameter numbers: what `numbers` was; anything else is a fresh start.
    init(_ numbers: [Double]) {
        guard numbers.count >= 10, numbers.count <= 10 + Self.window, numbers.allSatisfy(\.isFinite) else { return }
        func whole(_ index: Int) -> Int? { Int(exactly: numbers[index]) }
        guard let updates = whole(0), let spikes = whole(1), let high = whole(7), let low = whole(8),
            let calm = whole(9), updates >= 0,
            high >= 0, low >= 0, high < 1 << 18, low < 1 << 32
        else { return }
        self.updates = updates
        self.spikes = spikes
        first = numbers[2]
        mean = numbers[3]
        best = numbers[4] < 0 ? .infinity : numbers[4]
        lowRate = numbers[5] < 0 ? .infinity : numbers[5]
        highSince = numbers[6] < 0 ? nil : whole(6)
        flags = UInt64(high) << 32 | UInt64(low)
        calmUntil = calm
        recent = Array(numbers[10...])
        sorted = recent.sorted()
    }
}
