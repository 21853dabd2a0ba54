import Foundation
import GRDB
import Recipes

/// A table of examples as a database: one row an example. Its columns are called `c0`, `c1` and so on there, so that no
/// name out of a file ever becomes part of a statement.
enum ExampleFile {
    /// `smex`.
    static let applicationId = 0x736d_6578
    /// Another number than the reader's makes the file be written anew.
    static let format = 1
    /// Rows of one file: a scan of as many takes about a second.
    static let mostRows = 5_000_000

    /// Writes a new file. It can be made again at any time, so that nothing is synced: what a crash leaves half written
    /// is found damaged.
    ///
    /// About 1 s for 70,000 rows of 20 columns.
    /// - Parameters:
    ///   - path: of a file that is not there.
    ///   - ids: the number of each row, nil for one that is left out; from 1 on by default.
    static func write(_ table: ExampleTable, to path: String, ids: [Int?]? = nil) throws {
        guard table.rowCount <= mostRows else {
            throw SimmerError.quotaExceeded(
                resource: "rows of a table of examples", limit: mostRows, used: table.rowCount)
        }
        var configuration = GRDB.Configuration()
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA page_size = 16384; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        let kinds = table.columns.map(kind)
        try queue.inDatabase { database in
            try database.inTransaction {
                try create(database, kinds)
                for (index, column) in table.columns.enumerated() {
                    try database.execute(
                        sql: "INSERT INTO description(position, text) VALUES (?, ?)",
                        arguments: [index, try encodeJSON(describe(column, kinds[index]))])
                }
                try insert(database, table, ids: ids)
                try index(database, table)
                try database.execute(sql: "INSERT INTO meta(id, rows) SELECT 1, count(*) FROM example")
                return .commit
            }
        }
        try queue.close()
    }

    private static func create(_ database: Database, _ kinds: [QueryColumn.Kind]) throws {
        let columns = kinds.enumerated().map { "c\($0) \($1 == .number ? "REAL" : "TEXT")" }
        try database.execute(
            sql: """
                PRAGMA application_id = \(applicationId); PRAGMA user_version = \(format);
                CREATE TABLE meta(id INTEGER PRIMARY KEY CHECK (id = 1), rows INTEGER NOT NULL) STRICT;
                CREATE TABLE description(position INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
                CREATE TABLE example(\((["id INTEGER PRIMARY KEY"] + columns).joined(separator: ", "))) STRICT;
                """)
    }

    /// Examples are looked up by their places.
    private static func index(_ database: Database, _ table: ExampleTable) throws {
        let places = [FoundExample.splitColumn, FoundExample.positionColumn].compactMap { name in
            table.columns.firstIndex { $0.name == name }.map { "c\($0)" }
        }
        guard places.count == 2 else { return }
        try database.execute(sql: "CREATE INDEX place ON example(\(places.joined(separator: ", ")))")
    }

    private static func insert(_ database: Database, _ table: ExampleTable, ids: [Int?]?) throws {
        let places = Array(repeating: "?", count: table.columns.count + 1).joined(separator: ", ")
        let statement = try RawStatement(database, "INSERT INTO example VALUES (\(places))")
        for row in 0..<table.rowCount {
            guard let id = ids.map({ $0.indices.contains(row) ? $0[row] : nil }) ?? row + 1 else { continue }
            try statement.bind(1, id)
            for (index, column) in table.columns.enumerated() {
                let place = Int32(index + 2)
                // What is not bound is NULL.
                switch column.values {
                case .numbers(let numbers): if numbers[row].isFinite { try statement.bind(place, numbers[row]) }
                case .words(let words): if !words[row].isEmpty { try statement.bind(place, words[row]) }
                }
            }
            _ = try statement.step()
            statement.reset()
        }
    }

    // MARK: What lies in a column

    private static func kind(_ column: ExampleTable.Column) -> QueryColumn.Kind {
        guard let words = column.words else { return .number }
        let distinct = Set(words).subtracting([""])
        return !distinct.isEmpty && distinct.allSatisfy { number($0) != nil } ? .digits : .text
    }

    /// The number that a text is, written as SQLite reads it too.
    private static func number(_ text: String) -> Double? {
        guard
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "+-.eE".utf8.contains($0) }),
            let value = Double(text), value.isFinite
        else { return nil }
        return value
    }

    private static func describe(_ column: ExampleTable.Column, _ kind: QueryColumn.Kind) -> ExampleColumn {
        var numbers: [Double] = []
        var count = 0
        var distinct = 0
        switch column.values {
        case .numbers(let values):
            numbers = values.filter(\.isFinite)
            count = numbers.count
        case .words(let words):
            let present = words.filter { !$0.isEmpty }
            count = present.count
            distinct = Set(present).count
            if kind == .digits { numbers = present.compactMap(number) }
        }
        numbers.sort()
        if case .numbers = column.values {
            distinct = numbers.isEmpty ? 0 : 1 + zip(numbers, numbers.dropFirst()).count { $0 != $1 }
        }
        let middle = numbers.count / 2
        return ExampleColumn(
            name: column.name, kind: kind, unit: column.unit, doc: column.doc, count: count,
            missing: column.count - count, distinct: distinct, minimum: numbers.first,
            median: numbers.isEmpty
                ? nil : numbers.count % 2 == 1 ? numbers[middle] : numbers[middle - 1] / 2 + numbers[middle] / 2,
            maximum: numbers.last)
    }
}
