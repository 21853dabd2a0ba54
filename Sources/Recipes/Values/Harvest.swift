/// When a trunk is cooled down by itself: `harvest: {every: 1.5x}`, or `harvest: {every: 1 day, hours: "22:00-06:00"}`.
public struct Harvest: Codable, Sendable, Equatable {
    public enum Every: Codable, Sendable, Equatable {
        /// At this many times the steps of the harvest before.
        case times(Double)
        /// At this many steps or epochs more, or after this time.
        case amount(Amount)

        /// `1.5x`, `2000`, `2 epochs`, `1 day`; nil for anything else.
        public init?(_ text: String) {
            if text.last == "x", let factor = Double(text.dropLast()) {
                guard factor >= 1.01, factor <= 1_000 else { return nil }
                self = .times(factor)
                return
            }
            switch Amount(text) {
            case .steps(let count)? where count > 0: self = .amount(.steps(count))
            case .epochs(let count)? where count > 0: self = .amount(.epochs(count))
            case .seconds(let count)? where count >= 60: self = .amount(.seconds(count))
            default: return nil
            }
        }
    }
    /// nil for never.
    public var every: Every?
    /// Before the first one.
    public var first = Amount.epochs(1)
    /// Only within these hours of the local day; nil for any.
    public var hours: DayHours?
    public var cooldown = Cooldown()

    public init() {}

    /// The harvest before, and this moment.
    public struct Moment: Sendable {
        /// Step of the newest checkpoint.
        public var step: Int
        /// Where the newest harvest began, and how long ago; nil for none. By the clock on the wall, since a job outlives
        /// its machine's restarts: a clock that is set makes one harvest early or late.
        public var last: (step: Int, secondsAgo: Double)?
        /// Minutes since midnight.
        public var minute: Int

        public init(step: Int, last: (step: Int, secondsAgo: Double)?, minute: Int) {
            self.step = step
            self.last = last
            self.minute = minute
        }
    }

    public func isDue(_ now: Moment, stepsPerEpoch: Int) -> Bool {
        guard let every, now.step > 0, hours?.contains(now.minute) ?? true else { return false }
        guard let last = now.last else { return now.step >= first.steps(stepsPerEpoch: stepsPerEpoch) ?? 0 }
        switch every {
        case .times(let factor): return Double(now.step) >= Double(last.step) * factor
        case .amount(.seconds(let time)):
            // A branch from the same checkpoint would be the same once more.
            return now.step > last.step && last.secondsAgo >= time
        case .amount(let amount):
            // Further apart than can be counted is far enough, where the last one lies behind.
            let (steps, overflow) = now.step.subtractingReportingOverflow(last.step)
            let needed = max(1, amount.steps(stepsPerEpoch: stepsPerEpoch) ?? 1)
            return overflow ? now.step > last.step : steps >= needed
        }
    }
}
