import Recipes
import Testing

@testable import Datasets

/// Training examples that somebody made (`data.made`): they join the training split, and nothing else changes.
@Suite struct MadeTests {
    /// Forty real 1x2 images of classes 0 to 3, and six made ones in two files whose pixels are all above 200.
    private func folder(
        inputs: [UInt8] = idx([4, 1, 2], (0..<8).map { 200 + $0 }), targets: [UInt8] = idx([4], [3, 2, 1, 0])
    ) throws -> DataFolder {
        let folder = try DataFolder()
        try folder.add("i", idx([40, 1, 2], (0..<80).map { UInt8($0) }))
        try folder.add("t", idx([40], (0..<40).map { UInt8($0 % 4) }))
        try folder.add("mi", inputs)
        try folder.add("mt", targets)
        try folder.add("ni", idx([2, 1, 2], [220, 221, 222, 223]))
        try folder.add("nt", idx([2], [0, 1]))
        return folder
    }

    private func made(_ change: (inout DataSource) -> Void = { _ in }) -> Recipe {
        recipe(.idx) {
            $0.train = FileSet(inputs: ["i"], targets: ["t"])
            $0.validation = .fraction(0.3)
            $0.made = FileSet(inputs: ["mi", "ni"], targets: ["mt", "nt"])
            change(&$0)
        }
    }

