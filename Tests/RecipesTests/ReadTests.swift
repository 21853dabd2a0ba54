import Foundation
import Recipes
import Testing

/// A recipe that is right is read whole.
@Suite struct ReadTests {
    @Test func readsEveryKey() throws {
        let (read, findings) = Recipe.read(Sample.full)
        #expect(findings == [])
        let recipe = try #require(read)
        #expect(recipe.name == "mnist-cnn" && recipe.seed == 1337 && recipe.batch == 32)
        #expect(recipe.expect == Expectation(metric: "validation.accuracy", above: 0.985))
        #expect(recipe.data.train == FileSet(inputs: ["a.gz", "b.gz"], targets: ["la.gz", "lb.gz"]))
        #expect(recipe.data.validation == .fraction(0.2) && !recipe.data.shuffle && recipe.data.classes == 10)
        #expect(recipe.data.normalize == .fixed(mean: [0.13], deviation: [0.31]))
        let layers = recipe.model.layers
        #expect(layers.map(\.name) == ["first", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"])
        #expect(layers[0].kind == .conv2d(channels: 32, kernel: 3, stride: 1, padding: .same, bias: false))
        #expect(layers[1].kind == .batchnorm(momentum: 0.2, epsilon: 1e-4))
        #expect(layers[5].kind == .maxpool2d(size: 2, stride: 1) && layers[6].kind == .maxpool2d(size: 2, stride: 2))
        #expect(layers[7].kind == .dropout2d(0.25) && layers[10].kind == .dropout(0.5))
        #expect(layers[9].kind == .linear(units: .count(128)) && layers[11].kind == .linear(units: .classes))
        #expect(layers[3].line == 20)
        #expect(layers[0].initial == InitialValues(.kaiming) && layers[3].initial == nil)
        #expect(layers[11].initial == InitialValues(.normal, deviation: 0.01))
        #expect(recipe.model.initial == InitialValues(.xavier))
        #expect(recipe.model.head == .zero && recipe.loss == Loss(kind: .crossEntropy))
        #expect(
            recipe.model.map == [
                NameMapping(file: "features.0.", model: "first.", line: 32),
                NameMapping(file: "fc.bias", model: "11.bias", line: 32),
                NameMapping(file: "ema.", model: nil, line: 32), NameMapping(file: "module.", model: "", line: 32),
            ])
        #expect(recipe.model.partial && recipe.model.weightsCheckpoint == nil)
        #expect(recipe.optimizer.kind == .adamw && recipe.optimizer.rate == 3e-4)
        #expect(recipe.optimizer.betas == [0.8, 0.99] && recipe.optimizer.decay == 0.05)
        #expect(recipe.clip.gradientNorm == 1 && recipe.until == .steps(20_000) && recipe.evaluate == .steps(500))
        #expect(
            recipe.schedule == [
                Segment(shape: .warmup, length: .steps(500)), Segment(shape: .hold, length: .epochs(2)),
                Segment(shape: .cosine, length: .share(0.2), to: 0.1), Segment(shape: .hold, length: .forever),
            ])
        #expect(recipe.checkpoint.every == .seconds(600) && recipe.checkpoint.keep.daily == 0)
        #expect(recipe.averages.ema == [0.999, 0.99] && recipe.resources.memory == 4 << 30)
        #expect(recipe.batch == 32 && recipe.accumulate == 4 && recipe.examplesPerUpdate == 128)
        #expect(recipe.precision == .bfloat16)
        #expect(
            Recipe.line(of: "accumulate", in: Sample.full)
                == Recipe.line(of: "precision", in: Sample.full).map { $0 - 1 })
        #expect(Recipe.line(of: "kind", in: "seed: 1\n") == nil)
        #expect(recipe.resources.threads == 2 && recipe.resources.priority == -3)
        #expect(recipe.acknowledge == ["D7": "the imbalance is real"])
        #expect(
            recipe.filePaths.map(\.path) == ["a.gz", "b.gz", "la.gz", "lb.gz", "t.gz", "lt.gz", "start.safetensors"])
        #expect(recipe.filePaths[3].key == "data.train.targets.1")
    }

    /// What somebody made is a file of the data: it is sent, and examples are read from it.
    @Test func readsMadeData() throws {
        let text = Sample.small.replacing("{format: digits}", with: "{format: csv, train: t.csv, made: [m.csv, n.csv]}")
        let recipe = try #require(Recipe.read(text).recipe)
        #expect(recipe.data.made == FileSet(inputs: ["m.csv", "n.csv"]))
        #expect(recipe.filePaths.map(\.path) == ["t.csv", "m.csv", "n.csv"])
        #expect(recipe.filePaths[2].key == "data.made.inputs.1")
        #expect(recipe.exampleFilePaths == ["t.csv", "m.csv", "n.csv"])
        let without = try #require(Recipe.read(text, overrides: ["data.made": "none"]).recipe)
        #expect(without.data.made == nil && without.exampleFilePaths == ["t.csv"])
        let facts = DataFacts(
            inputShape: [2], target: .numbers(1), trainingCount: 9, validationCount: 0, testCount: 0, mean: [],
            deviation: [])
        let bytes = try JSONEncoder().encode(facts)
        // A job's facts without made data are the bytes that they were.
        #expect(!String(decoding: bytes, as: UTF8.self).contains("made"))
        var made = facts
        made.madeCount = 4
        let read = try JSONDecoder().decode(DataFacts.self, from: try JSONEncoder().encode(made))
        #expect(read == made && made.realCount == 5 && facts.realCount == 9)
    }

    @Test func readsTeachers() throws {
        let (read, findings) = Recipe.read(
            Sample.small + "kind: distill\nteachers: [big@best, \"other:tag\"]\ntemperature: 2.5\nhard_weight: 0\n")
        #expect(findings == [])
        let recipe = try #require(read)
        #expect(recipe.kind == .distill && recipe.teachers == ["big@best", "other:tag"])
        #expect(recipe.temperature == 2.5 && recipe.hardWeight == 0)
        let facts = DataFacts(
            inputShape: [1, 28, 28], target: .classes(["0", "1"]), trainingCount: 9, validationCount: 1, testCount: 0,
            mean: [0], deviation: [1])
        #expect(recipe.trainingLoss(for: facts).soft == SoftTargets(temperature: 2.5, hard: 0))
        let plain = try #require(Recipe.read(Sample.small).recipe)
        #expect(
            plain.kind == .train && plain.teachers == [] && plain.trainingLoss(for: facts) == Loss(kind: .crossEntropy))
        #expect(plain.temperature == 4 && plain.hardWeight == 0.1)
    }

    @Test func readsMixup() throws {
        for text in ["[shift: 2, mixup: 0.2]", "[shift: 2, mixup: {alpha: 0.2}]"] {
            let recipe = Recipe.read(
                Sample.small.replacing("{format: digits}", with: "{format: digits, augment: \(text)}"))
            #expect(recipe.recipe?.data.augment == [.shift(pixels: 2), .mixup(alpha: 0.2)] && recipe.findings == [])
        }
    }

    /// What `simmer distill` lays over a recipe, whatever a name has in it.
    @Test func aRecipeIsMadeAStudents() throws {
        for names in [["big@best"], ["a@1", "b@last"], ["\"quoted\\ ]: , #", "ü"]] {
            let overrides = Recipe.distilling(names, ["temperature": "3", "kind": "train"])
            let recipe = try #require(Recipe.read(Sample.small, overrides: overrides).recipe)
            #expect(recipe.kind == .distill && recipe.teachers == names && recipe.temperature == 3)
        }
    }

    @Test func fillsInDefaults() throws {
        let recipe = try #require(Recipe.read(Sample.small).recipe)
        #expect(
            recipe.optimizer == Optimizer() && recipe.batch == 64 && recipe.seed == 0
                && recipe.averages == AveragePolicy())
        #expect(recipe.precision == .float32)
        #expect(recipe.data.validation == .fraction(0.1) && recipe.loss == nil && recipe.filePaths == [])
        #expect(recipe.schedule == [Segment(shape: .hold, length: .forever)])
        #expect(recipe.model.layers[1].line == 7)
    }

    @Test func takesShortForms() throws {
        let text =
            Sample.small + "loss: mse\noptimizer: sgd\nclip: 2\nevaluate: 50\ncheckpoint: 1 hour\naverage: 0.99\n"
        let recipe = try #require(Recipe.read(text).recipe)
        #expect(recipe.loss?.kind == .mse && recipe.optimizer.kind == .sgd && recipe.clip.gradientNorm == 2)
        #expect(recipe.evaluate == .steps(50) && recipe.checkpoint.every == .seconds(3600))
        #expect(recipe.averages.ema == [0.99])
    }

    @Test func readsMeansOfTheWeights() throws {
        func averages(_ text: String) throws -> AveragePolicy {
            let (recipe, findings) = Recipe.read(
                Sample.small.replacing("until: 100", with: "until: 2000\naverage: \(text)"))
            #expect(findings.filter { $0.path?.contains("average") == true } == [])
            return try #require(recipe).averages
        }
        let all = try averages("{ema: [0.999, 0.9], lawa: {every: 500, last: 4}, swa: {from: 60 %, every: 2 epochs}}")
        #expect(all.all.map(\.name) == ["ema-0.999", "ema-0.9", "lawa-500x4", "swa"])
        #expect(all.all.map(\.prefix) == ["ema_0.999.", "ema_0.9.", "lawa_500x4.", "swa."])
        #expect(all.all.map(\.copies) == [1, 1, 5, 1])
        #expect(all.swa.from == .share(0.6) && all.swa.every == .epochs(2))
        #expect(try averages("{lawa: 100, swa: 1500}").all.map(\.name) == ["lawa-100x5", "swa"])
        #expect(try averages("{swa: 1500}").swa.every == .epochs(1))
        let turns = all.all[3].turns(stepsPerEpoch: 30, total: 2000)
        #expect(turns?.first == 1200 && turns?.every == 60)
        #expect(WeightAverage.swa(from: .steps(0), every: .steps(7)).turns(stepsPerEpoch: 30, total: nil)?.first == 7)
        // A mean that the run does not reach is most likely a mistake.
        let late = Recipe.read(Sample.small + "average: {swa: 101}\n").findings
        #expect(late.map(\.code) == ["average.late"] && late.first?.severity == .warning)
    }

    @Test func readsRecurrentLayers() throws {
        let text = Sample.small.replacing(
            "    - linear: classes", with: "    - lstm: 256\n    - gru: {units: 3, output: last}\n    - linear: classes"
        )
        let layers = try #require(Recipe.read(text).recipe).model.layers.suffix(3)
        #expect(
            layers.map(\.kind) == [
                .lstm(units: .count(256)), .gru(units: .count(3), output: .last), .linear(units: .classes),
            ])
        let (_, findings) = Recipe.read(text.replacing("output: last", with: "output: first"))
        #expect(findings.map(\.severity) == [.error] && findings.first?.path?.hasSuffix("gru/output") == true)
    }

    @Test func takesCsvPaths() throws {
        let text = Sample.small.replacing("{format: digits}", with: "{format: csv, train: [a.csv, b.csv], target: y}")
        let recipe = try #require(Recipe.read(text).recipe)
        #expect(recipe.data.train == FileSet(inputs: ["a.csv", "b.csv"]) && recipe.data.target == "y")
    }

    @Test func laysOverrides() throws {
        let overrides = [
            "rate": "1e-2", "until.epochs": "3", "model.layers.1.linear": "{units: 10, bias: false}", "name": "other",
            "schedule": "[{warmup: 5}, hold]", "data.examples": "500", "clip": "none", "optimizer.momentum": "0.9",
        ]
        let (read, findings) = Recipe.read(Sample.small + "optimizer: sgd\n", overrides: overrides)
        #expect(findings == [])
        let recipe = try #require(read)
        #expect(recipe.optimizer.kind == .sgd && recipe.optimizer.rate == 1e-2 && recipe.optimizer.momentum == 0.9)
        #expect(recipe.until == .epochs(3) && recipe.name == "other" && recipe.data.examples == 500)
        #expect(recipe.model.layers[1].kind == .linear(units: .count(10), bias: false))
        #expect(recipe.schedule.count == 2)
    }

    /// A key that is taken away has its default; the twin of a student is the recipe that never had teachers.
    @Test func takesKeysAway() throws {
        let overrides = ["optimizer.rate": "~", "data.examples": "null", "schedule": "~", "clip.value": "~"]
        let text = Sample.small.replacing("{format: digits}", with: "{format: digits, examples: 300}")
        let bent = text + "optimizer: {kind: sgd, rate: 0.5}\nschedule: [{warmup: 5}]\n"
        let (recipe, findings) = Recipe.read(bent, overrides: overrides)
        #expect(findings == [])
        #expect(recipe?.optimizer.kind == .sgd && recipe?.optimizer.rate == Optimizer().rate)
        #expect(recipe?.data.examples == 20_000 && recipe?.schedule.count == 1)

        let student = "temperature: 2\nkind: distill\nteachers: [a@best]\nhard_weight: 0.5\ntargets: cached\n"
        let plain = try #require(Recipe.read(Sample.small).recipe)
        for own in [[:], Recipe.distilling(["b@1"], ["temperature": "7", "data.unlabelled.inputs": "u"])] {
            let twin = Recipe.read(Sample.small + student, overrides: Recipe.withoutTeachers(own))
            #expect(twin.findings == [] && twin.recipe == plain)
        }
    }

    @Test(arguments: [
        (["optimizer.rat": "1"], "key.unknown", "/optimizer/rat"),
        (["model.layers.9.linear": "3"], "set.path", "/model/layers/9"),
        (["batch": "zero"], "value.type", "/batch"), (["batch": "0"], "value.range", "/batch"),
        (["batch": "[1"], "set.value", "/batch"), (["batch": ""], "set.value", "/batch"),
        (["batch": "&a 3"], "set.value", "/batch"),
    ]) func refusesOverrides(_ overrides: [String: String], _ code: String, _ path: String) {
        let (recipe, findings) = Recipe.read(Sample.small, overrides: overrides)
        #expect(recipe == nil)
        #expect(findings.map(\.code) == [code])
        #expect(findings.map(\.path) == [path])
    }

    @Test(arguments: [
        ("a", true), ("A.b_c-9", true), ("0", true), (String(repeating: "x", count: 64), true), ("", false),
        (".a", false), ("-a", false), ("a b", false), ("ä", false), ("a/b", false), ("a\n", false), ("a@b", false),
        (String(repeating: "x", count: 65), false),
    ]) func namesJobs(_ name: String, _ isValid: Bool) {
        #expect(Recipe.isValidName(name) == isValid)
    }

    @Test(arguments: [
        "digits-cnn", "mnist-mlp", "mnist-cnn", "mnist-augmented", "csv-breast-cancer", "csv-diabetes", "spirals",
        "lecun1989", "shakespeare-gpt", "names-mlp", "names-bigram", "mnist-teacher", "mnist-student",
        "mnist-5000",
    ])
    func readsTheOfferedRecipes(_ name: String) throws {
        let file = ManualTests.root.appendingPathComponent("config/recipes/\(name).yaml")
        let (read, findings) = Recipe.read(try String(contentsOf: file, encoding: .utf8))
        #expect(findings == [])
        let recipe = try #require(read)
        let (input, outputs, vocabulary, targets) =
            switch recipe.data.format {
            case .csv: recipe.name.contains("diabetes") ? ([10], 1, 0, 1) : ([30], 2, 0, 1)
            case .spirals: ([2], 2, 0, 1)
            case .text:
                ([recipe.data.window], 27, 27, recipe.data.documents == .whole ? recipe.data.window : 1)
            case .npy: ([1, 16, 16], 10, 0, 1)
            default: ([1, 28, 28], 10, 0, 1)
            }
        let (_, misfits) = recipe.model.resolve(
            input: input, outputs: outputs, vocabulary: vocabulary, targets: targets)
        #expect(misfits == [])
        let schedule = try Schedule(recipe: recipe, stepsPerEpoch: 171)
        let total = try #require(schedule.totalSteps)
        #expect(schedule.rate(at: total - 1) > 0)
    }
}

