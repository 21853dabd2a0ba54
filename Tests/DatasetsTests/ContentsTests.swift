import Datasets
import Foundation
import Recipes
import Testing

/// What a single file holds, with numbers worked out by hand.
@Suite struct ContentsTests {
    private func contents(
        _ name: String, _ bytes: [UInt8], _ change: (inout DataFileRequest) -> Void = { _ in }
    ) throws -> DataFileContents {
        let folder = try DataFolder()
        try folder.add(name, bytes)
        var request = DataFileRequest(format: DataFileFormat(fileName: name))
        change(&request)
        return try withExtendedLifetime(folder) { try DataFileContents(of: folder.files[0], request) }
    }

    private func csv(
        _ text: String, _ change: (inout DataFileRequest) -> Void = { _ in }
    ) throws -> DataFileContents {
        try contents("t.csv", Array(text.utf8), change)
    }

    private func close(_ value: Double?, _ expected: Double) -> Bool {
        value.map { abs($0 - expected) < 1e-8 } ?? false
    }

    // MARK: Tables

    @Test func columnsOfATable() throws {
        let text = "a,kind,b\n1,x,2\n2,y,\n3,x,2\n6,y,2\n"
        let found = try csv(text) { $0.sampleRows = 2 }
        #expect(found.format == .csv && found.rows == 4 && found.sizeBytes == text.utf8.count && found.shape == nil)
        #expect(found.columns.map(\.name) == ["a", "kind", "b"])
        #expect(found.columns.map(\.dtype) == ["number", "category", "number"])
        #expect(found.columns.map(\.count) == [4, 4, 3] && found.columns.map(\.missing) == [0, 0, 1])
        #expect(found.columns.map(\.distinct) == [4, 2, 1])
        let a = found.columns[0]
        // Distances from 3: -2, -1, 0, 3; their squares come to 14.
        #expect(a.min == 1 && a.max == 6 && close(a.mean, 3) && close(a.std, 3.5.squareRoot()))
        #expect(found.columns[1].min == nil && found.columns[1].std == nil)
        #expect(
            found.samples == [
                .object(["a": .int(1), "kind": .string("x"), "b": .int(2)]),
                .object(["a": .int(2), "kind": .string("y"), "b": .null]),
            ])
        #expect(found.findings.map(\.code) == ["D.nan"])
        #expect(found.findings.allSatisfy { $0.severity == .warning && $0.path == nil })
        #expect(found.findings.first?.message == "t.csv: column 'b': 1 of 4 values are missing, on line 3.")
    }

    /// Small differences of large numbers: a sum of squares would have lost them.
    @Test func deviationOfLargeNumbers() throws {
        let column = try csv("t,k\n1000000001,a\n1000000002,b\n1000000003,a\n").columns[0]
        #expect(column.mean == 1_000_000_002 && close(column.std, (2.0 / 3).squareRoot()))
    }

    @Test func raggedRowsAreNamedAndLeftOut() throws {
        let found = try csv("a,b\n1,2\n3\n\n4,5,6\n7,9\n")
        #expect(found.rows == 4 && found.columns.map(\.count) == [2, 2] && found.columns[0].mean == 4)
        #expect(found.samples.count == 2)
        let ragged = found.findings.filter { $0.code == "D.shape" }
        #expect(ragged.map { String($0.message.prefix(16)) } == ["t.csv:3: 1 field", "t.csv:5: 3 field"])
        #expect(ragged.allSatisfy { $0.severity == .error })
    }

    private static let odd: [(text: String, code: String, severity: Severity, words: [String])] = [
        ("a,b\n1,2\n1,3\n", "D.constant", .warning, ["'a'", "all 2 values are 1.0"]),
        ("a,b\nx,2\nx,3\n", "D.constant", .warning, ["'a'", "all 2 values are 'x'"]),
        ("a,b\n1,2\ninf,3\n", "D.nan", .error, ["'a'", "not finite", "line 3"]),
        ("a,b\n1,2\nx,3\n4,5\n", "D.number", .error, ["'a'", "1 of 3", "'x'", "line 3"]),
        ("a;b\n1,5;2\n2,5;3\n", "D.number", .warning, ["'a'", "decimal comma", "'1,5'"]),
        ("1,2\n3,4\n", "D.format", .error, ["t.csv:1", "holds numbers"]),
        ("a,b\n", "D.few", .error, ["no row below the header"]),
        ("a,a\n1,2\n3,4\n", "D.format", .error, ["two columns are named 'a'", "column 2"]),
        ("a,,c\n1,2,3\n4,5,6\n", "D.format", .warning, ["t.csv:1", "column 2 has no name"]),
        ("a\n1\n2\n", "D.format", .warning, ["one column"]),
        ("a,b\n1,\n2,NA\n", "D.nan", .warning, ["'b'", "2 of 2", "lines 2, 3"]),
        ("a,b\n16777216,1\n16777217,2\n", "D.number", .warning, ["'a'", "single precision"]),
    ]

    @Test(arguments: odd.indices) func whatIsOddIsFound(_ index: Int) throws {
        let (text, code, severity, words) = Self.odd[index]
        let findings = try csv(text).findings
        let finding = try #require(findings.first { $0.code == code && $0.severity == severity }, "\(findings)")
        for word in words { #expect(finding.message.contains(word), "'\(word)' in: \(finding.message)") }
        #expect(findings.count == 1, "\(findings)")
        #expect(finding.hint?.isEmpty == false)
    }

    @Test func kindsOfColumns() throws {
        // Twenty words that never come again, dates, nothing, and numbers among words.
        let rows = (10..<30).map { "word \($0),2024-01-\($0),,\($0 % 2 == 0 ? "x" : "1")" }
        let found = try csv("t,d,e,m\n" + rows.joined(separator: "\n"))
        #expect(found.columns.map(\.dtype) == ["text", "date", "empty", "mixed"])
        #expect(found.columns.map(\.distinct) == [20, 20, 0, 2] && found.columns.map(\.missing) == [0, 0, 20, 0])
    }

    @Test func twoColumnsOfOneName() throws {
        let found = try csv("a,a\n1,2\n")
        #expect(found.samples == [.object(["a": .int(1), "a (column 2)": .int(2)])])
    }

    @Test(arguments: [(2, nil), (3, 3), (4, 3)] as [(Int, Int?)])
    func noMoreRowsThanWereAskedFor(_ most: Int, _ rows: Int?) throws {
        let found = try csv("a,b\n1,2\n3,4\n5,7\n\n") { $0.maxRows = most }
        #expect(found.rows == rows && found.columns[0].count == min(most, 3))
        #expect(found.findings.map(\.code) == (rows == nil ? ["D.part"] : []))
    }

    @Test(arguments: [10_000, 10_001]) func differentValuesAreCountedToALimit(_ count: Int) throws {
        let found = try csv("a,b\n" + (0..<count).map { "\($0),w\($0 % 3)" }.joined(separator: "\n"))
        #expect(found.columns.map(\.distinct) == [count > 10_000 ? nil : count, 3])
        #expect(close(found.columns[0].mean, Double(count - 1) / 2))
    }

    /// Whatever a file holds, the reply is below the largest message of the interface.
    @Test func aWideTableFitsIntoOneReply() throws {
        let long = String(repeating: "\u{1F9E0}\u{301}", count: 200)
        let header = (0..<2_000).map { "\(long)\($0)" }.joined(separator: ",")
        let row = (0..<2_000).map { $0 % 3 == 0 ? "" : long }.joined(separator: ",")
        let found = try csv([header] + Array(repeating: row, count: 4)) { $0.sampleRows = 100 }
        #expect(found.columns.count == 1_000 && found.findings.count == 101)
        #expect(found.findings.contains { $0.message.contains("2000 columns") })
        #expect(try JSONEncoder().encode(found).count < 1 << 20)
    }

    private func csv(_ lines: [String], _ change: (inout DataFileRequest) -> Void) throws -> DataFileContents {
        try csv("\u{feff}" + lines.joined(separator: "\r\n"), change)
    }

    // MARK: Arrays

    @Test(arguments: [false, true]) func numbersOfIDX(isPacked: Bool) throws {
        let bytes = idx([3, 2, 2], Array(0..<12))
        let found = try contents(isPacked ? "x-idx3-ubyte.gz" : "x-idx3-ubyte", isPacked ? gzip(bytes) : bytes) {
            $0.sampleRows = 2
        }
        #expect(found.format == .idx && found.rows == 3 && found.shape == [2, 2])
        #expect(found.sizeBytes == (isPacked ? gzip(bytes).count : 28))
        let column = try #require(found.columns.first)
        #expect(column.dtype == "u8" && column.count == 12 && column.missing == 0 && column.distinct == 12)
        // 0 to n - 1 have the variance (n² - 1) / 12.
        #expect(column.min == 0 && column.max == 11 && close(column.mean, 5.5))
        #expect(close(column.std, (143.0 / 12).squareRoot()))
        let values: [[JSONValue]] = [[.int(0), .int(1), .int(2), .int(3)], [.int(4), .int(5), .int(6), .int(7)]]
        #expect(
            found.samples
                == values.enumerated().map { .object(["row": .int($0.offset), "values": .array($0.element)]) })
        #expect(found.findings.isEmpty)
    }

    @Test func onlyTheFirstRowsOfAnArray() throws {
        let found = try contents("x.idx", idx([3, 2, 2], Array(0..<12))) { $0.maxRows = 2 }
        #expect(found.rows == 3 && found.columns[0].count == 8 && found.columns[0].max == 7 && found.samples.count == 2)
        #expect(found.findings.map(\.code) == ["D.part"])
        #expect(found.findings[0].message == "x.idx: only the first 2 of 3 rows were read, as was asked.")
    }

    /// Big-endian: -2 and 256.
    @Test func integersOfIDX() throws {
        let column = try contents("x.idx1", idx([2], [0xff, 0xfe, 0x01, 0x00], type: 0x0b)).columns[0]
        #expect(column.dtype == "i16" && column.min == -2 && column.max == 256)
    }

    @Test func whatIsNotFiniteIsCountedApart() throws {
        let found = try contents("x.npy", npy("<f8", [4], littleEndian([1.0, .nan, .infinity, 3.0])))
        let column = found.columns[0]
        #expect(found.rows == 4 && found.shape == nil && column.dtype == "f64")
        #expect(column.count == 3 && column.missing == 1 && column.distinct == 2)
        #expect(column.min == 1 && column.max == 3 && column.mean == 2 && column.std == 1)
        #expect(
            found.samples.prefix(2) == [
                .object(["row": .int(0), "values": .double(1)]), .object(["row": .int(1), "values": .null]),
            ])
        #expect(found.findings.map(\.code) == ["D.nan", "D.nan"])
        #expect(found.findings[0].message.contains("row 1,") && found.findings[1].message.contains("row 2,"))
    }

    /// Training reads single precision; what the file says is said.
    @Test func doublesKeepTheirDigits() throws {
        let column = try contents("x.npy", npy("<f8", [2], littleEndian([16_777_217.0, 16_777_217.0]))).columns[0]
        #expect(column.max == 16_777_217 && column.distinct == 1)
        let long = try contents("x.npy", npy("<i8", [1], littleEndian([Int64(-5)])))
        #expect(long.columns[0].dtype == "i64" && long.samples == [.object(["row": .int(0), "values": .int(-5)])])
    }

    /// A mean of the largest doubles is none: what cannot be said is left out, and nothing else with it.
    @Test func sumsThatOverflow() throws {
        let column = try contents(
            "x.npy", npy("<f8", [2], littleEndian([Double.greatestFiniteMagnitude, -.greatestFiniteMagnitude]))
        ).columns[0]
        #expect(column.count == 2 && column.max == Double.greatestFiniteMagnitude && column.std == nil)
    }

    // MARK: Text and images

    @Test func linesOfAText() throws {
        let found = try contents("t.txt", Array("ab\n\nabc\r\nd".utf8))
        #expect(found.format == .text && found.rows == 3)
        // a b c d, and the two ends of a line.
        #expect(found.columns[0] == DataColumn(name: "characters", dtype: "text", count: 10, missing: 0, distinct: 6))
        let lengths = found.columns[1]
        #expect(lengths.count == 3 && lengths.min == 1 && lengths.max == 3 && lengths.mean == 2)
        #expect(close(lengths.std, (2.0 / 3).squareRoot()))
        let lines: [(Int, String)] = [(1, "ab"), (3, "abc"), (4, "d")]
        #expect(found.samples == lines.map { .object(["line": .int($0.0), "text": .string($0.1)]) })
        #expect(found.findings.count == 1 && found.findings[0].message.contains("line 2 is empty"))
    }

    @Test(arguments: [(1, nil, 3), (3, nil, 9), (4, 3, 10)] as [(Int, Int?, Int)])
    func onlyTheFirstLines(_ most: Int, _ rows: Int?, _ characters: Int) throws {
        let found = try contents("t.txt", Array("ab\n\nabc\r\nd".utf8)) { $0.maxRows = most }
        #expect(found.rows == rows && found.columns[0].count == characters)
        #expect(found.findings.contains { $0.code == "D.part" } == (rows == nil))
    }

    @Test func longLinesAreCut() throws {
        let found = try contents("t.txt", Array(String(repeating: "ü", count: 300).utf8))
        let cut = String(repeating: "ü", count: 200) + "…"
        #expect(found.samples == [.object(["line": .int(1), "text": .string(cut)])] && found.columns[1].max == 300)
        let odd = try contents("t.txt", Array("a\u{fffd}b\n".utf8))
        #expect(odd.findings.map(\.message).contains { $0.contains("U+FFFD") && $0.contains("line 1") })
    }

    @Test func channelsOfAnImage() throws {
        let grey = try contents("t.png", png(height: 2, width: 3, [0, 50, 100, 150, 200, 250]))
        #expect(grey.format == .png && grey.rows == 1 && grey.shape == [2, 3, 1] && grey.findings.isEmpty)
        // Distances from 125: 25, 75 and 125, each twice; a third of their squares' sum is 7291.67.
        let column = grey.columns[0]
        #expect(column.name == "grey" && column.count == 6 && column.mean == 125)
        #expect(close(column.std, (21_875.0 / 3).squareRoot()))
        let colours = try contents("t.jpg", png(height: 1, width: 2, [1, 2, 3, 5, 2, 9], channels: 3))
        #expect(colours.format == .png && colours.columns.map(\.name) == ["red", "green", "blue"])
        #expect(colours.columns.map(\.mean) == [3, 2, 6])
        #expect(colours.findings.map(\.code) == ["D.format"])
        #expect(colours.findings.first?.message.contains("a PNG image") == true)
    }

    // MARK: What a name does not say, and what is none

    @Test func theFirstBytesSayIt() throws {
        let files: [(bytes: [UInt8], format: DataFileFormat)] = [
            (idx([1], [7]), .idx), (gzip(idx([1], [7])), .idx), (npy("|u1", [1], [7]), .npy),
            (png(height: 1, width: 1, [7]), .png), (Array("a;b\n1;2\n".utf8), .csv),
            (Array("some words\n".utf8), .text),
        ]
        for (bytes, format) in files {
            #expect(try contents("measured", bytes).format == format)
        }
    }

    private static let bad: [(name: String, bytes: [UInt8], code: String, words: String)] = [
        ("t.csv", [], "D.format", "empty"),
        ("t.csv", png(height: 1, width: 1, [7]), "D.format", "PNG"),
        ("t.csv", Array("a,b\n1,".utf8) + [0xe9, 0x0a], "D.format", "t.csv:2: column 'b' has a byte (0xe9)"),
        ("t.csv.gz", Array(gzip(Array("a,b\n1,2\n".utf8)).dropLast(10)), "D.truncated", "gzip data ends"),
        ("t.csv.gz", damaged(gzip(Array("a,b\n1,2\n".utf8))), "D.damaged", "damaged"),
        ("t.npy", idx([1], [7]), "D.format", "IDX"),
        ("t.npy", npy("<f4", [1_000_000_000], []), "D.truncated", "4000000000 bytes"),
        ("t.npy", npy("<f4", [1 << 40, 1 << 40], []), "D.size", "more than any file holds"),
        ("t.npy", npy("|O", [1], [7]), "D.format", "pickle"),
        ("t.idx", idx([0, 28, 28], []), "D.few", "nothing in it"),
        ("t.idx", idx([2, 2], [1, 2, 3]), "D.truncated", "4 bytes"),
        ("t.idx", idx([2, 2], [1, 2, 3, 4, 5]), "D.size", "disagree"),
        ("t.idx.gz", gzip(idx([100_000, 100_000], [1])), "D.truncated", "10000000000 bytes"),
        ("t.txt", [], "D.format", "empty"),
        ("t.txt", Array("a longer line of words: ".utf8) + [0xff], "D.format", "0xff"),
        ("t.png", Array(png(height: 1, width: 1, [7]).dropLast(8)), "D.truncated", "truncated"),
        ("t.jpg", Array("no image".utf8), "D.format", "neither PNG nor JPEG"),
        ("t", [0x7f, 0x45, 0x4c, 0x46, 1], "D.format", "a program (ELF)"),
        ("t", [], "D.format", "empty"),
    ]

    private static func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        bytes[bytes.count - 5] ^= 1
        return bytes
    }

    @Test(arguments: bad.indices) func whatCannotBeReadIsRefused(_ index: Int) throws {
        let (name, bytes, code, words) = Self.bad[index]
        let error = #expect(throws: DatasetError.self) { _ = try contents(name, bytes) }
        let finding = try #require(error?.findings.first)
        #expect(error?.findings.count == 1 && finding.code == code && finding.severity == .error, "\(finding)")
        #expect(finding.message.hasPrefix(name) && finding.message.contains(words), "\(finding.message)")
    }
}
