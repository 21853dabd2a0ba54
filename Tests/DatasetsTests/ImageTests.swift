import Datasets
import Foundation
import Recipes
import Testing

@Suite struct ImageTests {
    private func recipe(_ change: (inout DataSource) -> Void = { _ in }) -> Recipe {
        DatasetsTests.recipe(.images) {
            $0.train = FileSet(inputs: ["t.tar"])
            $0.validation = .fraction(0)
            $0.normalize = .none
            change(&$0)
        }
    }

    private func folder(_ entries: [TarEntry]) throws -> DataFolder {
        let folder = try DataFolder()
        try folder.add("t.tar", tar(entries))
        return folder
    }

    /// A grey image of 2 × 3 pixels.
    private func small(_ first: UInt8) -> [UInt8] { png(height: 2, width: 3, [first, 1, 2, 3, 4, 255]) }

    private var pair: [TarEntry] { [TarEntry("cat/1.png", small(10)), TarEntry("dog/1.png", small(20))] }

    /// Two images of 1.2 GB do not fit into 2 GiB, which the machine has; nothing of that size is taken first.
    @Test func aWorkersMemoryLimitIsNamed() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit(rlim_cur: 2 << 30, rlim_max: 2 << 30)
            try #require(setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit) == 0)
            let folder = try DataFolder()
            let image = png(height: 2, width: 3, [1, 1, 2, 3, 4, 255])
            try folder.add("t.tar", tar([TarEntry("cat/1.png", image), TarEntry("dog/1.png", image)]))
            let recipe = DatasetsTests.recipe(.images) {
                $0.train = FileSet(inputs: ["t.tar"])
                $0.validation = .fraction(0)
                $0.size = [20_000, 20_000]
                $0.channels = 3
            }
            let error = #expect(throws: DatasetError.self) { try openData(recipe, folder) }
            let finding = try #require(error?.findings.first)
            #expect(finding.code == "D.size" && finding.path == "/data/size")
            #expect(finding.message.contains("this worker's 2048 MiB"))
            #expect(finding.hint?.contains("`limits.worker_memory`") == true)
        }
    }

    @Test func aClassIsAFolderAndTheOrderOfTheArchiveDoesNotMatter() throws {
        let entries = [
            TarEntry("./", [], kind: "5"), TarEntry("./dog/", [], kind: "5"), TarEntry("./dog/b.png", small(1)),
            TarEntry("./.DS_Store", [1]), TarEntry("./dog/._b.png", [2]), TarEntry("./a/bird/c.png", small(2)),
            TarEntry("./cat/a.png", small(3)), TarEntry("./dog/a.png", small(4)),
        ]
        let data = try openData(recipe(), folder(entries))
        #expect(data.facts.target == .classes(["bird", "cat", "dog"]))
        #expect(data.facts.inputShape == [1, 2, 3])
        #expect(allInputs(data.training) == [2, 3, 4, 1].map { [$0, 1, 2, 3, 4, 255] })
        #expect(classes(data.training) == [0, 1, 2, 2])
        let other = try openData(recipe(), folder(entries.reversed()))
        #expect(
            allInputs(other.training) == allInputs(data.training) && classes(other.training) == classes(data.training))
        #expect(data.byteCount == 4 * (6 + 4))
    }

    /// Pillow's pixels, in every variant and in other sizes.
    @Test(arguments: ImageReference.load().cases) func pixelsAreThoseOfPillow(_ image: ImageReference.Case) throws {
        let folder = try folder([TarEntry("x/\(image.name)", image.file), TarEntry("y/\(image.name)", image.file)])
        let auto = try openData(recipe(), folder)
        #expect(auto.facts.inputShape == [image.isGrey ? 1 : 3, image.height, image.width])
        #expect(bytes(auto.training) == [UInt8](image.isGrey ? image.grey : image.colours))
        for (channels, expected) in [(1, image.grey), (3, image.colours)] {
            #expect(bytes(try openData(recipe { $0.channels = channels }, folder).training) == expected)
        }
        for resized in image.resized {
            let data = try openData(
                recipe {
                    $0.channels = 3
                    $0.size = [resized.height, resized.width]
                }, folder)
            #expect(data.facts.inputShape == [3, resized.height, resized.width])
            #expect(bytes(data.training) == resized.colours, "\(resized.height) x \(resized.width)")
        }
    }

    /// Of the first example.
    private func bytes(_ subset: Subset) -> [UInt8] { inputs(subset, [0])[0].map { UInt8($0) } }

    /// Archives as tar(1) writes them, with names that need each format's way of being long.
    @Test(arguments: ["v7", "oldgnu", "gnu", "ustar", "posix"]) func everyFormatOfTarIsRead(_ format: String) throws {
        let folder = try DataFolder()
        let deep = String(repeating: "deep/", count: format == "v7" ? 2 : 25)
        let long = deep + "kätzchen/" + String(repeating: "n", count: format == "v7" ? 9 : 90) + ".png"
        let longest = deep + String(repeating: "h", count: format == "v7" || format == "ustar" ? 60 : 200) + "/1.png"
        for (name, content) in [(long, small(7)), (longest, small(8))] {
            let path = folder.url.appendingPathComponent("in").appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(content).write(to: path)
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/tar")
        let path = folder.url.appendingPathComponent("made.tar").path
        process.arguments = ["--format=\(format)", "-cf", path, "-C", folder.url.path + "/in", "."]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        try folder.add("t.tar", [UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
        let data = try openData(recipe(), folder)
        let names = if case .classes(let names) = data.facts.target { names } else { [String]() }
        #expect(names == [longest.split(separator: "/").dropLast().last.map(String.init) ?? "", "kätzchen"])
        #expect(allInputs(data.training).map { $0[0] }.sorted() == [7, 8])
    }

    @Test func splitsShareClassesAndSize() throws {
        let folder = try folder(pair)
        try folder.add("v.tar", tar([TarEntry("dog/9.png", small(30))]))
        let data = try openData(recipe { $0.validation = .files(FileSet(inputs: ["v.tar"])) }, folder)
        #expect(classes(data.validation) == [1] && data.facts.validationCount == 1)
        try folder.add("w.tar", tar([TarEntry("cow/9.png", small(30))]))
        let foreign = recipe { $0.validation = .files(FileSet(inputs: ["w.tar"])) }
        expectFault(
            foreign, folder, "D.label", ["w.tar: cow/9.png", "'cow'", "cat, dog"], key: "data.validation.inputs.0")
        try folder.add("x.tar", tar([TarEntry("cat/9.png", png(height: 3, width: 2, [0, 0, 0, 0, 0, 0]))]))
        let large = recipe { $0.test = FileSet(inputs: ["x.tar"]) }
        expectFault(large, folder, "D.shape", ["x.tar: cat/9.png", "3 × 2", "2 × 3"], key: "data.test.inputs.0")
        let fitted = try openData(
            recipe {
                $0.test = FileSet(inputs: ["x.tar"])
                $0.size = [2, 3]
            }, folder)
        #expect(allInputs(fitted.test) == [[0, 0, 0, 0, 0, 0]])
        let half = try openData(
            recipe { $0.validation = .fraction(0.5) },
            self.folder((0..<8).map { TarEntry("\($0 % 2)/\($0).png", small(UInt8($0))) }))
        #expect(half.facts.classCounts == [2, 2] && half.facts.validationCount == 4)
    }

    @Test func anOddSizeIsNamed() throws {
        let odd = pair + [TarEntry("dog/2.png", png(height: 1, width: 1, [9]))]
        expectFault(recipe(), try folder(odd), "D.shape", ["t.tar: dog/2.png", "1 × 1", "2 × 3"])
        let data = try openData(recipe { $0.size = [1, 1] }, folder(odd))
        #expect(allInputs(data.training).last == [9])
    }

    @Test func oneColourImageMakesAllThreeChannels() throws {
        let colour = png(height: 2, width: 3, (0..<18).map { UInt8($0) }, channels: 3)
        let data = try openData(recipe(), folder(pair + [TarEntry("dog/2.png", colour)]))
        #expect(data.facts.inputShape == [3, 2, 3])
        #expect(allInputs(data.training)[0].prefix(6) == [10, 10, 10, 1, 1, 1])
        #expect(allInputs(data.training)[2] == (0..<18).map { Float($0) })
    }

    @Test func foreignAndEmptyFilesAreNamed() throws {
        for (bytes, word) in [([], "empty"), (Array("GIF89a".utf8), "GIF"), (Array("hello, you".utf8), "text")]
            as [([UInt8], String)]
        {
            let folder = try folder(pair + [TarEntry("cat/bad.png", bytes)])
            expectFault(recipe(), folder, "D.format", ["t.tar: cat/bad.png: ", word], key: "data.train.inputs.0")
        }
        let cmyk = try folder(pair + [TarEntry("cat/print.jpg", ImageReference.load().cmyk)])
        expectFault(recipe(), cmyk, "D.format", ["cat/print.jpg", "CMYK"])
        let many = try folder(pair + (0..<30).map { TarEntry("cat/b\(10 + $0).png", Array("GIF".utf8)) })
        let (facts, findings) = inspectData(recipe(), many)
        #expect(facts == nil && findings.count == 11)
        #expect(findings.first?.message.contains("cat/b10.png") == true)
        #expect(findings.last?.message.contains("20 more faults") == true)
    }

    /// No prefix of an image is taken for a whole one, and no exchanged byte of a PNG goes unseen.
    @Test func damagedImagesAreFaults() throws {
        let images = ImageReference.load().cases
        for name in ["grey.png", "rgb-420.jpg", "rgb-progressive.jpg"] {
            let whole = try #require(images.first { $0.name == name }).file
            let isPNG = name.hasSuffix("png")
            // A JPEG that lacks a part of its end mark alone has all of its pixels.
            for length in stride(from: 0, to: whole.count - (isPNG ? 0 : 2), by: 7) {
                let folder = try folder(pair + [TarEntry("cat/x", Array(whole[..<length]))])
                let (facts, findings) = inspectData(recipe { $0.size = [4, 4] }, folder)
                #expect(facts == nil && findings.count == 1, "\(name), \(length) of \(whole.count) bytes")
                #expect(findings.first?.message.contains("t.tar: cat/x: ") == true)
            }
            for place in stride(from: 0, to: whole.count, by: isPNG ? 3 : 11) {
                var bent = whole
                bent[place] ^= 0x24
                let folder = try folder(pair + [TarEntry("cat/x", bent)])
                let (facts, _) = inspectData(recipe { $0.size = [4, 4] }, folder)
                #expect(facts == nil || !isPNG, "\(name), byte \(place)")
            }
        }
    }

    @Test func sizesThatNoImageHasAreRefusedBeforeAnythingIsTaken() throws {
        for (height, width) in [(16_385, 1), (16_384, 16_385), (0x7fff_ffff, 0x7fff_ffff), (0, 3)] {
            let bomb = png(height: height, width: width, [])
            let (facts, findings) = inspectData(recipe(), try folder(pair + [TarEntry("cat/x.png", bomb)]))
            #expect(facts == nil && findings.count == 1)
            #expect(["D.size", "D.damaged"].contains(findings.first?.code))
        }
        let wide = png(height: 10_000, width: 10_000, [], channels: 3)
        expectFault(recipe(), try folder(pair + [TarEntry("cat/x.png", wide)]), "D.size", ["cat/x.png", "256 MiB"])
        let huge = recipe {
            $0.size = [4096, 4096]; $0.channels = 3
        }
        let many = try folder((0..<9000).map { TarEntry("\($0 % 2)/\($0).png", small(0)) })
        expectFault(huge, many, "D.size", ["9000 images", "memory"], key: "data.size")
    }

    @Test func damagedArchivesAreFaults() throws {
        let whole = tar(
            pair + [TarEntry("pax", Array("19 path=cat/long.p\n".utf8), kind: "x"), TarEntry("x", small(5))])
        for length in stride(from: 0, through: whole.count - 1024, by: 64) {
            let folder = try DataFolder()
            try folder.add("t.tar", Array(whole[..<length]))
            let code = length == 0 || length < 512 ? "D.format" : "D.truncated"
            expectFault(recipe(), folder, code, ["t.tar: "], key: "data.train.inputs.0")
        }
        for place in [0, 3, 105, 124, 130, 150, 156, 257, 300, 500] {
            for (header, code) in [(0, "D.format"), (1024, "D.damaged")] {
                var bent = whole
                bent[header + place] ^= 1
                let folder = try DataFolder()
                try folder.add("t.tar", bent)
                expectFault(recipe(), folder, code, ["t.tar: "])
            }
        }
        let packed = try DataFolder()
        try packed.add("t.tar", gzip(whole))
        expectFault(recipe(), packed, "D.format", ["gzip"])
        for (records, word) in [("99 path=a\n", "pax"), ("x path=a\n", "pax"), ("10 size=-\n", "size")] {
            let entries = [TarEntry("p", Array(records.utf8), kind: "x")] + pair
            expectFault(recipe(), try folder(entries), "D.damaged", ["pax", word])
        }
        let sized = try folder([TarEntry("p", Array("22 size=99999999999999\n".utf8), kind: "x")] + pair)
        expectFault(recipe(), sized, "D.damaged", ["pax"])
        let large = try folder([TarEntry("p", Array("23 size=99999999999999\n".utf8), kind: "x")] + pair)
        expectFault(recipe(), large, "D.truncated", ["cat/1.png"])
    }

    /// A size below zero would lead back to a header that has been read.
    @Test(arguments: ["-0000002000", "+0000000100", "0000000009", "- 000000001"])
    func sizesThatAreNoOctalNumbersAreFaults(size: String) throws {
        for kind in ["0", "x", "L", "g"] as [Character] {
            let entries = pair + [TarEntry("cat/x.png", small(1), kind: kind, size: size)]
            expectFault(recipe(), try folder(entries), "D.damaged", ["t.tar: ", "size"])
        }
    }

    /// GNU tar cuts the name in the header after 100 bytes, wherever a character ends; the long name stands before it.
    @Test func longNamesCutWithinACharacterAreRead() throws {
        let long = "hund/" + String(repeating: "ä", count: 60) + ".png"
        let cut = Array(long.utf8.prefix(100))
        #expect(String(validating: cut, as: UTF8.self) == nil)
        let entries = [
            TarEntry("././@LongLink", Array(long.utf8) + [0], kind: "L"), TarEntry("", small(3), nameField: cut),
        ]
        #expect(allInputs(try openData(recipe(), folder(pair + entries)).training).count == 3)
        expectFault(
            recipe(), try folder(pair + [entries[1]]), "D.damaged", ["t.tar: ", "name", "UTF-8"])
    }

    @Test func whatIsNoImageInAFolderIsNamed() throws {
        expectFault(recipe(), try folder(pair + [TarEntry("x.png", small(1))]), "D.label", ["'x.png'", "no folder"])
        expectFault(recipe(), try folder(pair + [TarEntry("cat/l", [], kind: "2")]), "D.format", ["'cat/l'", "link"])
        expectFault(recipe(), try folder(pair + [TarEntry("cat/h", [], kind: "1")]), "D.format", ["'cat/h'", "link"])
        expectFault(
            recipe(), try folder(pair + [TarEntry("cat/f", [], kind: "6")]), "D.format", ["'cat/f'", "neither"])
        expectFault(recipe(), try folder(pair + [pair[0]]), "D.count", ["'cat/1.png'", "twice"])
        expectFault(recipe(), try folder([pair[0]]), "D.few", ["one folder, 'cat'"])
        expectFault(recipe(), try folder([]), "D.few", ["no image"])
    }

    @Test func predictionsTakeAnImageOrAnArchive() throws {
        let data = try openData(recipe(), folder(pair))
        let asked = try folder([TarEntry("b.png", small(2)), TarEntry("a.png", small(1))])
        try asked.add("one.png", small(9))
        try asked.add("odd.png", png(height: 1, width: 1, [3]))
        try asked.add("bad.png", Array(small(9).dropLast(5)))
        func read(_ index: Int, _ recipe: Recipe) throws -> [[Float]] {
            try withExtendedLifetime(asked) {
                allInputs(try Subset.predictionInputs(asked.files[index], recipe: recipe, facts: data.facts))
            }
        }
        #expect(try read(0, recipe()).map { $0[0] } == [1, 2])
        #expect(try read(1, recipe()) == [[9, 1, 2, 3, 4, 255]])
        #expect(throws: DatasetError.self) { try read(2, recipe()) }
        #expect(try read(2, recipe { $0.size = [2, 3] }) == [[3, 3, 3, 3, 3, 3]])
        #expect(throws: DatasetError.self) { try read(3, recipe()) }
    }
}

/// One member of an archive that a test makes.
struct TarEntry {
    var name: String
    var bytes: [UInt8]
    var kind: Character
    /// What stands in the field of the size, where it is not the size in octal digits.
    var size: String?
    /// What stands in the field of the name, where it is not the name.
    var nameField: [UInt8]?

    init(_ name: String, _ bytes: [UInt8], kind: Character = "0", size: String? = nil, nameField: [UInt8]? = nil) {
        self.name = name
        self.bytes = bytes
        self.kind = kind
        self.size = size
        self.nameField = nameField
    }
}

/// Bytes of a ustar archive (POSIX.1-1988).
func tar(_ entries: [TarEntry]) -> [UInt8] {
    var archive: [UInt8] = []
    for entry in entries {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at place: Int) {
            header.replaceSubrange(place..<place + text.utf8.count, with: text.utf8)
        }
        func octal(_ value: Int, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        if let field = entry.nameField {
            header.replaceSubrange(0..<field.count, with: field)
        } else {
            put(entry.name, at: 0)
        }
        put("0000644", at: 100)
        put(entry.size ?? octal(entry.bytes.count, 11), at: 124)
        put(String(repeating: " ", count: 8), at: 148)
        put(String(entry.kind), at: 156)
        put("ustar\u{0}00", at: 257)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", at: 148)
        archive += header + entry.bytes + [UInt8](repeating: 0, count: (512 - entry.bytes.count % 512) % 512)
    }
    return archive + [UInt8](repeating: 0, count: 1024)
}

/// Bytes of a PNG of 8 bits a channel, its pixels in stored blocks.
func png(height: Int, width: Int, _ pixels: [UInt8], channels: Int = 1) -> [UInt8] {
    func big(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
    func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let named = Array(name.utf8) + content
        return big(content.count) + named + big(Int(crc32(named)))
    }
    let rows = stride(from: 0, to: pixels.count, by: max(width * channels, 1)).flatMap {
        [0] + pixels[$0..<min($0 + width * channels, pixels.count)]
    }
    var sums: (UInt32, UInt32) = (1, 0)
    for byte in rows {
        sums.0 = (sums.0 + UInt32(byte)) % 65521
        sums.1 = (sums.1 + sums.0) % 65521
    }
    let length = UInt16(rows.count)
    let stored: [UInt8] =
        [0x78, 0x01, 1] + [length, ~length].flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] } + rows
        + big(Int(sums.1 << 16 | sums.0))
    return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
        + chunk("IHDR", big(width) + big(height) + [8, channels == 1 ? 0 : 2, 0, 0, 0]) + chunk("IDAT", stored)
        + chunk("IEND", [])
}

