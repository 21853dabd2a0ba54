import Datasets
import Foundation
import Recipes
import Testing

@Suite struct TextTests {
    private func recipe(
        window: Int = 3, _ documents: DataSource.Documents = .whole, _ change: (inout DataSource) -> Void = { _ in }
    ) -> Recipe {
        DatasetsTests.recipe(.text) {
            $0.train = FileSet(inputs: ["t.txt"])
            $0.validation = .fraction(0)
            $0.window = window
            $0.documents = documents
            change(&$0)
        }
    }

    private func folder(_ text: String) throws -> DataFolder {
        let folder = try DataFolder()
        try folder.add("t.txt", text: text)
        return folder
    }

    /// The characters of one example.
    private func text(_ ids: [some BinaryInteger], _ data: Dataset) -> String {
        ids.map { data.facts.vocabulary[Int($0)] }.joined()
    }

    private func texts(_ subset: Subset, _ data: Dataset, _ positions: [UInt32]? = nil) -> [String] {
        let positions = positions ?? (0..<UInt32(subset.count)).map { $0 }
        let targets = classes(subset, positions)
        let length = subset.targetsPerExample
        return zip(positions.indices, inputs(subset, positions)).map { index, ids in
            text(ids.map { Int($0) }, data) + ">" + text(Array(targets[index * length..<(index + 1) * length]), data)
        }
    }

    @Test func everyPositionOfAWindowHasTheNextCharacterAsItsTarget() throws {
        let data = try openData(recipe(), folder("hello world!"))
        #expect(data.facts.vocabulary == [" ", "!", "d", "e", "h", "l", "o", "r", "w"])
        #expect(data.facts.target == .classes(data.facts.vocabulary))
        #expect(data.facts.inputShape == [3] && data.facts.targetsPerExample == 3)
        #expect(data.facts.mean == [] && data.facts.deviation == [])
        #expect(texts(data.training, data) == ["hel>ell", "lo >o w", "wor>orl"])
        // e l l o space w o r l
        #expect(data.facts.classCounts == [1, 0, 0, 1, 0, 3, 2, 1, 1])
        #expect(data.warnings.first?.message.contains("class !, d, h.") == true)
        #expect(data.facts.trainingCount == 3 && data.byteCount == 12)
    }

    @Test func aFractionIsTheEndOfTheText() throws {
        let letters = "abcdefghijklmnopqrst"
        let data = try openData(recipe(window: 2) { $0.validation = .fraction(0.3) }, folder(letters))
        #expect(texts(data.training, data) == ["ab>bc", "cd>de", "ef>fg", "gh>hi", "ij>jk", "kl>lm"])
        #expect(texts(data.validation, data) == ["op>pq", "qr>rs"])
        // Characters of the end alone are in the vocabulary.
        #expect(data.facts.vocabulary.joined() == letters)
        #expect(data.facts.classCounts == (0..<20).map { (1...12).contains($0) ? 1 : 0 })
    }

    @Test func shuffledWindowsBeginAnywhereAndAreAFunctionOfSeedEpochAndPlace() throws {
        let letters = (0..<60).map { String(UnicodeScalar(UInt8(33 + $0))) }.joined()
        let data = try openData(recipe(window: 10), folder(letters))
        #expect(data.training.count == 5)
        var starts: [Int] = []
        for epoch in 0..<2000 {
            let order = EpochOrder(data.training, seed: 9, epoch: epoch, shuffle: true)
            #expect(order.positions.count == 5)
            let windows = inputs(data.training, order.positions)
            let targets = classes(data.training, order.positions)
            for (index, window) in windows.enumerated() {
                starts.append(Int(window[0]))
                #expect(window == (0..<10).map { window[0] + Float($0) })
                #expect(Array(targets[index * 10..<index * 10 + 10]) == window.map { Int32($0) + 1 })
            }
            if epoch < 20 {
                #expect(order.positions == EpochOrder(data.training, seed: 9, epoch: epoch, shuffle: true).positions)
                #expect(order.positions != EpochOrder(data.training, seed: 8, epoch: epoch, shuffle: true).positions)
            }
        }
        // 50 starts, 200 expected of each, deviation 14: five of them.
        let counts = Dictionary(grouping: starts, by: { $0 }).mapValues(\.count)
        #expect(Set(counts.keys) == Set(0..<50))
        #expect(counts.values.allSatisfy { (130...270).contains($0) }, "\(counts)")
        let plain = EpochOrder(data.training, seed: 9, epoch: 3, shuffle: false)
        #expect(inputs(data.training, plain.positions).map { $0[0] } == [0, 10, 20, 30, 40])
    }

