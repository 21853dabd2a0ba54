import Foundation
import Recipes
import Storage
import Testing

/// Tables of examples as databases: what they answer, and what becomes of damaged ones.
@Suite struct ExampleStoreTests {
    private static let key = String(repeating: "ab", count: 32)

    /// Eight examples whose class is their row modulo 3; the ink of the last is missing.
    private static var table: ExampleTable {
        var table = ExampleTable(rowCount: 8)
        let rows = 0..<8
        table.set(.init("split", "", words: rows.map { $0 < 5 ? "training" : "validation" }))
        table.set(.init("position", "", numbers: rows.map { Double($0 < 5 ? $0 : $0 - 5) }))
        table.set(.init("label", "Its class.", words: rows.map { String($0 % 3) }))
        table.set(
            .init("ink", "How much.", unit: "share", numbers: rows.map { $0 == 7 ? .nan : Double($0) / 10 }))
        table.set(
            .init(
                "name", "A word.",
                words: ["", "it's", "x'; DROP TABLE example; --", "\u{1F600}", "%", "_", "a\"b", "ça"]))
        return table
    }

    private func add(
        _ table: ExampleTable, _ key: String, to store: ExampleStore, of base: String? = nil
    ) throws {
        let descriptor = try store.scratchFile()
        defer { close(descriptor) }
        try table.write(to: descriptor)
        try store.add(from: descriptor, key: key, of: base)
    }

    private func made(_ scratch: Scratch, limits: ExampleStore.Limits = .init()) throws -> ExampleStore {
        let store = try ExampleStore(directory: scratch.path + "/examples", limits: limits)
        try add(Self.table, Self.key, to: store)
        return store
    }

    /// Rows, as numbers from 0, that a question gives.
    private func rows(_ reader: ExampleReader, _ query: String, limit: Int = 100) throws -> [Int] {
        try reader.places(try reader.read(query: query), limit: limit).map {
            $0.split == "training" ? $0.position : $0.position + 5
        }
    }

