import Datasets
import Recipes
import Testing

@testable import Checks

/// Numbers by PyTorch: Tests/Reference/objectives.py.
@Suite struct ObjectiveTests {
    private let output = [1.5, -0.25, 0.75]
    private let wanted = Objective.Target.numbers([1, 0, 0.25])

    private func loss(_ kind: Loss.Kind, _ change: (inout Loss) -> Void = { _ in }) -> Objective {
        var loss = Loss(kind: kind)
        change(&loss)
        return Objective(loss, width: 3)
    }

    private func expect(
        _ objective: Objective, _ target: Objective.Target, _ loss: Double?, _ gradient: [Double],
        at location: SourceLocation = #_sourceLocation
    ) {
        if let loss {
            #expect(abs(objective.loss(output, target) - loss) < 1e-12, sourceLocation: location)
        }
        for (own, other) in zip(objective.gradient(output, target), gradient) {
            #expect(abs(own - other) < 1e-12, sourceLocation: location)
        }
    }

    @Test func crossEntropy() {
        expect(
            loss(.crossEntropy), .label(2), 1.24843345474315,
            [0.6074815620620585, 0.10556446661296023, -0.7130460286750187])
        // An evaluation measures without smoothing; its gradient is training's.
        expect(
            loss(.crossEntropy) { $0.smoothing = 0.2 }, .label(2), nil,
            [0.5408148953953918, 0.03889779994629357, -0.5797126953416853])
    }

    @Test func binaryCrossEntropy() {
        expect(
            loss(.binaryCrossEntropy), wanted, 0.5755745679921653,
            [-0.060808507935452116, 0.14594116637140064, 0.14305956639179765])
        expect(
            loss(.binaryCrossEntropy) { $0.positiveWeights = [0.5, 1, 3] }, wanted, nil,
            [-0.030404253967726058, 0.14594116637140064, 0.08958934958769649])
    }

    @Test func numbers() {
        expect(
            loss(.mse), wanted, 0.1875, [0.3333333333333333, -0.16666666666666666, 0.3333333333333333])
        expect(
            loss(.mae), wanted, 0.4166666666666667, [0.3333333333333333, -0.3333333333333333, 0.3333333333333333])
        expect(
            loss(.huber) { $0.delta = 0.3 }, wanted, 0.08041666666666665,
            [0.09999999999999999, -0.08333333333333333, 0.09999999999999999])
    }

    @Test func constants() throws {
        let text = "x,y\n1,0\n2,1\n3,2\n4,10\n5,11\n"
        func constant(_ kind: Loss.Kind) throws -> (Double, Double) {
            let recipe = fileRecipe(.csv, [head]) { recipe in
                recipe.data.validation = .fraction(0)
                recipe.loss = Loss(kind: kind)
            }
            let bench = try SkeletonBench(recipe, text: text).bench
            let examples = bench.dataset.training.held([0, 1, 2, 3, 4])
            let constant = Constant(examples, bench.objective)
            return (constant.output[0], constant.loss(examples))
        }
        let square = try constant(.mse)
        #expect(abs(square.0 - 4.8) < 1e-9 && abs(square.1 - 22.16) < 1e-9)
        let huber = try constant(.huber)
        #expect(abs(huber.0 - 2) < 1e-6 && abs(huber.1 - 3.6) < 1e-6)
        // The median, and (2 + 1 + 0 + 8 + 9) / 5.
        let absolute = try constant(.mae)
        #expect(abs(absolute.0 - 2) < 1e-9 && abs(absolute.1 - 4) < 1e-9)
    }

    /// ln of the shares; of three to one 0.562335 (0.75 ln 4/3 + 0.25 ln 4).
    @Test func entropy() throws {
        let rows = (0..<40).map { "\($0),\($0 % 4 == 0 ? "b" : "a")" }.joined(separator: "\n")
        let bench = try SkeletonBench(
            fileRecipe(.csv, [head]) { $0.data.validation = .fraction(0) }, text: "x,y\n" + rows + "\n"
        ).bench
        let examples = bench.dataset.training.held(Array(0..<40))
        #expect(abs(Constant(examples, bench.objective).loss(examples) - 0.5623351446188083) < 1e-9)
    }

    /// One label far above the others makes many classes of which there is no example. They have half an example together:
    /// of three to one the loss is 0.562335 + ln (40.5 / 40), and that of a class without examples ln (40.5 · 2 · 196).
    @Test func absentClasses() throws {
        let rows = (0..<40).map { "\($0),\($0 % 4 == 0 ? 0 : 1)" }.joined(separator: "\n")
        let recipe = fileRecipe(.csv, [head]) {
            $0.data.validation = .fraction(0)
            $0.data.classes = 198
        }
        let bench = try SkeletonBench(recipe, text: "x,y\n" + rows + "\n").bench
        let examples = bench.dataset.training.held(Array(0..<40))
        let constant = Constant(examples, bench.objective)
        #expect(abs(constant.loss(examples) - 0.5747576646173654) < 1e-9)
        var absent = examples
        absent.classes = examples.classes.map { _ in 97 }
        #expect(abs(constant.loss(absent) - 9.672563813902956) < 1e-9)
    }
}

@Suite struct PairsTests {
    /// Differences 1, 2, 3: mean 2, deviation 1, error 1/sqrt 3.
    @Test func gain() {
        let pairs = Pairs([1, 1, 1], [2, 3, 4])
        #expect(pairs.gain == 2)
        #expect(abs(pairs.error - 0.5773502691896258) < 1e-12)
        #expect(abs(pairs.z(above: 1) - 1.7320508075688772) < 1e-12)
    }

    @Test func equalLosses() {
        #expect(Pairs([1, 2], [1, 2]).z() == 0)
        #expect(Pairs([1, 1], [2, 2]).z() == .infinity)
    }
}
