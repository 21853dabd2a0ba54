import Datasets
import Recipes
import Testing

@Suite struct NPYTests {
    private func recipe() -> Recipe {
        DatasetsTests.recipe(.npy) {
            $0.train = FileSet(inputs: ["i.npy"], targets: ["t.npy"])
            $0.normalize = .none
            $0.validation = .fraction(0)
        }
    }

    private func folder(_ inputs: [UInt8], _ targets: [UInt8] = npy("<i8", [2], littleEndian([0, 1] as [Int64])))
        throws -> DataFolder
    {
        let folder = try DataFolder()
        try folder.add("i.npy", inputs)
        try folder.add("t.npy", targets)
        return folder
    }

    @Test(arguments: [1, 2, 3] as [UInt8]) func singlesAreRead(_ version: UInt8) throws {
        let values: [Float] = [1, 2, 3, 4, 5, 6]
        let bytes = npy("<f4", [2, 3], littleEndian(values), version: version)
        let data = try openData(recipe(), folder(bytes))
        #expect(allInputs(data.training) == [[1, 2, 3], [4, 5, 6]])
        #expect(classes(data.training) == [0, 1])
    }

    @Test func doublesAndNumbersAsTargetsAreRead() throws {
        let folder = try folder(
            npy("<f8", [2, 1], littleEndian([0.25, -8])),
            npy("<f4", [2, 2], littleEndian([1, 2, 3, 4] as [Float])))
        let data = try openData(recipe(), folder)
        #expect(data.facts.target == .numbers(2))
        #expect(numbers(data.training) == [1, 2, 3, 4])
        #expect(allInputs(data.training) == [[0.25], [-8]])
        #expect(data.facts.targetMeans == [2, 3])
    }

    /// [N, 2, 2, 2]: channels first in the file, last in a batch; statistics by channel.
    @Test func channelsGoLast() throws {
        let bytes = npy("|u1", [2, 2, 2, 2], (0..<16).map { UInt8($0) })
        var recipe = recipe()
        let data = try openData(recipe, folder(bytes))
        #expect(data.facts.inputShape == [2, 2, 2])
        #expect(allInputs(data.training)[0] == [0, 4, 1, 5, 2, 6, 3, 7])
        recipe.data.normalize = .standard
        let normal = try openData(recipe, folder(bytes))
        #expect(abs(normal.facts.mean[0] - 5.5 / 255) < 1e-12)
        #expect(abs(normal.facts.mean[1] - 9.5 / 255) < 1e-12)
    }

    @Test func picklesAreRefused() throws {
        expectFault(recipe(), try folder(npy("|O", [2, 1], [0, 0])), "D.format", ["Python objects"])
    }

    @Test func fortranOrderAndBigEndianAreRefused() throws {
        let values = littleEndian([1, 2] as [Float])
        expectFault(recipe(), try folder(npy("<f4", [2, 1], values, fortran: true)), "D.format", ["Fortran"])
        expectFault(recipe(), try folder(npy(">f4", [2, 1], values)), "D.format", [">f4"])
    }

    @Test func sizesThatDisagreeAreAFault() throws {
        let values = littleEndian([1, 2] as [Float])
        expectFault(recipe(), try folder(npy("<f4", [3, 1], values)), "D.truncated", ["3x1"])
        expectFault(recipe(), try folder(npy("<f4", [2, 1], values + [0])), "D.size", ["disagree"])
        let most = Int.max / 2
        expectFault(recipe(), try folder(npy("<f4", [most, most], values)), "D.size", ["more than any file"])
    }

    @Test func aHeaderOfNonsenseIsAFault() throws {
        var bytes = npy("<f4", [2, 1], littleEndian([1, 2] as [Float]))
        bytes[10] = UInt8(ascii: "[")
        expectFault(recipe(), try folder(bytes), "D.format", ["header"])
    }

    @Test func infinityIsNamed() throws {
        let bytes = npy("<f4", [2, 1], littleEndian([1, .infinity] as [Float]))
        expectFault(recipe(), try folder(bytes), "D.nan", ["example 1", "inf"])
    }
}
