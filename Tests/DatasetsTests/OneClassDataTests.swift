import Recipes
import Testing

/// Where every example has the same label, or the same number for its target, there is nothing to learn.
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

    // MARK: Numbers

    private func array(_ values: [Float], width: Int = 1) throws -> (Recipe, DataFolder) {
        let folder = try DataFolder()
        let count = values.count / width
        try folder.add("i.npy", npy("<f4", [count, 1], littleEndian((0..<count).map { Float($0) })))
        try folder.add("t.npy", npy("<f4", [count, width], littleEndian(values)))
        return (
            recipe(.npy) {
                $0.train = FileSet(inputs: ["i.npy"], targets: ["t.npy"])
                $0.validation = .fraction(0)
            }, folder
        )
    }

    @Test func oneNumberForAllIsRefused() throws {
        for (value, word) in [(7, "the target 7:"), (-0.25, "the target -0.25:"), (0, "the target 0:")]
            as [(Float, String)]
        {
            let (recipe, folder) = try array([Float](repeating: value, count: 12))
            expectRefusal(recipe, folder, ["t.npy", "all 12", word, "nothing to learn"])
            #expect(try openData(recipe, folder).training.count == 12)
        }
        let (single, one) = try array([3])
        expectRefusal(single, one, ["t.npy", "the only training example", "the target 3:"])
        let (several, folder) = try array((0..<10).flatMap { _ in [1, 2] as [Float] }, width: 2)
        expectRefusal(several, folder, ["t.npy", "all 10", "the same 2 targets", "is 1:"])
        let (near, other) = try array([7, 7, 7, 7, 7.000001])
        #expect(!inspectData(near, other).findings.contains { $0.code == "D.few" })
    }

    /// What validates may be of one number by chance; what is learned from may not.
    @Test func oneNumberOfATableIsRefused() throws {
        let folder = try DataFolder()
        try folder.add("t.csv", text: "a,k\n" + (0..<30).map { "\($0),7.5\n" }.joined())
        try folder.add("v.csv", text: "a,k\n" + (0..<30).map { "\($0),\($0).5\n" }.joined())
        let named = csvRecipe { $0.data.target = "k" }
        expectRefusal(named, folder, ["t.csv", "'k'", "the target 7.5:"])
        var other = csvRecipe {
            $0.data.train = FileSet(inputs: ["v.csv"])
            $0.data.validation = .files(FileSet(inputs: ["t.csv"]))
        }
        #expect(!inspectData(other, folder).findings.contains { $0.severity == .error })
        other.data.train = FileSet(inputs: ["t.csv", "t.csv"])
        expectRefusal(other, folder, ["t.csv and others", "all 60", "the target 7.5:"])
    }

    @Test func oneNumberAmongOthersIsSaid() throws {
        let (two, folder) = try array((0..<10).flatMap { [Float($0), 5] }, width: 2)
        let found = inspectData(two, folder).findings
        #expect(found.map(\.severity) == [.warning] && found.first?.code == "D.few", "\(found)")
        #expect(found.first?.message.hasPrefix("t.npy: target 1 of 2 is 5 in every") == true, "\(found)")
        let (three, other) = try array((0..<10).flatMap { [Float($0), 5, 6] }, width: 3)
        let message = inspectData(three, other).findings.first?.message
        #expect(message?.contains("2 of 3 targets are the same") == true, "\(message ?? "")")
        #expect(message?.contains("target 1, which is 5") == true, "\(message ?? "")")
    }
}
