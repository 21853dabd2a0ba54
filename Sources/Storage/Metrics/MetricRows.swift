import Foundation
import GRDB
import Recipes

/// The rows of `metric`, and how a value becomes one.
enum MetricRows {
    /// Newest value of each metric of a job, by name.
    static func latest(_ database: Database, job: Int) throws -> [MetricValue] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT series.name, metric.* FROM series JOIN metric ON metric.series = series.id
                        AND metric.step = (SELECT max(step) FROM metric WHERE series = series.id)
                    WHERE series.job = ? ORDER BY series.name
                    """), arguments: [job]
        ).compactMap { isWhole($0) ? value($0, name: $0["name"]) : nil }
    }

    static func value(_ row: Row, name: String) -> MetricValue {
        let kind: String? = row["non_finite"]
        return MetricValue(
            name: name, step: row["step"], timeUsec: row["time_usec"], value: row["value"],
            nonFinite: kind.flatMap(NonFinite.init))
    }

    static let names = ["series", "step", "time_usec", "value", "non_finite"]

    static func isWhole(_ row: Row) -> Bool { RowChecksum.isRight(row, over: names) }

    /// Rows, in the order of `names`.
    /// - Parameter condition: what stands behind the table's name.
    static func statement(_ database: Database, _ condition: String) throws -> MetricStatement {
        try MetricStatement(database, names, from: "metric", condition)
    }

    /// Adds values; those of one series come in the order of their steps.
    ///
    /// A value at a step that a later one is stored for has been run again: what lies after it is taken away, rows and
    /// buckets, since it will be run again too. A bucket that begins before it stays and stands for the values up to its
    /// end; rows in there are shown as the newest and go when the first one comes that is after it.
    static func add(_ values: [MetricValue], job: Int, _ database: Database) throws {
        let insert = try database.cachedStatement(
            sql: """
                INSERT INTO metric(series, step, time_usec, value, non_finite, checksum) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT(series, step) DO UPDATE SET time_usec = excluded.time_usec, value = excluded.value,
                    non_finite = excluded.non_finite, checksum = excluded.checksum
                """)
        var known: [String: (id: Int, newest: Int)] = [:]
        for metric in values {
            let (id, newest) = try known[metric.name] ?? series(metric.name, job: job, database)
            if metric.step < newest { try rewind(series: id, to: metric.step, database) }
            known[metric.name] = (id, metric.step)
            let (value, kind) = finite(metric)
            let columns: [(any DatabaseValueConvertible)?] = [id, metric.step, metric.timeUsec, value, kind?.rawValue]
            let checksum = RowChecksum.of(columns)
            try insert.execute(arguments: StatementArguments(columns + [checksum]))
        }
    }

    /// The step up to which rows of a series may become buckets; nil where all of them stay.
    static func edge(ofSeries series: (id: Int, name: String), before horizon: Int, _ database: Database) throws
        -> Int?
    {
        try Int.fetchOne(
            database.cachedStatement(
                sql: "SELECT step FROM metric WHERE series = ? AND step <= ? ORDER BY step DESC LIMIT 1 OFFSET ?"),
            arguments: [series.id, horizon, MetricThinning.keptRows(of: series.name)])
    }

    /// Rows at steps that a bucket stands for go once there is a row behind it.
    static func dropOverlapping(series id: Int, _ database: Database) throws {
        guard let end = try MetricBucket.end(ofSeries: id, database) else { return }
        try database.execute(
            sql: """
                DELETE FROM metric WHERE series = ?1 AND step <= ?2
                    AND EXISTS(SELECT 1 FROM metric WHERE series = ?1 AND step > ?2)
                """, arguments: [id, end])
    }

    private static func rewind(series id: Int, to step: Int, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM metric WHERE series = ? AND step > ?", arguments: [id, step])
        try database.execute(sql: "DELETE FROM bucket WHERE series = ? AND first >= ?", arguments: [id, step])
    }

    /// A value that is no number is kept as null and what it was: SQLite has no NaN, and JSON neither.
    private static func finite(_ metric: MetricValue) -> (value: Double?, kind: NonFinite?) {
        guard let value = metric.value else { return (nil, metric.nonFinite ?? .nan) }
        if value.isNaN { return (nil, .nan) }
        if value.isInfinite { return (nil, value > 0 ? .inf : .ninf) }
        return (value, nil)
    }

    /// The series of a name, made where it is missing, and the newest step that something is stored for.
    private static func series(_ name: String, job: Int, _ database: Database) throws -> (id: Int, newest: Int) {
        let find = "SELECT id FROM series WHERE job = ? AND name = ?"
        guard let id = try Int.fetchOne(database, sql: find, arguments: [job, name]) else {
            return (try makeSeries(name, job: job, database), .min)
        }
        let step = try Int.fetchOne(
            database.cachedStatement(sql: "SELECT max(step) FROM metric WHERE series = ?"), arguments: [id])
        return (id, max(step ?? .min, try MetricBucket.end(ofSeries: id, database) ?? .min))
    }

    static func makeSeries(_ name: String, job: Int, _ database: Database) throws -> Int {
        try database.execute(sql: "INSERT INTO series(job, name) VALUES (?, ?)", arguments: [job, name])
        return Int(database.lastInsertedRowID)
    }
}
