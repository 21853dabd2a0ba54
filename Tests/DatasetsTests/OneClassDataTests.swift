import Recipes
import Testing

/// Where every example has the same label there is nothing to learn.
@Suite struct OneClassDataTests {
    private func expectRefusal(_ recipe: Recipe, _ folder: DataFolder, _ words: [String]) {
        let errors = inspectData(recipe, folder).findings.filter { $0.severity == .error }
        #expect(errors.map(\.code) == ["D.few"] && errors.first?.path == "/data/train", "\(errors)")
        for word in words { #expect(errors.first?.message.contains(word) == true, "\(errors)") }
    }

    @Test func tablesOfOneClassAreRefused() throws {
        let folder = try DataFolder()
        try folder.add("t.csv", text: "a,k\n" + (0..<30).map { "\($0),yes\n" }.joined())
        expectRefusal(csvRecipe(), folder, ["All 30", "'yes'", "nothing to tell apart"])
        // A job that has such data already is read all the same.
        #expect(try openData(csvRecipe(), folder).training.count == 30)
    }

    @Test func arraysOfOneClassAreRefused() throws {
        for (labels, word) in [([0, 0, 0], "'0'"), ([2, 2, 2], "'2'")] as [([UInt8], String)] {
            let folder = try DataFolder()
            try folder.add("i", idx([3, 2], [1, 2, 3, 4, 5, 6]))
            try folder.add("l", idx([3], labels))
            let idx = recipe(.idx) {
                $0.train = FileSet(inputs: ["i"], targets: ["l"])
                $0.validation = .fraction(0)
            }
            expectRefusal(idx, folder, ["All 3", word, "nothing to tell apart"])
        }
    }

    /// Classes that a recipe leaves out are meant: its teachers know them.
    @Test func oneClassThatIsLeftMayBeMeant() throws {
        let findings = try csvFindings("a,k\n1,x\n2,y\n3,x\n") { $0.data.without = ["y"] }
        #expect(!findings.contains { $0.severity == .error }, "\(findings)")
    }
}
