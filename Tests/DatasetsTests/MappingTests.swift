import Datasets
import Foundation
import Recipes
import Testing

/// Bytes that stay where they lie in a stored file are what reading them gives.
@Suite struct MappingTests {
    private static let pixels = (0..<12 * 7 * 5).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 9) }
    private static let labels: [UInt8] = (0..<12).map { UInt8($0 % 3) }

    private func recipe(_ format: DataSource.Format = .idx, inputs: [String] = ["i"]) -> Recipe {
        DatasetsTests.recipe(format) {
            $0.train = FileSet(inputs: inputs, targets: ["t"])
            $0.normalize = .standard
            $0.validation = .fraction(0.25)
        }
    }

    private func folder(_ inputs: [(String, [UInt8])], _ format: DataSource.Format = .idx) throws -> DataFolder {
        let folder = try DataFolder()
        for (name, bytes) in inputs { try folder.add(name, bytes) }
        try folder.add("t", format == .idx ? idx([12], Self.labels) : npy("|u1", [12], Self.labels))
        return folder
    }

    private func open(_ recipe: Recipe, _ folder: DataFolder, isStored: Bool = true) throws -> Dataset {
        try withExtendedLifetime(folder) {
            try Dataset.open(recipe, files: isStored ? folder.stored : folder.files)
        }
    }

    private func expectSame(
        _ one: Dataset, _ other: Dataset, at location: SourceLocation = #_sourceLocation
    ) {
        #expect(one.facts == other.facts, sourceLocation: location)
        #expect(one.facts.mean.map(\.bitPattern) == other.facts.mean.map(\.bitPattern), sourceLocation: location)
        for (first, second) in [(one.training, other.training), (one.validation, other.validation)] {
            #expect(allInputs(first) == allInputs(second), sourceLocation: location)
            #expect(classes(first) == classes(second), sourceLocation: location)
        }
    }

    /// Labels take 4 bytes each in memory, mapped pixels nothing.
    @Test func aMappedFileIsAReadAndAPackedOne() throws {
        let bytes = idx([12, 7, 5], Self.pixels)
        let mapped = try open(recipe(), folder([("i", bytes)]))
        #expect(mapped.byteCount == 4 * 12)
        let read = try open(recipe(), folder([("i", bytes)]), isStored: false)
        #expect(read.byteCount == 12 * 35 + 4 * 12)
        let packed = try open(recipe(), folder([("i", gzip(bytes))]))
        #expect(packed.byteCount == read.byteCount)
        expectSame(mapped, read)
        expectSame(mapped, packed)
    }

    @Test func shardsAreMappedEachForItself() throws {
        let sizes = [1, 4, 2, 5]
        var rows = Self.pixels[...]
        var files: [(String, [UInt8])] = []
        for (index, size) in sizes.enumerated() {
            files.append(("\(index)", idx([size, 7, 5], Array(rows.prefix(size * 35)))))
            rows = rows.dropFirst(size * 35)
        }
        let whole = try open(recipe(), folder([("i", idx([12, 7, 5], Self.pixels))]), isStored: false)
        let sharded = try open(recipe(inputs: files.map(\.0)), folder(files))
        #expect(sharded.byteCount == 4 * 12)
        expectSame(sharded, whole)
        // One that is packed has to be unpacked, and the others then lie beside it.
        files[2].1 = gzip(files[2].1)
        let mixed = try open(recipe(inputs: files.map(\.0)), folder(files))
        #expect(mixed.byteCount == whole.byteCount)
        expectSame(mixed, whole)
    }

    @Test(arguments: [[12, 7, 5], [12, 5, 7, 1], [12, 1, 5, 7], [12, 35], [12]]) func npyIsMapped(_ shape: [Int]) throws
    {
        let bytes = npy("|u1", shape, Array(Self.pixels[..<shape.reduce(1, *)]))
        let mapped = try open(recipe(.npy), folder([("i", bytes)], .npy))
        let read = try open(recipe(.npy), folder([("i", bytes)], .npy), isStored: false)
        #expect(mapped.byteCount == 4 * 12)
        expectSame(mapped, read)
    }

    /// Channels that are last in the file are as a batch wants them; planes are put together in memory.
    @Test func coloursAreMappedWhereTheyAreLast() throws {
        let colours = [UInt8](Self.pixels[..<(12 * 5 * 2 * 3)])
        for (shape, isMapped) in [([12, 5, 2, 3], true), ([12, 3, 5, 2], false)] {
            let bytes = npy("|u1", shape, colours)
            let mapped = try open(recipe(.npy), folder([("i", bytes)], .npy))
            let read = try open(recipe(.npy), folder([("i", bytes)], .npy), isStored: false)
            #expect(mapped.facts.inputShape == [3, 5, 2] && mapped.facts.mean.count == 3)
            #expect(mapped.byteCount == 4 * 12 + (isMapped ? 0 : colours.count))
            expectSame(mapped, read)
        }
    }

    @Test func otherNumbersAreRead() throws {
        let bytes = npy("<f4", [12, 2], littleEndian((0..<24).map { Float($0) }))
        let data = try open(recipe(.npy), folder([("i", bytes)], .npy))
        #expect(data.byteCount == 4 * 24 + 4 * 12)
        // Bytes beside numbers become numbers.
        let files = [
            ("a", npy("|u1", [6, 2], Array(0..<12))),
            ("b", npy("<f4", [6, 2], littleEndian((12..<24).map { Float($0) }))),
        ]
        expectSame(try open(recipe(.npy, inputs: ["a", "b"]), folder(files, .npy)), data)
    }

    @Test func aShortenedOrLongerFileIsAFault() throws {
        let bytes = idx([12, 7, 5], Self.pixels)
        for (bytes, code, words) in [
            (Array(bytes.dropLast(5)), "D.truncated", ["i: ", "12x7x5", "420 bytes"]),
            (Array(bytes[..<16]), "D.truncated", ["i: ", "12x7x5"]),
            (bytes + [1], "D.size", ["i: ", "header and size disagree"]),
        ] {
            let folder = try folder([("i", bytes)])
            #expect {
                try open(recipe(), folder)
            } throws: { error in
                guard let finding = (error as? DatasetError)?.findings.first else { return false }
                return finding.code == code && words.allSatisfy { finding.message.contains($0) }
            }
        }
    }

    /// 64 GiB are promised.
    @Test func aHeaderThatLiesMapsNothing() throws {
        let folder = try folder([("i", idx([1 << 20, 1 << 8, 1 << 8], [1, 2]))])
        #expect(throws: DatasetError.self) { try open(recipe(), folder) }
    }

    /// A file in the store may be removed while a job runs on it; its bytes stay.
    @Test func aRemovedFileStaysMapped() throws {
        let folder = try folder([("i", idx([12, 7, 5], Self.pixels))])
        let data = try open(recipe(), folder)
        let before = allInputs(data.training)
        try FileManager.default.removeItem(at: folder.url.appendingPathComponent("i"))
        #expect(allInputs(data.training) == before)
    }
}
