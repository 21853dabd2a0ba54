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
                let owner = JobRow(row)
                guard owner.unreadable == nil else { return (nil, []) }  // its horizon may be another
                return (owner.lastCheckpointStep, try seriesIds(database, job: job, names: nil))
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
        var damaged: [(place: Int, row: Row)] = []
        var values: [MetricBucket] = []
        _ = try MetricRows.statement(database, "WHERE series = ? AND step <= ? ORDER BY step LIMIT ?")
            .forEach([series.id, edge, limit]) { whole, row in
                if let whole { return values.append(MetricBucket(metric: whole)) }
                damaged.append((values.count, row.copy()))
                // It keeps its place, so that the buckets after it begin where they would.
                let step = Int.fromDatabaseValue(row["step"]) ?? edge
                values.append(
                    MetricBucket(
                        series: series.id, first: step, last: step, level: 0, rows: 1, finite: 0, timeUsec: 0))
            }
        values.removeLast(values.count % MetricThinning.fan)
        guard let last = values.last?.last else { return }
        for (place, row) in damaged where place < values.count { store.addDegraded(row, ofMetric: series.name) }
        for group in MetricThinning.groups(values) { try MetricBucket(group).insert(database) }
        try database.cachedStatement(sql: "DELETE FROM metric WHERE series = ? AND step <= ?")
            .execute(arguments: [series.id, last])
        try mergeBuckets(ofSeries: series)
    }

    /// Lets no level grow beyond what stays of it.
    private func mergeBuckets(ofSeries series: (id: Int, name: String)) throws {
        var counts = [0]
        let levels = try Row.fetchCursor(
            database.cachedStatement(
                sql: "SELECT level, count(*) FROM bucket WHERE series = ? GROUP BY level ORDER BY level"),
            arguments: [series.id])
        while let row = try levels.next() {
            let (level, count) = (row[0] as Int, row[1] as Int)
            guard (1...64).contains(level) else { continue }
            counts += Array(repeating: 0, count: max(0, level + 1 - counts.count))
            counts[level] = count
        }
        var level = 1
        while level < counts.count {
            let groups = max(0, counts[level] - MetricThinning.keptBuckets) / MetricThinning.fan
            if groups == 0 { return }
            try merge(groups * MetricThinning.fan, ofLevel: level, series)
            if level + 1 == counts.count { counts.append(0) }
            counts[level + 1] += groups
            level += 1
        }
    }

    /// Makes buckets of the next level of the oldest so many of this one.
    private func merge(_ count: Int, ofLevel level: Int, _ series: (id: Int, name: String)) throws {
        var parts: [MetricBucket] = []
        _ = try MetricBucket.statement(database, "WHERE series = ? AND level = ? ORDER BY first LIMIT ?")
            .forEach([series.id, level, count]) { whole, row in
                if let whole { return parts.append(MetricBucket(bucket: whole)) }
                store.addDegraded(row, ofMetric: series.name)
                let first = Int.fromDatabaseValue(row["first"]) ?? 0
                parts.append(
                    MetricBucket(
                        series: series.id, first: first, last: Int.fromDatabaseValue(row["last"]) ?? first,
                        level: level, rows: 0, finite: 0, timeUsec: 0))
            }
        guard let first = parts.first?.first, let last = parts.last?.first else { return }
        try database.cachedStatement(
            sql: "DELETE FROM bucket WHERE series = ? AND level = ? AND first BETWEEN ? AND ?"
        ).execute(arguments: [series.id, level, first, last])
        for group in MetricThinning.groups(parts) { try MetricBucket(group).insert(database) }
    }
}

extension MetricThinning {
    /// Each of as many as become one.
    fileprivate static func groups(_ parts: [MetricBucket]) -> [ArraySlice<MetricBucket>] {
        stride(from: 0, to: parts.count, by: fan).map { parts[$0..<min($0 + fan, parts.count)] }
    }
}
