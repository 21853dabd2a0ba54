import Foundation
import GRDB
import Recipes

/// Some consecutive values of one series, in the order of their steps, as one row: what becomes of values that are far
/// behind.
struct MetricBucket: Codable, Equatable {
    var series: Int
    /// Steps of its first and its last row.
    var first: Int
    var last: Int
    /// 1 is made of rows, each higher one of buckets one level lower.
    var level: Int
    /// Rows in it, and how many of them held a finite value.
    var rows: Int
    var finite: Int
    /// Over the finite ones; nil where there is none.
    var mean: Double?
    var least: Double?
    var greatest: Double?
    /// The last finite value.
    var newest: Double?
    /// The first step whose value was not finite.
    var nonFiniteStep: Int?
    /// Of its last row.
    var timeUsec: Int
    /// Of a single row (level 0), which is never stored here: what its value was where it was not finite.
    var nonFinite: NonFinite?

    static let names = [
        "series", "first", "last", "level", "rows", "finite", "mean", "least", "greatest", "newest", "non_finite_step",
        "time_usec",
    ]

    /// Parts one level lower, in the order of their steps. The mean is taken in that order, so that the same rows give
    /// the same bits whenever they are thinned.
    init(_ parts: ArraySlice<MetricBucket>) {
        self = parts.first ?? MetricBucket(series: 0, first: 0, last: 0, level: 0, rows: 0, finite: 0, timeUsec: 0)
        level += 1
        nonFinite = nil
        var sum = 0.0
        rows = 0
        finite = 0
        for part in parts {
            last = part.last
            timeUsec = part.timeUsec
            rows += part.rows
            finite += part.finite
            nonFiniteStep = nonFiniteStep ?? part.nonFiniteStep
            guard let mean = part.mean, let low = part.least, let high = part.greatest else { continue }
            sum += mean * Double(part.finite)
            least = Swift.min(least ?? low, low)
            greatest = Swift.max(greatest ?? high, high)
            newest = part.newest
        }
        mean = finite == 0 ? nil : sum / Double(finite)
    }

    init(
        series: Int, first: Int, last: Int, level: Int, rows: Int, finite: Int, mean: Double? = nil,
        least: Double? = nil, greatest: Double? = nil, newest: Double? = nil, nonFiniteStep: Int? = nil, timeUsec: Int
    ) {
        self.series = series
        self.first = first
        self.last = last
        self.level = level
        self.rows = rows
        self.finite = finite
        self.mean = mean
        self.least = least
        self.greatest = greatest
        self.newest = newest
        self.nonFiniteStep = nonFiniteStep
        self.timeUsec = timeUsec
    }
}

extension MetricBucket {
    /// In the order of `names`.
    private var values: [(any DatabaseValueConvertible)?] {
        [series, first, last, level, rows, finite, mean, least, greatest, newest, nonFiniteStep, timeUsec]
    }

    /// Buckets, in the order of `names`.
    /// - Parameter condition: what stands behind the table's name.
    static func statement(_ database: Database, _ condition: String) throws -> MetricStatement {
        try MetricStatement(database, names, from: "bucket", condition)
    }

    /// - Parameter row: of `statement`, whole.
    init(bucket row: MetricStatement) {
        self.init(
            series: row.int(0), first: row.int(1), last: row.int(2), level: row.int(3), rows: row.int(4),
            finite: row.int(5), mean: row.double(6), least: row.double(7), greatest: row.double(8),
            newest: row.double(9), nonFiniteStep: row.optionalInt(10), timeUsec: row.int(11))
    }

    /// - Parameter row: of `MetricRows.statement`, whole.
    init(metric row: MetricStatement) {
        let step = row.int(1)
        let value = row.double(3)
        self.init(
            series: row.int(0), first: step, last: step, level: 0, rows: 1, finite: value == nil ? 0 : 1, mean: value,
            least: value, greatest: value, newest: value, nonFiniteStep: value == nil ? step : nil,
            timeUsec: row.int(2))
        nonFinite = row.text(4).flatMap(NonFinite.init)
    }

    func insert(_ database: Database) throws {
        let names = (Self.names + ["checksum"]).joined(separator: ", ")
        try database.cachedStatement(
            sql: "INSERT INTO bucket(\(names)) VALUES (\(placeholders(Self.names.count + 1)))"
        ).execute(arguments: StatementArguments(values + [RowChecksum.of(values)]))
    }

    /// The last step that a bucket of the series holds; nil where it has none.
    static func end(ofSeries id: Int, _ database: Database) throws -> Int? {
        try Int.fetchOne(
            database.cachedStatement(sql: "SELECT last FROM bucket WHERE series = ? ORDER BY first DESC LIMIT 1"),
            arguments: [id])
    }
}
