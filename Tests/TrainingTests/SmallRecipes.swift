import Datasets
import Foundation
import Recipes
import Testing

/// Layers under the names that a recipe gives them: their index.
func layers(_ kinds: [Layer.Kind]) -> [Layer] {
    kinds.enumerated().map { Layer(kind: $1, name: "\($0)") }
}

/// Drawn digits: 240 examples, of which 216 train in batches of 16 (14 steps an epoch, the last of 8), 24 validate and
/// 24 more test: with 16 and 8 in their batches.
func digits(_ kinds: [Layer.Kind], _ change: (inout Recipe) -> Void = { _ in }) -> Recipe {
    var data = DataSource(format: .digits)
    data.examples = 240
    var recipe = Recipe(name: "small", data: data, model: Model(layers: layers(kinds)), optimizer: Optimizer())
    recipe.seed = 11
    recipe.batch = 16
    recipe.until = .steps(40)
    recipe.evaluate = .steps(15)
    recipe.checkpoint.every = .forever
    change(&recipe)
    return recipe
}

/// Steps of an epoch of `digits`.
let epoch = 14

let head = Layer.Kind.linear(units: .classes)

/// A bit of everything: convolution, batch norm, both dropouts.
let convolutional: [Layer.Kind] = [
    .conv2d(channels: 4, kernel: 5, stride: 2), .batchnorm(), .relu, .maxpool2d(size: 2, stride: 2), .dropout2d(0.2),
    .flatten, .linear(units: .count(24)), .batchnorm(), .relu, .dropout(0.4), head,
]

let perceptron: [Layer.Kind] = [
    .flatten, .dropout(0.2), .linear(units: .count(20)), .batchnorm(), .tanh, .dropout(0.5), head,
]

/// A CSV text as a data set, by the worker's way: through an open descriptor.
func table(_ text: String, _ recipe: Recipe) throws -> Dataset {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("simmer-table-\(UUID().uuidString).csv")
    try Data(text.utf8).write(to: url)
    // A file of this test alone; left over it would lie in the temporary folder and harm nobody.
    defer { try? FileManager.default.removeItem(at: url) }
    let descriptor = open(url.path, O_RDONLY)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    return try Dataset.open(recipe, files: [SourceFile(path: "table.csv", descriptor: descriptor)])
}

/// A recipe for `table`.
func tabular(_ kinds: [Layer.Kind], _ change: (inout Recipe) -> Void = { _ in }) -> Recipe {
    digits(kinds) { recipe in
        recipe.data = DataSource(format: .csv)
        recipe.data.train = FileSet(inputs: ["table.csv"])
        change(&recipe)
    }
}
