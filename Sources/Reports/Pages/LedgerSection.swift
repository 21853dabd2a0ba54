import Recipes

/// What was expected before each run, and what came of it.
struct LedgerSection {
    let entries: [LedgerEntry]
    /// The job that the report is about.
    let job: String

    var elements: [Element] {
        guard !entries.isEmpty else { return [] }
        let rows = entries.map { entry in
            [
                entry.job + (entry.job == job ? " (this job)" : ""), entry.expectation.metric, Self.words(entry),
                entry.outcome.map(Digits.short) ?? "not known yet",
                entry.held.map { $0 ? "as expected" : "otherwise" } ?? "open",
            ]
        }
        return [
            .table(
                ["job", "metric", "#expected", "#came to", "held"], rows,
                caption: "Expectations that recipes stated before their runs"),
            .paragraph(summary, "sub"),
        ]
    }

    static func words(_ entry: LedgerEntry) -> String {
        if let above = entry.expectation.above { return "above \(Digits.plain(above))" }
        return entry.expectation.below.map { "below \(Digits.plain($0))" } ?? ""
    }

    /// How well the writer of the recipes predicts.
    var summary: String {
        let known = entries.compactMap(\.held)
        guard !known.isEmpty else { return "No outcome is known yet." }
        let held = known.count { $0 }
        let (low, high) = TrackRecord(held: held, known: known.count).interval
        return
            "\(held) of \(known.count) came as expected: \(Digits.percent(Double(held) / Double(known.count), places: 0))"
            + " (95 % interval \(Digits.percent(low, places: 0)) to \(Digits.percent(high, places: 0)))."
    }
}
