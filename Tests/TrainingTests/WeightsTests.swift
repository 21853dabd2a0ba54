import Datasets
import Foundation
import Recipes
import Testing
import Training

/// A run that starts at another file's weights, by their names.
@Suite struct WeightsTests {
    private let recipe: Recipe
    private let dataset: Dataset

    init() throws {
        recipe = digits([.flatten, .linear(units: .count(3)), .batchnorm(), .relu, head]) {
            $0.model.from = "w.safetensors"
        }
        dataset = try Dataset.open(recipe, files: [])
    }

    /// The model's tensors, every one with numbers of its own.
    private static let shapes: [(name: String, shape: [Int])] = [
        ("1.weight", [3, 784]), ("1.bias", [3]), ("2.weight", [3]), ("2.bias", [3]), ("2.running_mean", [3]),
        ("2.running_var", [3]), ("2.num_batches_tracked", []), ("4.weight", [10, 3]), ("4.bias", [10]),
    ]

    private func numbers(_ name: String, _ count: Int) -> [Float] {
        let first = name.utf8.reduce(0) { ($0 * 31 + Int($1)) % 1000 }
        return (0..<count).map { Float(first) / 8 + Float($0) / 1024 }
    }

    /// A file of the model's tensors, under other names and with other shapes where `change` says so.
    private func file(_ change: (String, [Int]) -> (name: String, shape: [Int])?) throws -> SourceFile {
        let tensors = Self.shapes.compactMap { own, shape in change(own, shape).map { (own, $0.name, $0.shape) } }
        let header = try SafetensorsHeader(
            tensors: tensors.map { own, name, shape in (name, own.hasSuffix("tracked") ? "I64" : "F32", shape) })
        var bytes = header.encoded()
        for (own, _, shape) in tensors {
            if own.hasSuffix("tracked") {
                bytes += [9, 0, 0, 0, 0, 0, 0, 0]
            } else {
                bytes += numbers(own, shape.reduce(1, *)).flatMap { withUnsafeBytes(of: $0, Array.init) }
            }
        }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("simmer-weights-\(UUID().uuidString)")
        try Data(bytes).write(to: url)
        // The descriptor keeps the file; left over, the name would harm nobody.
        defer { try? FileManager.default.removeItem(at: url) }
        let descriptor = open(url.path, O_RDONLY)
        try #require(descriptor >= 0)
        return SourceFile(path: "w.safetensors", descriptor: descriptor)
    }

    /// What the first weights are: the snapshot before the first update.
    private func first(_ recipe: Recipe, _ file: SourceFile?) throws -> Kept {
        try train(recipe, dataset, weights: try file.map { try WeightsFile($0) }, orders: [0: [.checkpoint]]).kept(
            at: 0)
    }

    private func mapped(_ map: [(String, String?)], partial: Bool = false) -> Recipe {
        var recipe = recipe
        recipe.model.map = map.map { NameMapping(file: $0, model: $1, line: 7) }
        recipe.model.partial = partial
        return recipe
    }

    private func findings(_ recipe: Recipe, _ file: SourceFile) -> [Finding] {
        defer { close(file.descriptor) }
        return WeightsFile.findings(file, recipe: recipe, facts: dataset.facts)
    }

    @Test func everyTensorIsFoundByItsName() throws {
        let file = try file { ($0, $1) }
        defer { close(file.descriptor) }
        let kept = try first(recipe, file)
        for (name, shape) in Self.shapes where !shape.isEmpty {
            #expect(try kept.tensor(name) == numbers(name, shape.reduce(1, *)), "\(name)")
        }
    }

    @Test func prefixesAndWholeNamesAreMapped() throws {
        // As a file of PyTorch's may have it: two modules, one inside the other, and a bias under another name.
        let other = [
            "1.weight": "net.a.weight", "1.bias": "net.a.shift", "2.weight": "net.a.norm.weight",
            "2.bias": "net.a.norm.bias", "2.running_mean": "net.a.norm.running_mean",
            "2.running_var": "net.a.norm.running_var", "2.num_batches_tracked": "net.a.norm.num_batches_tracked",
            "4.weight": "net.4.weight", "4.bias": "net.4.bias",
        ]
        let file = try file { name, shape in (other[name] ?? name, shape) }
        defer { close(file.descriptor) }
        let recipe = mapped([("net.", ""), ("net.a.", "1."), ("net.a.norm.", "2."), ("net.a.shift", "1.bias")])
        let kept = try first(recipe, file)
        for (name, shape) in Self.shapes where !shape.isEmpty {
            #expect(try kept.tensor(name) == numbers(name, shape.reduce(1, *)), "\(name)")
        }
    }

    @Test func whatIsMissingKeepsItsFirstValuesWhereThatIsAllowed() throws {
        let recipe = mapped([("4.", nil)], partial: true)
        let file = try file { name, shape in (name, name.hasPrefix("4.") ? [11] + shape.dropFirst() : shape) }
        let plain = try first(self.recipe, nil)
        let kept = try first(recipe, file)
        #expect(try kept.tensor("4.weight") == plain.tensor("4.weight"))
        #expect(try kept.tensor("4.bias") == plain.tensor("4.bias"))
        #expect(try kept.tensor("1.weight") == numbers("1.weight", 3 * 784))
        let findings = findings(recipe, file)
        #expect(findings.map(\.severity) == [.info])
        #expect(findings[0].message.contains("2 tensors") && findings[0].message.contains("`4.weight`, `4.bias`"))
    }

    @Test func whatDoesNotFitIsNamed() throws {
        /// One error with these words, and no other.
        func expect(
            _ words: String..., recipe: Recipe, _ change: (String, [Int]) -> (name: String, shape: [Int])?,
            line: Int? = nil, location: SourceLocation = #_sourceLocation
        ) throws {
            let found = findings(recipe, try file(change)).filter { $0.severity != .info }
            #expect(found.map(\.severity) == [.error], "\(found)", sourceLocation: location)
            for word in words {
                let finding = try #require(found.first, sourceLocation: location)
                #expect("\(finding)".contains(word), "\(finding)", sourceLocation: location)
            }
            #expect(found.first?.line == line, sourceLocation: location)
        }
        try expect("One tensor of the model is not in", "`2.bias`", "model.partial", recipe: recipe) {
            $0 == "2.bias" ? nil : ($0, $1)
        }
        try expect("`1.weight` is F32 [3, 100]", "F32 [3, 784]", recipe: recipe) {
            ($0, $0 == "1.weight" ? [3, 100] : $1)
        }
        try expect("`a.b`, which starts `1.bias`, is F32 [4]", recipe: mapped([("a.b", "1.bias")])) {
            $0 == "1.bias" ? ("a.b", [4]) : ($0, $1)
        }
        try expect(
            "`features.` in `model.map` names no tensor", recipe: mapped([("features.", "1.")]), { ($0, $1) }, line: 7)
        let twice = mapped([("2.bias", "1.bias")], partial: true)
        try expect("`1.bias` and `2.bias`", "both become `1.bias`", recipe: twice) { ($0, $1) }
        try expect(
            "makes `9.weight` of `4.weight`", recipe: mapped([("4.", "9.")], partial: true), { ($0, $1) }, line: 7)
        try expect("No tensor of the model is in", "x.1.weight", recipe: mapped([], partial: true)) { ("x.\($0)", $1) }
    }
}
