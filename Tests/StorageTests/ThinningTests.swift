import Foundation
import Recipes
import Storage
import Testing

@Suite struct ThinningTests {
    let scratch: Scratch
    let store: Store
    let job: Int
    init() throws {
        scratch = try Scratch()
        store = try scratch.store()
        job = try store.insertJob(newJob()).job.id
    }

    /// A value that depends on the step alone, as training's do.
    private func value(_ name: String, _ step: Int) -> MetricValue {
        MetricValue(name: name, step: step, timeUsec: step, value: Double((step &* 2_654_435_761) & 0xffff) / 7)
    }

    private func add(_ name: String, _ steps: some Sequence<Int>, to store: Store, job: Int) throws {
        try store.addMetrics(steps.map { value(name, $0) }, job: job)
    }

    /// What the tables hold, times left out.
    private func content(_ scratch: Scratch) throws -> [String?] {
        let path = scratch.state + "/simmer.db"
        return [
            try Sqlite.value(
                path,
                """
                SELECT group_concat(name || first || '-' || last || ' ' || level || ' ' || rows || ' ' || mean || ' '
                    || least || ' ' || greatest || ' ' || newest) FROM
                    (SELECT * FROM bucket JOIN series ON series.id = series ORDER BY name, first)
                """),
            try Sqlite.value(
                path,
                """
                SELECT group_concat(name || step || ' ' || value) FROM
                    (SELECT * FROM metric JOIN series ON series.id = series ORDER BY name, step)
                """),
        ]
    }

    @Test func whatIsFarBehindACheckpointBecomesBuckets() throws {
        // 2,048 rows and one bucket's more: the eight oldest go. Row 9 alone is not a bucket.
        try add("train.loss", 1...2_057, to: store, job: job)
        #expect(try store.thinMetrics() == false)
        #expect(try store.metrics(ofJob: job)[0].counts == nil, "nothing is behind a checkpoint yet")
        try store.publish(Sample(step: 2_056, seed: 1), job: job, in: scratch)
        #expect(try store.thinMetrics() == false)
        let series = try store.metrics(ofJob: job)[0]
        let eight = (1...8).compactMap { value("train.loss", $0).value }
        #expect(series.steps == Array(8...2_057) && series.counts == [8] + Array(repeating: 1, count: 2_049))
        #expect(series.values[0] == eight.reduce(0, +) / 8 && series.values[1] == value("", 9).value)
        #expect(series.minValues?[0] == eight.min() && series.maxValues?[0] == eight.max())
        #expect(series.minValues?[1] == series.values[1] && series.reducedFrom == 2_050)
        #expect(try store.metrics(ofJob: job, reduce: .last)[0].values[0] == eight.last)
        #expect(try store.metrics(ofJob: job, reduce: .max)[0].values[0] == eight.max())
        let names = try store.metricNames(ofJob: job)
        #expect(names.firstStep == 1 && names.lastStep == 2_057)
        let watched = try store.metricValues(ofJob: job, limit: 2)
        #expect(watched.map(\.step) == [8, 9] && watched[0].minValue == eight.min() && watched[1].minValue == nil)
        #expect(try store.scrub().problems.isEmpty)
    }

    @Test func aMeanOfBucketsCountsTheirValues() throws {
        try add("train.loss", 1...4_200, to: store, job: job)
        try store.publish(Sample(step: 4_200, seed: 1), job: job, in: scratch)
        _ = try store.thinMetrics()
        let one = try #require(try store.metrics(ofJob: job, maxPoints: 1).first)
        let all = (1...4_200).compactMap { value("", $0).value }
        #expect(abs(one.values[0] - all.reduce(0, +) / 4_200) < 1e-8 && one.counts == [4_200])
        #expect(one.minValues == [all.min() ?? 0] && one.maxValues == [all.max() ?? 0] && one.steps == [4_200])
    }

    @Test func validationStaysWholeWhileTrainingIsThinned() throws {
        try add("validation.loss", stride(from: 1, through: 8_192, by: 1), to: store, job: job)
        try add("train.loss", stride(from: 1, through: 8_192, by: 1), to: store, job: job)
        try store.publish(Sample(step: 8_192, seed: 1), job: job, in: scratch)
        _ = try store.thinMetrics()
        let series = try store.metrics(ofJob: job)
        #expect(series.map(\.name) == ["train.loss", "validation.loss"])
        #expect(series[0].counts != nil && series[1].counts == nil && series[1].steps.count == 8_192)
    }

