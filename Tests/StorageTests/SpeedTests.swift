import Foundation
import Recipes
import Storage
import Testing

/// The middle one of a job's speeds, out of its curve.
@Suite struct SpeedTests {
    let scratch: Scratch
    let store: Store
    let job: Int
    init() throws {
        scratch = try Scratch()
        store = try scratch.store()
        job = try store.insertJob(newJob()).job.id
    }

    /// Values ten steps apart; `seconds` is the time at each.
    private func add(_ steps: ClosedRange<Int>, _ name: String = "train.loss", seconds: (Int) -> Int) throws {
        try store.addMetrics(
            steps.map { MetricValue(name: name, step: $0 * 10, timeUsec: seconds($0) * 1_000_000, value: 1) }, job: job)
    }

    private func median(since seconds: Int) throws -> Double? {
        try store.medianStepsPerSecond(ofJob: job, since: seconds * 1_000_000)
    }

    @Test func pausesAndEarlierDaysDoNotCount() throws {
        #expect(try median(since: 0) == nil)
        // Ten steps in ten seconds; from 1,000 s on ten in two, with an hour's pause in the middle.
        try add(0...100) { $0 * 10 }
        try add(101...300) { 1_000 + ($0 - 100) * 2 + ($0 > 200 ? 3_600 : 0) }
        try add(0...9_000, "rate") { $0 }
        #expect(try median(since: 1_000) == 5)
        #expect(try median(since: 0) == 5)
        try add(50...100) { $0 * 10 }
        #expect(try median(since: 0) == 1, "what is run again is another curve")
        #expect(try median(since: 1_000) == nil, "one point has no speed")
        #expect(try median(since: 1_001) == nil)
    }

    @Test func bucketsCountAsRowsDo() throws {
        try add(1...30_000) { $0 * 4 }
        try store.publish(Sample(step: 300_000, seed: 1), job: job, in: scratch)
        #expect(try store.thinMetrics() == false)
        // Buckets, rows, and both.
        for since in [0, 60_000, 115_000, 119_900] {
            let speed = try #require(try median(since: since))
            #expect(abs(speed - 2.5) < 1e-9, "\(since)")
        }
    }

    @Test func oneValueAtTheLargestStepIsNoHarm() throws {
        try store.addMetrics(
            [0, 1, Int.max].map { MetricValue(name: "train.loss", step: $0, timeUsec: $0 / 2 + 1, value: 1) }, job: job)
        #expect(try store.medianStepsPerSecond(ofJob: job, since: 0) != nil)
    }
}
