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

    static func isWhole(_ row: Row) -> Bool {
        RowChecksum.isRight(row, over: ["series", "step", "time_usec", "value", "non_finite"])
    }

    static func add(_ values: [MetricValue], job: Int, _ database: Database) throws {
        let insert = try database.cachedStatement(
            sql: """
                INSERT INTO metric(series, step, time_usec, value, non_finite, checksum) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT(series, step) DO UPDATE SET time_usec = excluded.time_usec, value = excluded.value,
                    non_finite = excluded.non_finite, checksum = excluded.checksum
                """)
        var known: [String: Int] = [:]
        for metric in values {
            let id = try known[metric.name] ?? series(metric.name, job: job, database)
            known[metric.name] = id
            let (value, kind) = finite(metric)
            let columns: [(any DatabaseValueConvertible)?] = [id, metric.step, metric.timeUsec, value, kind?.rawValue]
            let checksum = RowChecksum.of(columns)
            try insert.execute(arguments: StatementArguments(columns + [checksum]))
        }
    }

    /// A value that is no number is kept as null and what it was: SQLite has no NaN, and JSON neither.
    private static func finite(_ metric: MetricValue) -> (value: Double?, kind: NonFinite?) {
        guard let value = metric.value else { return (nil, metric.nonFinite ?? .nan) }
        if value.isNaN { return (nil, .nan) }
        if value.isInfinite { return (nil, value > 0 ? .inf : .ninf) }
        return (value, nil)
    }

    private static func series(_ name: String, job: Int, _ database: Database) throws -> Int {
        let find = "SELECT id FROM series WHERE job = ? AND name = ?"
        if let id = try Int.fetchOne(database, sql: find, arguments: [job, name]) { return id }
        try database.execute(sql: "INSERT INTO series(job, name) VALUES (?, ?)", arguments: [job, name])
        return Int(database.lastInsertedRowID)
    }
}