    /// makemore's data set for names: `...` e, `..e` m, and so on.
    @Test func aLineIsADocument() throws {
        let data = try openData(recipe(.lines), folder("emma\n\n\r\nol\r\na\rb"))
        #expect(data.facts.vocabulary == ["\n", "\r", "a", "b", "e", "l", "m", "o"])
        #expect(data.facts.targetsPerExample == 1 && data.facts.inputShape == [3])
        let shown = texts(data.training, data).map { $0.replacing("\n", with: ".").replacing("\r", with: "_") }
        #expect(
            shown == [
                "...>e", "..e>m", ".em>m", "emm>a", "mma>.", "...>o", "..o>l", ".ol>.", "...>a", "..a>_", ".a_>b",
                "a_b>.",
            ])
        #expect(data.facts.classCounts == [3, 1, 2, 1, 1, 1, 2, 1])
        let order = EpochOrder(data.training, seed: 1, epoch: 0, shuffle: true)
        #expect(order.positions.sorted() == (0..<12).map { UInt32($0) })
    }

    /// Only before a line feed is a carriage return part of a line's end; at the end of the file none follows.
    @Test(arguments: [
        ("a\nb\r", ["..>a", ".a>.", "..>b", ".b>_", "b_>."]), ("a\n\r", ["..>a", ".a>.", "..>_", "._>."]),
        ("a\r\r\nb", ["..>a", ".a>_", "a_>.", "..>b", ".b>."]), ("a\nb\r\n", ["..>a", ".a>.", "..>b", ".b>."]),
    ]) func aCarriageReturnAtTheEndIsKept(_ whole: String, _ expected: [String]) throws {
        let data = try openData(recipe(window: 2, .lines), folder(whole))
        let shown = texts(data.training, data).map { $0.replacing("\n", with: ".").replacing("\r", with: "_") }
        #expect(shown == expected)
    }

    @Test func linesAreSplitWholeAndBySeed() throws {
        let names = (0..<50).map { "name\($0)" }
        func open(_ seed: UInt64) throws -> Dataset {
            var recipe = recipe(window: 8, .lines) { $0.validation = .fraction(0.2) }
            recipe.seed = seed
            return try openData(recipe, folder(names.joined(separator: "\n")))
        }
        func whole(_ subset: Subset, _ data: Dataset) -> [String] {
            texts(subset, data).filter { $0.hasSuffix(">\n") }.map { $0.filter { $0 != "\n" && $0 != ">" } }
        }
        let data = try open(1)
        let (training, validation) = (whole(data.training, data), whole(data.validation, data))
        #expect(validation.count == 10 && training.count == 40)
        #expect(Set(training + validation) == Set(names))
        #expect(data.facts.trainingCount + data.facts.validationCount == names.map { $0.count + 1 }.reduce(0, +))
        let same = try open(1)
        let other = try open(2)
        #expect(whole(same.validation, same) == validation)
        #expect(whole(other.validation, other) != validation)
    }

    /// The vocabulary is of all scalars; two that Unicode holds equal stay two.
    @Test func charactersAreUnicodeScalars() throws {
        let scalars: [UInt32] = [0x41, 0x4b, 0xc5, 0xe9, 0x7ff, 0x800, 0x212a, 0x212b, 0xffff, 0x10000, 0x10ffff]
        let text = String(String.UnicodeScalarView(scalars.reversed().compactMap { UnicodeScalar($0) }))
        let data = try openData(recipe(window: 10), folder("\u{feff}" + text))
        #expect(data.facts.vocabulary.map { $0.unicodeScalars.map(\.value) } == scalars.map { [$0] })
        #expect(inputs(data.training, [0])[0] == (1...10).reversed().map { Float($0) })
        let file = try folder(text)
        let asked = try withExtendedLifetime(file) {
            try Subset.predictionInputs(file.files[0], recipe: recipe(window: 11), facts: facts(data, window: 11))
        }
        #expect(inputs(asked, [0])[0] == (0...10).reversed().map { Float($0) })
    }

    private func facts(_ data: Dataset, window: Int) -> DataFacts {
        var facts = data.facts
        facts.inputShape = [window]
        return facts
    }

    /// More than 256 characters take two bytes each.
    @Test func wideVocabulariesAreRead() throws {
        let scalars = (0..<300).compactMap { UnicodeScalar(0x4e00 + $0) }
        let data = try openData(recipe(window: 299), folder(String(String.UnicodeScalarView(scalars))))
        #expect(inputs(data.training, [0])[0] == (0..<299).map { Float($0) })
        #expect(classes(data.training) == (1..<300).map { Int32($0) })
        #expect(data.byteCount == 600)
    }

    @Test func severalFilesAndGzipAreOneText() throws {
        let folder = try DataFolder()
        try folder.add("a.txt", text: "abc")
        try folder.add("b.gz", gzip(Array("déf".utf8)))
        let data = try openData(recipe { $0.train = FileSet(inputs: ["a.txt", "b.gz"]) }, folder)
        #expect(texts(data.training, data) == ["abc>bcd"])
        #expect(data.facts.vocabulary == ["a", "b", "c", "d", "f", "é"])
    }

    @Test func validationAndTestFilesAreCutInOrder() throws {
        let folder = try folder("abcdefgh")
        try folder.add("v.txt", text: "hgfedcb")
        try folder.add("w.txt", text: "aaaa")
        let data = try openData(
            recipe {
                $0.validation = .files(FileSet(inputs: ["v.txt"]))
                $0.test = FileSet(inputs: ["w.txt"])
            }, folder)
        #expect(texts(data.validation, data) == ["hgf>gfe", "edc>dcb"])
        #expect(texts(data.test, data) == ["aaa>aaa"])
        #expect(data.facts.validationCount == 2 && data.facts.testCount == 1 && data.byteCount == 19)
    }

    @Test func aForeignCharacterIsNamedByLine() throws {
        let folder = try folder("abc\nabc\n")
        try folder.add("v.txt", text: "abc\nab\u{e9}c\n")
        let split = recipe { $0.validation = .files(FileSet(inputs: ["v.txt"])) }
        expectFault(split, folder, "D.label", ["v.txt:2", "'é' (U+00E9)"], key: "data.validation.inputs.0")
        try folder.add("w.txt", text: "ab\tc")
        let test = recipe { $0.test = FileSet(inputs: ["w.txt"]) }
        expectFault(test, folder, "D.label", ["w.txt:1", "character U+0009 "], key: "data.test.inputs.0")
    }

    @Test(
        arguments: [
            ([0x61, 0xff], 1), ([0xc0, 0x80], 0), ([0xc1, 0xbf], 0), ([0x61, 0xe0, 0x80, 0x80], 2),
            ([0xed, 0xa0, 0x80], 1), ([0xf0, 0x80, 0x80, 0x80], 1), ([0xf4, 0x90, 0x80, 0x80], 1), ([0xf5], 0),
            ([0xe2, 0x82, 0x61], 2), ([0x80], 0), ([0xc3, 0xc3], 1),
        ] as [([UInt8], Int)])
    func invalidUTF8IsNamedByItsByte(_ bytes: [UInt8], _ place: Int) throws {
        for before in [0, 262_143, 300_000] {
            let folder = try DataFolder()
            try folder.add("t.txt", [UInt8](repeating: 0x62, count: before) + bytes + Array("text".utf8))
            expectFault(recipe(), folder, "D.format", ["t.txt: byte \(before + place) (0x"], key: "data.train.inputs.0")
            #expect(String(validating: bytes, as: UTF8.self) == nil)
        }
    }

    /// Every scalar is read as Swift's own decoder reads it, also across the pieces in which the file is read.
    @Test func allOfUnicodeIsRead() throws {
        let scalars = (0..<UInt32(0x3000)).compactMap { UnicodeScalar($0 &* 91 % 0x11_0000) }
        let text = String(String.UnicodeScalarView(scalars))
        var long = ""
        for _ in 0..<40 { long += text }
        #expect(long.utf8.count > 3 * 256 * 1024)
        let data = try openData(recipe(window: 1) { $0.shuffle = false }, folder("x" + long))
        let sorted = Set(scalars.map(\.value)).union([0x78]).sorted()
        #expect(data.facts.vocabulary.map { $0.unicodeScalars.first?.value } == sorted.map { $0 })
        let ids = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($0.element, Int32($0.offset)) })
        #expect(classes(data.training) == long.unicodeScalars.map { ids[$0.value] ?? -1 })
    }

    @Test func aTextThatIsCutOffOrForeignIsNamed() throws {
        let cut = try DataFolder()
        try cut.add("t.txt", Array("abc".utf8) + [0xe2, 0x82])
        expectFault(recipe(), cut, "D.truncated", ["t.txt", "middle of a character", "byte 5"])
        let image = try DataFolder()
        try image.add("t.txt", [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13])
        expectFault(recipe(), image, "D.format", ["byte 0 (0x89)", "PNG"])
        expectFault(recipe(), try folder(""), "D.format", ["t.txt", "empty"], key: "data.train.inputs.0")
        expectFault(recipe(.lines), try folder(""), "D.format", ["t.txt", "empty"])
    }

    @Test func aTextThatIsTooShortIsNamedInEveryPart() throws {
        expectFault(recipe(), try folder("abc"), "D.few", ["training has 3", "need 4"], key: "data.train")
        #expect(try openData(recipe(), folder("abcd")).training.count == 1)
        let half = recipe { $0.validation = .fraction(0.2) }
        expectFault(half, try folder("abcdefghij"), "D.few", ["validation has 2"], key: "data.validation.fraction")
        let most = recipe { $0.validation = .fraction(0.8) }
        expectFault(most, try folder("abcdefghij"), "D.few", ["training has 1"], key: "data.validation.fraction")
        let folder = try folder("abcdefghij")
        try folder.add("v.txt", text: "abc")
        let own = recipe { $0.validation = .files(FileSet(inputs: ["v.txt"])) }
        expectFault(own, folder, "D.few", ["validation has 3"], key: "data.validation")
        let test = recipe { $0.test = FileSet(inputs: ["v.txt"]) }
        expectFault(test, folder, "D.few", ["test has 3"], key: "data.test")
    }

    @Test func aTextWithNothingToPredictIsNamed() throws {
        for text in ["a", "aaaaaaaaaa"] {
            expectFault(recipe(), try folder(text), "D.few", ["one character", "nothing to predict"])
        }
        expectFault(recipe(.lines), try folder("\n\r\n\n"), "D.few", ["every line", "empty"])
        let one = try openData(recipe(.lines), folder("a"))
        #expect(texts(one.training, one) == ["\n\n\n>a", "\n\na>\n"])
        let split = recipe(.lines) { $0.validation = .fraction(0.5) }
        expectFault(split, try folder("a"), "D.few", ["validation has no line"], key: "data.validation.fraction")
        let folder = try folder("ab\nba")
        try folder.add("v.txt", text: "\n\n")
        let own = recipe(.lines) { $0.validation = .files(FileSet(inputs: ["v.txt"])) }
        expectFault(own, folder, "D.few", ["validation has no line"], key: "data.validation")
    }

    @Test func tooManyCharactersAreNamed() throws {
        let scalars = (1...65_537).compactMap { UnicodeScalar(UInt32($0 < 0xd800 ? $0 : $0 + 0x2000)) }
        let text = String(String.UnicodeScalarView(scalars))
        expectFault(recipe(), try folder(text), "D.size", ["65537 different characters", "65536"], key: "data.train")
        let fits = String(String.UnicodeScalarView(scalars.dropLast()))
        let data = try openData(recipe(window: 65_535), folder(fits))
        #expect(classes(data.training).last == 65_535)
    }

    @Test func predictionsTakeWindowsOrLines() throws {
        let data = try openData(recipe(), folder("hello world!"))
        let asked = try folder("hold hell")
        let windows = try withExtendedLifetime(asked) {
            try Subset.predictionInputs(asked.files[0], recipe: recipe(), facts: data.facts)
        }
        #expect(allInputs(windows).map { text($0.map { Int($0) }, data) } == ["hol", "d h", "ell"])
        #expect(windows.count == 3 && classes(windows) == [Int32](repeating: -1, count: 9))
        for (whole, count, last) in [("hol", 1, "hol"), ("hold", 2, "old"), ("hold ", 2, "ld "), ("hold h", 2, "d h")] {
            let asked = try folder(whole)
            let windows = try withExtendedLifetime(asked) {
                try Subset.predictionInputs(asked.files[0], recipe: recipe(), facts: data.facts)
            }
            #expect(windows.count == count)
            #expect(text(inputs(windows, [UInt32(count - 1)])[0].map { Int($0) }, data) == last)
        }
        let names = try openData(recipe(.lines), folder("emma\nmia\n"))
        let lines = try folder("mia\n\nm\nemm")
        let contexts = try withExtendedLifetime(lines) {
            try Subset.predictionInputs(lines.files[0], recipe: recipe(.lines), facts: names.facts)
        }
        #expect(allInputs(contexts).map { text($0.map { Int($0) }, names) } == ["mia", "\n\nm", "emm"])
        let short = try folder("he")
        _ = withExtendedLifetime(short) {
            #expect(throws: DatasetError.self) {
                try Subset.predictionInputs(short.files[0], recipe: recipe(), facts: data.facts)
            }
        }
    }

    /// Jobs of versions without text have facts without its keys.
    @Test func factsOfOlderJobsAreRead() throws {
        let data = try openData(recipe(), folder("hello world!"))
        let json = try JSONEncoder().encode(data.facts)
        #expect(try JSONDecoder().decode(DataFacts.self, from: json) == data.facts)
        var object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        object["vocabulary"] = nil
        object["targetsPerExample"] = nil
        let old = try JSONDecoder().decode(DataFacts.self, from: JSONSerialization.data(withJSONObject: object))
        #expect(old.vocabulary == [] && old.targetsPerExample == 1 && old.inputShape == [3])
    }
}
