import Recipes
import Testing
import Training

@testable import Checks
@testable import Datasets

/// R5: made data against the real examples alone, judged by real ones.
@Suite struct MadeImproveTests {
    private static let text = """
        recipe: 1
        name: taste
        data: {format: csv, train: t.csv, validation: v.csv, made: m.csv, target: taste}
        model: {layers: [{linear: 16}, tanh, {linear: classes}]}
        optimizer: {kind: adam, rate: 1e-2}
        batch: 16
        schedule: [{warmup: 1 epoch}, {hold: forever}]
        until: {steps: 240}
        """

    private func round(
        _ made: TestTable?, _ request: ImproveRequest = ImproveRequest(steps: 240, seeds: 2, only: ["made"]),
        _ changes: [String: String] = [:]
    ) throws -> Improvement {
        let overrides = changes.merging(made == nil ? ["data.made": "none"] : [:]) { $1 }
        let recipe = try #require(Recipe.read(Self.text, overrides: overrides).recipe)
        let bench = try DataBench(
            recipe,
            [
                "t.csv": TestTable.clean(60, seed: 1).bytes, "v.csv": TestTable.clean(400, seed: 2).bytes,
                "m.csv": (made ?? TestTable.clean(2)).bytes,
            ])
        return try ImproveRound(
            recipe, text: Self.text, overrides: overrides, dataset: bench.bench.dataset, request: request, threads: 1,
            clock: SystemClock()
        ) { _ in }.run()
    }

    @Test func examplesDrawnAlikeHelp() throws {
        let round = try round(.clean(1_500, seed: 3))
        let outcome = try #require(round.made)
        #expect(outcome.verdict == .better && outcome.low > 0, "\(outcome)")
        #expect(outcome.proposal.id == "R5" && outcome.proposal.kind == "made" && outcome.proposal.overrides.isEmpty)
        #expect(outcome.proposal.title == "1500 made examples beside the real ones")
        // The ledger has it, and a single change was not asked for.
        #expect(round.outcomes == [outcome] && round.outcome == nil && round.tried.isEmpty && round.notes == nil)
    }

    @Test func wronglyLabelledOnesDoHarm() throws {
        var wrong = TestTable.clean(600, seed: 3)
        wrong.labels = wrong.labels.map { $0 == "sour" ? "sweet" : "sour" }
        let outcome = try #require(try round(wrong).made)
        #expect(outcome.verdict == .worse && outcome.high < 0, "\(outcome)")
        #expect(outcome.expected < 0)
        #expect(TrackRecord([try round(wrong)]).known == 1)
    }

    /// The twin without is the very run of a recipe that has no made data, where no length is in epochs.
    @Test func theTwinIsTheRecipeWithoutThem() throws {
        let request = ImproveRequest(steps: 240, seeds: 1, only: ["made"])
        let with = try #require(try round(.clean(4), request).made)
        // Four made rows more or less are no other epoch: 60 + 4 are four batches of 16 as well, and the warmup as long.
        let without = try round(nil, request)
        #expect(without.made == nil && without.notes?.first?.contains("no `data.made`") == true)
        #expect(with.before == without.validationLoss)
        // An epoch of 1,560 examples is 98 steps, and the warmup of the twin without them is as long.
        let many = try #require(try round(.clean(1_500, seed: 3), request).made)
        let long = try round(nil, request, ["schedule": "[{warmup: 98}, {hold: forever}]"])
        #expect(many.before == long.validationLoss && many.before != without.validationLoss)
    }

    /// Nobody asked: a round of a recipe without made data says nothing of it.
    @Test func othersHearNothing() throws {
        let round = try round(nil, ImproveRequest(steps: 40, seeds: 1, only: ["rate-up"]))
        #expect(round.made == nil && round.notes == nil)
    }
}
