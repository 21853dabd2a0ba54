import Datasets
@testable import Networks
import Recipes
import Testing

@testable import Checks

/// What follows from numbers that no healthy engine gives.
@Suite struct SkeletonVerdictTests {
    @Test func otherBitsFail() throws {
        let one = try FirstSteps(SkeletonBench(smallRecipe()).bench, steps: 3)
        let same = try FirstSteps(SkeletonBench(smallRecipe()).bench, steps: 3)
        let other = try FirstSteps(SkeletonBench(smallRecipe { $0.seed = 6 }).bench, steps: 3)
        #expect(Determinism.result(one, same).verdict == .pass)
        #expect(Determinism.result(one, other).verdict == .fail)
        var touched = same
        touched.state.moments[1][40] = touched.state.moments[1][40].nextUp
        let result = Determinism.result(one, touched)
        #expect(result.verdict == .fail)
        #expect(result.numbers.first { $0.name == "different numbers" }?.value == 1)
    }

    @Test func summedLossFails() {
        func step(_ loss: Double, _ gradient: Double) -> StepResult {
            StepResult(loss: loss, correct: 0, gradientNorm: gradient, isFinite: true)
        }
        #expect(FirstLoss.doubled(step(2.3, 1), step(4.6, 2), unit: nil).verdict == .fail)
        #expect(FirstLoss.doubled(step(2.3, 1), step(2.3, 2), unit: nil).verdict == .fail)
        #expect(FirstLoss.doubled(step(2.3, 1), step(2.31, 1.001), unit: nil).verdict == .pass)
    }

    @Test func countedPaddingFails() {
        func verdict(_ counts: (Int, Int), _ sums: (Double, Double), share: Double? = 0.9, examples: Int = 1000)
            -> CheckVerdict
        {
            Predictions.resolution(
                count: examples, share: share, deviation: 0.5, loss: 0.3, counts: counts, expected: 97, sums: sums,
                unit: "nats"
            ).verdict
        }
        #expect(verdict((97, 98), (30, 30)) == .fail)
        #expect(verdict((97, 97), (30, 30.1)) == .fail)
        #expect(verdict((97, 97), (30, 30.000001)) == .pass)
        // Thirty examples at 90 % are known to 5.5 points.
        #expect(verdict((97, 97), (30, 30), examples: 30) == .warn)
        #expect(verdict((97, 97), (30, 30), share: nil, examples: 30) == .pass)
    }

    @Test func leakAroundInputsFails() {
        // Zeros that are answered better than by a constant, in every example.
        let constant = (0..<200).map { 1 + Double($0 % 5) / 100 }
        let better = constant.map { $0 - 0.1 }
        let result = InputIndependence.result(
            real: better, zeros: better, shuffled: constant, constant: constant, steps: 100, unit: nil)
        #expect(result.verdict == .fail)
        let fine = InputIndependence.result(
            real: better, zeros: constant, shuffled: constant, constant: constant, steps: 100, unit: nil)
        #expect(fine.verdict == .pass)
    }

    @Test func fewExamplesDecideNothing() {
        // Ten examples decide nothing: no failure.
        let constant = (0..<10).map { 1 + Double($0 % 3) / 2 }
        let own = (0..<10).map { 1 + Double(($0 + 1) % 3) / 2 }
        let result = InputIndependence.result(
            real: own, zeros: constant, shuffled: constant, constant: constant, steps: 100, unit: nil)
        #expect(result.verdict == .warn)
    }

    @Test func worseWithCapacity() {
        func verdict(_ losses: [[Double]]) -> CheckVerdict {
            Capacity.result([1, 2, 4], losses, level: 2.3, steps: 100, unit: nil).verdict
        }
        #expect(verdict([[0.9, 0.91, 0.92], [0.7, 0.71, 0.7], [0.5, 0.51, 0.49]]) == .pass)
        #expect(verdict([[0.50, 0.51, 0.49], [0.5, 0.5, 0.51], [0.52, 0.5, 0.51]]) == .pass)
        #expect(verdict([[0.50, 0.51, 0.49], [0.6, 0.6, 0.6], [0.72, 0.7, 0.71]]) == .warn)
        #expect(verdict([[0.50, 0.51, 0.49], [0.9, 0.9, 0.9], [1.5, 1.51, 1.52]]) == .fail)
        // Noisy seeds.
        #expect(verdict([[0.5, 0.9, 0.7], [0.7, 0.8, 0.9], [0.9, 0.6, 1.0]]) == .pass)
    }

