import Datasets
import Foundation
import Recipes
import Testing
import Training

@testable import Checks

/// Layers under the names that a recipe gives them: their index.
func layers(_ kinds: [Layer.Kind]) -> [Layer] { kinds.enumerated().map { Layer(kind: $1, name: "\($0)") } }

let head = Layer.Kind.linear(units: .classes)
let perceptron: [Layer.Kind] = [.flatten, .linear(units: .count(24)), .relu, head]

/// A small recipe: drawn digits and a perceptron.
func smallRecipe(_ kinds: [Layer.Kind] = perceptron, _ change: (inout Recipe) -> Void = { _ in }) -> Recipe {
    var data = DataSource(format: .digits)
    data.examples = 500
    data.validation = .fraction(0.2)
    var recipe = Recipe(name: "small", data: data, model: Model(layers: layers(kinds)), optimizer: Optimizer())
    recipe.optimizer.rate = 1e-3
    recipe.seed = 5
    recipe.batch = 32
    recipe.until = .epochs(10)
    change(&recipe)
    return recipe
}

/// The same for a table or a text in memory.
func fileRecipe(
    _ format: DataSource.Format, _ kinds: [Layer.Kind], _ change: (inout Recipe) -> Void = { _ in }
) -> Recipe {
    smallRecipe(kinds) { recipe in
        recipe.data = DataSource(format: format)
        recipe.data.train = FileSet(inputs: ["data"])
        recipe.data.validation = .fraction(0.2)
        change(&recipe)
    }
}

/// A bench, and the pictures that were drawn on it.
final class SkeletonBench {
    let bench: Bench
    private let album: Album

    private final class Album { var pictures: [(id: String, picture: Picture)] = [] }

    /// - Parameter text: of the file `data`, where the recipe reads one.
    init(_ recipe: Recipe, text: String? = nil, weights: WeightsFile? = nil) throws {
        let album = Album()
        self.album = album
        bench = Bench(
            recipe: recipe, dataset: try Self.open(recipe, text), threads: 1, clock: SystemClock(), weights: weights
        ) { album.pictures.append(($0, $1)) }
    }

    var pictures: [(id: String, picture: Picture)] { album.pictures }

    private static func open(_ recipe: Recipe, _ text: String?) throws -> Dataset {
        guard let text else { return try Dataset.open(recipe, files: []) }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("simmer-checks-\(UUID().uuidString)")
        try Data(text.utf8).write(to: url)
        // A file of this test alone; left over it would lie in the temporary folder and harm nobody.
        defer { try? FileManager.default.removeItem(at: url) }
        let descriptor = Glibc.open(url.path, O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        return try Dataset.open(recipe, files: [SourceFile(path: "data", descriptor: descriptor)])
    }

    /// All results of one check.
    func run(_ check: any Check.Type) -> [CheckResult] { bench.run(check) }

    /// The result of one id.
    func run(_ check: any Check.Type, _ id: String) throws -> CheckResult {
        try #require(bench.run(check).first { $0.id == id }, "\(check) gives nothing for \(id)")
    }

    /// The whole cheap suite of this folder.
    func cheap() -> [CheckResult] { SkeletonSuite.cheap.flatMap { bench.run($0) } }
}

/// Numbers for tables: the same on every machine.
struct Dice {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    /// Even in 0 ..< 1: SplitMix64.
    mutating func unit() -> Double {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
    }

    /// Close to a normal distribution of deviation 1.
    mutating func bell() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + unit() } }
}

/// A table of four columns and a class that the first two tell, with some noise.
func classTable(
    rows: Int = 400, rare: Double = 0.5, extra: (Int, inout Dice) -> String? = { _, _ in nil }
) -> String {
    var dice = Dice(7)
    var lines = [extra(0, &dice) == nil ? "a,b,c,d,label" : "a,b,c,d,e,label"]
    for _ in 0..<rows {
        let label = dice.unit() < rare ? 1 : 0
        let centre = label == 1 ? 1.5 : -0.5
        var columns = [centre + dice.bell(), centre - dice.bell(), dice.bell(), dice.bell()].map { "\($0)" }
        if let more = extra(label, &dice) { columns.append(more) }
        lines.append((columns + [label == 1 ? "yes" : "no"]).joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
}

/// A table of four columns and a number that depends on them.
func numberTable(rows: Int = 300, noise: Double = 0.3, extra: (Double) -> String? = { _ in nil }) -> String {
    var dice = Dice(9)
    var lines = [extra(0) == nil ? "a,b,c,d,y" : "a,b,c,d,e,y"]
    for _ in 0..<rows {
        let x = (0..<4).map { _ in dice.bell() }
        let y = 50 + 8 * x[0] - 4 * x[1] + noise * 8 * dice.bell()
        lines.append((x.map { "\($0)" } + (extra(y).map { [$0] } ?? []) + ["\(y)"]).joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
}

/// Words in random order: characters follow from those before them.
func wordText(_ words: Int = 3000) -> String {
    let all = ["the ", "cat ", "sat ", "on ", "a ", "mat ", "and ", "ran ", "off ", "to ", "sea.\n", "we ", "saw "]
    var dice = Dice(3)
    return (0..<words).map { _ in all[Int(dice.unit() * Double(all.count))] }.joined()
}
