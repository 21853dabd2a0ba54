import Datasets
import Foundation
import Recipes
import Testing
import Training

/// A network that learns what others answer.
@Suite struct DistillationTests {
    private static let small: [Layer.Kind] = [.flatten, .linear(units: .count(12)), .relu, .dropout(0.1), head]

    private static func student(_ kinds: [Layer.Kind] = small, _ change: (inout Recipe) -> Void = { _ in }) -> Recipe {
        digits(kinds) { recipe in
            recipe.kind = .distill
            recipe.teachers = ["big@best"]
            recipe.optimizer = Optimizer(kind: .adam, rate: 3e-3)
            recipe.data.augment = [.shift(pixels: 2), .noise(deviation: 0.1), .mixup(alpha: 0.4)]
            change(&recipe)
        }
    }

    /// A network's recipe as its job keeps it: the test's own recipes have no text.
    private static func text(_ layers: String) -> String {
        """
        recipe: 1
        name: big
        data: {format: digits, examples: 240}
        model: {layers: [\(layers)]}
        until: 1
        """
    }

    /// The weights and buffers of a snapshot as a teacher of the student's job.
    private func teacher(_ kept: Kept, _ text: String, _ facts: DataFacts) throws -> TeacherSource {
        let tensors = kept.snapshot.tensors.filter { $0.role == .weight || $0.role == .buffer }
        var bytes = try SafetensorsHeader(tensors: tensors.map { ($0.name, $0.dtype, $0.shape) }).encoded()
        for tensor in tensors {
            guard tensor.dtype == "F32" else {
                bytes += kept.bytes[tensor.offset..<tensor.offset + tensor.byteCount]
                continue
            }
            bytes += try kept.tensor(tensor.name).flatMap { withUnsafeBytes(of: $0, Array.init) }
        }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("simmer-teacher-\(UUID().uuidString)")
        try Data(bytes).write(to: url)
        // The descriptor keeps the file; left over, the name would harm nobody.
        defer { try? FileManager.default.removeItem(at: url) }
        let descriptor = open(url.path, O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let record = TeacherRecord(checkpoint: "0", name: "big@40", recipe: text, overrides: [:], facts: facts)
        return try TeacherSource(record, SourceFile(path: "teachers.0", descriptor: descriptor), index: 0)
    }

    private static let wide: [Layer.Kind] = [
        .flatten, .dropout(0.2), .linear(units: .count(20)), .batchnorm(), .tanh, .dropout(0.5), head,
    ]
    private static let wideText = text(
        "flatten, dropout: 0.2, linear: 20, batchnorm, tanh, dropout: 0.5, linear: classes")

    private func wideTeacher(_ dataset: Dataset, seed: UInt64 = 5) throws -> TeacherSource {
        // The same data: the seed that draws the digits is the student's.
        var recipe = digits(Self.wide)
        recipe.optimizer.rate = 3e-3 + Double(seed) * 1e-4
        return try teacher(try train(recipe, dataset).last, Self.wideText, dataset.facts)
    }

    @Test func threadsAndStopsDoNotMatter() throws {
        let recipe = Self.student { $0.teachers = ["a@best", "b@best"] }
        let dataset = try Dataset.open(recipe, files: [])
        let teachers = [try wideTeacher(dataset, seed: 1), try wideTeacher(dataset, seed: 9)]
        let whole = try train(recipe, dataset, teachers: teachers).last.future
        for threads in [2, 3] {
            let other = try train(recipe, dataset, teachers: teachers, threads: threads).last.future
            #expect(other.differences(to: whole) == [], "\(threads) threads")
        }
        for stop in [0, 7, epoch, 39] {
            let middle = try train(recipe, dataset, teachers: teachers, orders: [stop: [.stop]]).last
            let rest = try train(recipe, dataset, from: middle, teachers: teachers, threads: 2).last.future
            #expect(rest.differences(to: whole) == [], "stopped at \(stop)")
        }
        // Each of the two has a say, and so has the temperature.
        var one = recipe
        one.teachers = ["a@best"]
        #expect(try train(one, dataset, teachers: [teachers[0]]).last.future.differences(to: whole) != [])
        var hot = recipe
        hot.temperature = 5
        #expect(try train(hot, dataset, teachers: teachers).last.future.differences(to: whole) != [])
    }

    /// Labels alone are training as ever, to the last bit.
    @Test func withoutASayATeacherChangesNothing() throws {
        let recipe = Self.student { $0.hardWeight = 1 }
        let dataset = try Dataset.open(recipe, files: [])
        let taught = try train(recipe, dataset, teachers: [try wideTeacher(dataset)]).last.future
        var plain = recipe
        plain.kind = .train
        plain.teachers = []
        #expect(try train(plain, dataset).last.future.differences(to: taught) == [])
    }

    /// A student that has its teacher's weights has nothing to learn: both see the same augmented view, the teacher
    /// without dropout.
    @Test func whoAnswersAlikeHasNothingToLearn() throws {
        let kinds: [Layer.Kind] = [.flatten, .linear(units: .count(20)), .tanh, .dropout(0), head]
        let recipe = Self.student(kinds) { recipe in
            recipe.hardWeight = 0
            recipe.optimizer = Optimizer(kind: .sgd, rate: 0.1)
        }
        let dataset = try Dataset.open(recipe, files: [])
        let big = try train(
            digits([.flatten, .linear(units: .count(20)), .tanh, .dropout(0.5), head]), dataset
        ).last
        let source = try teacher(
            big, Self.text("flatten, linear: 20, tanh, dropout: 0.5, linear: classes"), dataset.facts)
        // Everything but the student's first values is the teacher's own.
        let start = try train(recipe, dataset, teachers: [source], orders: [0: [.stop]]).last
        var begun = start
        for tensor in start.snapshot.tensors where tensor.role == .weight {
            let own = try #require(big.snapshot.tensors.first { $0.name == tensor.name })
            begun.bytes.replaceSubrange(
                tensor.offset..<tensor.offset + tensor.byteCount,
                with: big.bytes[own.offset..<own.offset + own.byteCount])
        }
        let norms = try train(recipe, dataset, from: begun, teachers: [source]).values("train.gradient_norm")
        #expect(!norms.isEmpty && norms.values.allSatisfy { $0 < 1e-5 }, "\(norms)")
        let others = try train(recipe, dataset, teachers: [source]).values("train.gradient_norm")
        #expect(others.values.allSatisfy { $0 > 0.02 }, "\(others)")
    }

    @Test func aTeacherOfOtherWeightsIsRefused() throws {
        let recipe = Self.student()
        let dataset = try Dataset.open(recipe, files: [])
        let kept = try train(digits(Self.wide), dataset).last
        let source = try teacher(kept, Self.wideText.replacing("linear: 20", with: "linear: 21"), dataset.facts)
        let findings = TeacherSource.findings([source], student: recipe, facts: dataset.facts)
        let first = try #require(findings.first)
        #expect(first.severity == .error && first.path == "/teachers/0")
        #expect(first.message.contains("[20, 784]") && first.message.contains("[21, 784]"), "\(first.message)")
        #expect(throws: TrainingFailure.self) { try train(recipe, dataset) }
    }

    /// Every position of a text is a row with an answer of its own.
    @Test func textIsDistilled() throws {
        let layers: [Layer.Kind] = [.embedding(units: .count(12)), .gru(units: .count(16)), head]
        var big = tabular(layers) { recipe in
            recipe.data = DataSource(format: .text)
            recipe.data.train = FileSet(inputs: ["table.csv"])
            recipe.data.window = 6
            recipe.optimizer.rate = 0.03
            recipe.until = .steps(120)
        }
        let dataset = try table(String(repeating: "abcdefgh", count: 150), big)
        let text = """
            recipe: 1
            name: big
            data: {format: text, train: table.csv, window: 6}
            model: {layers: [{embedding: 12}, {gru: 16}, {linear: classes}]}
            until: 1
            """
        let source = try teacher(try train(big, dataset).last, text, dataset.facts)
        big.kind = .distill
        big.teachers = ["big@best"]
        big.hardWeight = 0
        big.model.layers = [Layer(kind: .embedding(units: .count(6)), name: "0"), Layer(kind: head, name: "1")]
        let whole = try train(big, dataset, teachers: [source])
        #expect(whole.values("validation.accuracy").values.max() == 1)
        let other = try train(big, dataset, teachers: [source], threads: 3).last.future
        #expect(other.differences(to: try whole.last.future) == [])
    }
}
