import Foundation
import GRDB
import Recipes

extension Store {
    /// At start, before any worker: every job that was live becomes `interrupted` (a `preparing` one, whose descriptors
    /// died with the daemon, fails with code `daemon_restart`; where all of its data is in the store it stays as it is, and
    /// is measured again), in one transaction with its events.
    ///
    /// A job that was to stop, or to be cancelled, and had not got there yet keeps its desired state; the daemon
    /// converges to it. A job whose row cannot be read stays as it is. Returns the jobs that changed.
    public func recoverJobs() throws -> [JobRow] {
        try write { transaction in
            let ids = try Int.fetchAll(
                transaction.database,
                sql: """
                    SELECT id FROM job
                    WHERE state IN ('starting', 'running', 'checkpointing', 'pausing', 'stopping', 'preparing') ORDER BY id
                    """)
            let lost = try ids.filter { id in
                let row = try JobRow.known(transaction.database, id: id)
                return row.unreadable == nil && (row.state != .preparing || row.notes[JobRow.receivedNote] == nil)
            }
            return try lost.map { id in
                try transaction.updateJob(id, message: "The daemon was not there.") { row in
                    let wasPreparing = row.state == .preparing
                    row.state = wasPreparing ? .failed : .interrupted
                    row.reason = Reason(
                        code: "daemon_restart",
                        message: wasPreparing
                            ? "The daemon stopped while the data was being received. Submit the job again."
                            : "The daemon stopped; the job goes on from its newest checkpoint.",
                        sinceUsec: transaction.now)
                }
            }
        }
    }

    /// Inserts a job, its event and the request's answer in one transaction.
    ///
    /// - Returns: the job, and whether it was there already (same request, same arguments).
    /// - Throws: `requestIdReused`, `jobExists`, `noSuchJob` (dependency), `noSuchCheckpoint` (parent), `noSpace`,
    ///   `ioFailed`.
    public func insertJob(_ new: NewJob, request: RequestKey? = nil) throws -> (job: JobRow, existing: Bool) {
        let (id, repeated) = try once(request) { try $0.insertJob(new).id }
        return (try job(id: id), repeated)
    }

    /// The job by id, uuid or name. Among several of one name the one that has not ended is meant.
    ///
    /// - Throws: `noSuchJob`; `ambiguousName` with the ids where all of that name have ended.
    public func job(_ reference: String) throws -> JobRow {
        withNewestProgress(try read { try JobRow.find($0, reference: reference) })
    }

    /// The same, also where its row cannot be read: for those who tell of it or delete it.
    public func knownJob(_ reference: String) throws -> JobRow {
        withNewestProgress(try read { try JobRow.known($0, reference: reference) })
    }

    /// The same by id alone.
    public func knownJob(id: Int) throws -> JobRow { withNewestProgress(try read { try JobRow.known($0, id: id) }) }

    /// The job by id. Throws `noSuchJob`, `storeDegraded`.
    public func job(id: Int) throws -> JobRow { withNewestProgress(try read { try JobRow.find($0, id: id) }) }

    /// Recipe text and overrides as submitted. Throws `noSuchJob`.
    public func input(ofJob id: Int) throws -> JobInput {
        try read { try JobInput($0, job: id) }
    }

