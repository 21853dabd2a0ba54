import Datasets
import Networks
import Recipes
import Testing

@testable import Checks

/// Faults, made through recipe and data, and beside each a near miss that must stay quiet.
@Suite struct SkeletonFaultTests {
    private let small: [Layer.Kind] = [.linear(units: .count(16)), .relu, head]

    private func verdict(
        _ recipe: Recipe, _ text: String? = nil, _ check: any Check.Type, _ id: String
    ) throws -> CheckVerdict {
        try SkeletonBench(recipe, text: text).run(check, id).verdict
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
        #expect(try verdict(fileRecipe(.csv, small), strayTable(), InputIndependence.self, "K20") == .fail)
        #expect(try verdict(fileRecipe(.csv, small), classTable(), InputIndependence.self, "K20") == .pass)
    }

    @Test func shuffledNumbersFail() throws {
        let stray = numberTable(rows: 1500).split(separator: "\n").map { $0.split(separator: ",") }
        let rows = stray.dropFirst()
        // Each row with the target of another one, far away.
        let mixed = rows.indices.map { index in
            (rows[index].dropLast() + [rows[(index + 700) % 1500 + 1].last ?? ""]).joined(separator: ",")
        }
        let text = (["a,b,c,d,y"] + mixed).joined(separator: "\n") + "\n"
        #expect(try verdict(fileRecipe(.csv, small), text, InputIndependence.self, "K20") == .fail)
        // A target that is mostly noise still says something.
        #expect(
            try verdict(fileRecipe(.csv, small), numberTable(rows: 1500, noise: 1.5), InputIndependence.self, "K20")
                == .pass)
    }

    @Test func constantInputsFail() throws {
        let text =
            "a,b,label\n" + (0..<600).map { "1,2,\($0 * 7 % 13 < 6 ? "yes" : "no")\n" }.joined()
        let bench = try SkeletonBench(fileRecipe(.csv, small), text: text)
        #expect(try bench.run(Taps.self, "K26").verdict == .fail)
        #expect(try bench.run(InputIndependence.self, "K20").verdict != .pass)
    }

    @Test func targetAmongInputsFails() throws {
        let copied = classTable { label, _ in "\(label == 1 ? 5 : 2)" }
        #expect(try verdict(fileRecipe(.csv, small), copied, Dependence.self, "S4") == .fail)
        // A column that is right 19 times of 20 is a good column.
        let good = classTable { label, dice in "\(dice.unit() < 0.05 ? 1 - label : label)" }
        #expect(try verdict(fileRecipe(.csv, small), good, Dependence.self, "S4") == .pass)
    }

    @Test func numberAmongInputsFails() throws {
        let copied = numberTable { y in "\(2 * y + 3)" }
        #expect(try verdict(fileRecipe(.csv, small), copied, Dependence.self, "S4") == .fail)
        let near = numberTable(noise: 0.01)
        #expect(try verdict(fileRecipe(.csv, small), near, Dependence.self, "S4") == .pass)
    }

    @Test func rawBytesAreTold() throws {
        let raw = try SkeletonBench(smallRecipe { $0.data.normalize = .none })
        #expect(try raw.run(Taps.self, "K26").verdict == .warn)
        #expect(try raw.run(FirstLoss.self, "K12").verdict == .fail)
        let unit = try SkeletonBench(smallRecipe { $0.data.normalize = .unit })
        #expect(try unit.run(Taps.self, "K26").verdict == .pass)
        #expect(try unit.run(FirstLoss.self, "K12").verdict == .pass)
    }

    // MARK: Model

    @Test func zeroWeightsFail() throws {
        let bench = try SkeletonBench(smallRecipe { $0.model.initial = InitialValues(.zero) })
        #expect(try bench.run(LiveParameters.self, "K33").verdict == .fail)
        #expect(try bench.run(Dependence.self, "K31").verdict == .fail)
        #expect(try bench.run(Memorizing.self, "K21").verdict == .fail)
        // A head of zeros alone is a fine beginning.
        let fine = try SkeletonBench(
            smallRecipe { recipe in
                recipe.model.layers[3].initial = InitialValues(.zero)
            })
        #expect(try fine.run(Dependence.self, "K31").verdict == .pass)
        #expect(try fine.run(LiveParameters.self, "K33").verdict == .pass)
        #expect(try fine.run(Memorizing.self, "K21").verdict == .pass)
    }

    @Test func softmaxTwiceFails() throws {
        let bench = try SkeletonBench(smallRecipe(perceptron + [.softmax]))
        #expect(try bench.run(FirstLoss.self, "K12").verdict == .fail)
        #expect(try bench.run(Memorizing.self, "K21").verdict == .fail)
    }

    @Test func rectifiedAnswersFail() throws {
        #expect(try verdict(smallRecipe(perceptron + [.relu]), nil, Influence.self, "S5") == .fail)
        #expect(try verdict(smallRecipe(perceptron + [.tanh]), nil, Influence.self, "S5") == .warn)
        // Clipped gradients are no clipped losses.
        #expect(
            try verdict(smallRecipe { $0.clip = Clip(gradientNorm: 1e-3, value: 1e-4) }, nil, Influence.self, "S5")
                == .pass)
        #expect(
            try verdict(
                smallRecipe {
                    $0.loss = Loss(kind: .crossEntropy)
                    $0.loss?.smoothing = 0.1
                    $0.loss?.classWeights = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
                }, nil, Influence.self, "S5") == .pass)
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
        #expect(try bench.run(Dependence.self, "K32").verdict == .fail)
        #expect(try bench.run(Dependence.self, "S4").verdict == .fail)
        #expect(try bench.run(Dependence.self, "K31").verdict == .pass)
        let causal: [Layer.Kind] = [.embedding(units: .count(8)), .lstm(units: .count(12)), head]
        #expect(try verdict(textRecipe(causal), wordText(1000), Dependence.self, "K32") == .pass)
    }

    @Test func headOfZeroUnderImbalance() throws {
        let zero = fileRecipe(.csv, small) { $0.model.head = .zero }
        let rare = try SkeletonBench(zero, text: classTable(rows: 3000, rare: 0.01))
        #expect(try rare.run(FirstLoss.self, "K14").verdict == .fail)
        #expect(try rare.run(FirstLoss.self, "K15").verdict == .fail)
        #expect(try rare.run(InputIndependence.self, "K16").verdict == .fail)
        // Balanced classes lose nothing by it, and with the prior nothing is to be learned.
        let even = try SkeletonBench(zero, text: classTable())
        #expect(try even.run(FirstLoss.self, "K14").verdict == .pass)
        #expect(try even.run(FirstLoss.self, "K15").verdict == .pass)
        #expect(try even.run(InputIndependence.self, "K16").verdict == .pass)
        let prior = try SkeletonBench(fileRecipe(.csv, small), text: classTable(rows: 3000, rare: 0.01))
        #expect(try prior.run(FirstLoss.self, "K14").verdict == .pass)
        #expect(try prior.run(InputIndependence.self, "K16").verdict == .pass)
    }

    @Test func headOfZeroForLargeNumbers() throws {
        let zero = fileRecipe(.csv, small) { $0.model.head = .zero }
        #expect(try verdict(zero, numberTable(), FirstLoss.self, "K14") == .fail)
        #expect(try verdict(fileRecipe(.csv, small), numberTable(), FirstLoss.self, "K14") == .pass)
    }

    // MARK: Training

    @Test(arguments: [1e3, 1e-9]) func absurdRatesFail(_ rate: Double) throws {
        #expect(try verdict(smallRecipe { $0.optimizer.rate = rate }, nil, RangeTest.self, "S8") == .fail)
    }

    /// Adam's safe rate, one ten times as high, one for fine tuning; a plain descent.
    @Test(arguments: [3e-5, 3e-4, 3e-3]) func usualRatesPass(_ rate: Double) throws {
        #expect(try verdict(smallRecipe { $0.optimizer.rate = rate }, nil, RangeTest.self, "S8") == .pass)
    }

    @Test func plainDescentPasses() throws {
        #expect(
            try verdict(smallRecipe { $0.optimizer = Optimizer(kind: .sgd, rate: 0.05) }, nil, RangeTest.self, "S8")
                == .pass)
        #expect(
            try verdict(smallRecipe { $0.optimizer = Optimizer(kind: .sgd, rate: 300) }, nil, RangeTest.self, "S8")
                == .fail)
    }

    @Test func drowningDecayFails() throws {
        func recipe(_ kind: Optimizer.Kind, _ decay: Double) -> Recipe {
            smallRecipe {
                $0.optimizer.kind = kind
                $0.optimizer.decay = decay
            }
        }
        #expect(try verdict(recipe(.adam, 100), nil, DecayStrength.self, "S7") == .fail)
        #expect(try verdict(recipe(.adamw, 1e3), nil, DecayStrength.self, "S7") == .fail)
        #expect(try verdict(recipe(.adam, 1e-4), nil, DecayStrength.self, "S7") == .pass)
        #expect(try verdict(recipe(.adamw, 0.1), nil, DecayStrength.self, "S7") == .pass)
        #expect(
            try verdict(
                smallRecipe([.flatten, .linear(units: .count(24)), .relu, .dropout(0.95), head]), nil,
                DecayStrength.self, "S7") == .warn)
    }

    @Test func hypotheses() throws {
        func recipe(_ until: Amount) -> Recipe { smallRecipe { $0.until = until } }
        #expect(try verdict(recipe(.forever), nil, Premises.self, "P1") == .warn)
        #expect(try verdict(recipe(.seconds(86_400)), nil, Premises.self, "P1") == .warn)
        #expect(try verdict(recipe(.steps(1_000_000_000)), nil, Premises.self, "P1") == .warn)
        #expect(try verdict(recipe(.epochs(10)), nil, Premises.self, "P1") == .pass)
        var expected = recipe(.forever)
        expected.expect = Expectation(metric: "validation.loss", below: 1)
        #expect(try verdict(expected, nil, Premises.self, "P1") == .pass)
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
        #expect(try verdict(recipe(.flip(axis: .vertical)), nil, AugmentedLabels.self, "S3") == .fail)
        #expect(try verdict(recipe(.shift(pixels: 1)), nil, AugmentedLabels.self, "S3") == .pass)
        #expect(try verdict(recipe(.noise(deviation: 0.2)), nil, AugmentedLabels.self, "S3") == .pass)
    }

    @Test func dropoutBeforeNormalisationWarns() throws {
        let before: [Layer.Kind] = [.flatten, .linear(units: .count(24)), .dropout(0.3), .batchnorm(), .relu, head]
        let behind: [Layer.Kind] = [.flatten, .linear(units: .count(24)), .batchnorm(), .relu, .dropout(0.3), head]
        #expect(try verdict(smallRecipe(before), nil, Anatomy.self, "R12") == .warn)
        #expect(try verdict(smallRecipe(behind), nil, Anatomy.self, "R12") == .pass)
        #expect(try verdict(smallRecipe([.flatten, .dropout(0.6), head]), nil, Anatomy.self, "R12") == .warn)
    }

    @Test func contradictingLabelsStayUp() throws {
        // The same inputs under both labels: no width learns them, and the floor says so.
        let text =
            "a,b,label\n" + (0..<200).map { "\($0 % 20),\($0 % 3),\($0 / 20 % 2 == 0 ? "yes" : "no")\n" }.joined()
        let bench = try SkeletonBench(fileRecipe(.csv, small), text: text)
        #expect(try bench.run(CapacityLadder.self, "O3").verdict == .warn)
        #expect(try bench.run(CapacityLadder.self, "K22").verdict == .pass)
    }

    @Test(arguments: [
        SkeletonCleanTests.jobs[0], SkeletonCleanTests.jobs[1], SkeletonCleanTests.jobs[2], SkeletonCleanTests.jobs[7],
        SkeletonCleanTests.jobs[10], SkeletonCleanTests.jobs[11],
    ])
    func gradientsAgree(_ job: SkeletonCleanTests.Job) throws {
        let result = try SkeletonBench(job.recipe, text: job.text).run(GradientCheck.self, "G3")
        #expect(result.verdict == .pass, "\(result.message)")
    }

    @Test(arguments: [1, 4, 10]) func fullSuiteIsQuiet(_ index: Int) throws {
        let job = SkeletonCleanTests.jobs[index]
        let bench = try SkeletonBench(job.recipe, text: job.text)
        let results = SkeletonSuite.full.flatMap { bench.run($0) }
        #expect(results.map(\.id) == SkeletonSuite.full.flatMap(\.ids))
        let loud = results.filter { $0.verdict == .fail || $0.verdict == .warn }
        #expect(loud.isEmpty, "\(loud.map { "\($0.id): \($0.message)" })")
    }
}
