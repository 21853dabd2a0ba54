import Datasets
import Glibc
import Recipes
import Tensors
import Testing
@testable import Training

/// Jobs whose products round their operands.
@Suite struct PrecisionTests {
    private static let isAvailable = Kernels.current.withBFloat16Products != nil

    private static func recipe(_ precision: Precision) -> Recipe {
        digits([.flatten, .linear(units: .count(40)), .batchnorm(), .relu, .dropout(0.2), head]) { recipe in
            recipe.optimizer = Optimizer(kind: .adam, rate: 3e-3)
            recipe.averages.ema = [0.9]
            recipe.precision = precision
        }
    }

    @Test(.enabled(if: isAvailable, "no dot product of bfloat16 here"))
    func aRunGoesOnWithTheSameBits() throws {
        let recipe = Self.recipe(.bfloat16)
        let dataset = try Dataset.open(recipe, files: [])
        let whole = try train(recipe, dataset)
        #expect(try train(recipe, dataset, threads: 2).last.future.differences(to: whole.last.future) == [])
        let part = try train(recipe, dataset, orders: [17: [.stop]], threads: 3)
        #expect(try part.last.step == 17)
        let rest = try train(recipe, dataset, from: try part.last, threads: 2)
        #expect(try rest.last.future.differences(to: whole.last.future) == [])
        #expect(try whole.last.snapshot.environment["precision"] == "bfloat16")
        // What is kept stays float32.
        #expect(try whole.last.snapshot.tensors.allSatisfy { ["F32", "I64"].contains($0.dtype) })
        let plain = try train(Self.recipe(.float32), dataset)
        #expect(try plain.last.future.differences(to: whole.last.future) != [])
        let (rounded, exact) = (whole.values("validation.loss")[40], plain.values("validation.loss")[40])
        #expect(try abs(#require(rounded) - #require(exact)) < 2e-2 * #require(exact))
    }

    /// What was measured is what ran.
    @Test(.enabled(if: isAvailable, "no dot product of bfloat16 here"))
    func anEvaluationRoundsAsTheRunDid() throws {
        let dataset = try Dataset.open(Self.recipe(.bfloat16), files: [])
        let outcome = try train(Self.recipe(.bfloat16), dataset)
        let kept = try outcome.last
        func loss(_ precision: Precision) throws -> Double? {
            try kept.bytes.withUnsafeBytes { bytes in
                try Evaluator(
                    recipe: Self.recipe(precision), facts: dataset.facts, snapshot: kept.snapshot, bytes: bytes,
                    average: nil, threads: 2
                ).evaluate(dataset, split: "validation").metrics["loss"]
            }
        }
        let measured = try #require(outcome.values("validation.loss")[40])
        #expect(try loss(.bfloat16) == measured)
        #expect(try loss(.float32) != measured)
    }

    @Test(arguments: Kernels.available) func lowerLevelsAreRefused(_ level: CPULevel) throws {
        let kernels = try #require(Kernels(level: level))
        #expect(Precision.float32.finding(kernels, line: 3) == nil)
        guard level != .v4 else {
            #expect((Precision.bfloat16.finding(kernels, line: 3) == nil) == Self.isAvailable)
            return
        }
        let finding = try #require(Precision.bfloat16.finding(kernels, line: 3))
        #expect(finding.severity == .error && finding.path == "/precision" && finding.line == 3)
        #expect(finding.message.contains("AVX512-BF16") && finding.message.contains("level \(level.rawValue)"))
        #expect(finding.hint?.contains("precision: float32") == true)
    }

    /// On some processors the dot product does less than a float32 multiply-add.
    @Test(.enabled(if: isAvailable, "no dot product of bfloat16 here"))
    func aSlowerPrecisionIsTold() throws {
        let pool = ThreadPool(threads: 1)
        func timing(_ precision: Precision) throws -> StepTiming {
            let recipe = Self.recipe(precision)
            let dataset = try Dataset.open(recipe, files: [])
            return try #require(StepTiming(recipe, dataset, pool: pool, clock: SteppingClock(tick: 0.01)))
        }
        #expect(try timing(.float32).exactSeconds == nil)
        let alike = try timing(.bfloat16)
        let exact = try #require(alike.exactSeconds)
        #expect(exact > 0 && abs(exact / alike.seconds - 1) < 1e-6)
        #expect(alike.finding(line: 3) == nil)
        #expect(StepTiming(seconds: 0.0109, exactSeconds: 0.01).finding(line: 3) == nil)
        let finding = try #require(StepTiming(seconds: 0.015, exactSeconds: 0.01).finding(line: 3))
        #expect(finding.severity == .warning && finding.path == "/precision" && finding.line == 3)
        #expect(finding.message.contains("15.0 ms in bfloat16") && finding.message.contains("10.0 ms in float32"))
    }
}
