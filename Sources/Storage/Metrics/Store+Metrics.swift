import Foundation
import GRDB
import Recipes

extension Store {
    /// Adds values in one transaction; a value of the same job, name and step replaces the older one, and one at an
    /// earlier step all that came after it (`MetricRows.add`).
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
                    SELECT name,
                        coalesce((SELECT min(first) FROM bucket WHERE series = series.id),
                            (SELECT min(step) FROM metric WHERE series = series.id)) AS first,
                        coalesce((SELECT max(step) FROM metric WHERE series = series.id),
                            (SELECT last FROM bucket WHERE series = series.id ORDER BY first DESC LIMIT 1)) AS last
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

    /// Series of a job, each reduced to at most `maxPoints` points, by name. What has been thinned comes as one point
    /// at its last step.
    ///
    /// `mean` of equal ranges of points is the default reduction. A damaged row is left out and noted in `degraded`.
    public func metrics(
        ofJob id: Int, names: [String]? = nil, fromStep: Int? = nil, toStep: Int? = nil, maxPoints: Int? = nil,
        reduce: Reduce? = nil
    ) throws -> [Series] {
        try read { database in
            try seriesIds(database, job: id, names: names).map { series in
                let points = try points(
                    ofSeries: series, from: fromStep ?? .min, to: toStep ?? .max, limit: .max, database)
                return MetricReduction.reduce(points, name: series.name, to: maxPoints, by: reduce ?? .mean)
            }
        }
    }

    /// Values from a step on, by step and name, for a watch. A thinned one is the mean, at the last of its steps.
    public func metricValues(ofJob id: Int, names: [String]? = nil, fromStep: Int? = nil, limit: Int = 1000) throws
        -> [MetricValue]
    {
        try read { database in
            var values: [MetricValue] = []
            for series in try seriesIds(database, job: id, names: names) {
                values += try points(ofSeries: series, from: fromStep ?? .min, to: .max, limit: limit, database)
                    .map { point in
                        var value = MetricValue(
                            name: series.name, step: point.last, timeUsec: point.timeUsec, value: point.mean,
                            nonFinite: point.mean == nil ? point.nonFinite ?? .nan : nil)
                        if point.level > 0 {
                            value.minValue = point.least
                            value.maxValue = point.greatest
                        }
                        return value
                    }
            }
            values.sort { ($0.step, $0.name) < ($1.step, $1.name) }
            return Array(values.prefix(limit))
        }
    }

    func seriesIds(_ database: Database, job: Int, names: [String]?) throws -> [(id: Int, name: String)] {
        try Row.fetchAll(database, sql: "SELECT id, name FROM series WHERE job = ? ORDER BY name", arguments: [job])
            .map { (id: $0["id"], name: $0["name"]) }
            .filter { series in names.map { $0.contains(series.name) } ?? true }
    }

    /// Buckets, then the rows behind them, that end between two steps.
    private func points(
        ofSeries series: (id: Int, name: String), from: Int, to: Int, limit: Int, _ database: Database
    ) throws -> [MetricBucket] {
        var points: [MetricBucket] = []
        let count = try MetricBucket.statement(
            database, "WHERE series = ? AND last BETWEEN ? AND ? ORDER BY first LIMIT ?"
        ).forEach([series.id, from, to, limit]) { whole, row in
            if let whole { points.append(MetricBucket(bucket: whole)) } else { addDegraded(row, ofMetric: series.name) }
        }
        let end = try MetricBucket.end(ofSeries: series.id, database)
        _ = try MetricRows.statement(database, "WHERE series = ? AND step BETWEEN ? AND ? ORDER BY step LIMIT ?")
            .forEach([series.id, max(from, end.map { $0 + 1 } ?? from), to, limit - count]) { whole, row in
                if let whole {
                    points.append(MetricBucket(metric: whole))
                } else {
                    addDegraded(row, ofMetric: series.name)
                }
            }
        return points
    }

    func addDegraded(_ row: Row, ofMetric name: String) {
        let step = Int.fromDatabaseValue(row[row.hasColumn("step") ? "step" : "last"]) ?? -1
        addDegraded("metric_damaged", "A stored value of \(name) at step \(step) is damaged.")
    }
}