    @Test func describes() throws {
        let scratch = try Scratch()
        let reader = try #require(try made(scratch).open(Self.key))
        #expect(reader.rowCount == 8 && reader.splitCounts == ["training": 5, "validation": 3])
        #expect(reader.columns.map(\.name) == ["split", "position", "label", "ink", "name"])
        #expect(reader.columns.map(\.kind) == [.text, .number, .digits, .number, .text])
        let ink = reader.columns[3]
        #expect(
            ink.count == 7 && ink.missing == 1 && ink.distinct == 7 && ink.unit == "share" && ink.doc == "How much.")
        #expect(ink.minimum == 0 && ink.median == 0.3 && ink.maximum == 0.6)
        let label = reader.columns[2]
        #expect(label.distinct == 3 && label.minimum == 0 && label.median == 1 && label.maximum == 2)
        #expect(reader.columns[4].missing == 1 && reader.columns[4].minimum == nil)
    }

    @Test(arguments: [
        ("", [0, 1, 2, 3, 4, 5, 6, 7]), ("label = 1", [1, 4, 7]), ("label <> 1 and ink > 0.1", [2, 3, 5, 6]),
        ("label > 1", [2, 5]), ("ink + 1 > 1.45 order by ink desc", [6, 5]), ("ink is null", [7]),
        ("not ink > 0.3", [0, 1, 2, 3]), ("order by ink desc", [6, 5, 4, 3, 2, 1, 0, 7]),
        ("order by label desc, ink", [2, 5, 1, 4, 7, 0, 3, 6]), ("limit 2", [0, 1]),
        ("label in (0, 2)", [0, 2, 3, 5, 6]),
        ("ink between 0.15 and 0.35", [2, 3]), ("name like '%\u{e7}%'", [7]), ("name = '%'", [4]),
        ("name like '\u{1F600}'", [3]), ("name is null or name like '_'", [0, 3, 4, 5]),
        ("1 / 2 > 0.4 and ink < 0.05", [0]),
        ("ink / 0 > 1", []),
        (
            "8 - 4 - 2 = 2 and 8 - (4 - 2) = 6 and 8 / 4 / 2 = 1 and 2 + 3 * 4 - 1 = 13 limit 8",
            [0, 1, 2, 3, 4, 5, 6, 7]
        ),
        ("(2 + 3) * 4 = 20 and 2 * (3 + 4) * 5 = 70 and -(1 - 2) = 1 and ink = 0.5", [5]), ("- -ink > 0.5", [6]),
        ("split = 'validation' and not label = 2", [6, 7]),
    ])
    func answers(_ query: String, _ expected: [Int]) throws {
        let scratch = try Scratch()
        let reader = try #require(try made(scratch).open(Self.key))
        #expect(try rows(reader, query) == expected)
        let counted = try reader.count(try reader.read(query: query))
        #expect(counted == (query == "limit 2" ? 8 : expected.count))
    }

    @Test func findsValues() throws {
        let scratch = try Scratch()
        let reader = try #require(try made(scratch).open(Self.key))
        let found = Locked<[FoundExample]>([])
        try reader.find(try reader.read(query: "order by ink desc"), columns: ["ink", "name", "nothing"], limit: 8) {
            part in
            found.withLock { $0 += part }
        }
        #expect(found.value.count == 8)
        #expect(
            found.value[0]
                == FoundExample(split: "validation", position: 1, numbers: ["ink": 0.6], words: ["name": "a\"b"]))
        #expect(
            found.value[7] == FoundExample(split: "validation", position: 2, words: ["name": "ça"]))
        let places = [ExamplePlace(split: "validation", position: 2), ExamplePlace(split: "test", position: 0)]
        #expect(try reader.values(of: "label", at: places) == ["1", nil])
        #expect(try reader.values(of: "ink", at: places) == [nil, nil])
    }

    /// A target that is a number has words too: those that a page shows beside the example.
    @Test func numbersInWords() throws {
        let scratch = try Scratch()
        let store = try made(scratch)
        let targets: [Double] = [151, Double(Float(0.1)), -2.5, 0.1, 1e30, .nan, -0.0, -0x1p63]
        var table = ExampleTable(rowCount: targets.count)
        table.set(.init("split", "", words: targets.map { _ in "training" }))
        table.set(.init("position", "", numbers: targets.indices.map { Double($0) }))
        table.set(.init("label", "Its target.", numbers: targets))
        try add(table, "cd", to: store)
        let reader = try #require(try store.open("cd"))
        let words = ["151", "0.1", "-2.5", "0.1", "1e+30", nil, "0", "-9.223372e+18"]
        let all = targets.indices.map { ExamplePlace(split: "training", position: $0) }
        #expect(try reader.values(of: "label", at: all) == words)
        let found = try reader.places(nil, with: "label")
        #expect(found.map(\.place) == all && found.map(\.value) == words)
        let few = try reader.places(try reader.read(query: "label < 0").filter, with: "label")
        #expect(few.map(\.value) == ["-2.5", "-9.223372e+18"])
    }

    /// A value of a type that its column cannot have is none, and ends nothing.
    @Test func valuesOfOtherTypes() throws {
        let scratch = try Scratch()
        let store = try made(scratch)
        try Sqlite.runAll(
            store.directory + "/\(Self.key).db",
            [
                "PRAGMA writable_schema = ON",
                "UPDATE sqlite_schema SET sql = replace(sql, ' STRICT', '') WHERE name = 'example'",
                "PRAGMA writable_schema = RESET",
                "UPDATE example SET c0 = x'ff', c1 = 'x', c2 = 1.5, c3 = 'y', c4 = x'ff' WHERE id = 3",
            ])
        let reader = try #require(try ExampleStore(directory: store.directory).open(Self.key))
        #expect(reader.splitCounts == ["training": 4, "": 1, "validation": 3])
        let odd = ExamplePlace(split: "", position: 0)
        #expect(try reader.places(try reader.read(query: ""), limit: 8)[2] == odd)
        let labels = try reader.places(nil, with: "label")
        #expect(labels[2].place == odd && labels[1].value == "1")
        #expect(try reader.places(nil, with: "name")[2].value == nil)
        let found = Locked<[FoundExample]>([])
        try reader.find(try reader.read(query: "limit 3"), columns: ["ink", "name"], limit: 3) { part in
            found.withLock { $0 += part }
        }
        #expect(found.value.last == FoundExample(split: "", position: 0))
        for column in reader.columns { _ = try reader.histogram(of: column, bins: 3) }
        try add(Self.table, Self.key + "-1", to: store, of: Self.key)
    }

    /// Texts of a question are values, whatever they look like; so are the words of the data.
    @Test(arguments: [
        "x'; DROP TABLE example; --", "' OR '1'='1", "\") UNION SELECT text FROM description --", "?1", "$name", "\\",
        "%' ; ATTACH DATABASE '/tmp/x' AS x; --",
    ])
    func injection(_ text: String) throws {
        let scratch = try Scratch()
        let store = try made(scratch)
        let reader = try #require(try store.open(Self.key))
        let quoted = "'" + text.replacingOccurrences(of: "'", with: "''") + "'"
        let expected = text.hasPrefix("x'") ? [2] : []
        #expect(try rows(reader, "name = \(quoted)") == expected)
        #expect(try rows(reader, "name in (\(quoted))") == expected)
        #expect(try rows(reader, "name like \(quoted) and name <> '%'") == (text == "%" ? [] : expected))
        #expect(throws: (any Error).self) { try reader.read(query: text) }
        #expect(try rows(reader, "").count == 8)
        // A column called like a statement is only a name.
        var table = Self.table
        table.set(.init("x\"); DROP TABLE example; --", "", numbers: [1]))
        try add(table, "cd", to: store)
        #expect(try store.open("cd")?.rowCount == 8)
    }

    @Test(arguments: ["", "../simmer", "AB", "ab/cd", "ab.db", String(repeating: "a", count: 200)])
    func keysAreNoPaths(_ key: String) throws {
        let scratch = try Scratch()
        let store = try made(scratch)
        #expect(try store.open(key) == nil)
        #expect(throws: (any Error).self) { try add(Self.table, key, to: store) }
        store.remove(key)
    }

    /// The deepest and longest question that the parser lets through is one that SQLite takes.
    @Test func theLongestQuestions() throws {
        let scratch = try Scratch()
        let reader = try #require(try made(scratch).open(Self.key))
        let chain = Array(repeating: "ink > 0.5", count: 200)
        #expect(try rows(reader, chain.joined(separator: " and ")) == [6])
        #expect(try rows(reader, chain.joined(separator: " or ")) == [6])
        #expect(try rows(reader, "ink < " + Array(repeating: "1", count: 390).joined(separator: " + ")).count == 7)
        #expect(try rows(reader, "label in (" + (0..<700).map(String.init).joined(separator: ", ") + ")").count == 8)
        for opening in ["not (ink < 9 and ", "not (ink > 9 or ", "(0 + 1) * 0 = 0 and (ink < 9 and (ink > 9 or "] {
            let closing = String(
                opening.filter { $0 == "(" }.dropFirst(opening.hasPrefix("(") ? 1 : 0).map { _ in ")" })
            let deepest = (1...40).compactMap { depth -> ExampleQuery? in
                let text =
                    String(repeating: opening, count: depth) + "ink > 0.5" + String(repeating: closing, count: depth)
                do { return try reader.read(query: text) } catch { return nil }
            }
            #expect(deepest.count >= 3)
            for query in deepest { _ = try reader.places(query, limit: 10) }
        }
        let sums = (1...60).compactMap { depth -> ExampleQuery? in
            let text = String(repeating: "(1 - 2 * ", count: depth) + "ink" + String(repeating: ")", count: depth)
            do { return try reader.read(query: "0 < 1 + \(text)") } catch { return nil }
        }
        #expect(sums.count > 3)
        for query in sums { _ = try reader.places(query, limit: 10) }
        let order = (0..<200).map { _ in "ink" }.joined(separator: ", ")
        #expect(try rows(reader, "order by \(order) limit 1") == [0])
    }

    @Test func histograms() throws {
        let scratch = try Scratch()
        let store = try made(scratch)
        let reader = try #require(try store.open(Self.key))
        let ink = try reader.histogram(of: reader.columns[3], bins: 3)
        #expect(ink.bins.map(\.count) == [2, 2, 3] && ink.missing == 1)
        #expect(ink.bins.first?.low == 0 && ink.bins.last?.high == 0.6)
        let position = try reader.histogram(of: reader.columns[1], bins: 20)
        #expect(position.bins.map(\.count) == [2, 2, 2, 1, 1])
        let label = try reader.histogram(of: reader.columns[2], bins: 20)
        #expect(label.bins.map(\.value) == ["0", "1", "2"] && label.bins.map(\.count) == [3, 3, 2])
        let name = try reader.histogram(of: reader.columns[4], bins: 2)
        #expect(name.bins.count == 2 && name.others == 5 && name.missing == 1)
        // One value, and the widest span that there is.
        var table = ExampleTable(rowCount: 3)
        table.set(.init("split", "", words: ["test", "test", "test"]))
        table.set(.init("position", "", numbers: [0, 1, 2]))
        table.set(.init("same", "", numbers: [4.5, 4.5, 4.5]))
        table.set(.init("wide", "", numbers: [-1e308, 0, 1e308]))
        table.set(.init("none", "", numbers: [.nan, .infinity, .nan]))
        try add(table, "ef", to: store)
        let odd = try #require(try store.open("ef"))
        #expect(try odd.histogram(of: odd.columns[2], bins: 5).bins.map(\.count) == [3])
        #expect(try odd.histogram(of: odd.columns[3], bins: 4).bins.map(\.count).reduce(0, +) == 3)
        #expect(try odd.histogram(of: odd.columns[4], bins: 4).bins.isEmpty)
    }

    @Test func answersOfACheckpoint() throws {
        let scratch = try Scratch()
        let store = try made(scratch)
        var answers = ExampleTable(rowCount: 4)
        // In another order, for some of them, and for one that is not there.
        answers.set(.init("split", "", words: ["validation", "training", "test", "training"]))
        answers.set(.init("position", "", numbers: [1, 0, 0, 3]))
        answers.set(.init("loss", "", unit: "nats", numbers: [2, 3, 9, 1]))
        try add(answers, Self.key + "-1", to: store, of: Self.key)
        let reader = try #require(try store.open(Self.key, answers: Self.key + "-1"))
        #expect(reader.columns.map(\.name).suffix(2) == ["name", "loss"])
        #expect(try rows(reader, "loss is not null order by loss desc") == [0, 6, 3])
        #expect(try rows(reader, "loss > 1 and ink > 0.5") == [6])
        #expect(try store.open(Self.key, answers: Self.key + "-2") == nil)
    }

    enum Damage: String, CaseIterable { case page, cut, empty, foreign, text, rows }

    @Test(arguments: Damage.allCases) func damagedTablesAreFound(_ damage: Damage) throws {
        let scratch = try Scratch()
        let folder = scratch.path + "/examples"
        let path = folder + "/\(Self.key).db"
        _ = try made(scratch)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        switch damage {
        case .page: for place in bytes.count / 2..<bytes.count { bytes[place] = 0xA5 }
        case .cut: bytes = bytes.prefix(bytes.count / 2)
        case .empty: bytes = Data()
        case .text: bytes = Data("no database".utf8)
        case .foreign, .rows: break
        }
        if damage == .foreign {
            try Data().write(to: URL(fileURLWithPath: path))
            try Sqlite.run(path, "CREATE TABLE example(id INTEGER PRIMARY KEY)")
        } else if damage == .rows {
            try Sqlite.run(path, "DELETE FROM example WHERE id = 3")
        } else {
            try bytes.write(to: URL(fileURLWithPath: path))
        }
        let store = try ExampleStore(directory: folder)
        let error = #expect(throws: ExampleDamage.self) { try store.open(Self.key) }
        #expect(error?.description.contains(path) == true)
        store.remove(Self.key)
        #expect(try store.open(Self.key) == nil)
        try add(Self.table, Self.key, to: store)
        #expect(try store.open(Self.key)?.rowCount == 8)
    }

    /// A worker's file that is none adds nothing.
    @Test func badTables() throws {
        let scratch = try Scratch()
        let store = try made(scratch)
        let descriptor = try store.scratchFile()
        defer { close(descriptor) }
        #expect(throws: ExampleTableFault.self) { try store.add(from: descriptor, key: "cd") }
        #expect(try store.open("cd") == nil)
        // Without the columns that name an example.
        var table = ExampleTable(rowCount: 1)
        table.set(.init("split", "", numbers: [1]))
        try add(table, "cd", to: store)
        #expect(throws: ExampleDamage.self) { try store.open("cd") }
        try add(ExampleTable(rowCount: 0), "ce", to: store)
        #expect(throws: ExampleDamage.self) { try store.open("ce") }
    }

    @Test func unfinishedFilesGo() throws {
        let scratch = try Scratch()
        let store = try made(scratch)
        let left = store.directory + "/.partial-xyz"
        try Data("half".utf8).write(to: URL(fileURLWithPath: left))
        let again = try ExampleStore(directory: store.directory)
        #expect(!FileManager.default.fileExists(atPath: left))
        #expect(try again.open(Self.key)?.rowCount == 8)
    }

    @Test func theLastUsedStay() throws {
        let scratch = try Scratch()
        let many = try made(scratch)
        for (age, key) in ["a1", "a2", "a3"].enumerated() {
            try add(Self.table, key, to: many)
            // Older ones were used before younger ones.
            var times = [timespec(tv_sec: time(nil) - 10_000 + age * 100, tv_nsec: 0), timespec(tv_sec: 0, tv_nsec: 0)]
            times[1] = times[0]
            utimensat(AT_FDCWD, "\(many.directory)/\(key).db", times, 0)
        }
        let store = try ExampleStore(directory: many.directory, limits: .init(files: 3))
        let reader = try #require(try store.open("a1"))
        try add(Self.table, "a4", to: store)
        #expect(try store.open("a1") != nil && store.open("a4") != nil && store.open(Self.key) != nil)
        #expect(try store.open("a2") == nil && store.open("a3") == nil)
        // Who reads one that goes reads on.
        store.remove("a1")
        #expect(try rows(reader, "label = 1") == [1, 4, 7])
        let strict = try ExampleStore(directory: store.directory, limits: .init(bytes: 1))
        try strict.sweep(sparing: ["a4"])
        #expect(try strict.open("a4") != nil && strict.open(Self.key) == nil)
    }

    @Test func manyReadWhileOneWrites() async throws {
        let scratch = try Scratch()
        let store = try made(scratch)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for _ in 0..<10 {
                        if worker == 0 { try self.add(Self.table, Self.key, to: store) }
                        let reader = try #require(try store.open(Self.key))
                        #expect(try self.rows(reader, "label = 1") == [1, 4, 7])
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
