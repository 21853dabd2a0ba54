import Datasets
import Recipes
import Testing

/// What binary cross-entropy takes for its targets, and what it refuses.
@Suite struct BinaryTargetTests {
    private func recipe(_ format: DataSource.Format, _ weights: [Double] = []) -> Recipe {
        var recipe = DatasetsTests.recipe(format) {
            $0.train = FileSet(inputs: ["t.\(format)"], targets: format == .npy ? ["y.npy"] : [])
            $0.validation = .fraction(0)
        }
        var loss = Loss(kind: .binaryCrossEntropy)
        loss.positiveWeights = weights
        recipe.loss = loss
        recipe.model.layers.removeFirst()
        return recipe
    }

    private func table(_ targets: [String]) throws -> DataFolder {
        let folder = try DataFolder()
        try folder.add("t.csv", text: "a,k\n" + targets.enumerated().map { "\($0),\($1)\n" }.joined())
        return folder
    }

    @Test func twoClassesOrProbabilities() throws {
        for (targets, expected) in [
            (["no", "yes", "no"], .classes(["no", "yes"])), (["0", "1", "1"], .classes(["0", "1"])),
            (["0", "0.5", "1"], .numbers(1)), (["1", "1", "0.5"], .numbers(1)),
        ] as [([String], DataFacts.Target)] {
            let (facts, findings) = inspectData(recipe(.csv), try table(targets))
            #expect(facts?.target == expected)
            #expect(facts?.outputCount(for: recipe(.csv).loss) == 1)
            #expect(findings.filter { $0.severity == .error } == [], "\(targets)")
        }
    }

    @Test func whatItCannotTakeIsSaid() throws {
        for (targets, weights, words) in [
            (["a", "b", "c"], [], ["two classes", "has 3"]), (["0", "1", "2"], [], ["two classes", "has 3"]),
            (["0", "0.5", "1.5"], [], ["Example 2 of `data.train`", "1.5", "0 to 1"]),
            (["0", "0.5", "-1"], [], ["Example 2", "-1"]),
            (["0", "1", "0"], [1, 2], ["`loss.positive_weight` has 2 factors", "1 output."]),
        ] as [([String], [Double], [String])] {
            let findings = inspectData(recipe(.csv, weights), try table(targets)).findings
            let errors = findings.filter { $0.severity == .error && $0.code == "D.label" }
            #expect(errors.count == 1, "\(findings)")
            for word in words { #expect(errors.first?.message.contains(word) == true, "\(errors)") }
        }
    }

    @Test func rowsOfLabelsAreOutputs() throws {
        let folder = try DataFolder()
        try folder.add("t.npy", npy("<f4", [3, 2], littleEndian([1, 2, 3, 4, 5, 6] as [Float])))
        try folder.add("y.npy", npy("<i8", [3, 3], littleEndian([0, 1, 1, 0, 0, 1, 1, 1, 0] as [Int64])))
        let recipe = recipe(.npy, [1, 2, 3])
        let (facts, findings) = inspectData(recipe, folder)
        #expect(findings.filter { $0.severity == .error } == [])
        #expect(facts?.target == .numbers(3) && facts?.targetMeans.count == 3)
        #expect(numbers(try openData(recipe, folder).training) == [0, 1, 1, 0, 0, 1, 1, 1, 0])
    }
}
