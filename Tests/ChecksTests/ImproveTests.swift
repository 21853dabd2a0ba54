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

    /// Tails are shared among several intervals: each is wider.
    @Test func severalIntervalsAreWider() {
        let values = (0..<200).map { sin(Double($0) * 12.9898) }
        let (one, many) = (
            PairedBootstrap.interval(values, seed: 1), PairedBootstrap.interval(values, seed: 1, among: 8)
        )
        #expect(many.low < one.low && many.high > one.high)
        let outermost = PairedBootstrap.interval(values, seed: 1, among: 1_000)
        #expect(outermost.low <= many.low && outermost.high >= many.high)
    }

    private func curve(_ losses: [Double], _ counts: [Int] = [125, 250, 500, 1_000]) -> LearningCurve {
        LearningCurve(counts: counts, runs: losses.map { [$0] }, wanted: 3, seed: 1)
    }

    /// 0.2 + 3 n^-0.5, exactly.
    @Test func aCurveIsFoundAgain() throws {
        let counts = [125, 250, 500, 1_000]
        let curve = curve(counts.map { 0.2 + 3 / Double($0).squareRoot() })
        #expect(abs(try #require(curve.twice) - (0.2 + 3 / 2_000.0.squareRoot())) < 1e-3)
        // One run says nothing of chance.
        #expect(curve.low == nil && curve.seeds == 1 && curve.wantedSeeds == 3)
        #expect(self.curve([1, 1.1, 1.2, 1.3]).twice == nil)
        #expect(self.curve([2, 1], [10, 20]).twice == nil)
        #expect(self.curve([.nan, 1, 1, 0.5]).twice == nil)
        // No loss is below zero, however steep the fall.
        let steep = try #require(self.curve([0.8, 0.4, 0.2, 0.1]).twice)
        #expect(steep > 0 && steep < 0.1)
    }

    /// The 97.5 % points of Student's t with 3, 6 and 8 degrees of freedom: 3.182, 2.447, 2.306 (scipy.stats.t.ppf).
    @Test func studentsFactor() {
        for (freedom, point) in [(3, 3.18245), (6, 2.44691), (8, 2.30600)] {
            #expect(abs(LearningCurve.studentFactor(freedom) * 1.959964 / point - 1) < 0.01)
        }
    }

    /// Runs with 2 % of noise around a known curve: its value at twice the data lies in the interval as often as the interval
    /// says, and more noise makes it wider.
    @Test func theIntervalHoldsTheTruth() throws {
        let counts = [125, 250, 500, 1_000]
        let truth = { (count: Double) in 0.2 + 3 / count.squareRoot() }
        func noise(_ index: Int) -> Double {
            let (u, v) = (Self.uniform(2 * index), Self.uniform(2 * index + 1))
            return (-2 * log(max(u, 1e-12))).squareRoot() * cos(2 * .pi * v)
        }
        func curve(_ trial: Int, _ size: Double) -> LearningCurve {
            let runs = counts.indices.map { place in
                (0..<3).map { run in
                    truth(Double(counts[place])) * (1 + size * noise(trial * 12 + place * 3 + run))
                }
            }
            return LearningCurve(counts: counts, runs: runs, wanted: 3, seed: UInt64(trial))
        }
        var held = 0
        for trial in 0..<40 {
            let curve = curve(trial, 0.02)
            if (try #require(curve.low)...(try #require(curve.high))).contains(truth(2_000)) { held += 1 }
        }
        #expect(held >= 34, "\(held) of 40")
        let (calm, wild) = (curve(0, 0.005), curve(0, 0.05))
        func width(_ curve: LearningCurve) throws -> Double { try #require(curve.high) - (try #require(curve.low)) }
        let (narrow, wide) = (try width(calm), try width(wild))
        #expect(wide > 3 * narrow)
        // What may be chance is not said first; what is not, is.
        #expect(calm.gain(beyond: 0) != nil && calm.gain(beyond: 1) == nil)
        var flat = calm
        flat.high = calm.fitted
        #expect(flat.gain(beyond: 0) == nil)
    }

    /// Of 0 to 1, without pattern.
    private static func uniform(_ index: Int) -> Double {
        let value = sin(Double(index) * 12.9898 + 4.1414) * 43_758.5453
        return value - value.rounded(.down)
    }

    @Test(arguments: [
        (3.0, "3e0"), (0.0316, "3.16e-2"), (0.000999, "9.99e-4"), (0.9996, "1e0"), (120, "1.2e2"), (0.305, "3.05e-1"),
    ]) func threeDigits(_ value: Double, _ word: String) {
        #expect(LogScale.word(value) == word)
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
        #expect(outcome.afterStep == 200)
        #expect(try round() == improvement)
        // What was not asked for is not measured.
        #expect(improvement.learningCurve == nil && improvement.ensemble == nil && improvement.inputs == nil)
    }

    private func round(
        _ text: String, _ request: ImproveRequest, _ overrides: [String: String] = [:],
        clock: any TrainingClock = SystemClock(), files: [SourceFile] = []
    ) throws -> Improvement {
        let recipe = try #require(Recipe.read(text, overrides: overrides).recipe)
        return try ImproveRound(
            recipe, text: text, overrides: overrides, dataset: try Dataset.open(recipe, files: files), request: request,
            threads: 1, clock: clock
        ) { _ in }.run()
    }

    /// Three runs a share, each with examples of its own; fewer where the budget has no room, and it says so.
    @Test func theCurveKeepsToItsBudget() throws {
        let whole = try round(Self.text, ImproveRequest(steps: 40, only: ["data"]), ["optimizer.rate": "1e-2"])
        let curve = try #require(whole.learningCurve)
        #expect(curve.counts == [67, 135, 270, 540] && curve.seeds == 3)
        #expect(curve.twice == nil || curve.low != nil)
        let short = try round(
            Self.text, ImproveRequest(steps: 40, budget: 10, only: ["data"]), ["optimizer.rate": "1e-2"],
            clock: Ticking())
        #expect(short.learningCurve?.seeds == 1 && short.learningCurve?.wantedSeeds == 3)
        #expect(short.learningCurve?.low == nil)
        // Too few examples for shares of them.
        let few = try round(
            Self.text, ImproveRequest(steps: 8, only: ["data"]),
            ["data.examples": "100", "data.validation": "{fraction: 0.8}"])
        #expect(few.learningCurve == nil && few.notes?.count == 1)
    }

    /// Every look at it is 3 seconds later.
    private final class Ticking: TrainingClock {
        private let now = Locked(0.0)
        var seconds: Double {
            now.withLock {
                $0 += 3; return $0
            }
        }
        var wallMicroseconds: Int { 0 }
    }

    /// Members differ in their seeds alone, and their mean is right more often; three of them are the first three.
    @Test func membersAreAddedUp() throws {
        let trial = try #require(
            try round(Self.text, ImproveRequest(steps: 60, only: ["ensemble"]), ["optimizer.rate": "1e-2"]).ensemble)
        #expect(trial.isShare && trial.gains.map(\.members) == [2, 3, 5])
        for gain in trial.gains {
            #expect(gain.low <= gain.gain && gain.gain <= gain.high)
            #expect((0...1).contains(gain.error))
        }
        #expect(trial.proposal == nil || trial.proposal?.overrides["kind"] == "ensemble")
        // Text has many answers an example, and says that nothing was added up.
        let one = try round(
            Self.text, ImproveRequest(steps: 60, budget: 10, only: ["ensemble"]), ["optimizer.rate": "1e-2"],
            clock: Ticking())
        #expect(one.ensemble == nil && one.notes?.first?.contains("no room") == true)
    }

    private static let table = """
        recipe: 1
        name: table
        data: {format: csv, train: t.csv, validation: {fraction: 0.4}}
        model: {layers: [{linear: 8}, relu, {linear: classes}]}
        optimizer: {kind: adam, rate: 3e-2}
        batch: 32
        until: {steps: 400}
        """

    /// Of three columns the second is the class with noise, the others are noise: it alone is better.
    @Test func oneColumnAtATime() throws {
        var rows = "noise,signal,other,class\n"
        for row in 0..<600 {
            let label = row % 2
            rows += "\(Self.uniform(3 * row)),\(Double(label) + 0.5 * Self.uniform(3 * row + 1)),"
            rows += "\(Self.uniform(3 * row + 2)),\(label == 0 ? "a" : "b")\n"
        }
        let file = try TemporaryTable(rows)
        let improvement = try round(
            Self.table, ImproveRequest(steps: 400, only: ["inputs"]), files: [file.source])
        let inputs = try #require(improvement.inputs)
        #expect(inputs.map(\.columns) == [["noise"], ["signal"], ["other"]])
        #expect(inputs.map(\.verdict) == [.same, .better, .same], "\(inputs)")
        #expect(inputs[1].gain > 0.3)
        // A single column has none before it.
        let single = try TemporaryTable(
            rows.split(separator: "\n").map { $0.split(separator: ",").suffix(2).joined(separator: ",") }.joined(
                separator: "\n"))
        let alone = try round(Self.table, ImproveRequest(steps: 40, only: ["inputs"]), files: [single.source])
        #expect(alone.inputs == nil && alone.notes?.count == 1)
    }

    /// SGD with momentum comes after the others, once they have nothing to offer.
    @Test func momentumComesLast() throws {
        let text = """
            recipe: 1
            name: digits
            data: {format: digits, examples: 300, validation: {fraction: 0.3}}
            model: {layers: [{conv2d: {channels: 4, kernel: 5, stride: 3}}, relu, flatten, {linear: classes}]}
            optimizer: {kind: adam, rate: 1e-4}
            batch: 32
            until: {steps: 40}
            """
        func kinds(_ only: [String], _ text: String, settled: Bool = false) throws -> [TriedProposal] {
            try round(text, ImproveRequest(steps: 16, seeds: 1, only: only, isSettled: settled)).tried
        }
        let helped = try kinds(["rate-up", "sgd"], text)
        #expect(helped.map(\.proposal.kind) == ["rate-up"])
        let settled = try kinds(["rate-up", "sgd"], text, settled: true)
        let sgd = try #require(settled.first { $0.proposal.kind == "sgd" })
        #expect(sgd.proposal.title.contains("the best of 6"))
        let (changed, findings) = Recipe.read(text, overrides: sgd.proposal.overrides)
        #expect(changed?.optimizer.kind == .sgd && changed?.optimizer.momentum == 0.9, "\(findings)")
        #expect((0.001...1).contains(try #require(changed?.optimizer.rate)))
        // Not in perceptrons.
        #expect(try kinds(["sgd"], Self.text).isEmpty)
        // Half the size is an eighth of the work and more, and its layers are read.
        let pooled = try #require(try kinds(["pool-2"], text).first)
        #expect(pooled.proposal.overrides["model.layers"]?.hasPrefix("[{avgpool2d: 2}, ") == true)
        let cost = try #require(pooled.cost)
        #expect(cost < 0.5 && pooled.refusal == nil, "\(pooled)")
        let (low, high) = (try #require(pooled.low), try #require(pooled.high))
        #expect(low <= high)
    }

    /// First weights are part of the recipe: a run begins with them, and the twin without them is a proposal.
    @Test func firstWeightsAreTaken() throws {
        let facts = try Dataset.open(try #require(Recipe.read(Self.text).recipe), files: []).facts
        let overrides = ["model.from": "old.safetensors", "model.map": "{a.: 0.}"]
        let scratch = try #require(
            Recipe.proposals(Self.text, overrides: overrides, facts: facts).first { $0.kind == "scratch" })
        let (changed, _) = Recipe.read(Self.text, overrides: overrides.merging(scratch.overrides) { $1 })
        #expect(changed == Recipe.read(Self.text).recipe)
        #expect(!Recipe.proposals(Self.text, overrides: [:], facts: facts).contains { $0.kind == "scratch" })
        // Every kind that is proposed can be asked for.
        for proposal in Recipe.proposals(Self.text, overrides: overrides, facts: facts) {
            #expect(Recipe.improvementKinds.contains(proposal.kind))
        }
    }

    /// Stopping is told of where the loss rose beyond chance: five wrong labels of ten are learned by heart.
    @Test func stoppingIsToldWhereItHelps() throws {
        func stopping(_ rate: String) throws -> StoppingGain? {
            try round(
                Self.text, ImproveRequest(steps: 4_000, only: ["rate-down"]),
                [
                    "optimizer.rate": rate, "data.examples": "100", "data.validation": "{fraction: 0.6}",
                    "model.layers": "[{linear: 64}, relu, {linear: 64}, relu, {linear: classes}]",
                ]
            ).stopping
        }
        let stopped = try #require(try stopping("3e-2"))
        #expect(stopped.step < 4_000 && stopped.low > 0 && stopped.gain >= stopped.low)
        // A run that is still learning has nothing to be stopped for.
        #expect(try stopping("1e-5") == nil)
    }

    /// A model of one's own against the catalogue's at as many steps: a bottleneck of one unit loses to a single layer, a wider
    /// one beats it; what is a preset already has nothing to beat.
    @Test func theHeroHasToWin() throws {
        let digits = """
            recipe: 1
            name: digits
            data: {format: digits, examples: 400, validation: {fraction: 0.4}}
            model: {layers: [flatten, {linear: 1}, tanh, {linear: classes}]}
            optimizer: {kind: adam, rate: 3e-3}
            batch: 32
            until: {steps: 200}
            """
        func plain(_ text: String, _ overrides: [String: String] = [:], steps: Int) throws -> Improvement {
            try round(text, ImproveRequest(steps: steps, seeds: 2, only: ["plain"]), overrides)
        }
        let hero = try #require(try plain(digits, steps: 200).plain)
        #expect(hero.verdict == .better && hero.low > 0 && hero.proposal.id == "O4", "\(hero)")
        #expect(hero.proposal.overrides == ["model.layers": "~", "model.preset": "linear"])
        // Spirals are wound: one layer does not do.
        let wound = [
            "optimizer.rate": "1e-2", "model.layers": "[{linear: 24}, tanh, {linear: 24}, tanh, {linear: classes}]",
        ]
        let own = try #require(try plain(Self.text, wound, steps: 600).plain)
        #expect(own.verdict == .worse && own.high < 0, "\(own)")
        let mlp = try plain(Self.text, steps: 40)
        #expect(mlp.plain == nil && mlp.notes?.first?.contains("the catalogue's own, `mlp`") == true, "\(mlp)")
        // It is no change that was expected to help.
        #expect(mlp.tried.isEmpty && mlp.outcome == nil)
    }

    /// Presets are known by their layers, whatever their numbers; what differs in a layer is one's own.
    @Test func presetsAreKnownByTheirLayers() throws {
        let facts = try drawnDigits.get().facts
        for model in PlainModel.catalogue(for: facts) {
            #expect(PlainModel.name(of: model.layers, for: facts) == model.name)
        }
        #expect(PlainModel.name(of: stack(smallConvolution), for: facts) == nil)
        #expect(
            PlainModel.name(
                of: stack([.flatten, .linear(units: .count(9)), .relu, .dropout(0.5), .linear(units: .classes)]),
                for: facts)
                == "mlp")
        #expect(
            PlainModel.name(
                of: stack([.flatten, .linear(units: .count(9)), .tanh, .linear(units: .classes)]), for: facts)
                == nil)
        #expect(PlainModel.name(of: stack([.linear(units: .count(9)), .linear(units: .classes)]), for: facts) == nil)
    }

    @Test func aStudentIsRefused() throws {
        let text = Self.text + "\nkind: distill\nteachers: [old@best]\n"
        let recipe = try #require(Recipe.read(text).recipe)
        let dataset = try Dataset.open(recipe, files: [])
        #expect {
            try ImproveRound(
                recipe, text: text, overrides: [:], dataset: dataset, request: ImproveRequest(steps: 8), threads: 1,
                clock: SystemClock()
            ) { _ in }.run()
        } throws: { ($0 as? TrainingFailure)?.message.contains("kind: train") == true }
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

/// A table in a file that is gone with it.
private final class TemporaryTable {
    private let handle: FileHandle
    let source: SourceFile

    init(_ text: String) throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data(text.utf8).write(to: url)
        handle = try FileHandle(forReadingFrom: url)
        try FileManager.default.removeItem(at: url)
        source = SourceFile(path: "t.csv", descriptor: handle.fileDescriptor)
    }
}