/// Networks by name.
@Suite struct PresetTests {
    private func recipe(_ model: String) throws -> Recipe {
        let text = "recipe: 1\nname: a\ndata: {format: digits}\nmodel: \(model)\n"
        let (recipe, findings) = Recipe.read(text)
        return try #require(recipe, "\(findings)")
    }

    /// Parameters as the papers count them, or by hand: layer by layer in the comment.
    @Test(arguments: [
        ("linear", [1, 28, 28], 10, 0, 1, 7_850),  // 784 · 10 + 10
        ("mlp", [784], 10, 0, 1, 269_322),  // 200,960 + 65,792 + 2,570
        ("lenet", [1, 28, 28], 10, 0, 1, 61_706),  // 156 + 2,416 + 48,120 + 10,164 + 850: LeNet-5's layers in full
        // He et al., table 6: 0.27 million. 432 + 32; 6 (2,304 + 32); 4,608 + 64 + 5 (9,216 + 64); 18,432 + 128 +
        // 5 (36,864 + 128); 650.
        ("resnet20", [3, 32, 32], 10, 0, 1, 269_722),
        ("lecun1989", [1, 16, 16], 10, 0, 1, 10_024),  // 312 + 3,612 + 5,790 + 310
        ("char-mlp", [3], 27, 27, 1, 11_897),  // makemore's count: 270 + 6,200 + 5,427
        ("char-lstm", [64], 65, 65, 64, 559_681),  // 16,640 + 4 · 256 · (256 + 256 + 2) + 16,705
        ("char-gpt", [64], 65, 65, 64, 804_096),  // 8,320 + 8,192 + 4 (2 · 128 + 12 · 16,384) + 128
    ])
    func haveTheirParameters(
        _ name: String, _ input: [Int], _ outputs: Int, _ vocabulary: Int, _ targets: Int, _ expected: Int
    ) throws {
        let recipe = try recipe("{preset: \(name)}")
        let (layers, findings) = recipe.model.resolve(
            input: input, outputs: outputs, vocabulary: vocabulary, targets: targets)
        #expect(findings == [])
        let count = layers.flatMap(\.parameters).filter { $0.role == .weight }.reduce(0) { $0 + $1.count }
        #expect(count == expected)
    }

