import Recipes

/// Which checkpoints of one job stay. A pure function of what is known of them.
public enum Retention {
    /// What counts in the decision about one checkpoint.
    public struct Candidate: Sendable, Equatable {
        public var id: String
        public var step: Int
        public var createdUsec: Int
        /// Place in the order of merit, 0 for the best; nil without a value of the job's metric.
        public var rank: Int?
        /// Tagged, pinned, exported, read at this moment, branched from, or an ancestor of such a one.
        public var isProtected: Bool
        /// Known to be damaged: never counted as one of those that must stay.
        public var isDamaged: Bool

        public init(
            id: String, step: Int, createdUsec: Int, rank: Int? = nil, isProtected: Bool = false,
            isDamaged: Bool = false
        ) {
            self.id = id
            self.step = step
            self.createdUsec = createdUsec
            self.rank = rank
            self.isProtected = isProtected
            self.isDamaged = isDamaged
        }
    }

    /// Whatever the policy says, so many whole ones stay: one may turn out to be damaged.
    public static let fewest = 2

    /// The ids that stay: the union of the newest `last`, the `best`, the newest of each of the newest hours, days and
    /// weeks that have one, and all protected ones; never fewer than two whole ones.
    ///
    /// - Parameter candidates: oldest first, by sequence and not by the clock.
    public static func kept(_ candidates: [Candidate], keep: CheckpointPolicy.Keep) -> Set<String> {
        let whole = candidates.filter { !$0.isDamaged }
        var kept = Set(candidates.filter(\.isProtected).map(\.id))
        kept.formUnion(whole.suffix(max(keep.last, fewest)).map(\.id))
        let byMerit = whole.filter { $0.rank != nil }.sorted { ($0.rank ?? 0) < ($1.rank ?? 0) }
        kept.formUnion(byMerit.prefix(max(keep.best, 0)).map(\.id))
        let hour = 3_600_000_000
        // Days since 1970 began on a Thursday; weeks begin on Monday.
        kept.formUnion(newest(of: whole, periods: keep.hourly) { $0 / hour })
        kept.formUnion(newest(of: whole, periods: keep.daily) { $0 / (24 * hour) })
        kept.formUnion(newest(of: whole, periods: keep.weekly) { ($0 / (24 * hour) + 3) / 7 })
        return kept
    }

    private static func newest(of candidates: [Candidate], periods count: Int, _ period: (Int) -> Int) -> [String] {
        var seen: Set<Int> = []
        var kept: [String] = []
        for candidate in candidates.reversed() where seen.count < count {
            if seen.insert(period(candidate.createdUsec)).inserted { kept.append(candidate.id) }
        }
        return kept
    }
}
