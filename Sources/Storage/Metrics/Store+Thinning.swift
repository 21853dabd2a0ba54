import Foundation
import GRDB
import Recipes

extension Store {
    /// Rows closed in one transaction: what another writer may have to wait for, some milliseconds.
    private static let slice = 64 * MetricThinning.fan

    /// Makes buckets of values that are far behind, in small transactions (`MetricThinning` says which).
    ///
    /// Only values at or before the newest complete checkpoint of their job are taken: a job goes on from there, so that
    /// what comes later never belongs into a bucket. Where it goes on from an older one all the same (the newest is
    /// damaged, or the job was extended from before its decay), the first value that comes again takes every bucket that
    /// begins after it away (`MetricRows.add`), and the one that it falls into stands for the values up to its end.
    /// - Parameter transactions: after so many it stops, so that others get their turn on the caller's thread.
    /// - Returns: whether there is more to do.
    public func thinMetrics(transactions: Int = .max) throws -> Bool {
        var left = transactions
        for job in try read({ try Int.fetchAll($0, sql: "SELECT DISTINCT job FROM series ORDER BY job") }) {
            let (horizon, series) = try read { database -> (Int?, [(id: Int, name: String)]) in
                guard let row = try Row.fetchOne(database, sql: "SELECT * FROM job WHERE id = ?", arguments: [job])
                else { return (nil, []) }  // deleted since
                return (try JobRow(row).lastCheckpointStep, try seriesIds(database, job: job, names: nil))
            }
            guard let horizon else { continue }
            for one in series {
                while try read({ try Store.isDue(one, before: horizon, $0) }) {
                    if left == 0 { return true }
                    left -= 1
                    try write { try $0.thin(one, before: horizon, atMost: Store.slice) }
                }
            }
        }
        return false
    }

    private static func isDue(_ series: (id: Int, name: String), before horizon: Int, _ database: Database) throws
        -> Bool
    {
        guard let edge = try MetricRows.edge(ofSeries: series, before: horizon, database) else { return false }
        let ready = try Int.fetchOne(
            database,
            sql: "SELECT count(*) FROM (SELECT 1 FROM metric WHERE series = ? AND step <= ? LIMIT ?)",
            arguments: [series.id, edge, MetricThinning.fan])
        return ready == MetricThinning.fan
    }
}

extension StoreTransaction {
    fileprivate func thin(_ series: (id: Int, name: String), before horizon: Int, atMost limit: Int) throws {
        try MetricRows.dropOverlapping(series: series.id, database)
        guard let edge = try MetricRows.edge(ofSeries: series, before: horizon, database) else { return }
        let rows = try Row.fetchAll(
            database, sql: "SELECT * FROM metric WHERE series = ? AND step <= ? ORDER BY step LIMIT ?",
            arguments: [series.id, edge, limit])
        let whole = rows.count / MetricThinning.fan * MetricThinning.fan
        guard whole > 0, let last = rows[whole - 1]["step"] as Int? else { return }
        let values = rows[..<whole].map { row in
            if MetricRows.isWhole(row) { return MetricBucket(series: series.id, MetricRows.value(row, name: "")) }
            store.addDegraded(row, ofMetric: series.name)
            // It keeps its place, so that the buckets after it begin where they would.
            let step = Int.fromDatabaseValue(row["step"]) ?? last
            return MetricBucket(series: series.id, first: step, last: step, level: 0, rows: 1, finite: 0, timeUsec: 0)
        }
        for start in stride(from: 0, to: whole, by: MetricThinning.fan) {
            try MetricBucket(values[start..<start + MetricThinning.fan]).insert(database)
        }
        try database.execute(
            sql: "DELETE FROM metric WHERE series = ? AND step <= ?", arguments: [series.id, last])
        try mergeBuckets(ofSeries: series)
    }

    /// Lets no level grow beyond what stays of it.
    private func mergeBuckets(ofSeries series: (id: Int, name: String)) throws {
        var level = 1
        while true {
            let count = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM bucket WHERE series = ? AND level = ?",
                arguments: [series.id, level])
            let groups = max(0, (count ?? 0) - MetricThinning.keptBuckets) / MetricThinning.fan
            if groups == 0 { return }
            let rows = try Row.fetchAll(
                database, sql: "SELECT * FROM bucket WHERE series = ? AND level = ? ORDER BY first LIMIT ?",
                arguments: [series.id, level, groups * MetricThinning.fan])
            let parts = rows.map { row in
                if let bucket = MetricBucket(row) { return bucket }
                store.addDegraded(row, ofMetric: series.name)
                let first = Int.fromDatabaseValue(row["first"]) ?? 0
                return MetricBucket(
                    series: series.id, first: first, last: Int.fromDatabaseValue(row["last"]) ?? first, level: level,
                    rows: 0, finite: 0, timeUsec: 0)
            }[...]
            for start in stride(from: 0, to: parts.count, by: MetricThinning.fan) {
                let group = parts[start..<start + MetricThinning.fan]
                for part in group {
                    try database.execute(
                        sql: "DELETE FROM bucket WHERE series = ? AND first = ?", arguments: [series.id, part.first])
                }
                try MetricBucket(group).insert(database)
            }
            level += 1
        }
    }
}
