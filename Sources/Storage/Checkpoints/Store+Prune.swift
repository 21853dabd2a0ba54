import Foundation
import GRDB
import Recipes

/// What to prune. Tagged, pinned, exported ones, those in use and their ancestors are never candidates, and two whole
/// ones of each job always stay.
public struct PruneRule: Sendable, Equatable {
    /// nil for all jobs.
    public var job: Int?
    /// With none of these given, each job's own policy decides.
    public var keepLast: Int?
    public var keepBest: Int?
    /// Keep those at multiples of this many steps.
    public var keepEvery: Int?
    /// Only those created before.
    public var olderThanUsec: Int?

    public init(job: Int? = nil) { self.job = job }
}

/// What was, or would be, removed.
public struct PruneResult: Codable, Sendable, Equatable {
    /// Ids, oldest first.
    public var removed: [String]
    public var kept: Int
    /// Bytes that no other checkpoint holds: what the sweep after the grace gives back.
    public var freedBytes: Int
    public var dryRun: Bool
    /// Ids of jobs whose rows cannot be read: nobody knows what they keep, and nothing of theirs is removed. Absent without one.
    public var passedOver: [Int]?
}

extension Store {
    /// Marks for removal what the job's own policy does not keep. Cheap; for each publish. Returns the ids.
    @discardableResult
    public func applyRetention(job id: Int) throws -> [String] {
        try prune(PruneRule(job: id), dryRun: false).removed
    }

    /// Marks for removal by explicit rule, or only says what would go. The bytes go with a later `sweep`.
    public func prune(_ rule: PruneRule, dryRun: Bool, request: RequestKey? = nil) throws -> PruneResult {
        if dryRun {
            return try read { database in
                let plan = try prunePlan(rule, database)
                return PruneResult(
                    removed: plan.removed.map(\.id), kept: plan.kept,
                    freedBytes: try CheckpointRow.bytesFreed(database, removing: plan.removed.map(\.id)), dryRun: true,
                    passedOver: plan.passedOver)
            }
        }
        return try once(request) { transaction in
            let plan = try prunePlan(rule, transaction.database)
            let freed = try CheckpointRow.bytesFreed(transaction.database, removing: plan.removed.map(\.id))
            for var row in plan.removed {
                row.deletedUsec = transaction.now
                try row.save(transaction.database)
            }
            if !plan.removed.isEmpty { _ = try transaction.advanceSequence() }
            return PruneResult(
                removed: plan.removed.map(\.id), kept: plan.kept, freedBytes: freed, dryRun: false,
                passedOver: plan.passedOver)
        }.answer
    }

    private func prunePlan(
        _ rule: PruneRule, _ database: Database
    ) throws -> (removed: [CheckpointRow], kept: Int, passedOver: [Int]?) {
        let protected = try protectedIds(database)
        let jobs = try rule.job.map { [$0] } ?? Int.fetchAll(database, sql: "SELECT id FROM job ORDER BY id")
        var removed: [CheckpointRow] = []
        var kept = 0
        var passedOver: [Int] = []
        for job in jobs {
            let owner = try JobRow.known(database, id: job)
            // Nobody knows what it keeps: of such a job nothing is removed that was not named.
            if owner.unreadable != nil, rule.job == nil {
                passedOver.append(job)
                continue
            }
            try owner.requireReadable()
            let rows = try CheckpointRow.all(database, job: job).filter { $0.complete && !$0.isDeleted }
            let staying = rule.kept(of: rows, job: owner, protected: protected)
            removed += rows.filter { !staying.contains($0.id) }
            kept += rows.filter { staying.contains($0.id) }.count
        }
        return (removed, kept, passedOver.isEmpty ? nil : passedOver)
    }

    /// Tagged, pinned, exported ones, those that a deleted job has left, what is read at this moment, what unended jobs
    /// branched from, and the ancestors of all these.
    private func protectedIds(_ database: Database) throws -> Set<String> {
        var ids = Set(
            try String.fetchAll(
                database,
                sql: """
                    SELECT id FROM checkpoint WHERE pinned = 1 OR exported = 1
                    UNION SELECT checkpoint FROM tag
                    UNION SELECT id FROM checkpoint WHERE job IS NULL AND deleted_usec IS NULL
                    UNION SELECT parent_checkpoint FROM job WHERE parent_checkpoint IS NOT NULL
                        AND state NOT IN ('succeeded', 'failed', 'cancelled')
                    """))
        ids.formUnion(readers.withLock { $0.keys })
        return try CheckpointRow.withAncestors(ids, database)
    }
}

extension PruneRule {
    /// Ids of one job's checkpoints (oldest first) that stay.
    fileprivate func kept(of rows: [CheckpointRow], job: JobRow, protected: Set<String>) -> Set<String> {
        let isExplicit = keepLast != nil || keepBest != nil || keepEvery != nil
        var keep = job.keep
        if isExplicit {
            keep.last = keepLast ?? 0
            keep.best = keepBest ?? 0
            keep.hourly = 0
            keep.daily = 0
            keep.weekly = 0
        }
        let merit = CheckpointRow.byMerit(rows.filter(\.isUsable), isHigherBetter: job.bestIsHigher)
        let ranks = Dictionary(uniqueKeysWithValues: merit.enumerated().map { ($1.id, $0) })
        let candidates = rows.map { row in
            Retention.Candidate(
                id: row.id, step: row.step, createdUsec: row.createdUsec, rank: ranks[row.id],
                isProtected: protected.contains(row.id) || !isExplicit && row.cause == Snapshot.Cause.decay.rawValue,
                isDamaged: !row.isUsable)
        }
        var kept = Retention.kept(candidates, keep: keep)
        if let keepEvery, keepEvery > 0 { kept.formUnion(rows.filter { $0.step % keepEvery == 0 }.map(\.id)) }
        if let olderThanUsec { kept.formUnion(rows.filter { $0.createdUsec >= olderThanUsec }.map(\.id)) }
        return kept
    }
}
