import Foundation
import Glibc
import Recipes
import Testing

@testable import Checks

@Suite struct ExampleTableTests {
    private func file() throws -> Int32 {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("simmer-table-\(UUID().uuidString)")
        let descriptor = open(path.path, O_RDWR | O_CREAT | O_EXCL, 0o600)
        try #require(descriptor >= 0)
        unlink(path.path)
        return descriptor
    }

    @Test func whatIsWrittenIsRead() throws {
        var table = ExampleTable(rowCount: 3)
        table.set(.init("ink", "Brightness.", numbers: [0.5, -.infinity, 3]))
        table.set(.init("length", "Characters.", unit: "characters", numbers: [1]))
        table.set(.init("label", "Its class.", words: ["cat", "", "cat", "too many"]))
        let descriptor = try file()
        defer { close(descriptor) }
        try table.write(to: descriptor)
        let read = try ExampleTable.read(from: descriptor)
        #expect(read.rowCount == 3)
        #expect(read.columns.map(\.name) == ["ink", "length", "label"])
        #expect(read["ink"] == table["ink"])
        #expect(read["label"]?.words == ["cat", "", "cat"])
        #expect(read["length"]?.unit == "characters")
        #expect(read["length"]?.numbers?[0] == 1)
        #expect(read["length"]?.numbers?[2].isNaN == true)
    }

    /// As a worker leaves it that is killed over a longer table; the next one writes through the same open file.
    @Test func whatWasThereBeforeIsGone() throws {
        let descriptor = try file()
        defer { close(descriptor) }
        let left = [UInt8](repeating: 7, count: 10_000)
        try #require(Glibc.write(descriptor, left, left.count) == left.count)
        var table = ExampleTable(rowCount: 2)
        table.set(.init("label", "Its class.", words: ["cat", "dog"]))
        try table.write(to: descriptor)
        #expect(try ExampleTable.read(from: descriptor) == table)
    }