    /// What an example costs, counted by hand.
    @Test func haveTheirCost() throws {
        let (layers, _) = try recipe("{preset: resnet20}").model.resolve(input: [3, 32, 32], outputs: 10)
        // 442,368 + 14,155,776 + 12,976,128 + 12,976,128 + 640
        #expect(layers.reduce(0) { $0 + $1.multiplyAdds } == 40_551_040)
        let (text, _) = try recipe("{preset: {char-gpt: {depth: 1}}}").model.resolve(
            input: [64], outputs: 65, vocabulary: 65, targets: 64)
        // 64 (12 · 128² + 64 · 128 + 65 · 128)
        #expect(text.reduce(0) { $0 + $1.multiplyAdds } == 13_639_680)
    }

    @Test func takeOptions() throws {
        let recipe = try recipe("{preset: {char-gpt: {depth: 2, width: 96, heads: 3, dropout: 0.1}}}")
        let (layers, findings) = recipe.model.resolve(input: [8], outputs: 5, vocabulary: 5, targets: 8)
        #expect(findings == [])
        #expect(layers.flatMap(\.parameters).map(\.name).contains("2.1.0.1.out_proj.weight"))
    }

    @Test(arguments: [
        ("{preset: resnet21}", "value.choice"), ("{preset: {mlp: {dept: 3}}}", "key.unknown"),
        ("{preset: mlp, layers: [flatten]}", "model.preset"), ("{head: zero}", "key.missing"),
        ("{preset: {mlp: {}, lenet: {}}}", "value.type"), ("{preset: {mlp: {dropout: 2}}}", "value.range"),
    ])
    func areRefused(_ model: String, _ code: String) {
        let (recipe, findings) = Recipe.read("recipe: 1\nname: a\ndata: {format: digits}\nmodel: \(model)\n")
        #expect(recipe == nil)
        #expect(findings.map(\.code).contains(code), "\(findings)")
    }
}
