import Datasets
import Recipes
import Testing

@Suite struct IDXTests {
    /// Twelve 2x3 images whose pixels count up, of classes 0 to 2.
    private static let pixels = (0..<72).map { UInt8($0) }
    private static let labels: [UInt8] = (0..<12).map { UInt8($0 % 3) }

    private func recipe(inputs: [String] = ["i"], targets: [String] = ["t"]) -> Recipe {
        DatasetsTests.recipe(.idx) {
            $0.train = FileSet(inputs: inputs, targets: targets)
            $0.normalize = .none
            $0.validation = .fraction(0.25)
        }
    }

    private func folder(images: [UInt8]? = nil, labels: [UInt8]? = nil) throws -> DataFolder {
        let folder = try DataFolder()
        try folder.add("i", images ?? idx([12, 2, 3], Self.pixels))
        try folder.add("t", labels ?? idx([12], Self.labels))
        return folder
    }

    @Test func imagesAndLabelsAreRead() throws {
        let data = try openData(recipe(), folder())
        #expect(data.facts.inputShape == [1, 2, 3])
        #expect(data.facts.target == .classes(["0", "1", "2"]))
        #expect(data.facts.trainingCount == 9)
        for (image, label) in zip(allInputs(data.training), classes(data.training)) {
            let row = Int(image[0]) / 6
            #expect(image == (0..<6).map { Float(row * 6 + $0) })
            #expect(Int(label) == row % 3)
        }
    }

    /// The warnings that name a label which is far above the others.
    private func oddLabels(_ labels: [UInt8], _ change: (inout Recipe) -> Void = { _ in }) throws -> [Finding] {
        let folder = try DataFolder()
        let count = labels.count
        try folder.add("i", idx([count, 1], (0..<count).map { UInt8($0 % 250) }))
        try folder.add("a", idx([10], Array(labels[..<10])))
        try folder.add("b", idx([count - 10], Array(labels[10...])))
        var recipe = recipe(targets: ["a", "b"])
        change(&recipe)
        return inspectData(recipe, folder).findings.filter { $0.code == "D.label" }
    }

    @Test func aLabelFarAboveTheOthersIsNamed() throws {
        var labels = (0..<120).map { UInt8($0 % 10) }
        #expect(try oddLabels(labels) == [])
        labels[27] = 200
        let one = try oddLabels(labels)
        #expect(one.map(\.severity) == [.warning] && one.first?.path == "/data/train/targets", "\(one)")
        #expect(one.first?.message.hasPrefix("b row 17: 200: far above all other labels, which end at 9.") == true)
        #expect(one.first?.message.contains("201 classes, 190 of them without an example") == true, "\(one)")
        labels[3] = 150
        #expect(try oddLabels(labels).first?.message.hasPrefix("a row 3: 150, b row 17: 200: ") == true)
        // What was meant: more classes than there are examples of, and classes that are often there.
        #expect(try oddLabels(labels) { $0.data.classes = 201 } == [])
        for index in 40..<60 { labels[index] = 200 }
        #expect(try oddLabels(labels) == [])
    }

    /// Labels with gaps, few examples, and rare classes behind frequent ones are as they are.
    @Test func scatteredLabelsAreQuiet() throws {
        #expect(try oddLabels((0..<120).map { UInt8($0 % 12) * 20 }) == [])
        #expect(try oddLabels((0..<119).map { UInt8($0 % 7) * 20 } + [140]) == [])
        #expect(try oddLabels((0..<12).map { UInt8($0 * $0) }) == [])
        #expect(try oddLabels((0..<110).map { UInt8($0 % 10) } + (10..<20).map { UInt8($0) }) == [])
    }

    @Test func gzipShardsAndPlainFilesGiveTheSame() throws {
        let folder = try DataFolder()
        try folder.add("a.gz", gzip(idx([5, 2, 3], Array(Self.pixels[..<30]))))
        // Two members in a row are one file to gzip.
        let rest = idx([7, 2, 3], Array(Self.pixels[30...]))
        try folder.add("b.gz", gzip(Array(rest[..<20])) + gzip(Array(rest[20...])))
        try folder.add("t", gzip(idx([12], Self.labels)))
        let sharded = try openData(recipe(inputs: ["a.gz", "b.gz"]), folder)
        let whole = try openData(recipe(), self.folder())
        #expect(sharded.facts == whole.facts)
        #expect(allInputs(sharded.training) == allInputs(whole.training))
    }

