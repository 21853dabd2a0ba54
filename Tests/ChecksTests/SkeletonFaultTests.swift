import Datasets
import Networks
import Recipes
import Testing

@testable import Checks

/// Faults, made through recipe and data, and beside each a near miss that must stay quiet.
@Suite struct SkeletonFaultTests {
    private let small: [Layer.Kind] = [.linear(units: .count(16)), .relu, head]

    private func expect(
        _ verdict: CheckVerdict, _ bench: SkeletonBench, _ check: any Check.Type, _ id: String,
        at location: SourceLocation = #_sourceLocation
    ) throws {
        let result = try bench.run(check, id)
        #expect(result.verdict == verdict, "\(id): \(result.message) \(result.numbers)", sourceLocation: location)
    }

    private func expect(
        _ verdict: CheckVerdict, _ recipe: Recipe, _ text: String?, _ check: any Check.Type, _ id: String,
        at location: SourceLocation = #_sourceLocation
    ) throws {
        try expect(verdict, SkeletonBench(recipe, text: text), check, id, at: location)
    }

    // MARK: Data

    /// The labels of a table that has nothing to do with them.
    private func strayTable(rows: Int = 1500) -> String {
        var dice = Dice(11)
        return "a,b,c,label\n"
            + (0..<rows).map { _ in
                "\(dice.bell()),\(dice.bell()),\(dice.bell()),\(dice.unit() < 0.5 ? "yes" : "no")\n"
            }.joined()
    }

    @Test func shuffledLabelsFail() throws {
        try expect(.fail, fileRecipe(.csv, small), strayTable(), InputIndependence.self, "K20")
        try expect(.pass, fileRecipe(.csv, small), classTable(), InputIndependence.self, "K20")
    }