    @Test func whatCannotBeWrittenSaysSo() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let fault = #expect(throws: ExampleTableFault.self) { try ExampleTable(rowCount: 0).write(to: ends[1]) }
        #expect(fault?.description.contains("cannot be written") == true)
    }

    @Test func damagedFilesAreRefused() throws {
        var table = ExampleTable(rowCount: 2)
        table.set(.init("label", "Its class.", words: ["cat", "dog"]))
        table.set(.init("ink", "Brightness.", numbers: [0.5, 1]))
        let descriptor = try file()
        defer { close(descriptor) }
        try table.write(to: descriptor)
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        bytes.removeLast(bytes.count - count)
        #expect(try ExampleTable.read(bytes) == table)
        for end in 0..<bytes.count {
            #expect(throws: ExampleTableFault.self) { try ExampleTable.read(Array(bytes[..<end])) }
        }
        // Whatever else a byte becomes, nothing stops.
        for place in bytes.indices {
            for value in [UInt8(0), 255] {
                var other = bytes
                other[place] = value
                _ = try? ExampleTable.read(other)
            }
        }
    }

    @Test func namesOfColumns() {
        var table = ExampleTable(rowCount: 0)
        table.set(.init("label", "Its class.", words: []))
        #expect(table.columnName(for: "mean radius") == "mean_radius")
        #expect(table.columnName(for: "Label") == "Label_2")
        #expect(table.columnName(for: "2nd") == "x_2nd")
        #expect(table.columnName(for: "größe") == "gr____e")
        #expect(table.columnName(for: "") == "x_")
    }

    /// What is worked out of an example, by checks or by a checkpoint, has its name before any column of a file has it.
    @Test func computedNamesAreTheTablesOwn() throws {
        for name in ["loss", "Prediction", "confidence", "correct", "duplicate_of", "outlier", "split", "file"] {
            #expect(ExampleTable(rowCount: 0).columnName(for: name) == "\(name)_2")
        }
        var data = TestTable.clean(50)
        data.add("outlier") { row, _ in "\(row % 7)" }
        data.add("loss") { row, _ in "\(row % 5)" }
        data.add("loss_2") { row, _ in "\(row % 3)" }
        let table = try ExampleTable(data.bench().bench)
        let rows = try #require(table["row"]?.numbers).map { Int($0) - 2 }
        #expect(table["outlier_2"]?.numbers == rows.map { Double($0 % 7) })
        #expect(table["loss_2"]?.numbers == rows.map { Double($0 % 5) })
        #expect(table["loss_2_2"]?.numbers == rows.map { Double($0 % 3) })
        #expect(table["loss"] == nil)
        #expect(table["outlier"]?.numbers?.contains { $0 == 0 } == false)
    }

    /// A cell that was filled in is empty: `find 'size is null'` finds it.
    @Test func missingCellsAreEmpty() throws {
        var data = TestTable.clean(50)
        for row in [3, 7, 20] { data.rows[row][1] = "NA" }
        data.add("colour") { row, _ in row == 9 ? "" : row % 2 == 0 ? "red" : "blue" }
        let bench = try data.bench { $0.data.missing = .mean }
        let table = try ExampleTable(bench.bench)
        let rows = try #require(table["row"]?.numbers).map { Int($0) - 2 }
        let weights = try #require(table["weight"]?.numbers)
        let reds = try #require(table["colour_red"]?.numbers)
        #expect(Set(rows.indices.filter { weights[$0].isNaN }.map { rows[$0] }) == [3, 7, 20])
        #expect(rows.indices.filter { reds[$0].isNaN }.map { rows[$0] } == [9])
        #expect(table["size"]?.numbers?.contains { $0.isNaN } == false)
        // The checks see what the network sees.
        let seen = try bench.bench.examples()
        #expect(seen["weight"]?.numbers?.contains { $0.isNaN } == false)
    }

    @Test func rowsKnowTheirFile() throws {
        var data = TestTable.clean(50)
        data.rows.append(data.rows[4])
        data.labels.append(data.labels[4])
        let bench = try data.bench()
        let table = try ExampleTable(bench.bench)
        #expect(table.rowCount == 51)
        let splits = try #require(table["split"]?.words)
        let rows = try #require(table["row"]?.numbers)
        let labels = try #require(table["label"]?.words)
        let sizes = try #require(table["size"]?.numbers)
        #expect(splits.filter { $0 == "validation" }.count == 10)
        // The header is line 1.
        #expect(rows.sorted() == (2...52).map { Double($0) })
        for index in 0..<51 {
            let place = Int(rows[index]) - 2
            #expect(labels[index] == data.labels[place])
            #expect(Float(sizes[index]) == Float(data.rows[place][0]))
        }
        #expect(table["duplicate_of"]?.words?.filter { !$0.isEmpty }.count == 1)
        #expect(table["file"]?.words?.allSatisfy { $0 == "t.csv" } == true)
        #expect(table["outlier"]?.numbers?.contains { !$0.isFinite } == false)
    }

    /// The least integer has no absolute value that is one.
    @Test func theLeastIntegerIsShown() throws {
        var data = TestTable.clean(50)
        for row in data.rows.indices { data.rows[row][2] = "-9223372036854775808" }
        let dataset = try data.bench().bench.dataset
        let page = ShowRequest.Page(
            name: "p", caption: "", places: [ExamplePlace(split: "training", position: 0)])
        let shown = ExampleShower(
            dataset, isOfLines: false, ShowRequest(pages: [page], sheets: false, pixels: false)
        ).page(0)
        #expect(shown.examples.first?.text?.contains("age -9.2") == true, "\(shown.examples)")
    }

    @Test func linesKnowTheirNumber() throws {
        let names = (0..<40).map { String(repeating: "a", count: $0 + 1) }
        let table = try ExampleTable(
            textBench(names.joined(separator: "\n")) { $0.data.documents = .lines }.bench)
        let rows = try #require(table["row"]?.numbers)
        let lengths = try #require(table["length"]?.numbers)
        #expect(rows == lengths)
        #expect(rows.sorted() == (1...40).map { Double($0) })
        #expect(table["split"]?.words?.filter { $0 == "validation" }.count == 8)
    }
}
