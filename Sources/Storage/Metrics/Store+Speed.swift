import Foundation
import GRDB
import Recipes

extension Store {
    /// Stretches of equal numbers of steps that a span of time is cut into.
    private static let stretches = 96

    /// The middle one of a job's speeds since a moment, in steps per second: of stretches with equal numbers of steps, so
    /// that pauses and restarts do not count. nil where it has not trained since. Reads some hundred rows of the curve
    /// of its loss, however long that is.
    public func medianStepsPerSecond(ofJob id: Int, since moment: Int) throws -> Double? {
        try read { database in
            guard let series = try seriesIds(database, job: id, names: ["train.loss"]).first,
                let newest = try Self.point(ofSeries: series.id, at: .max, database), newest.timeUsec >= moment
            else { return nil }
            let first = try Self.firstStep(ofSeries: series.id, to: newest.step, since: moment, database)
            var speeds: [Double] = []
            var last: (step: Int, timeUsec: Int)?
            for place in 0...Self.stretches {
                // In this order, because the number of steps may be anything that a row can hold.
                let part = (newest.step - first) / Self.stretches * place
                let rest = (newest.step - first) % Self.stretches * place / Self.stretches
                guard let point = try Self.point(ofSeries: series.id, at: first + part + rest, database),
                    point.timeUsec >= moment
                else { continue }
                if let last, point.step > last.step, point.timeUsec > last.timeUsec {
                    speeds.append(Double(point.step - last.step) / Double(point.timeUsec - last.timeUsec) * 1e6)
                }
                last = point
            }
            speeds.sort()
            return speeds.isEmpty ? nil : speeds[speeds.count / 2]
        }
    }

    /// The first step whose point is not older than a moment, by halving: points lie in the order of their times.
    private static func firstStep(ofSeries id: Int, to last: Int, since moment: Int, _ database: Database) throws -> Int
    {
        var (low, high) = (0, last)
        while low < high {
            let middle = low + (high - low) / 2
            if let point = try point(ofSeries: id, at: middle, database), point.timeUsec >= moment {
                high = middle
            } else {
                low = middle + 1
            }
        }
        return low
    }

    /// The newest point at or before a step: a row, or a bucket that stands at its last one. nil where there is none, or a
    /// damaged one.
    private static func point(ofSeries id: Int, at step: Int, _ database: Database) throws -> (
        step: Int, timeUsec: Int
    )? {
        var found: MetricBucket?
        let rows = try MetricRows.statement(database, "WHERE series = ? AND step <= ? ORDER BY step DESC LIMIT 1")
            .forEach([id, step]) { whole, _ in found = whole.map { MetricBucket(metric: $0) } }
        if rows == 0 {
            // The one that begins last may end behind the step.
            _ = try MetricBucket.statement(database, "WHERE series = ? AND first <= ? ORDER BY first DESC LIMIT 2")
                .forEach([id, step]) { whole, _ in
                    guard found == nil, let bucket = whole.map({ MetricBucket(bucket: $0) }), bucket.last <= step
                    else { return }
                    found = bucket
                }
        }
        return found.map { ($0.last, $0.timeUsec) }
    }
}