    @Test func shuffledNumbersFail() throws {
        let stray = numberTable(rows: 1500).split(separator: "\n").map { $0.split(separator: ",") }
        let rows = stray.dropFirst()
        // Each row with the target of another one, far away.
        let mixed = rows.indices.map { index in
            (rows[index].dropLast() + [rows[(index + 700) % 1500 + 1].last ?? ""]).joined(separator: ",")
        }
        let text = (["a,b,c,d,y"] + mixed).joined(separator: "\n") + "\n"
        #expect(
            try SkeletonBench(fileRecipe(.csv, small), text: text).run(InputIndependence.self, "K20").verdict != .pass)
        // A target that is mostly noise still says something.
        try expect(.pass, fileRecipe(.csv, small), numberTable(rows: 1500, noise: 1.5), InputIndependence.self, "K20")
    }

    @Test func constantInputsFail() throws {
        let text =
            "a,b,label\n" + (0..<600).map { "1,2,\($0 * 7 % 13 < 6 ? "yes" : "no")\n" }.joined()
        let bench = try SkeletonBench(fileRecipe(.csv, small), text: text)
        try expect(.fail, bench, Taps.self, "K26")
        #expect(try bench.run(InputIndependence.self, "K20").verdict != .pass)
    }

    @Test func targetAmongInputsFails() throws {
        let copied = classTable { label, _ in "\(label == 1 ? 5 : 2)" }
        try expect(.fail, fileRecipe(.csv, small), copied, Dependence.self, "S4")
        // A column that is right 19 times of 20 is a good column.
        let good = classTable { label, dice in "\(dice.unit() < 0.05 ? 1 - label : label)" }
        try expect(.pass, fileRecipe(.csv, small), good, Dependence.self, "S4")
    }

    @Test func numberAmongInputsFails() throws {
        let copied = numberTable { y in "\(2 * y + 3)" }
        try expect(.fail, fileRecipe(.csv, small), copied, Dependence.self, "S4")
        let near = numberTable(noise: 0.01)
        try expect(.pass, fileRecipe(.csv, small), near, Dependence.self, "S4")
    }

    @Test func rawBytesAreTold() throws {
        let raw = try SkeletonBench(smallRecipe { $0.data.normalize = .none })
        try expect(.warn, raw, Taps.self, "K26")
        try expect(.fail, raw, FirstLoss.self, "K12")
        let unit = try SkeletonBench(smallRecipe { $0.data.normalize = .unit })
        try expect(.pass, unit, Taps.self, "K26")
        try expect(.pass, unit, FirstLoss.self, "K12")
    }

    @Test func splitsOfTwoKindsAreTold() throws {
        func verdict(_ training: [Float], _ validation: [Float]) -> CheckResult {
            Taps.inputs(
                taps: [training], plain: training, evaluated: validation, elements: 4, isText: false, normalize: .unit)
        }
        var dice = Dice(21)
        func examples(_ count: Int, mean: Double = 0, deviation: Double = 1) -> [Float] {
            (0..<count).flatMap { _ in
                // What the four numbers of an example have in common: 16 examples are no 64 numbers.
                let shared = dice.bell()
                return (0..<4).map { _ in Float(mean + deviation * (0.8 * shared + 0.6 * dice.bell())) }
            }
        }
        #expect(verdict(examples(400), examples(100)).verdict == .pass)
        #expect(verdict(examples(400), examples(100, mean: 1)).verdict == .warn)
        #expect(verdict(examples(400), examples(100, deviation: 2)).verdict == .warn)
        // One example of six: its distance to the others is its own.
        let one = verdict(examples(5), examples(1, mean: 2))
        #expect(one.verdict == .pass && one.message.contains("cannot be told"), "\(one.message)")
        // Thirty are a comparison, and as far away as thirty are by chance.
        for _ in 0..<20 { #expect(verdict(examples(120), examples(30)).verdict == .pass) }
    }

    // MARK: Model

    @Test func zeroWeightsFail() throws {
        let bench = try SkeletonBench(smallRecipe { $0.model.initial = InitialValues(.zero) })
        try expect(.fail, bench, LiveParameters.self, "K33")
        // It is the weights that stop the gradient: of the inputs nothing is known.
        let said = try bench.run(LiveParameters.self, "K33").message
        #expect(!said.contains("inputs were constant"), "\(said)")
        try expect(.fail, bench, Dependence.self, "K31")
        try expect(.fail, bench, Memorizing.self, "K21")
        // A head of zeros alone is a fine beginning.
        let fine = try SkeletonBench(
            smallRecipe { recipe in
                recipe.model.layers[3].initial = InitialValues(.zero)
            })
        try expect(.pass, fine, Dependence.self, "K31")
        try expect(.pass, fine, LiveParameters.self, "K33")
        try expect(.pass, fine, Memorizing.self, "K21")
    }

    @Test func softmaxTwiceFails() throws {
        let bench = try SkeletonBench(smallRecipe(perceptron + [.softmax]))
        try expect(.fail, bench, FirstLoss.self, "K12")
        try expect(.fail, bench, Memorizing.self, "K21")
    }

    @Test func rectifiedAnswersFail() throws {
        try expect(.fail, smallRecipe(perceptron + [.relu]), nil, Influence.self, "S5")
        try expect(.warn, smallRecipe(perceptron + [.tanh]), nil, Influence.self, "S5")
        // Clipped gradients are no clipped losses.
        try expect(.pass, smallRecipe { $0.clip = Clip(gradientNorm: 1e-3, value: 1e-4) }, nil, Influence.self, "S5")
        try expect(
            .pass,
            smallRecipe {
                $0.loss = Loss(kind: .crossEntropy)
                $0.loss?.smoothing = 0.1
                $0.loss?.classWeights = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
            }, nil, Influence.self, "S5")
    }

    private func textRecipe(_ kinds: [Layer.Kind]) -> Recipe {
        fileRecipe(.text, kinds) {
            $0.data.window = 12
            $0.batch = 16
        }
    }

    @Test func lookingAheadFails() throws {
        let mixer: [Layer.Kind] = [
            .embedding(units: .count(8)), .transpose, .linear(units: .count(12)), .transpose, head,
        ]
        let bench = try SkeletonBench(textRecipe(mixer), text: wordText(1000))
        try expect(.fail, bench, Dependence.self, "K32")
        try expect(.fail, bench, Dependence.self, "S4")
        try expect(.pass, bench, Dependence.self, "K31")
        let causal: [Layer.Kind] = [.embedding(units: .count(8)), .lstm(units: .count(12)), head]
        try expect(.pass, textRecipe(causal), wordText(1000), Dependence.self, "K32")
    }

    @Test func headOfZeroUnderImbalance() throws {
        let zero = fileRecipe(.csv, small) { $0.model.head = .zero }
        let rare = try SkeletonBench(zero, text: classTable(rows: 3000, rare: 0.01))
        try expect(.fail, rare, FirstLoss.self, "K14")
        try expect(.fail, rare, FirstLoss.self, "K15")
        try expect(.fail, rare, InputIndependence.self, "K16")
        // Balanced classes lose nothing by it, and with the prior nothing is to be learned.
        let even = try SkeletonBench(zero, text: classTable())
        try expect(.pass, even, FirstLoss.self, "K14")
        try expect(.pass, even, FirstLoss.self, "K15")
        try expect(.pass, even, InputIndependence.self, "K16")
        let prior = try SkeletonBench(fileRecipe(.csv, small), text: classTable(rows: 3000, rare: 0.01))
        try expect(.pass, prior, FirstLoss.self, "K14")
        try expect(.pass, prior, InputIndependence.self, "K16")
    }

    @Test func headOfZeroForLargeNumbers() throws {
        let zero = fileRecipe(.csv, small) { $0.model.head = .zero }
        try expect(.fail, zero, numberTable(), FirstLoss.self, "K14")
        try expect(.pass, fileRecipe(.csv, small), numberTable(), FirstLoss.self, "K14")
    }

    // MARK: Training

    @Test(arguments: [1e3, 1e-9]) func absurdRatesFail(_ rate: Double) throws {
        try expect(.fail, smallRecipe { $0.optimizer.rate = rate }, nil, RangeTest.self, "S8")
    }

    /// Adam's safe rate, one ten times as high, one for fine tuning; a plain descent.
    @Test(arguments: [3e-5, 3e-4, 3e-3]) func usualRatesPass(_ rate: Double) throws {
        try expect(.pass, smallRecipe { $0.optimizer.rate = rate }, nil, RangeTest.self, "S8")
    }

    @Test func plainDescentPasses() throws {
        try expect(.pass, smallRecipe { $0.optimizer = Optimizer(kind: .sgd, rate: 0.05) }, nil, RangeTest.self, "S8")
        try expect(.fail, smallRecipe { $0.optimizer = Optimizer(kind: .sgd, rate: 300) }, nil, RangeTest.self, "S8")
    }

    @Test func drowningDecayFails() throws {
        func recipe(_ kind: Optimizer.Kind, _ decay: Double) -> Recipe {
            smallRecipe {
                $0.optimizer.kind = kind
                $0.optimizer.decay = decay
            }
        }
        try expect(.fail, recipe(.adam, 100), nil, DecayStrength.self, "S7")
        try expect(.fail, recipe(.adamw, 1e3), nil, DecayStrength.self, "S7")
        try expect(.pass, recipe(.adam, 1e-4), nil, DecayStrength.self, "S7")
        try expect(.pass, recipe(.adamw, 0.1), nil, DecayStrength.self, "S7")
        try expect(
            .warn,
            smallRecipe([.flatten, .linear(units: .count(24)), .relu, .dropout(0.95), head]), nil,
            DecayStrength.self, "S7")
    }

    @Test func hypotheses() throws {
        func recipe(_ until: Amount) -> Recipe { smallRecipe { $0.until = until } }
        try expect(.warn, recipe(.forever), nil, Premises.self, "P1")
        try expect(.warn, recipe(.seconds(86_400)), nil, Premises.self, "P1")
        try expect(.warn, recipe(.steps(1_000_000_000)), nil, Premises.self, "P1")
        try expect(.pass, recipe(.epochs(10)), nil, Premises.self, "P1")
        var expected = recipe(.forever)
        expected.expect = Expectation(metric: "validation.loss", below: 1)
        try expect(.pass, expected, nil, Premises.self, "P1")
    }

    // MARK: Full suite

    /// A flipped 6 or 2 is none; one that is moved by a pixel is.
    @Test func flippedDigitsFail() throws {
        func recipe(_ augmentation: Augmentation) -> Recipe {
            smallRecipe {
                $0.data.examples = 1500
                $0.data.augment = [augmentation]
            }
        }
        try expect(.fail, recipe(.flip(axis: .vertical)), nil, AugmentedLabels.self, "S3")
        try expect(.pass, recipe(.shift(pixels: 1)), nil, AugmentedLabels.self, "S3")
        try expect(.pass, recipe(.noise(deviation: 0.2)), nil, AugmentedLabels.self, "S3")
    }

    @Test func dropoutBeforeNormalisationWarns() throws {
        let before: [Layer.Kind] = [.flatten, .linear(units: .count(24)), .dropout(0.3), .batchnorm(), .relu, head]
        let behind: [Layer.Kind] = [.flatten, .linear(units: .count(24)), .batchnorm(), .relu, .dropout(0.3), head]
        try expect(.warn, smallRecipe(before), nil, Anatomy.self, "R12")
        try expect(.pass, smallRecipe(behind), nil, Anatomy.self, "R12")
        try expect(.warn, smallRecipe([.flatten, .dropout(0.6), head]), nil, Anatomy.self, "R12")
    }

    @Test func contradictingLabelsStayUp() throws {
        // The same inputs under both labels: no width learns them, and the floor says so.
        let text =
            "a,b,label\n" + (0..<200).map { "\($0 % 20),\($0 % 3),\($0 / 20 % 2 == 0 ? "yes" : "no")\n" }.joined()
        let bench = try SkeletonBench(fileRecipe(.csv, small), text: text)
        #expect(try bench.run(CapacityLadder.self, "O3").verdict != .fail)
        try expect(.pass, bench, CapacityLadder.self, "K22")
    }

    @Test(arguments: [
        SkeletonCleanTests.jobs[0], SkeletonCleanTests.jobs[1], SkeletonCleanTests.jobs[2], SkeletonCleanTests.jobs[7],
        SkeletonCleanTests.jobs[10], SkeletonCleanTests.jobs[11],
    ])
    func gradientsAgree(_ job: SkeletonCleanTests.Job) throws {
        let result = try SkeletonBench(job.recipe, text: job.text).run(GradientCheck.self, "G3")
        #expect(result.verdict == .pass, "\(result.message)")
    }

    /// Of two examples batch normalisation makes -1 and 1, whatever they are: a step, on which no difference is small.
    @Test(arguments: 1...6) func gradientsAgreeBehindBatchesOfTwo(_ seed: UInt64) throws {
        let recipe = smallRecipe([.flatten, .linear(units: .count(48)), .batchnorm(), .relu, head]) { recipe in
            recipe.batch = 2
            recipe.seed = seed
        }
        try expect(.pass, SkeletonBench(recipe), GradientCheck.self, "G3")
    }

    @Test(arguments: [1, 4, 10]) func fullSuiteIsQuiet(_ index: Int) throws {
        let job = SkeletonCleanTests.jobs[index]
        let bench = try SkeletonBench(job.recipe, text: job.text)
        let results = SkeletonSuite.full.flatMap { bench.run($0) }
        #expect(results.map(\.id) == SkeletonSuite.full.flatMap { $0.ids })
        let loud = results.filter { $0.verdict == .fail || $0.verdict == .warn }
        #expect(loud.isEmpty, "\(loud.map { "\($0.id): \($0.message)" })")
    }
}
