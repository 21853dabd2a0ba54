import Recipes
import Testing

@testable import Checks

/// Jobs that are as they should be: no check fails, at most one warns.
@Suite struct SkeletonCleanTests {
    struct Job: Sendable, CustomTestStringConvertible {
        var name: String
        var recipe: Recipe
        var text: String?
        var testDescription: String { name }
    }

    static let jobs: [Job] = [
        Job(
            name: "perceptron on digits",
            recipe: smallRecipe { $0.expect = Expectation(metric: "validation.accuracy", above: 0.9) }),
        Job(
            name: "everything on",
            recipe: smallRecipe([
                .flatten, .linear(units: .count(32)), .batchnorm(), .relu, .dropout(0.3), head,
            ]) { recipe in
                recipe.data.augment = [.shift(pixels: 1), .noise(deviation: 0.1)]
                recipe.optimizer = Optimizer(kind: .adamw, rate: 1e-3)
                recipe.optimizer.decay = 0.05
                recipe.loss = Loss(kind: .crossEntropy)
                recipe.loss?.smoothing = 0.1
                recipe.clip.gradientNorm = 1
                recipe.schedule = [
                    Segment(shape: .warmup, length: .share(0.1)), Segment(shape: .cosine, length: .share(0.9)),
                ]
            }),
        Job(
            name: "convolutions",
            recipe: smallRecipe([
                .conv2d(channels: 4, kernel: 5, stride: 2), .relu, .maxpool2d(size: 2, stride: 2), .dropout2d(0.1),
                .flatten, .linear(units: .count(24)), .relu, head,
            ]) { $0.data.normalize = .unit }),
        Job(
            name: "spirals",
            recipe: smallRecipe([.linear(units: .count(32)), .tanh, .linear(units: .count(32)), .tanh, head]) {
                $0.data = DataSource(format: .spirals)
                $0.data.examples = 1500
                $0.optimizer.rate = 3e-3
            }),
        Job(name: "table", recipe: fileRecipe(.csv, [.linear(units: .count(16)), .relu, head]), text: classTable()),
        Job(
            name: "one to twenty, two outputs", recipe: fileRecipe(.csv, [.linear(units: .count(16)), .relu, head]),
            text: classTable(rows: 1200, rare: 0.05)),
        Job(
            name: "one to twenty, one output",
            recipe: fileRecipe(.csv, [.linear(units: .count(16)), .relu, head]) {
                $0.loss = Loss(kind: .binaryCrossEntropy)
                $0.loss?.positiveWeights = [5]
            }, text: classTable(rows: 1200, rare: 0.05)),
        Job(name: "numbers", recipe: fileRecipe(.csv, [.linear(units: .count(16)), .relu, head]), text: numberTable()),
        Job(
            name: "numbers, linear, huber, sgd",
            recipe: fileRecipe(.csv, [head]) {
                $0.loss = Loss(kind: .huber)
                $0.optimizer = Optimizer(kind: .sgd, rate: 0.1)
                $0.optimizer.momentum = 0.9
            }, text: numberTable()),
        Job(
            name: "numbers, absolute",
            recipe: fileRecipe(.csv, [.linear(units: .count(16)), .relu, head]) {
                $0.loss = Loss(kind: .mae)
            }, text: numberTable()),
        Job(
            name: "text by places",
            recipe: fileRecipe(
                .text,
                [
                    .embedding(units: .count(16), places: true),
                    .residual(layers: layers([.layernorm(), .attention(heads: 2)]), shortcut: []), .layernorm(), head,
                ]
            ) { recipe in
                recipe.data.window = 16
                recipe.batch = 16
                recipe.optimizer.rate = 3e-3
            }, text: wordText()),
        Job(
            name: "recurrent text",
            recipe: fileRecipe(.text, [.embedding(units: .count(8)), .gru(units: .count(24)), head]) {
                $0.data.window = 16
                $0.batch = 16
                $0.optimizer.rate = 3e-3
            }, text: wordText()),
        Job(
            name: "text by lines",
            recipe: fileRecipe(
                .text, [.embedding(units: .count(8)), .flatten, .linear(units: .count(24)), .tanh, head]
            ) {
                $0.data.window = 3
                $0.data.documents = .lines
                $0.optimizer.rate = 3e-3
            }, text: wordText(1200)),
    ]

    @Test(arguments: jobs) func staysQuiet(_ job: Job) throws {
        let bench = try SkeletonBench(job.recipe, text: job.text)
        let results = bench.cheap()
        for result in results where result.verdict == .fail { Issue.record("\(result.id): \(result.message)") }
        let warnings = results.filter { $0.verdict == .warn }
        #expect(warnings.count <= 1, "\(warnings.map { "\($0.id): \($0.message)" })")
        // Every id that the suite declares has one result, and what was drawn fits.
        #expect(results.map(\.id) == SkeletonSuite.cheap.flatMap { $0.ids })
        for (id, picture) in bench.pictures {
            #expect(picture.chart != nil || picture.png != nil || !picture.caption.isEmpty, "\(id)")
            for series in picture.chart?.series ?? [] {
                #expect(
                    series.x.count == series.y.count && (series.x + series.y).allSatisfy(\.isFinite),
                    "\(id) \(picture.name)")
            }
        }
    }

    /// A check that is run twice gives the same numbers.
    @Test func repeats() throws {
        let recipe = fileRecipe(.csv, [.linear(units: .count(16)), .relu, head])
        func all() throws -> [CheckResult] {
            try SkeletonBench(recipe, text: classTable()).cheap().map { result in
                var result = result
                result.seconds = 0
                return result
            }
        }
        #expect(try all() == all())
    }

    @Test func estimates() throws {
        let bench = try SkeletonBench(smallRecipe()).bench
        let seconds = Suite.estimate(bench, SkeletonSuite.cheap)
        #expect(seconds > 0.1 && seconds < 60)
    }
}