    @Test func aMissingFileIsNamed() throws {
        let folder = try DataFolder()
        try folder.add("i", idx([12, 2, 3], Self.pixels))
        expectFault(recipe(), folder, "D.missing", ["t: "], key: "data.train.targets.0")
    }

    @Test func aTruncatedFileIsNamed() throws {
        let folder = try folder(images: Array(idx([12, 2, 3], Self.pixels).dropLast(5)))
        expectFault(recipe(), folder, "D.truncated", ["i: ", "12x2x3", "72 bytes"], key: "data.train.inputs.0")
    }

    @Test func aTruncatedGzipIsNamed() throws {
        let folder = try folder(images: Array(gzip(idx([12, 2, 3], Self.pixels)).dropLast(30)))
        expectFault(recipe(), folder, "D.truncated", ["i: ", "gzip"])
    }

    @Test func aDamagedGzipIsNamed() throws {
        var bytes = gzip(idx([12, 2, 3], Self.pixels))
        bytes[40] ^= 1
        expectFault(recipe(), try folder(images: bytes), "D.damaged", ["i: ", "check"])
    }

    @Test func bytesAfterTheLastExampleAreAFault() throws {
        let folder = try folder(images: idx([12, 2, 3], Self.pixels + [9]))
        expectFault(recipe(), folder, "D.size", ["i: ", "header and size disagree"])
    }

    /// Nothing of the promised size may be allocated: 2^93 elements, then 64 GiB, plain and packed.
    @Test func aHeaderThatLiesAllocatesNothing() throws {
        let most = 0x7fff_ffff
        expectFault(recipe(), try folder(images: idx([most, most, most], [1, 2])), "D.size", ["more than any file"])
        expectFault(recipe(), try folder(images: idx([1 << 20, 1 << 8, 1 << 8], [1, 2])), "D.truncated", ["1048576x"])
        let packed = gzip(idx([1 << 20, 1 << 8, 1 << 8], [1, 2]))
        expectFault(recipe(), try folder(images: packed), "D.truncated", ["1048576x"])
    }

    @Test(
        arguments: [
            ([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], "PNG"), ([0xff, 0xd8, 0xff, 0xe0], "JPEG"),
            (Array("a,b,c\n1,2,3\n".utf8), "csv"), ([0x50, 0x4b, 3, 4], "zip"), ([], "empty"),
        ] as [([UInt8], String)])
    func aForeignFormatIsRecognised(_ bytes: [UInt8], _ word: String) throws {
        expectFault(recipe(), try folder(images: bytes), "D.format", ["i: ", word])
    }

    @Test func aLabelOutsideTheClassesIsNamedByRow() throws {
        var labels = Self.labels
        labels[7] = 9
        var strict = recipe()
        strict.data.classes = 3
        let folder = try folder(labels: idx([12], labels))
        expectFault(strict, folder, "D.label", ["t: ", "example 7", "label 9", "0 to 2"], key: "data.train.targets.0")
    }

    @Test func aLabelThatTrainingDoesNotHaveIsAFaultInTheTest() throws {
        let folder = try folder()
        try folder.add("ti", idx([1, 2, 3], [1, 2, 3, 4, 5, 6]))
        try folder.add("tt", idx([1], [3]))
        var recipe = recipe()
        recipe.data.test = FileSet(inputs: ["ti"], targets: ["tt"])
        expectFault(recipe, folder, "D.label", ["tt: ", "label 3"], key: "data.test.targets.0")
    }

    @Test func countsThatDifferAreAFault() throws {
        let folder = try folder(labels: idx([11], Array(Self.labels.dropLast())))
        expectFault(recipe(), folder, "D.count", ["11 targets", "12 inputs"])
    }

    @Test func imagesOfAnotherSizeInTheTestAreAFault() throws {
        let folder = try folder()
        try folder.add("ti", idx([1, 3, 2], [1, 2, 3, 4, 5, 6]))
        try folder.add("tt", idx([1], [0]))
        var recipe = recipe()
        recipe.data.test = FileSet(inputs: ["ti"], targets: ["tt"])
        expectFault(recipe, folder, "D.shape", ["[1, 3, 2]", "[1, 2, 3]"])
    }

    @Test func aFloatImageWithNaNIsNamedByExample() throws {
        var values = (0..<72).map { Float($0) }
        values[44] = .nan
        let bytes = values.flatMap { value in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value.bitPattern >> $0) } }
        let folder = try folder(images: idx([12, 2, 3], bytes, type: 0x0d))
        expectFault(recipe(), folder, "D.nan", ["i: ", "example 7", "element 2"])
    }
}
