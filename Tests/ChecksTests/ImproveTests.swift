import Datasets
import Foundation
import Recipes
import Testing
import Training

@testable import Checks

@Suite struct ImproveTests {
    /// The interval of a mean of many terms is that of the normal distribution: 1.96 standard errors to either side.
    @Test func theBootstrapsIntervalIsTheMeansOwn() {
        let values = (0..<2_000).map { sin(Double($0) * 12.9898) + 0.1 }
        let mean = values.reduce(0, +) / 2_000
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1_999
        let error = (variance / 2_000).squareRoot()
        let interval = PairedBootstrap.interval(values, seed: 1)
        #expect(abs(interval.low - (mean - 1.96 * error)) < 0.3 * error)
        #expect(abs(interval.high - (mean + 1.96 * error)) < 0.3 * error)
        #expect(PairedBootstrap.interval(values, seed: 1) == interval)
        #expect(PairedBootstrap.interval([], seed: 1) == (0, 0))
    }

    /// 0.2 + 3 n^-0.5, exactly.
    @Test func aCurveIsFoundAgain() throws {
        let counts = [125, 250, 500, 1_000]
        let curve = LearningCurve(counts: counts, losses: counts.map { 0.2 + 3 / Double($0).squareRoot() })
        #expect(abs(try #require(curve.twice) - (0.2 + 3 / 2_000.0.squareRoot())) < 1e-3)
        #expect(LearningCurve(counts: counts, losses: [1, 1.1, 1.2, 1.3]).twice == nil)
        #expect(LearningCurve(counts: [10, 20], losses: [2, 1]).twice == nil)
        // No loss is below zero, however steep the fall.
        let steep = try #require(LearningCurve(counts: counts, losses: [0.8, 0.4, 0.2, 0.1]).twice)
        #expect(steep > 0 && steep < 0.1)
    }

    private static let text = """
        recipe: 1
        name: spirals
        data: {format: spirals, examples: 600}
        model: {layers: [{linear: 4}, relu, {linear: classes}]}
        optimizer: {kind: adam, rate: 1e-4}
        batch: 32
        until: {steps: 200}
        """

    /// Each is one change that can be read, and none is the recipe as it is.
    @Test func proposalsAreChanges() throws {
        let recipe = try #require(Recipe.read(Self.text).recipe)
        let facts = try Dataset.open(recipe, files: []).facts
        let proposals = Recipe.proposals(Self.text, overrides: [:], facts: facts)
        #expect(proposals.map(\.kind).contains("rate-up") && proposals.map(\.kind).contains("width-double"))
        // Images alone can be moved.
        #expect(!proposals.map(\.kind).contains("shift"))
        for proposal in proposals {
            let (changed, findings) = Recipe.read(Self.text, overrides: proposal.overrides)
            #expect(changed != nil && changed != recipe, "\(proposal): \(findings)")
        }
        let wide = try #require(proposals.first { $0.kind == "width-double" })
        #expect(wide.overrides["model.layers"] == "[{linear: 8}, relu, {linear: classes}]")
    }

    /// A rate that is far too small: the round finds it, and what it finds is beyond chance. Done twice it is the same.
    @Test func aRoundFindsTheRate() throws {
        let recipe = try #require(Recipe.read(Self.text).recipe)
        let dataset = try Dataset.open(recipe, files: [])
        func round() throws -> Improvement {
            try ImproveRound(
                recipe, text: Self.text, overrides: [:], dataset: dataset,
                request: ImproveRequest(steps: 200, seeds: 2, only: ["rate-up", "rate-down"]), threads: 1,
                clock: SystemClock()
            ) { _ in }.run()
        }
        let improvement = try round()
        let outcome = try #require(improvement.outcome)
        #expect(outcome.proposal.kind == "rate-up" && outcome.verdict == .better)
        #expect(outcome.low > 0 && outcome.low < outcome.gain && outcome.gain < outcome.high)
        #expect(try round() == improvement)
    }

    /// Two networks cannot be told apart by a handful of examples.
    @Test func fewValidationExamplesAreRefused() throws {
        let recipe = try #require(
            Recipe.read(Self.text, overrides: ["data.validation": "{fraction: 0.02}"]).recipe)
        let dataset = try Dataset.open(recipe, files: [])
        #expect(throws: TrainingFailure.self) {
            try ImproveRound(
                recipe, text: Self.text, overrides: [:], dataset: dataset, request: ImproveRequest(), threads: 1,
                clock: SystemClock()
            ) { _ in }.run()
        }
    }
}
