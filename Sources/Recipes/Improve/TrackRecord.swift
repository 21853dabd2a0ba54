/// How often expectations came true.
public struct TrackRecord: Codable, Sendable, Equatable {
    public var held: Int
    public var known: Int

    public init(held: Int, known: Int) {
        self.held = held
        self.known = known
    }

    /// Wilson's interval of the share (1927), 95 %.
    public var interval: (low: Double, high: Double) {
        let (n, z) = (Double(max(known, 1)), 1.959964)
        let share = Double(held) / n
        let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        return (max(0, middle - half), min(1, middle + half))
    }

    /// Rounds whose expectation lay in the interval of what came.
    public init(_ rounds: [Improvement]) {
        let outcomes = rounds.flatMap(\.outcomes)
        self.init(held: outcomes.count(where: \.wasForetold), known: outcomes.count)
    }

    /// `2 of 3 (67 %, 95 % interval 21 % to 94 %)`.
    public var words: String {
        guard known > 0 else { return "none of 0" }
        let (low, high) = interval
        func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
        return
            "\(held) of \(known) (\(percent(Double(held) / Double(known))), 95 % interval \(percent(low)) to \(percent(high)))"
    }
}