    /// Levels 1 to 3: whenever it is thinned, in whatever slices, the same rows are left.
    @Test func whatIsLeftDependsOnTheStepsAlone() throws {
        let last = 60_000
        try add("train.loss", 1...last, to: store, job: job)
        try store.publish(Sample(step: last, seed: 1), job: job, in: scratch)
        #expect(try store.thinMetrics() == false)
        let left = try content(scratch)
        #expect(try Sqlite.value(scratch.state + "/simmer.db", "SELECT max(level) FROM bucket") == "3")

        let other = try Scratch()
        let second = try other.store()
        let job = try second.insertJob(newJob()).job.id
        var saved = 0
        var step = 0
        var round = 0
        while saved < last {
            round += 1
            // It is killed some steps after a checkpoint and goes on from there; every third one goes back by two.
            let end = min(last, step + 4_000 + 700 * (round % 5))
            try add("train.loss", (step + 1)...end, to: second, job: job)
            if round % 7 == 0 { _ = try second.thinMetrics(transactions: 3) }
            let before = saved
            saved = max(step + 1, end == last ? last : end - 311)
            try second.publish(Sample(step: saved, seed: 1), job: job, in: other)
            _ = try second.thinMetrics()
            step = round % 3 == 0 && saved < last ? before : saved
        }
        #expect(try content(other) == left)
    }

    @Test func stepsRunAgainTakeTheBucketsAfterThemAway() throws {
        try add("train.loss", 1...3_000, to: store, job: job)
        try store.publish(Sample(step: 3_000, seed: 1), job: job, in: scratch)
        _ = try store.thinMetrics()
        // 3,000 rows: 952 of them in 119 buckets. From step 500 on, inside of the bucket of 497 to 504, all is run again.
        let again = (500...506).map { MetricValue(name: "train.loss", step: $0, timeUsec: 1, value: -1) }
        try store.addMetrics(Array(again[..<3]), job: job)
        #expect(try store.latestMetrics(ofJob: job).map(\.step) == [502])
        var series = try store.metrics(ofJob: job)[0]
        #expect(series.steps.last == 504 && series.steps.count == 63 && series.counts?.reduce(0, +) == 504)
        try store.addMetrics(Array(again[3...]), job: job)
        _ = try store.thinMetrics()
        series = try store.metrics(ofJob: job)[0]
        #expect(series.steps.suffix(3) == [504, 505, 506] && series.values.suffix(2) == [-1, -1])
        #expect(series.values[62] > 0 && series.counts?.reduce(0, +) == 506)
    }

    @Test func whatIsNoNumberIsCountedApart() throws {
        var values = (1...2_064).map { value("train.loss", $0) }
        values[2].value = .nan
        values[4].value = .infinity
        for index in 8..<16 { values[index].value = .nan }
        try store.addMetrics(values, job: job)
        try store.publish(Sample(step: 2_064, seed: 1), job: job, in: scratch)
        _ = try store.thinMetrics()
        let series = try store.metrics(ofJob: job)[0]
        #expect(series.nonFiniteSteps == [3, 9] && series.counts?[0] == 6 && series.steps[1] == 17)
        #expect(try store.metricValues(ofJob: job, limit: 2).map(\.value)[1] == nil)
    }

    @Test func aDamagedBucketIsLeftOutAndReported() throws {
        try add("train.loss", 1...2_100, to: store, job: job)
        try store.publish(Sample(step: 2_100, seed: 1), job: job, in: scratch)
        _ = try store.thinMetrics()
        try store.close()
        try tamper(scratch.state + "/simmer.db", "UPDATE bucket SET mean = 1 WHERE first = 9")
        let again = try scratch.store()
        #expect(try again.metrics(ofJob: job)[0].steps.prefix(2) == [8, 24])
        #expect(again.degraded.map(\.code) == ["metric_damaged"])
        #expect(try again.scrub().problems.map(\.code) == ["rows_damaged"])
    }

    @Test func theFileGivesSpaceBack() throws {
        for start in stride(from: 1, to: 240_000, by: 20_000) {
            try add("train.loss", start..<start + 20_000, to: store, job: job)
        }
        try store.publish(Sample(step: 240_000, seed: 1), job: job, in: scratch)
        let path = scratch.state + "/simmer.db"
        let before = try #require(Int(try Sqlite.value(path, "PRAGMA page_count") ?? ""))
        _ = try store.thinMetrics()
        try store.shrink()
        let after = try #require(Int(try Sqlite.value(path, "PRAGMA page_count") ?? ""))
        #expect(before > 2_000 && after < 1_500, "\(before) pages became \(after)")
    }
}
