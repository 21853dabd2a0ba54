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

    // MARK: Answers that are kept

    /// Answers of teachers in a file, as the daemon keeps it.
    private func saved(
        _ teachers: [TeacherSource], _ recipe: Recipe, _ dataset: Dataset, key: String = "k", threads: Int = 1,
        cut: Int = 0, read: String = "k"
    ) throws -> SavedAnswers {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("simmer-answers-\(UUID().uuidString)")
        try Data().write(to: url)
        // The descriptor keeps the file; left over, the name would harm nobody.
        defer { try? FileManager.default.removeItem(at: url) }
        let descriptor = open(url.path, O_RDWR)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try SavedAnswers.write(
            teachers, student: recipe, dataset, to: descriptor, key: key, threads: threads)
        let size = try #require(try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int)
        try #require(ftruncate(descriptor, off_t(size - cut)) == 0)
        return try SavedAnswers(
            SourceFile(path: TeacherRecord.answersPath, descriptor: descriptor), key: read, recipe: recipe,
            facts: dataset.facts)
    }

    /// A student of answers that were kept is the student of teachers that are asked, to the last bit: of perceptrons and of
    /// networks that convolve, whatever batches the answers were given in.
    @Test func keptAnswersAreThoseOfTheTeachers() throws {
        let recipe = Self.student { recipe in
            recipe.teachers = ["a@best", "b@best"]
            recipe.data.augment = []
        }
        let dataset = try Dataset.open(recipe, files: [])
        let folded: [Layer.Kind] = [
            .conv2d(channels: 6, kernel: 3, padding: .same), .batchnorm(), .relu, .maxpool2d(size: 2, stride: 2),
            .conv2d(channels: 8, kernel: 5, stride: 2), .relu, .flatten, .dropout(0.3), head,
        ]
        let foldedText = Self.text(
            "{conv2d: {channels: 6, kernel: 3, padding: same}}, batchnorm, relu, {maxpool2d: 2}, "
                + "{conv2d: {channels: 8, kernel: 5, stride: 2}}, relu, flatten, dropout: 0.3, linear: classes")
        let teachers = [
            try wideTeacher(dataset), try teacher(try train(digits(folded), dataset).last, foldedText, dataset.facts),
        ]
        let live = try train(recipe, dataset, teachers: teachers).last.future
        for threads in [1, 2] {
            let answers = try saved(teachers, recipe, dataset, threads: threads)
            let other = try train(recipe, dataset, answers: answers, threads: threads).last.future
            #expect(other.differences(to: live) == [], "\(threads) threads")
            let middle = try train(recipe, dataset, answers: answers, orders: [epoch + 3: [.stop]]).last
            let rest = try train(recipe, dataset, from: middle, answers: answers).last.future
            #expect(rest.differences(to: live) == [])
        }
        let swapped = try saved([teachers[1], teachers[1]], recipe, dataset)
        #expect(try train(recipe, dataset, answers: swapped).last.future.differences(to: live) != [])

        for (key, cut) in [("other", 0), ("k", 4)] {
            let failure = #expect(throws: TrainingFailure.self) {
                try saved(teachers, recipe, dataset, cut: cut, read: key)
            }
            #expect(failure?.code == .dataError && failure?.message.contains("Submit it again") == true)
        }
    }

    // MARK: What teachers alone label

    private static let clouds: String = {
        var draws = UInt64(9)
        func uniform() -> Double {
            draws = draws &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(draws >> 40) / 16_777_216
        }
        let rows = (0..<90).map { index in
            "\(Double(index % 3) + uniform()),\(uniform() - Double(index % 3)),\(["a", "b", "c"][index % 3])"
        }
        return "x,y,k\n" + rows.joined(separator: "\n") + "\n"
    }()

    /// A student of a table, whose rows are its unlabelled examples as well.
    private static func transferred(_ transfer: DataSource.Transfer, _ change: (inout Recipe) -> Void = { _ in })
        -> Recipe
    {
        tabular([.linear(units: .count(6)), .tanh, .dropout(0.1), head]) { recipe in
            recipe.kind = .distill
            recipe.teachers = ["big@best"]
            recipe.hardWeight = 0.4
            recipe.data.unlabelled = FileSet(inputs: ["table.csv"])
            recipe.data.transfer = transfer
            recipe.data.augment = [.noise(deviation: 0.05), .mixup(alpha: 0.5)]
            recipe.batch = 7
            recipe.until = .steps(70)
            change(&recipe)
        }
    }

    @Test(arguments: DataSource.Transfer.allCases)
    func unlabelledExamplesComeInAnOrderOfTheirOwn(_ transfer: DataSource.Transfer) throws {
        let recipe = Self.transferred(transfer)
        let dataset = try table(Self.clouds, recipe)
        #expect(dataset.facts.unlabelledCount == 90 && dataset.facts.trainingCount == 81)
        #expect(dataset.facts.stepsPerEpoch(of: recipe) == (transfer == .only ? 13 : 24))
        let text = """
            recipe: 1
            name: big
            data: {format: csv, train: table.csv}
            model: {layers: [linear: 20, tanh, linear: classes]}
            until: 1
            """
        var big = tabular([.linear(units: .count(20)), .tanh, head])
        big.optimizer.rate = 0.02
        let source = try teacher(try train(big, dataset).last, text, dataset.facts)
        let whole = try train(recipe, dataset, teachers: [source])
        let future = try whole.last.future
        for threads in [2, 3] {
            let other = try train(recipe, dataset, teachers: [source], threads: threads).last.future
            #expect(other.differences(to: future) == [], "\(threads) threads")
        }
        for stop in [1, 13, 24, 50] {
            let middle = try train(recipe, dataset, teachers: [source], orders: [stop: [.stop]]).last
            let rest = try train(recipe, dataset, from: middle, teachers: [source], threads: 2).last.future
            #expect(rest.differences(to: future) == [], "stopped at \(stop)")
        }
        // Nothing but the teacher's answer is learned from them: where they are alone the labels' share has no say.
        let hard = Self.transferred(transfer) { $0.hardWeight = 0 }
        let soft = try train(hard, dataset, teachers: [source]).last.future
        #expect(soft.differences(to: future).isEmpty == (transfer == .only))
        #expect(whole.values("train.accuracy").isEmpty == (transfer == .only))
        #expect(whole.values("train.loss").values.allSatisfy { $0.isFinite })
        var other = recipe
        other.data.transfer = transfer == .only ? .mixed : .only
        #expect(try train(other, dataset, teachers: [source]).last.future.differences(to: future) != [])
        // Kept answers have theirs too.
        var plain = recipe
        plain.data.augment = []
        let answers = try saved([source], plain, dataset)
        let kept = try train(plain, dataset, answers: answers).last.future
        #expect(kept.differences(to: try train(plain, dataset, teachers: [source]).last.future) == [])
    }
}