    @Test func wrongStatisticsFail() throws {
        let bench = try SkeletonBench(smallRecipe()).bench
        let held = bench.dataset.training.held([0, 1, 2])
        var stored = [Float](repeating: 0, count: held.inputs.count)
        stored.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { bench.dataset.training.fill(stored: base, [0, 1, 2]) }
        }
        #expect(Taps.numbers(held, stored, bench.facts).verdict == .pass)
        var facts = bench.facts
        facts.mean[0] += 0.1
        #expect(Taps.numbers(held, stored, facts).verdict == .fail)
        facts = bench.facts
        facts.mean[0] += 1.0 / 255
        #expect(Taps.numbers(held, stored, facts).verdict == .warn)
    }

    @Test func shiftedTargetsFail() throws {
        let recipe = fileRecipe(.text, [.embedding(units: .count(8)), .gru(units: .count(8)), head]) {
            $0.data.window = 8
        }
        let bench = try SkeletonBench(recipe, text: wordText(400)).bench
        var held = bench.dataset.training.held([0, 3])
        #expect(Taps.text(held, bench.facts).verdict == .pass)
        // The input itself as its target: the seed's off-by-one.
        held.classes = held.inputs.map { Int32($0) }
        #expect(Taps.text(held, bench.facts).verdict == .fail)
        let many = bench.dataset.training.held((0..<100).map { UInt32($0) })
        #expect(TargetCopy(many) == nil)
        var off = many
        off.classes = many.inputs.map { Int32($0) }
        #expect(TargetCopy(off)?.column == 0)
    }

    @Test func worseThanCounting() {
        let counts = (0..<100).map { 3 + Double($0 % 7) / 10 }
        func verdict(_ own: Double, steps: Int = 200) -> CheckVerdict {
            BaselineCheck.text(counts.map { $0 + own }, bigram: counts.map { $0 - 0.8 }, unigram: counts, steps: steps)
                .verdict
        }
        #expect(verdict(0.5) == .fail)
        #expect(verdict(0.01) == .warn)
        #expect(verdict(0.01, steps: 40) == .pass)
        #expect(verdict(-0.3) == .pass)
        #expect(verdict(-1) == .pass)
    }

    @Test func wrongGradientsFail() {
        func verdict(_ errors: [Double?]) -> CheckVerdict {
            GradientCheck.result(errors.enumerated().map { GradientCheck.Tensor(name: "\($0)", error: $1) }).verdict
        }
        #expect(verdict([0.001, 0.004, nil]) == .pass)
        #expect(verdict([0.001, 0.1]) == .warn)
        #expect(verdict([0.001, 0.6]) == .fail)
        #expect(verdict([nil, nil]) == .skip)
    }

    @Test func clippedLossesFail() {
        func verdict(_ ratios: [Double]) -> CheckVerdict {
            Influence.result(ratios.map { (4.0, $0) }, head: "3", usesBatchNorm: false).verdict
        }
        #expect(verdict([1, 1.0001, 0.9999]) == .pass)
        #expect(verdict([1, 0, 1]) == .fail)
        #expect(verdict([0.7, 0.8, 1]) == .warn)
    }

    @Test func unstableAnswersWarn() {
        #expect(Dynamics.settled(0.03).verdict == .pass)
        #expect(Dynamics.settled(0.5).verdict == .warn)
    }

    @Test func flatLadderWarns() {
        func verdict(_ errors: [Double], isFalling: Bool = false) -> CheckVerdict {
            let rungs = errors.enumerated().map { index, error in
                CapacityLadder.Rung(width: Double(1 << index), error: error, loss: error, isFalling: isFalling)
            }
            return CapacityLadder.ladderResult(rungs, steps: 500, isProbabilistic: true).verdict
        }
        #expect(verdict([0.4, 0.4, 0.4, 0.4]) == .warn)
        #expect(verdict([0.4, 0.4, 0.4, 0.4], isFalling: true) == .pass)
        #expect(verdict([0.4, 0.3, 0.2, 0.1]) == .pass)
        #expect(verdict([0.4, 0.005]) == .pass)
        #expect(verdict([0.03, 0.03, 0.03, 0.03]) == .pass)
    }

    /// S10: a width that is far from enough warns; one that a larger one beats by little, or that is still learning, does not.
    @Test func aModelThatIsTooSmallWarns() {
        func verdict(_ errors: [Double], fall: Double = 0.05, steps: Int = 500) -> CheckResult {
            let rungs = errors.enumerated().map { index, error in
                CapacityLadder.Rung(width: Double(1 << index), error: error, loss: error, fall: fall)
            }
            let main = CapacityLadder.ladderResult(rungs, steps: steps, isProbabilistic: true)
            return CapacityLadder.sizeResult(main, rungs, steps: steps)
        }
        let small = verdict([0.45, 0.2, 0.05, 0.005])
        #expect(small.id == "S10" && small.verdict == .warn && small.action != nil, "\(small)")
        #expect(verdict([0.45, 0.2, 0.05, 0.005], fall: 0.3).verdict == .pass)
        #expect(verdict([0.45, 0.2, 0.05, 0.005], steps: 100).verdict == .pass)
        #expect(verdict([0.2, 0.1, 0.005]).verdict == .pass)
        #expect(verdict([0.005]).verdict == .pass)
        // What no width learns is O3's to tell.
        #expect(verdict([0.4, 0.4, 0.4, 0.4]).verdict == .warn)
        #expect(CapacityLadder.sizeResult(.skip("O3", "text"), [], steps: 500).verdict == .skip)
    }

    @Test func figures() {
        #expect(figure(0.03125) == "0.0313")
        #expect(figure(12345) == "12345")
        #expect(figure(2.3) == "2.3")
        #expect(figure(0) == "0")
        #expect(figure(3.2e-7, 2) == "3.2e-7")
        #expect(figure(.nan) == "not finite")
        #expect(percent(0.125) == "12.5 %")
        #expect(count(1, "step") == "1 step" && count(2, "step") == "2 steps")
    }

    /// Scaled widths stay multiples of heads, and the head stays as it is.
    @Test func widths() throws {
        let recipe = smallRecipe([.flatten, .linear(units: .count(10)), .relu, head])
        let facts = try SkeletonBench(recipe).bench.facts
        #expect(recipe.widened(2, for: facts)?.model.layers[1].kind == .linear(units: .count(20)))
        #expect(recipe.widened(0.25, for: facts)?.model.layers[1].kind == .linear(units: .count(3)))
        #expect(smallRecipe([.flatten, head]).widened(2, for: facts) == nil)
    }
}
