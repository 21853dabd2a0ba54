import Datasets
import Foundation
import Recipes
import Tensors
import Testing
import Training

@testable import Checks

/// A network that has been trained for some updates, on a bench for the trained suite.
final class TrainedBench {
    let bench: Bench
    let model: Training.Model
    private let trial: Trial
    private let shown = Shown()

    private final class Shown {
        var pictures: [(id: String, picture: Picture)] = []
    }

    private struct NoClock: TrainingClock {
        var seconds: Double { 0 }
        var wallMicroseconds: Int { 0 }
    }

    init(_ recipe: Recipe, _ dataset: Dataset, steps: Int, history: RunHistory? = nil) throws {
        trial = try Trial(recipe, dataset, pool: ThreadPool(threads: 2))
        try trial.train(to: steps)
        model = trial.model
        let shown = shown
        bench = Bench(
            recipe: recipe, dataset: dataset, threads: 2, clock: NoClock(), trained: model, step: steps,
            trainedHasMoments: true, history: history
        ) { shown.pictures.append(($0, $1)) }
    }

    var pictures: [(id: String, picture: Picture)] { shown.pictures }

    /// All results of the suite, by id.
    func results() -> [String: CheckResult] {
        let results = Suite.checks(CheckRequest(.trained)).flatMap { bench.run($0) }
        return Dictionary(results.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The last layer's weights and bias of some classes, exchanged.
    func exchange(_ first: Int, _ second: Int) throws {
        for tensor in model.network.plan.tensors.suffix(2) {
            let width = tensor.count / (tensor.shape.first ?? 1)
            let values = model.network.parameters + tensor.offset
            for index in 0..<width {
                (values[first * width + index], values[second * width + index]) = (
                    values[second * width + index], values[first * width + index]
                )
            }
        }
    }

    /// Adds to every element of a tensor, by its name; to one of them where a place is given.
    func add(_ change: Float, to name: String, at place: Int? = nil) throws {
        let tensor = try #require(model.network.plan.tensors.first { $0.name == name })
        for index in place.map({ $0..<$0 + 1 }) ?? 0..<tensor.count {
            model.network.parameters[tensor.offset + index] += change
        }
    }
}

/// Layers under the names that a recipe gives them: their index.
func stack(_ kinds: [Layer.Kind]) -> [Layer] { kinds.enumerated().map { Layer(kind: $1, name: "\($0)") } }

/// Drawn digits, and a small network for them.
func digitsRecipe(_ kinds: [Layer.Kind], examples: Int = 900, _ change: (inout Recipe) -> Void = { _ in }) -> Recipe {
    var data = DataSource(format: .digits)
    data.examples = examples
    data.validation = .fraction(0.3)
    var recipe = Recipe(
        name: "t", data: data, model: Recipes.Model(layers: stack(kinds)), optimizer: Optimizer(kind: .adam))
    recipe.optimizer.rate = 3e-3
    recipe.seed = 5
    recipe.batch = 32
    recipe.until = .steps(200)
    change(&recipe)
    return recipe
}

/// The data of `digitsRecipe`, drawn once for all tests: drawing takes longest.
let drawnDigits = Result { try Dataset.open(digitsRecipe(smallConvolution), files: []) }

let smallConvolution: [Layer.Kind] = [
    .conv2d(channels: 8, kernel: 5, stride: 2), .relu, .flatten, .linear(units: .count(32)), .relu,
    .linear(units: .classes),
]
