import Datasets
import Foundation
import Networks
import Recipes
import Testing
import Training

@testable import Checks

/// A bench over data that a test makes.
final class DataBench {
    let bench: Bench
    private let shown: Shown

    private final class Shown {
        var pictures: [(id: String, picture: Picture)] = []
    }

    private struct NoClock: TrainingClock {
        var seconds: Double { 0 }
        var wallMicroseconds: Int { 0 }
    }

    /// - Parameter files: by the path that the recipe names.
    init(_ recipe: Recipe, _ files: [String: [UInt8]] = [:]) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("simmer-checks-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        // A test's own folder; left over it would lie in the temporary folder and harm nobody.
        defer { try? FileManager.default.removeItem(at: folder) }
        var sources: [SourceFile] = []
        defer { for source in sources { close(source.descriptor) } }
        for (name, bytes) in files {
            let path = folder.appendingPathComponent(name)
            try Data(bytes).write(to: path)
            let descriptor = open(path.path, O_RDONLY)
            try #require(descriptor >= 0)
            sources.append(SourceFile(path: name, descriptor: descriptor))
        }
        let shown = Shown()
        self.shown = shown
        bench = Bench(
            recipe: recipe, dataset: try Dataset.open(recipe, files: sources), threads: 2, clock: NoClock()
        ) { shown.pictures.append(($0, $1)) }
    }

    var pictures: [Picture] { shown.pictures.map(\.picture) }

    /// The only result of a check.
    func run(_ check: any Check.Type) throws -> CheckResult {
        let results = bench.run(check)
        try #require(results.map(\.id) == check.ids)
        return try #require(results.first)
    }
}

/// A recipe with only the data's part of interest.
func dataRecipe(_ format: DataSource.Format, _ change: (inout Recipe) -> Void = { _ in }) -> Recipe {
    var recipe = Recipe(
        name: "t", data: DataSource(format: format),
        model: Recipes.Model(layers: [
            Layer(kind: .flatten, name: "0"), Layer(kind: .linear(units: .classes), name: "1"),
        ]), optimizer: Optimizer())
    recipe.seed = 3
    change(&recipe)
    return recipe
}

/// Numbers that look random and are the same on every machine (Steele, Lea, Flood 2014).
struct SplitMix {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// 0 ..< 1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func below(_ bound: Int) -> Int { Int(unit() * Double(bound)) }

    /// Mean 0, deviation 1: Box and Muller 1958.
    mutating func normal() -> Double { (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit()) }
}

/// A csv: rows of numbers, and a label behind each.
struct TestTable {
    var names: [String]
    var rows: [[String]] = []
    var labels: [String] = []

    /// Three columns of which the first two help to tell two classes apart, and none alone does.
    static func clean(_ count: Int = 300, seed: UInt64 = 1) -> TestTable {
        var random = SplitMix(seed)
        var table = TestTable(names: ["size", "weight", "age"])
        for _ in 0..<count {
            let isSour = random.below(2) == 1
            let shift = isSour ? 0.8 : -0.8
            table.rows.append([
                "\(shift + random.normal())", "\(shift + random.normal())", "\(random.normal())",
            ])
            table.labels.append(isSour ? "sour" : "sweet")
        }
        return table
    }

    /// - Parameter value: of a row and its label.
    mutating func add(_ name: String, _ value: (Int, String) -> String) {
        names.append(name)
        for index in rows.indices { rows[index].append(value(index, labels[index])) }
    }

    var bytes: [UInt8] {
        let lines =
            [(names + ["taste"]).joined(separator: ",")] + zip(rows, labels).map { ($0 + [$1]).joined(separator: ",") }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    func bench(_ change: (inout Recipe) -> Void = { _ in }) throws -> DataBench {
        let recipe = dataRecipe(.csv) { recipe in
            recipe.data.train = FileSet(inputs: ["t.csv"])
            recipe.data.validation = .fraction(0.2)
            change(&recipe)
        }
        return try DataBench(recipe, ["t.csv": bytes])
    }
}

/// Images of one channel with a label each.
struct TestImages {
    var side = 12
    var images: [[UInt8]] = []
    var labels: [UInt8] = []

    /// A bright bar whose direction is the class, anywhere, on noise.
    static func clean(_ count: Int = 300, seed: UInt64 = 1, side: Int = 12) -> TestImages {
        var random = SplitMix(seed)
        var set = TestImages(side: side)
        for _ in 0..<count {
            let label = random.below(2)
            let place = 2 + random.below(side - 4)
            let level = 150 + random.below(80)
            var pixels = (0..<side * side).map { _ in random.below(50) }
            for step in 0..<side {
                let at = label == 0 ? place * side + step : step * side + place
                pixels[at] = level + random.below(20)
            }
            set.images.append(pixels.map { UInt8($0) })
            set.labels.append(UInt8(label))
        }
        return set
    }

    private static func idx(_ dimensions: [Int], _ elements: [UInt8]) -> [UInt8] {
        [0, 0, 8, UInt8(dimensions.count)]
            + dimensions.flatMap { size in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) } } + elements
    }

    var files: (inputs: [UInt8], targets: [UInt8]) {
        (Self.idx([images.count, side, side], images.flatMap { $0 }), Self.idx([labels.count], labels))
    }

    /// With a validation split of its own, or one by seed.
    func bench(validation: TestImages? = nil, _ change: (inout Recipe) -> Void = { _ in }) throws -> DataBench {
        var contents = ["x": files.inputs, "y": files.targets]
        let recipe = dataRecipe(.idx) { recipe in
            recipe.data.train = FileSet(inputs: ["x"], targets: ["y"])
            recipe.data.validation = .fraction(0.2)
            if let validation {
                recipe.data.validation = .files(FileSet(inputs: ["vx"], targets: ["vy"]))
                contents["vx"] = validation.files.inputs
                contents["vy"] = validation.files.targets
            }
            change(&recipe)
        }
        return try DataBench(recipe, contents)
    }
}

/// Sentences of words drawn at random: no two passages of fifty characters are equal.
func testText(_ count: Int, seed: UInt64 = 1) -> String {
    let words = [
        "the", "light", "of", "a", "small", "lamp", "falls", "on", "old", "pages", "and", "nobody", "reads", "them",
        "again",
    ]
    var random = SplitMix(seed)
    var text = ""
    while text.utf8.count < count { text += words[random.below(words.count)] + (random.below(9) == 0 ? ".\n" : " ") }
    return String(text.prefix(count))
}

func textBench(_ text: String, _ change: (inout Recipe) -> Void = { _ in }) throws -> DataBench {
    let recipe = dataRecipe(.text) { recipe in
        recipe.data.train = FileSet(inputs: ["t.txt"])
        recipe.data.validation = .fraction(0.2)
        recipe.data.window = 16
        change(&recipe)
    }
    return try DataBench(recipe, ["t.txt": Array(text.utf8)])
}