    /// With and without: the same real examples learn and validate, made to the same numbers, and the made ones lie behind.
    private func expectJoined(
        _ with: Dataset, _ without: Dataset, made: Int, at location: SourceLocation = #_sourceLocation
    ) {
        let real = without.training.count
        #expect(with.training.count == real + made, sourceLocation: location)
        #expect(with.learned.count == real + made, sourceLocation: location)
        #expect(with.facts.madeCount == made && with.facts.realCount == real, sourceLocation: location)
        #expect(without.facts.madeCount == nil, sourceLocation: location)
        func bits(_ subset: Subset, _ count: Int? = nil) -> [[UInt32]] {
            inputs(subset, (0..<UInt32(count ?? subset.count)).map { $0 }).map { $0.map(\.bitPattern) }
        }
        #expect(bits(with.training, real) == bits(without.training), sourceLocation: location)
        #expect(bits(with.validation) == bits(without.validation), sourceLocation: location)
        #expect(bits(with.test) == bits(without.test), sourceLocation: location)
        #expect(classes(with.validation) == classes(without.validation), sourceLocation: location)
        #expect(
            with.facts.mean == without.facts.mean && with.facts.deviation == without.facts.deviation,
            sourceLocation: location)
        #expect(with.facts.target == without.facts.target, sourceLocation: location)
        #expect(with.facts.columns == without.facts.columns, sourceLocation: location)
        for subset in [with.validation, with.test] {
            #expect((0..<subset.count).allSatisfy { !subset.isMade($0) }, sourceLocation: location)
        }
        #expect(
            (0..<with.training.count).map { with.training.isMade($0) }
                == (0..<real + made).map { $0 >= real }, sourceLocation: location)
        // Taken away again, nothing is left of them.
        let again = with.withoutMade
        #expect(again.facts == without.facts, sourceLocation: location)
        #expect(bits(again.training) == bits(without.training), sourceLocation: location)
        #expect(bits(again.learned) == bits(without.learned), sourceLocation: location)
        #expect(classes(again.training) == classes(without.training), sourceLocation: location)
    }

    @Test(arguments: [true, false]) func theyJoinTheTrainingSplitAlone(mapped: Bool) throws {
        let folder = try folder()
        func open(_ recipe: Recipe) throws -> Dataset {
            try withExtendedLifetime(folder) { try Dataset.open(recipe, files: mapped ? folder.stored : folder.files) }
        }
        let with = try open(made())
        let without = try open(made { $0.made = nil })
        expectJoined(with, without, made: 6)
        #expect(classes(with.training).suffix(6) == [3, 2, 1, 0, 0, 1])
        let mean = with.facts.mean[0]
        let values = allInputs(with.training).suffix(6).map { Double($0[0]) * with.facts.deviation[0] + mean }
        for (value, pixel) in zip(values, [200.0, 202, 204, 206, 220, 222]) { #expect(abs(255 * value - pixel) < 1e-3) }
        #expect(with.training.origin(of: with.training.count - 1)?.description == "ni row 1")
        #expect(with.training.place(of: with.training.count - 1) == "made row 5")
        #expect(with.training.place(of: 0) == without.training.place(of: 0))
        #expect(with.facts.classCounts.reduce(0, +) == with.training.count)
        // An epoch visits all of them.
        #expect(with.training.comesOnceAnEpoch && with.facts.examplesPerEpoch(of: made()) == with.training.count)
        // Other fractions, and no split at all.
        for fraction in [0, 0.1, 0.5] {
            expectJoined(
                try open(made { $0.validation = .fraction(fraction) }),
                try open(
                    made {
                        $0.validation = .fraction(fraction)
                        $0.made = nil
                    }), made: 6)
        }
    }

    /// One kind of file may lie mapped and the other not.
    @Test func compressedFilesGoBesideOthers() throws {
        let folder = try folder(inputs: gzip(idx([4, 1, 2], (0..<8).map { 200 + $0 })))
        let with = try withExtendedLifetime(folder) { try Dataset.open(made(), files: folder.stored) }
        let without = try withExtendedLifetime(folder) {
            try Dataset.open(made { $0.made = nil }, files: folder.stored)
        }
        expectJoined(with, without, made: 6)
    }

    @Test func classesThatAreLeftOutAreLeftOutOfBoth() throws {
        let with = try openData(made { $0.without = ["1"] }, folder())
        #expect(with.facts.madeCount == 4 && !classes(with.training).contains(1))
        #expect(classes(with.validation).contains(1))
    }

    @Test func numbersOfNPY() throws {
        let folder = try DataFolder()
        try folder.add("x.npy", npy("<f4", [30, 2], littleEndian((0..<60).map { Float($0) })))
        try folder.add("y.npy", npy("<f4", [30], littleEndian((0..<30).map { Float($0) / 4 })))
        try folder.add("mx.npy", npy("<f8", [3, 2], littleEndian([500.0, 501, 502, 503, 504, 505])))
        try folder.add("my.npy", npy("<f4", [3], littleEndian([Float(90), 91, 92])))
        try folder.add("b.npy", npy("|u1", [3, 2], [1, 2, 3, 4, 5, 6]))
        func numbered(_ change: (inout DataSource) -> Void = { _ in }) -> Recipe {
            recipe(.npy) {
                $0.train = FileSet(inputs: ["x.npy"], targets: ["y.npy"])
                $0.validation = .fraction(0.2)
                $0.made = FileSet(inputs: ["mx.npy"], targets: ["my.npy"])
                change(&$0)
            }
        }
        let with = try openData(numbered(), folder)
        let without = try openData(numbered { $0.made = nil }, folder)
        expectJoined(with, without, made: 3)
        #expect(
            numbers(with.training).suffix(3) == [90, 91, 92] && numbers(with.validation) == numbers(without.validation))
        #expect(with.facts.targetMeans[0] > without.facts.targetMeans[0] + 5)
        expectFault(
            numbered { $0.made = FileSet(inputs: ["b.npy"], targets: ["my.npy"]) }, folder, "D.format",
            ["b.npy", "bytes", "numbers of more than a byte"], key: "data.made.inputs.0")
    }

    @Test func columnsOfATable() throws {
        let folder = try DataFolder()
        let rows = (0..<20).map {
            "\($0 == 7 ? "" : "\($0)"),\($0 % 2 == 0 ? "red" : "blue"),\($0 % 2 == 0 ? "a" : "b")\n"
        }
        try folder.add("t.csv", text: "x,c,k\n" + rows.joined())
        try folder.add("m.csv", text: "x,c,k\n900,red,b\n,blue,a\n")
        try folder.add("word.csv", text: "x,c,k\n1,red,b\n2,green,a\n")
        try folder.add("class.csv", text: "x,c,k\n1,red,b\n2,blue,c\n")
        try folder.add("column.csv", text: "x,d,k\n1,red,b\n")
        func table(_ name: String? = "m.csv") -> Recipe {
            recipe(.csv) {
                $0.train = FileSet(inputs: ["t.csv"])
                $0.validation = .fraction(0.25)
                $0.target = "k"
                $0.missing = .mean
                $0.made = name.map { FileSet(inputs: [$0]) }
            }
        }
        let with = try openData(table(), folder)
        expectJoined(with, try openData(table(nil), folder), made: 2)
        // What is missing has the mean of the real rows.
        let last = with.training.count - 1
        #expect(with.training.missing(of: last) == [0] && with.training.missing(of: last - 1).isEmpty)
        #expect(abs(inputs(with.training, [UInt32(last)])[0][0]) < 1e-6)
        #expect(with.training.origin(of: last)?.description == "m.csv line 3")
        expectFault(
            table("word.csv"), folder, "D.label", ["word.csv:3", "column 'c'", "green"], key: "data.made.inputs.0")
        expectFault(table("class.csv"), folder, "D.label", ["class.csv:3", "'c'", "a, b"], key: "data.made.inputs.0")
        expectFault(table("column.csv"), folder, "D.shape", ["column.csv", "'d'"], key: "data.made.inputs.0")
    }

    @Test func imagesInFolders() throws {
        func image(_ first: UInt8, height: Int = 2) -> [UInt8] {
            png(height: height, width: 2, [first] + [UInt8](repeating: 9, count: 2 * height - 1))
        }
        let folder = try DataFolder()
        try folder.add(
            "t.tar",
            tar((0..<12).map { TarEntry("\($0 % 2 == 0 ? "cat" : "dog")/\(10 + $0).png", image(UInt8($0))) }))
        try folder.add("m.tar", tar([TarEntry("cat/1.png", image(200)), TarEntry("dog/1.png", image(201))]))
        try folder.add("cow.tar", tar([TarEntry("cow/1.png", image(200))]))
        try folder.add("tall.tar", tar([TarEntry("cat/1.png", image(200, height: 4))]))
        func images(_ name: String?, size: [Int]? = nil) -> Recipe {
            recipe(.images) {
                $0.train = FileSet(inputs: ["t.tar"])
                $0.validation = .fraction(0.25)
                $0.made = name.map { FileSet(inputs: [$0]) }
                $0.size = size
            }
        }
        let with = try openData(images("m.tar"), folder)
        expectJoined(with, try openData(images(nil), folder), made: 2)
        #expect(with.training.origin(of: with.training.count - 1)?.description == "m.tar dog/1.png")
        expectFault(images("cow.tar"), folder, "D.label", ["cow.tar", "cow", "cat, dog"], key: "data.made.inputs.0")
        expectFault(images("tall.tar"), folder, "D.shape", ["tall.tar", "4 × 2"], key: "data.made.inputs.0")
        // Of another size where all are brought to one.
        let sized = try openData(images("tall.tar", size: [2, 2]), folder)
        #expect(sized.training.fileSize(of: 0) == ImageSize(height: 2, width: 2))
        #expect(sized.training.fileSize(of: sized.training.count - 1) == ImageSize(height: 4, width: 2))
    }

    @Test func whatDoesNotGoWithTheRealOnesIsNamed() throws {
        func expectRefused(
            _ folder: DataFolder, _ code: String, _ words: [String], key: String,
            at location: SourceLocation = #_sourceLocation
        ) {
            expectFault(
                made { $0.made = FileSet(inputs: ["mi"], targets: ["mt"]) }, folder, code, words, key: key, at: location
            )
        }
        expectRefused(
            try folder(targets: idx([4], [3, 2, 4, 0])), "D.label", ["mt", "example 2", "label 4", "0 to 3"],
            key: "data.made.targets.0")
        expectRefused(
            try folder(inputs: idx([4, 2, 2], [UInt8](repeating: 1, count: 16))), "D.shape",
            ["mi", "[1, 2, 2]", "[1, 1, 2]"], key: "data.made.inputs.0")
        expectRefused(
            try folder(targets: idx([3], [0, 1, 2])), "D.count", ["mt", "3 targets", "4 inputs"],
            key: "data.made.targets.0")
        expectFault(
            made { $0.made = FileSet(inputs: ["gone"], targets: ["mt"]) }, try folder(), "D.missing", ["gone"],
            key: "data.made.inputs.0")
    }

    /// A probability outside of 0 to 1 is named by its own file's row.
    @Test func probabilitiesOfMadeExamples() throws {
        let folder = try DataFolder()
        try folder.add("x.npy", npy("<f4", [8, 1], littleEndian((0..<8).map { Float($0) })))
        try folder.add("y.npy", npy("<f4", [8], littleEndian((0..<8).map { Float($0) / 8 })))
        try folder.add("my.npy", npy("<f4", [8], littleEndian([0.5, 0.5, 2, 0, 0, 0, 0, 0] as [Float])))
        var recipe = recipe(.npy) {
            $0.train = FileSet(inputs: ["x.npy"], targets: ["y.npy"])
            $0.validation = .fraction(0.25)
            $0.made = FileSet(inputs: ["x.npy"], targets: ["my.npy"])
        }
        recipe.loss = Loss(kind: .binaryCrossEntropy)
        let (_, findings) = inspectData(recipe, folder)
        let finding = try #require(findings.first { $0.severity == .error })
        #expect(
            finding.message.hasPrefix("Example 2 of `data.made` has the target 2.0") && finding.path == "/data/made")
    }
}