    /// All jobs in these states, oldest first; none whose row cannot be read.
    public func jobs(in states: Set<JobState>) throws -> [JobRow] {
        let names = states.map(\.rawValue).sorted()
        return try read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM job WHERE state IN (\(placeholders(names.count))) ORDER BY id",
                arguments: StatementArguments(names)
            ).map { withNewestProgress(JobRow($0)) }.filter { $0.unreadable == nil }
        }
    }

    /// Waiting jobs (`isWaiting`, wanted to run) in the order of their turn: priority down, then id up. Those whose
    /// dependencies have not all succeeded are among them; ask `dependencies(ofJob:)`. Those whose rows cannot be read are not.
    public func queue() throws -> [JobRow] {
        try read { database in
            try JobRow.waitingIds(database).map { withNewestProgress(try JobRow.known(database, id: $0)) }
                .filter { $0.unreadable == nil }
        }
    }

    /// Jobs whose notes have one of this name (letters only), oldest first; none whose row cannot be read.
    public func jobs(withNote name: String) throws -> [JobRow] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM job WHERE \(JobRow.noted(name)) IS NOT NULL ORDER BY id"
            ).map { withNewestProgress(JobRow($0)) }.filter { $0.unreadable == nil }
        }
    }

    /// Jobs whose rows cannot be read, oldest first: what is known of them.
    public func unreadableJobs() throws -> [JobRow] {
        try read { try Row.fetchAll($0, sql: "SELECT * FROM job ORDER BY id").map(JobRow.init) }
            .filter { $0.unreadable != nil }
    }

    /// The jobs that this one is made of, oldest first.
    public func parts(ofJob whole: Int) throws -> [JobRow] {
        try read { try JobRow.parts($0, ofJob: whole).map(withNewestProgress) }
    }

    /// What the wire says of them.
    public func partSummaries(ofJob whole: Int) throws -> [JobSummary] {
        try read { database in
            try JobRow.parts(database, ofJob: whole).map { try $0.summary(database, store: self) }
        }
    }

    /// Branches that take the rate of a job to zero, oldest first.
    public func cooldowns(ofJob trunk: Int) throws -> [JobRow] {
        try read { try JobRow.cooldowns($0, ofJob: trunk) }
    }

    /// What the harvests of a job have come to: those of its cooldowns that have reached their end, oldest first.
    public func harvests(ofJob trunk: Int) throws -> [Checkpoint] {
        try read { database in
            try CheckpointRow.harvests(database, ofJob: trunk).map { try $0.checkpoint(database) }
        }
    }

    /// The same, as a report shows them.
    public func harvestPoints(ofJob trunk: Int) throws -> [HarvestPoint] {
        let metric = try job(id: trunk).bestMetric
        let ends = try harvests(ofJob: trunk)
        return try cooldowns(ofJob: trunk).compactMap { branch in
            guard let end = ends.last(where: { $0.jobId == branch.id }), let from = branch.cooldownFrom else {
                return nil
            }
            return HarvestPoint(
                job: branch.name, checkpoint: end.id, fromStep: from, step: end.step, metric: metric,
                value: end.metrics.first { $0.name == metric && $0.step == end.step }?.value)
        }
    }

    /// Names and states of the jobs that this one depends on, by id; a deleted one is not among them. Of one whose row is
    /// damaged nothing is believed; one that another version wrote, and that had ended, has ended so.
    public func dependencies(ofJob id: Int) throws -> [Int: (name: String, state: JobState, isUnreadable: Bool)] {
        try read { database in
            var known: [Int: (name: String, state: JobState, isUnreadable: Bool)] = [:]
            for other in try JobRow.find(database, id: id).dependsOn {
                let found = try Row.fetchOne(database, sql: "SELECT * FROM job WHERE id = ?", arguments: [other])
                guard let row = found.map(JobRow.init) else { continue }
                known[other] = (
                    row.name, row.state, row.isDamaged || row.unreadable != nil && !row.state.isEnded
                )
            }
            return known
        }
    }

    /// Number of jobs by state, all states named.
    public func jobCounts() throws -> [String: Int] {
        var counts = Dictionary(uniqueKeysWithValues: JobState.allCases.map { ($0.rawValue, 0) })
        let rows = try read { try Row.fetchAll($0, sql: "SELECT state, count(*) AS number FROM job GROUP BY state") }
        for row in rows { counts[row["state"]] = row["number"] }
        return counts
    }

    /// Changes one job: row, generation, event and (with `request`) the request's answer in one transaction.
    ///
    /// A change of state sends an event of kind `state` unless `event` says otherwise; a change of anything else sends
    /// one only where `event` is given. `endedUsec` is set by itself at the change to an ended state and cleared at the
    /// change away from one. A repeated request changes nothing and returns the job as it is now.
    /// - Parameters:
    ///   - expectedGeneration: refuse with `staleGeneration` where the job has moved on.
    ///   - change: may throw (`wrongState` and the like) to undo it all.
    @discardableResult
    public func updateJob(
        _ id: Int, expectedGeneration: Int? = nil, event: EventKind? = nil, message: String? = nil,
        request: RequestKey? = nil, _ change: (inout JobRow) throws -> Void
    ) throws -> JobRow {
        try write { transaction in
            if let request, try transaction.answer(to: request, as: Int.self) != nil {
                return withNewestProgress(try JobRow.find(transaction.database, id: id))
            }
            let row = try transaction.updateJob(
                id, expectedGeneration: expectedGeneration, event: event, message: message, change)
            if let request { try transaction.remember(request, answer: id) }
            return row
        }
    }
}

/// `?, ?, ?`
func placeholders(_ count: Int) -> String { Array(repeating: "?", count: count).joined(separator: ", ") }
