import Foundation
import Recipes
import Storage
import Testing

/// Makes the store that `Benchmarks/history.py` measures: a job of ten million steps, through the store's own functions.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["SIMMER_HISTORY"] != nil,
        "a campaign: Benchmarks/history.py runs it"))
struct HistoryCampaign {
    /// Six metrics with a value every `interval` steps, which is what training tells of a network that takes 50 ms a step;
    /// a checkpoint and thinning every 100,000. The last part is left as it came, for a daemon to thin.
    @Test func makeAHistory() throws {
        let settings = ProcessInfo.processInfo.environment
        let scratch = try Scratch(existing: try #require(settings["SIMMER_HISTORY"]))
        let last = Int(settings["SIMMER_HISTORY_STEPS"] ?? "") ?? 10_000_000
        let interval = Int(settings["SIMMER_HISTORY_INTERVAL"] ?? "") ?? 10
        let left = Int(settings["SIMMER_HISTORY_LEFT"] ?? "") ?? 1_000_000
        let store = try scratch.store()
        var new = newJob("weeks", explicit: true)
        // A daemon reads it.
        new.recipe = """
            recipe: 1
            data: {format: spirals}
            model: {layers: [{linear: 32}, tanh, {linear: classes}]}
            """
        let job = try store.insertJob(new).job.id
        let names = [
            "rate", "train.accuracy", "train.gradient_norm", "train.loss", "validation.accuracy", "validation.loss",
        ]
        var thinning = 0.0
        var worst = 0.0
        var most = 0
        let start = Date()
        for part in stride(from: 0, to: last, by: 100_000) {
            for batch in stride(from: part, to: part + 100_000, by: 10_000) {
                var values: [MetricValue] = []
                for step in stride(from: batch + interval, through: batch + 10_000, by: interval) {
                    let noise = Double((step &* 2_654_435_761) & 0xffff) / 65_536
                    for (index, name) in names.enumerated() {
                        values.append(
                            MetricValue(
                                name: name, step: step, timeUsec: step * 50_000,
                                value: Double(index) + noise + 1e5 / Double(step + 10_000)))
                    }
                }
                try store.addMetrics(values, job: job)
            }
            try store.publish(Sample(step: part + 100_000, seed: 1), job: job, in: scratch)
            most = max(most, bytes(scratch))
            if part + 100_000 > last - left { continue }
            let begin = Date()
            var isMore = true
            while isMore {
                let slice = Date()
                isMore = try store.thinMetrics(transactions: 1)
                worst = max(worst, Date().timeIntervalSince(slice))
            }
            thinning += Date().timeIntervalSince(begin)
            try store.shrink()
        }
        try store.updateJob(job) { row in
            row.state = .paused
            row.desired = .pause
        }
        let seconds = Date().timeIntervalSince(start)
        try store.close()
        print(
            "history: \(last / interval * names.count) values in \(Int(seconds)) s, \(Int(thinning)) s of it thinning, "
                + "the longest transaction \(Int(worst * 1000)) ms; simmer.db at most \(most >> 20) MiB")
    }

    private func bytes(_ scratch: Scratch) -> Int {
        var information = stat()
        return stat(scratch.state + "/simmer.db", &information) == 0 ? Int(information.st_size) : 0
    }
}