/// What Tests/Reference/images.py printed.
struct ImageReference: Decodable {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        struct Resized: Decodable, Sendable {
            var height: Int
            var width: Int
            var colours: [UInt8]

            private enum CodingKeys: CodingKey { case height, width, colours }

            init(from decoder: any Decoder) throws {
                let values = try decoder.container(keyedBy: CodingKeys.self)
                height = try values.decode(Int.self, forKey: .height)
                width = try values.decode(Int.self, forKey: .width)
                colours = [UInt8](try values.decode(Data.self, forKey: .colours))
            }
        }
        var name: String
        var file: [UInt8]
        var height: Int
        var width: Int
        var isGrey: Bool
        var colours: [UInt8]
        var grey: [UInt8]
        var resized: [Resized]
        var testDescription: String { name }

        private enum CodingKeys: CodingKey { case name, file, height, width, isGrey, colours, grey, resized }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            name = try values.decode(String.self, forKey: .name)
            file = [UInt8](try values.decode(Data.self, forKey: .file))
            height = try values.decode(Int.self, forKey: .height)
            width = try values.decode(Int.self, forKey: .width)
            isGrey = try values.decode(Bool.self, forKey: .isGrey)
            colours = [UInt8](try values.decode(Data.self, forKey: .colours))
            grey = [UInt8](try values.decode(Data.self, forKey: .grey))
            resized = try values.decode([Resized].self, forKey: .resized)
        }
    }
    var cases: [Case]
    private var cmykFile: Data
    var cmyk: [UInt8] { [UInt8](cmykFile) }

    private enum CodingKeys: String, CodingKey {
        case cases
        case cmykFile = "cmyk"
    }

    static func load() -> ImageReference {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Reference/images.json")
        do {
            return try JSONDecoder().decode(ImageReference.self, from: Data(contentsOf: file))
        } catch {
            Issue.record("\(file.path): \(error)")
            return ImageReference(cases: [], cmykFile: Data())
        }
    }
}
