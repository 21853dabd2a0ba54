import Datasets
import Recipes
import Testing

@Suite struct CSVTests {
    private func recipe(_ change: (inout DataSource) -> Void = { _ in }) -> Recipe {
        DatasetsTests.recipe(.csv) {
            $0.train = FileSet(inputs: ["t.csv"])
            $0.normalize = .none
            $0.validation = .fraction(0)
            change(&$0)
        }
    }

    private func folder(_ text: String) throws -> DataFolder {
        let folder = try DataFolder()
        try folder.add("t.csv", text: text)
        return folder
    }

    @Test func columnsAndClassesAreRead() throws {
        let data = try openData(
            recipe { $0.target = "kind" }, folder("a,kind,b\r\n1,\"dog, big\",2\r\n\r\n-3e2,cat, .5 \r\n"))
        #expect(data.facts.inputShape == [2])
        #expect(data.facts.target == .classes(["cat", "dog, big"]))
        #expect(allInputs(data.training) == [[1, 2], [-300, 0.5]])
        #expect(classes(data.training) == [1, 0])
    }

    @Test func semicolonsAndAByteOrderMarkAreFine() throws {
        let data = try openData(recipe(), folder("\u{feff}a;b;k\n1;2;x\n3;4;y\n"))
        #expect(allInputs(data.training) == [[1, 2], [3, 4]])
    }

    @Test func numbersWithoutGapFromZeroAreClasses() throws {
        let data = try openData(recipe(), folder("a,k\n1,0\n2,1\n3,2\n4,3\n"))
        #expect(data.facts.target == .classes(["0", "1", "2", "3"]))
    }

    @Test func otherNumbersAreNumbersAndTheLossDecides() throws {
        let text = "a,k\n1,0.5\n2,1\n3,2.5\n"
        let data = try openData(recipe(), folder(text))
        #expect(data.facts.target == .numbers(1))
        #expect(numbers(data.training) == [0.5, 1, 2.5])
        #expect(abs(data.facts.targetMeans[0] - 4 / 3.0) < 1e-7)
        var regression = recipe()
        regression.loss = Loss(kind: .mse)
        let whole = try openData(regression, folder("a,k\n1,0\n2,1\n"))
        #expect(whole.facts.target == .numbers(1))
    }

    @Test func aMissingValueIsNamedByLineAndColumn() throws {
        expectFault(recipe(), try folder("a,b,k\n1,2,x\n3,,y\n"), "D.nan", ["t.csv:3", "'b'", "missing"])
        expectFault(recipe(), try folder("a,b,k\n1,nan,x\n"), "D.nan", ["t.csv:2", "'b'"])
    }

    @Test func textAmongNumbersIsNamedByLineAndColumn() throws {
        expectFault(recipe(), try folder("a,b,k\n1,2,x\n3,4 m,y\n"), "D.number", ["t.csv:3", "'b'", "4 m"])
    }

