import Foundation
import Recipes
import Storage
import Testing

@Suite struct MetricTests {
    let scratch: Scratch
    let store: Store
    let job: Int
    init() throws {
        scratch = try Scratch()
        store = try scratch.store()
        job = try store.insertJob(newJob()).job.id
    }

    private func value(_ name: String, _ step: Int, _ value: Double?) -> MetricValue {
        MetricValue(name: name, step: step, timeUsec: step * 10, value: value)
    }

    @Test func stepsRunAgainReplaceTheirValues() throws {
        try store.addMetrics((0..<10).map { value("loss", $0, Double($0)) }, job: job)
        try store.addMetrics((5..<10).map { value("loss", $0, 100 + Double($0)) }, job: job)
        let series = try #require(try store.metrics(ofJob: job).first)
        #expect(series.values == [0, 1, 2, 3, 4, 105, 106, 107, 108, 109])
        #expect(series.steps == Array(0..<10))
        #expect(try store.latestMetrics(ofJob: job) == [value("loss", 9, 109)])
    }

    @Test func whatIsNoNumberIsKeptAsWhatItWas() throws {
        let values = [value("a", 1, .nan), value("a", 2, .infinity), value("a", 3, -.infinity), value("a", 4, 1)]
        try store.addMetrics(values, job: job)
        let read = try store.metricValues(ofJob: job)
        #expect(read.map(\.nonFinite) == [.nan, .inf, .ninf, nil])
        #expect(read.map(\.value) == [nil, nil, nil, 1])
        let series = try #require(try store.metrics(ofJob: job).first)
        #expect(series.nonFiniteSteps == [1, 2, 3] && series.values == [1])
    }

    @Test(arguments: [
        (Reduce.mean, [1.5, 5.5], [3, 7]), (.min, [0, 4], [0, 4]), (.max, [3, 7], [3, 7]), (.last, [3, 7], [3, 7]),
        (.every, [0, 4], [0, 4]),
    ]) func longSeriesAreReduced(reduce: Reduce, values: [Double], steps: [Int]) throws {
        try store.addMetrics((0..<8).map { value("x", $0, Double($0)) }, job: job)
        let series = try #require(try store.metrics(ofJob: job, maxPoints: 2, reduce: reduce).first)
        #expect(series.values == values && series.steps == steps && series.reducedFrom == 8)
        if reduce == .mean { #expect(series.minValues == [0, 4] && series.maxValues == [3, 7]) }
    }

    @Test func rangesAndNamesSelect() throws {
        try store.addMetrics([value("b", 1, 1), value("a", 2, 2), value("a", 9, 9)], job: job)
        let names = try store.metricNames(ofJob: job)
        #expect(names.names == ["a", "b"] && names.firstStep == 1 && names.lastStep == 9)
        #expect(try store.metrics(ofJob: job, names: ["a"], fromStep: 3).map(\.values) == [[9]])
        #expect(throws: SimmerError.noSuchJob(job: "77")) { try store.addMetrics([value("a", 1, 1)], job: 77) }
    }

    @Test func aDamagedValueIsLeftOutAndReported() throws {
        try store.addMetrics([value("a", 1, 1), value("a", 2, 2)], job: job)
        try store.close()
        try tamper(scratch.state + "/simmer.db", "UPDATE metric SET value = 1.5 WHERE step = 1")
        let again = try scratch.store()
        #expect(try again.metrics(ofJob: job).first?.values == [2])
        #expect(again.degraded.map(\.code) == ["metric_damaged"])
        #expect(try again.scrub().problems.map(\.code) == ["rows_damaged"])
    }
}
