import Foundation
import GRDB
import Recipes

extension Store {
    /// Adds values in one transaction; a value of the same job, name and step replaces the older one.
    ///
    /// NaN and infinities may come as `value` or as `nonFinite`. Throws `noSuchJob`.
    public func addMetrics(_ values: [MetricValue], job: Int) throws {
        if values.isEmpty { return }
        try write { transaction in
            _ = try JobRow.find(transaction.database, id: job)
            try MetricRows.add(values, job: job, transaction.database)
        }
    }

    /// Names, and the first and last step.
    public func metricNames(ofJob id: Int) throws -> (names: [String], firstStep: Int?, lastStep: Int?) {
        try read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT name, (SELECT min(step) FROM metric WHERE series = series.id) AS first,
                        (SELECT max(step) FROM metric WHERE series = series.id) AS last
                    FROM series WHERE job = ? ORDER BY name
                    """, arguments: [id])
            let names = rows.map { $0["name"] as String }
            let first = rows.compactMap { $0["first"] as Int? }.min()
            let last = rows.compactMap { $0["last"] as Int? }.max()
            return (names, first, last)
        }
    }

    /// Newest value of each metric, by name.
    public func latestMetrics(ofJob id: Int) throws -> [MetricValue] {
        try read { try MetricRows.latest($0, job: id) }
    }

    /// Series of a job, each reduced to at most `maxPoints` points, by name.
    ///
    /// `mean` of equal ranges of points is the default reduction. A damaged row is left out and noted in `degraded`.
    public func metrics(
        ofJob id: Int, names: [String]? = nil, fromStep: Int? = nil, toStep: Int? = nil, maxPoints: Int? = nil,
        reduce: Reduce? = nil
    ) throws -> [Series] {
        try read { database in
            try seriesIds(database, job: id, names: names).map { series in
                let rows = try Row.fetchAll(
                    database,
                    sql: "SELECT * FROM metric WHERE series = ? AND step BETWEEN ? AND ? ORDER BY step",
                    arguments: [series.id, fromStep ?? Int.min, toStep ?? Int.max])
                return MetricReduction.reduce(
                    wholeValues(rows, name: series.name), name: series.name, to: maxPoints, by: reduce ?? .mean)
            }
        }
    }

    /// Values from a step on, by step and name, for a watch.
    public func metricValues(ofJob id: Int, names: [String]? = nil, fromStep: Int? = nil, limit: Int = 1000) throws
        -> [MetricValue]
    {
        try read { database in
            var values: [MetricValue] = []
            for series in try seriesIds(database, job: id, names: names) {
                let rows = try Row.fetchAll(
                    database, sql: "SELECT * FROM metric WHERE series = ? AND step >= ? ORDER BY step LIMIT ?",
                    arguments: [series.id, fromStep ?? Int.min, limit])
                values += wholeValues(rows, name: series.name)
            }
            values.sort { ($0.step, $0.name) < ($1.step, $1.name) }
            return Array(values.prefix(limit))
        }
    }

    private func seriesIds(_ database: Database, job: Int, names: [String]?) throws -> [(id: Int, name: String)] {
        try Row.fetchAll(database, sql: "SELECT id, name FROM series WHERE job = ? ORDER BY name", arguments: [job])
            .map { (id: $0["id"], name: $0["name"]) }
            .filter { series in names.map { $0.contains(series.name) } ?? true }
    }

    private func wholeValues(_ rows: [Row], name: String) -> [MetricValue] {
        rows.compactMap { row in
            if MetricRows.isWhole(row) { return MetricRows.value(row, name: name) }
            addDegraded(
                "metric_damaged",
                "A stored value of \(name) at step \(Int.fromDatabaseValue(row["step"]) ?? -1) is damaged.")
            return nil
        }
    }
}
