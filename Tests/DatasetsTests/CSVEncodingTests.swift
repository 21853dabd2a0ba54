import Datasets
import Recipes
import Testing

/// Bytes of a csv that are no UTF-8 are refused, never replaced: two words would become one.
@Suite struct CSVEncodingTests {
    private let recipe = csvRecipe()

    private func folder(_ text: String) throws -> DataFolder {
        let folder = try DataFolder()
        // Every scalar here is below 256: its Latin-1 byte.
        try folder.add("t.csv", text.unicodeScalars.map { UInt8($0.value) })
        return folder
    }

    @Test func labelsInLatin1AreRefused() throws {
        let folder = try folder("a,k\n1,rot\n2,gr\u{fc}n\n3,gr\u{e4}n\n")
        expectFault(
            recipe, folder, "D.format", ["t.csv:3", "column 'k'", "0xfc", "not UTF-8"], key: "data.train.inputs.0")
        #expect(inspectData(recipe, folder).findings.first?.hint?.contains("iconv -f LATIN1 -t UTF-8") == true)
    }

    @Test func headersAndLastLinesAreReadAlike() throws {
        expectFault(recipe, try folder("a,gr\u{f6}\u{df}e,k\n1,2,x\n"), "D.format", ["t.csv:1", "column 2", "0xf6"])
        expectFault(recipe, try folder("a,b,k\n1,2,x\n3,4,\u{e9}"), "D.format", ["t.csv:3", "column 'k'", "0xe9"])
        // More fields than the header names.
        expectFault(recipe, try folder("a,k\n1,x,\u{e9}\n"), "D.format", ["t.csv:2", "column 3"])
    }

    @Test func charactersOfManyBytesAreFine() throws {
        let folder = try DataFolder()
        try folder.add("t.csv", text: "größe,k\n1,grün\n2,grän\n3,日本 🙂\n")
        let data = try openData(recipe, folder)
        #expect(data.facts.target == .classes(["grän", "grün", "日本 🙂"]))
    }
}

/// A recipe for `t.csv`, whose rows all train, as they are.
func csvRecipe(_ change: (inout Recipe) -> Void = { _ in }) -> Recipe {
    var made = recipe(.csv) {
        $0.train = FileSet(inputs: ["t.csv"])
        $0.normalize = .none
        $0.validation = .fraction(0)
    }
    change(&made)
    return made
}

/// The findings of a table's inspection.
func csvFindings(_ text: String, _ change: (inout Recipe) -> Void = { _ in }) throws -> [Finding] {
    let folder = try DataFolder()
    try folder.add("t.csv", text: text)
    return inspectData(csvRecipe(change), folder).findings
}
