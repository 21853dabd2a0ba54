import Recipes
import Testing
import Training

@testable import Datasets

/// Data of one class is refused now; a job that has some already is answered and measured all the same.
@Suite struct OneClassTests {
    private func ofOneClass(_ dataset: Dataset) -> Dataset {
        func alone(_ subset: Subset) -> Subset {
            var held = subset.held((0..<UInt32(subset.count)).map { $0 })
            for place in held.classes.indices { held.classes[place] = 0 }
            return Subset(held)
        }
        var facts = dataset.facts
        facts.target = .classes(["yes"])
        facts.classCounts = [facts.trainingCount]
        return Dataset(
            facts: facts, training: alone(dataset.training), validation: alone(dataset.validation),
            test: alone(dataset.test))
    }

    @Test func oneClassIsAnswered() throws {
        let recipe = tabular([.flatten, head]) { $0.loss = Loss(kind: .crossEntropy) }
        let rows = (0..<40).map { "\($0),\($0 % 2)\n" }
        let dataset = ofOneClass(try table("a,k\n" + rows.joined(), recipe))
        let kept = try train(recipe, dataset).last
        let evaluator = try kept.bytes.withUnsafeBytes { bytes in
            try Evaluator(
                recipe: recipe, facts: dataset.facts, snapshot: kept.snapshot, bytes: bytes, average: nil, threads: 1)
        }
        let measured = try evaluator.evaluate(dataset, split: "validation")
        #expect(measured.metrics["accuracy"] == 1)
        #expect(measured.metrics["loss"] == 0)
        #expect(evaluator.answers(to: dataset.validation).correct.allSatisfy { $0 == 1 })
        #expect(evaluator.predict(dataset.validation, offset: 0, limit: 4).allSatisfy { $0.label == "yes" })
    }
}
