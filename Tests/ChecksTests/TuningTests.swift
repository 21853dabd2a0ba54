import Datasets
import Foundation
import Recipes
import Testing
import Training

@testable import Checks

@Suite struct TuningTests {
    /// Halton's first points in bases 2 and 3, up to a shift that all share: 1/2, 1/4, 3/4, 1/8 and 1/3, 2/3, 1/9, 4/9.
    @Test func pointsAreShiftedHaltons() {
        let points = (0..<4).map { TuningStudy.point($0, axes: 2, seed: 5) }
        for (axis, expected) in [[0.5, 0.25, 0.75, 0.125], [1.0 / 3, 2.0 / 3, 1.0 / 9, 4.0 / 9]].enumerated() {
            for index in 1..<4 {
                let step = points[index][axis] - points[0][axis] - (expected[index] - expected[0])
                #expect(abs(step - step.rounded()) < 1e-6, "\(axis) \(index)")
            }
        }
        #expect(points == (0..<4).map { TuningStudy.point($0, axes: 2, seed: 5) })
        #expect(points != (0..<4).map { TuningStudy.point($0, axes: 2, seed: 6) })
        // Any 16 in a row have four in each quarter of the first axis.
        let quarters = (0..<16).map { Int(4 * TuningStudy.point($0, axes: 1, seed: 9)[0]) }
        #expect((0..<4).allSatisfy { quarter in quarters.count { $0 == quarter } == 4 })
    }

    /// Ranks 0 to 15 along an axis: of a sum of squares of 340 the four bins' means have 320, so that omega squared is
    /// (320 - 3 × 20/12) / (340 + 20/12).
    @Test func importanceIsWhatBinsExplain() {
        let places = (0..<16).map { (Double($0) + 0.5) / 16 }
        #expect(abs(TuningStudy.importance(places, places) - 315 / (340 + 20.0 / 12)) < 1e-12)
        // Runs that ran away all count the same, however many.
        let away = places.map { $0 > 0.5 ? Double.nan : 1 }
        #expect(TuningStudy.importance(places, away) > 0.9)
        // Losses that have nothing to do with it, and no difference at all.
        let noise = (0..<16).map { Double($0 * 7 % 16) }
        #expect(TuningStudy.importance(places, noise) < 0.2)
        #expect(TuningStudy.importance(places, places.map { _ in 1 }) == 0)
    }

    /// At an edge only where the losses fall towards it: a number that does not matter has its best anywhere.
    @Test func anEdgeNeedsASlope() {
        let places = (0..<20).map { (Double($0) + 0.5) / 20 }
        let falling = places.map { 1 - $0 }
        #expect(TuningStudy.isAtEdge(0.975, places, falling))
        #expect(TuningStudy.isAtEdge(0.025, places, places))
        #expect(!TuningStudy.isAtEdge(0.025, places, falling))
        #expect(!TuningStudy.isAtEdge(0.9, places, falling))
        #expect(!TuningStudy.isAtEdge(0.975, places, (0..<20).map { Double($0 * 7 % 20) }))
        #expect(!TuningStudy.isAtEdge(0.99, Array(places.suffix(4)), Array(falling.suffix(4))))
    }

    @Test func thoseThatCameFurthestAreFirst() {
        #expect(TuningStudy.order([[3], [], [2, 5], [1], [2, 4], [1]]) == [4, 2, 3, 5, 0, 1])
    }

    private static let text = """
        recipe: 1
        name: spirals
        data: {format: spirals, examples: 600}
        model: {layers: [{linear: 8}, relu, {linear: classes}]}
        optimizer: {kind: adam, rate: 1e-4}
        batch: 32
        until: {steps: 1000}
        """

    private func tuned(
        _ numbers: [TunedNumber], trials: Int = 16, steps: Int = 180, _ overrides: [String: String] = [:]
    ) throws -> Improvement {
        let recipe = try #require(Recipe.read(Self.text, overrides: overrides).recipe)
        return try ImproveRound(
            recipe, text: Self.text, overrides: overrides, dataset: try Dataset.open(recipe, files: []),
            request: ImproveRequest(steps: steps, seeds: 1, tune: numbers, trials: trials), threads: 1,
            clock: SystemClock()
        ) { _ in }.run()
    }

    /// A rate thirty times too small and more: the best lies at the box's upper edge, it says so, and it is better.
    @Test func aRateAtTheEdgeIsToldOf() throws {
        // One of 32 points lies in the last 32nd of the axis.
        let improvement = try tuned([.rate], trials: 32, steps: 360)
        let tuning = try #require(improvement.tuning)
        #expect(tuning.rungs == [40, 120, 360] && tuning.trials.count == 32 && tuning.base.count == 3)
        let came = (0..<4).map { rungs in tuning.trials.count { $0.losses.count == rungs } }
        #expect(came == [0, 21, 7, 4])
        #expect(tuning.axes[0].isAtEdge, "\(tuning.axes)")
        let importance = try #require(tuning.axes[0].importance)
        #expect(importance > 0.5)
        #expect(improvement.outcome?.verdict == .better && improvement.outcome?.proposal.kind == "tune")
        #expect(improvement.outcome?.proposal.overrides["optimizer.rate"] != nil)
        #expect(try tuned([.rate], trials: 32, steps: 360) == improvement)
    }

    /// Around a good rate no edge is told of, and few trials say nothing of importance.
    @Test func aGoodRateIsLeftInPeace() throws {
        let tuning = try #require(try tuned([.rate, .decay, .dropout], trials: 8, ["optimizer.rate": "2e-2"]).tuning)
        #expect(tuning.axes.map(\.isAtEdge) == [false, false, false], "\(tuning.axes)")
        #expect(tuning.axes.allSatisfy { $0.importance == nil && $0.best != nil })
    }

    /// There is nothing to hold trials against.
    @Test func aRecipeThatRunsAwayIsRefused() {
        #expect(throws: TrainingFailure.self) {
            try tuned([.rate], trials: 4, ["optimizer": "{kind: sgd, rate: 99}", "clip": "~"])
        }
    }

    /// A preset has no layers to write another width into, and says so.
    @Test func whatCannotBeTunedIsRefused() throws {
        let text = "model.layers"
        #expect(
            Recipe.overrides(Self.text, overrides: [:], values: [(.dropout, "0.3"), (.width, "2")])?[text]
                == "[{linear: 16}, relu, {dropout: 0.3}, {linear: classes}]")
        let blocks = [text: "[{repeat: {times: 2, layers: [{linear: 8}, relu]}}, {linear: classes}]"]
        #expect(Recipe.overrides(Self.text, overrides: blocks, values: [(.width, "2")]) == nil)
        #expect(throws: TrainingFailure.self) { try self.tuned([.width], trials: 4, blocks) }
    }
}