    /// A column without any number is one of words, each an input of its own.
    @Test func wordsBecomeInputs() throws {
        let folder = try folder(
            "colour,n,size,k\nred,1,small,x\nblue,2,large,y\nred,3,large,x\n\"green, dark\",4,small,y\n")
        try folder.add("v.csv", text: "colour,n,size,k\nblue,5,small,x\n")
        let data = try openData(recipe { $0.validation = .files(FileSet(inputs: ["v.csv"])) }, folder)
        #expect(data.facts.inputShape == [6])
        #expect(
            data.facts.columns == [
                InputColumn(name: "colour", words: ["blue", "green, dark", "red"]), InputColumn(name: "n"),
                InputColumn(name: "size", words: ["large", "small"]),
            ])
        #expect(
            allInputs(data.training) == [
                [0, 0, 1, 1, 0, 1], [1, 0, 0, 2, 1, 0], [0, 0, 1, 3, 1, 0], [0, 1, 0, 4, 0, 1],
            ])
        #expect(allInputs(data.validation) == [[1, 0, 0, 5, 0, 1]])
        try folder.add("p.csv", text: "colour,n,size\ngreen,6,small\nblue,7,8\n")
        try folder.add("q.csv", text: "colour,n,size\n\"green, dark\",6,small\nblue,7,large\n")
        try folder.add("r.csv", text: "n,colour,size\n1,red,small\n")
        func predict(_ place: Int) throws -> Subset {
            try Subset.predictionInputs(folder.files[place], recipe: recipe(), facts: data.facts)
        }
        #expect(allInputs(try predict(3)) == [[0, 1, 0, 6, 0, 1], [1, 0, 0, 7, 1, 0]])
        let error = try #require(throws: DatasetError.self) { try predict(2) }
        #expect(error.findings.map(\.code) == ["D.label", "D.label"])
        #expect(error.findings[0].message.contains("p.csv:2: column 'colour': 'green' is not one of"))
        #expect(error.findings[1].message.contains("p.csv:3: column 'size': 8.0 is not one of"))
        #expect(throws: DatasetError.self) { try predict(4) }
        let foreign = recipe { $0.test = FileSet(inputs: ["p.csv"]) }
        #expect(throws: DatasetError.self) { try openData(foreign, folder) }
        // Numbers alone need no columns: the facts of older jobs stay equal.
        #expect(try openData(recipe(), self.folder("a,k\n1,x\n2,y\n")).facts.columns == [])
    }

    @Test func aColumnOfNamesIsNoColumnOfWords() throws {
        let text = "name,k\n" + (0...1000).map { "n\($0),\($0 % 2)\n" }.joined()
        expectFault(recipe(), try folder(text), "D.size", ["'name'", "1001 different words"])
    }

    /// Means of the training rows: 1, 2 and 6 of n; of three colours two are red.
    @Test func missingValuesBecomeMeansOfTraining() throws {
        let folder = try folder("colour,n,k\nred,1,x\nblue,2,y\n,6,x\nred,?,y\n")
        try folder.add("v.csv", text: "colour,n,k\nNA,,x\n")
        let mean = recipe {
            $0.validation = .files(FileSet(inputs: ["v.csv"]))
            $0.missing = .mean
        }
        let data = try openData(mean, folder)
        let third = 1.0 / 3
        #expect(
            data.facts.columns == [
                InputColumn(name: "colour", words: ["blue", "red"], fill: [third, 2 * third]),
                InputColumn(name: "n", fill: [3]),
            ])
        let part = [Float(third), Float(2 * third)]
        #expect(allInputs(data.training) == [[0, 1, 1], [1, 0, 2], part + [6], [0, 1, 3]])
        #expect(allInputs(data.validation) == [part + [3]])
        try folder.add("p.csv", text: "colour,n\n,none\n")
        let asked = try Subset.predictionInputs(folder.files[2], recipe: mean, facts: data.facts)
        #expect(allInputs(asked) == [part + [3]])
        // Of a part that is split off, nothing enters the means.
        let half = try openData(
            recipe {
                $0.missing = .mean
                $0.validation = .fraction(0.5)
            }, self.folder("n,k\n" + (0..<20).map { "\($0),\($0 % 2)\n" }.joined()))
        let present = allInputs(half.training).map { Double($0[0]) }
        #expect(half.facts.columns == [InputColumn(name: "n", fill: [present.reduce(0, +) / 10])])
        expectFault(
            recipe { $0.missing = .mean }, try self.folder("a,b,k\n1,,x\n2,,y\n"), "D.few", ["'b'", "no value"],
            key: "data.missing")
    }

    @Test func aShortRowIsNamed() throws {
        expectFault(recipe(), try folder("a,b,k\n1,2,x\n3,y\n"), "D.shape", ["t.csv:3", "2 fields", "3"])
    }

    @Test func aMissingTargetIsNamed() throws {
        expectFault(recipe(), try folder("a,k\n1,\n"), "D.number", ["t.csv:2", "target is missing"])
    }

    @Test func aColumnThatIsNotThereIsNamedAndOthersAreShown() throws {
        let (_, findings) = inspectData(recipe { $0.target = "species" }, try folder("a,k\n1,x\n"))
        #expect(findings.first?.message.contains("'species'") == true)
        #expect(findings.first?.path == "/data/target")
        #expect(findings.first?.hint?.contains("a, k") == true)
    }

    @Test func aFileWithoutHeaderIsNamed() throws {
        expectFault(recipe(), try folder("1,2,3\n4,5,6\n"), "D.format", ["t.csv:1", "names of columns"])
    }

    @Test func anImageIsNoTable() throws {
        let folder = try DataFolder()
        try folder.add("t.csv", [0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13])
        expectFault(recipe(), folder, "D.format", ["PNG"])
    }

    @Test func manyFaultsAreCountedNotListed() throws {
        let text = "a,k\n1,x\n" + (0..<200).map { _ in "oops,x\n" }.joined()
        let (facts, findings) = inspectData(recipe(), try folder(text))
        #expect(facts == nil)
        #expect(findings.count == 11)
        #expect(findings.last?.message.contains("190 more") == true)
    }

    @Test func aClassThatTrainingDoesNotHaveIsNamedByLine() throws {
        let folder = try folder("a,k\n1,x\n2,y\n")
        try folder.add("v.csv", text: "a,k\n1,x\n5,z\n")
        let split = recipe { $0.validation = .files(FileSet(inputs: ["v.csv"])) }
        expectFault(split, folder, "D.label", ["v.csv:3", "'z'"], key: "data.validation.inputs.0")
    }

    @Test func otherColumnsInTheTestAreAFault() throws {
        let folder = try folder("a,k\n1,x\n2,y\n")
        try folder.add("v.csv", text: "b,k\n1,x\n")
        let split = recipe { $0.test = FileSet(inputs: ["v.csv"]) }
        expectFault(split, folder, "D.shape", ["v.csv:1", "'b'"])
    }

    @Test func aFractionThatLeavesNothingIsAFault() throws {
        let tiny = recipe { $0.validation = .fraction(0.1) }
        expectFault(tiny, try folder("a,k\n1,x\n2,y\n"), "D.few", ["2 examples"])
    }

    @Test func predictionsTakeTheTableWithAndWithoutTarget() throws {
        let folder = try folder("a,b,k\n1,2,x\n3,4,y\n")
        try folder.add("p.csv", text: "a,b\n5,6\n")
        try folder.add("q.csv", text: "a,b,k\n7,8,x\n")
        let data = try openData(recipe(), folder)
        for (name, expected) in [("p.csv", [5, 6]), ("q.csv", [7, 8])] as [(String, [Float])] {
            let file = try #require(folder.files.first { $0.path == name })
            let subset = try Subset.predictionInputs(file, recipe: recipe(), facts: data.facts)
            #expect(allInputs(subset) == [expected])
        }
    }
}
