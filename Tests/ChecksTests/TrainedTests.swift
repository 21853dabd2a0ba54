import Datasets
import Foundation
import Recipes
import Tensors
import Testing
import Training

@testable import Checks

@Suite(.serialized) struct TrainedTests {
    private func digits(_ kinds: [Layer.Kind] = smallConvolution, steps: Int = 250) throws -> TrainedBench {
        try TrainedBench(digitsRecipe(kinds), try drawnDigits.get(), steps: steps)
    }

    /// A network that has learned passes, and everything is shown.
    @Test func aSoundNetworkIsShown() throws {
        let trained = try digits()
        let results = trained.results()
        #expect(Set(results.keys) == ["K3", "K4", "D16", "D17", "R16", "R17", "R8", "R14", "K17"])
        // Pixels are no columns, and of no run there is no history.
        for result in results.values {
            #expect(result.verdict == (["R8", "R14", "K17"].contains(result.id) ? .skip : .pass), "\(result)")
        }
        let names = Set(trained.pictures.map { "\($0.id) \($0.picture.name)" })
        #expect(
            names.isSuperset(of: [
                "K3 losses", "K3 gradients", "K3 updates", "K4 confusion", "K4 classes", "K4 reliability",
                "K4 predictions",
                "D16 errors", "R16 filters", "R17 layer-1-relu", "R17 silence",
            ]), "\(names)")
        for (_, picture) in trained.pictures {
            // The first bytes of every PNG file, in base64.
            if let png = picture.png { #expect(png.hasPrefix("iVBORw0KGgo") && png.utf8.count <= Picture.mostBytes) }
            #expect(picture.png != nil || picture.chart != nil, "\(picture.name)")
            for series in picture.chart?.series ?? [] { #expect(series.y.allSatisfy { $0.isFinite }) }
        }
        let again = trained.results()
        #expect(again == results)
    }

    /// Every verdict of a network in its first steps: it knows little, and nothing is broken.
    @Test func aYoungNetworkIsNotBroken() throws {
        for steps in [5, 20] {
            let results = try digits(steps: steps).results()
            for result in results.values { #expect(result.verdict != .fail, "\(steps): \(result)") }
            #expect(results["D17"]?.verdict == .pass, "\(String(describing: results["D17"]))")
        }
    }

    @Test func exchangedClassesAreFound() throws {
        let trained = try digits()
        try trained.exchange(3, 5)
        let result = try #require(trained.results()["D17"])
        #expect(result.verdict == .fail)
        #expect(
            result.message.contains("3 is called 5") && result.message.contains("5 is called 3"), "\(result.message)")
    }

    /// One class that is said far too often.
    @Test func aWrongPriorIsFound() throws {
        let trained = try digits()
        try trained.add(9, to: "5.bias", at: 2)
        let result = try #require(trained.results()["D17"])
        #expect(result.verdict == .fail && result.message.hasPrefix("2 gets"), "\(result)")
    }

    @Test func silentUnitsAreFound() throws {
        let trained = try digits()
        try trained.add(-1e4, to: "3.bias")
        let result = try #require(trained.results()["R17"])
        #expect(result.verdict == .fail && result.message.contains("4 relu are silent"), "\(result)")
        // A network of which nothing comes through is no better than a constant answer.
        #expect(trained.results()["K4"]?.verdict == .warn)
    }

    /// 20 of 32 units: W5 knows whether they are missed. Where nobody has looked, or nearly all are silent, R17 says so.
    @Test(arguments: [nil, CheckVerdict.pass, .warn]) func silentUnitsAreToldOnce(_ watched: CheckVerdict?) throws {
        let history = RunHistory(
            job: "run", metric: "validation.loss", isHigherBetter: false, series: [], best: nil, deadUnits: watched)
        let trained = try TrainedBench(
            digitsRecipe(smallConvolution), try drawnDigits.get(), steps: 100, history: history)
        for unit in 0..<20 { try trained.add(-1e4, to: "3.bias", at: unit) }
        let result = try #require(trained.results()["R17"])
        #expect(result.verdict == (watched == nil ? .warn : .pass), "\(result)")
        #expect(result.message.contains("W5") == (watched != nil), "\(result)")
        for unit in 20..<30 { try trained.add(-1e4, to: "3.bias", at: unit) }
        #expect(trained.results()["R17"]?.verdict == .fail)
    }

    @Test func answersThatAreNoNumbersFail() throws {
        let trained = try digits()
        try trained.add(.nan, to: "5.bias", at: 0)
        let results = trained.results()
        #expect(results["K4"]?.verdict == .fail)
        #expect(results["D17"]?.verdict == .skip && results["K3"]?.verdict == .skip)
    }

    /// Data without pixels: two numbers, two classes.
    @Test func spiralsAreNoImages() throws {
        var recipe = digitsRecipe([
            .linear(units: .count(48)), .tanh, .linear(units: .count(48)), .tanh, .linear(units: .classes),
        ])
        recipe.optimizer.rate = 1e-2
        recipe.data = DataSource(format: .spirals)
        recipe.data.examples = 900
        let trained = try TrainedBench(recipe, try Dataset.open(recipe, files: []), steps: 1_500)
        let results = trained.results()
        #expect(results["R16"]?.verdict == .skip)
        #expect(trained.pictures.allSatisfy { $0.picture.png == nil })
        for id in ["K3", "K4", "D16", "D17", "R17"] {
            #expect(results[id]?.verdict == .pass, "\(id) \(results[id] as Any)")
        }
    }

    /// A look at the next update leaves every bit where it was; by plain gradient descent the change is the rate times
    /// the gradient.
    @Test func lookingChangesNothing() throws {
        let recipe = digitsRecipe(smallConvolution) { recipe in
            recipe.optimizer = Optimizer(kind: .sgd)
            recipe.optimizer.momentum = 0
            recipe.optimizer.decay = 0
        }
        let dataset = try drawnDigits.get()
        let trained = try TrainedBench(recipe, dataset, steps: 10)
        let count = trained.model.network.plan.parameterFloats
        func weights() -> [Float] { Array(UnsafeBufferPointer(start: trained.model.network.parameters, count: count)) }
        let before = weights()
        let next = try #require(trained.model.nextUpdate(dataset.training, Array(0..<32), step: 10, rate: 0.25))
        #expect(weights().map(\.bitPattern) == before.map(\.bitPattern))
        let changes = try #require(next.changes)
        #expect(next.gradients.contains { $0 != 0 })
        for (index, gradient) in next.gradients.enumerated() {
            #expect(abs(changes[index] + 0.25 * gradient) <= 1e-6 + 1e-5 * abs(before[index]), "\(index)")
        }
        #expect(trained.model.nextUpdate(dataset.training, Array(0..<32), step: 10, rate: nil)?.changes == nil)
    }

    /// Against trying every permutation.
    @Test func thePermutationIsTheBest() {
        let random = Philox(seed: 4, purpose: .examples)
        for round in 0..<30 {
            let size = 1 + round % 6
            let cells = (0..<size).map { row in
                (0..<size).map { random.below(20, step: UInt64(round), index: UInt64(row * size + $0)) }
            }
            func sum(_ columns: [Int]) -> Int { columns.enumerated().reduce(0) { $0 + cells[$1.offset][$1.element] } }
            let found = BestPermutation.columns(cells)
            #expect(Set(found) == Set(0..<size))
            #expect(sum(found) == permutations(Array(0..<size)).map(sum).max())
        }
        #expect(BestPermutation.columns([]) == [])
    }

    private func permutations(_ items: [Int]) -> [[Int]] {
        guard items.count > 1 else { return [items] }
        return items.indices.flatMap { index -> [[Int]] in
            var rest = items
            let first = rest.remove(at: index)
            return permutations(rest).map { [first] + $0 }
        }
    }

    @Test func swapsNeedMostOfBothAndManyExamples() {
        #expect(Consistency.swaps([[5, 95], [90, 10]]).map(\.column) == [1, 0])
        // A network that always gives one answer, whichever class is the larger.
        #expect(Consistency.swaps([[0, 1_000], [0, 900]]).isEmpty)
        #expect(Consistency.swaps([[0, 9_000], [0, 900]]).isEmpty)
        // Two examples are no evidence.
        #expect(Consistency.swaps([[0, 1, 0], [1, 0, 0], [0, 0, 50]]).isEmpty)
        // Poor, but every class is most often itself.
        #expect(Consistency.swaps([[40, 60, 0], [30, 70, 0], [0, 0, 9]]).isEmpty)
        #expect(Consistency.swaps([[100, 0], [0, 100]]).isEmpty)
    }

    /// Four pixels by hand: neighbours differ by (1 + 1 + 0 + 0) / 4, any two by 4 / 6.
    @Test func smoothnessOfFourPixels() throws {
        let four = try #require(Filters.smoothness([0, 1, 0, 1], 2, 2))
        #expect(abs(four - 0.25) < 1e-12)
        #expect(Filters.smoothness([2, 2, 2, 2], 2, 2) == nil)
        let ramp = try #require(Filters.smoothness((0..<100).map { Float($0 / 10) }, 10, 10))
        #expect(ramp > 0.8)
        let random = Philox(seed: 1, purpose: .noise)
        let pixels = (0..<400).map { random.uniform(step: 0, index: UInt64($0)) }
        let noise = try #require(Filters.smoothness(pixels, 20, 20))
        #expect(abs(noise) < 0.1)
    }

    @Test func aBenchWithoutACheckpointSaysSo() throws {
        struct NoClock: TrainingClock {
            var seconds: Double { 0 }
            var wallMicroseconds: Int { 0 }
        }
        let bench = Bench(
            recipe: digitsRecipe(smallConvolution), dataset: try drawnDigits.get(), threads: 1, clock: NoClock()
        ) { _, _ in }
        for check in TrainedSuite.checks {
            for result in bench.run(check) {
                #expect(result.verdict == .skip && result.message.contains("no checkpoint"), "\(result)")
            }
        }
    }
}
