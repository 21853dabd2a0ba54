import Datasets
import Recipes
import Testing
import Training

@testable import Checks

/// K1: what an interrupted run has to bring with it.
@Suite struct ContinuationTests {
    private static let steps = 12

    private func result(
        _ recipe: Recipe, _ change: (inout SavedTrial) -> Void = { _ in }
    ) throws -> CheckResult {
        let bench = try SkeletonBench(recipe).bench
        let whole = try FirstSteps(bench, steps: Self.steps)
        return Continuation.result(whole, try Continuation.halves(bench, steps: Self.steps, change: change))
    }

    /// Whatever draws, remembers or counts goes on where it was.
    @Test(arguments: [
        smallRecipe(),
        smallRecipe([.flatten, .linear(units: .count(24)), .batchnorm(), .relu, .dropout(0.4), head]) {
            $0.optimizer = Optimizer(kind: .sgd, rate: 0.05)
            $0.optimizer.momentum = 0.9
            $0.data.augment = [.shift(pixels: 2)]
        },
        smallRecipe { $0.optimizer = Optimizer(kind: .scheduleFreeAdamw, rate: 1e-3) },
        smallRecipe { $0.schedule = [Segment(shape: .warmup, length: .steps(8))] },
    ])
    func goesOn(_ recipe: Recipe) throws {
        let result = try result(recipe)
        #expect(result.verdict == .pass, "\(result.message)")
    }

    @Test func lostMomentsFail() throws {
        let result = try result(smallRecipe()) { $0.snapshot.tensors.removeAll { $0.role == .moment } }
        #expect(result.verdict == .fail && result.message.contains("continues differently"), "\(result.message)")
    }

    @Test func touchedWeightsFail() throws {
        let result = try result(smallRecipe()) { saved in
            guard let tensor = saved.snapshot.tensors.first(where: { $0.name == "3.bias" }) else { return }
            // The highest bit of the mantissa of one weight.
            saved.bytes[tensor.offset + 2] ^= 0x40
        }
        #expect(result.verdict == .fail && result.message.contains("answered differently"), "\(result.message)")
    }

    @Test func anotherPlaceInTheDataFails() throws {
        let result = try result(smallRecipe()) { saved in saved.snapshot.step += 1 }
        #expect(result.verdict == .fail, "\(result.message)")
    }

    @Test func whatCannotTrainIsSkipped() throws {
        #expect(
            try SkeletonBench(smallRecipe([.linear(units: .count(3)), head])).run(Continuation.self, "K1").verdict
                == .skip)
        let wild = smallRecipe { $0.optimizer = Optimizer(kind: .sgd, rate: 1e30) }
        #expect(try SkeletonBench(wild).run(Continuation.self, "K1").verdict == .skip)
    }
}
