/// When a trunk is cooled down by itself: `harvest: {every: 1.5x}`.
public struct Harvest: Codable, Sendable, Equatable {
    public enum Every: Codable, Sendable, Equatable {
        /// At this many times the steps of the harvest before.
        case times(Double)
        /// At this many steps or epochs more.
        case amount(Amount)

        /// `1.5x`, `2000`, `2 epochs`; nil for anything else.
        public init?(_ text: String) {
            if text.last == "x", let factor = Double(text.dropLast()) {
                guard factor >= 1.01, factor <= 1_000 else { return nil }
                self = .times(factor)
                return
            }
            switch Amount(text) {
            case .steps(let count)? where count > 0: self = .amount(.steps(count))
            case .epochs(let count)? where count > 0: self = .amount(.epochs(count))
            default: return nil
            }
        }
    }
    /// nil for never.
    public var every: Every?
    /// Before the first one.
    public var first = Amount.epochs(1)
    public var cooldown = Cooldown()

    public init() {}

    /// - Parameters:
    ///   - step: of the newest checkpoint.
    ///   - last: where the newest harvest began; nil for none.
    public func isDue(at step: Int, after last: Int?, stepsPerEpoch: Int) -> Bool {
        guard let every, step > 0 else { return false }
        guard let last else { return step >= first.steps(stepsPerEpoch: stepsPerEpoch) ?? 0 }
        switch every {
        case .times(let factor): return Double(step) >= Double(last) * factor
        case .amount(let amount): return step - last >= max(1, amount.steps(stepsPerEpoch: stepsPerEpoch) ?? 1)
        }
    }
}
