import Dispatch
import Foundation
import GRDB
import Recipes

/// An open table of examples, with a checkpoint's answers beside it where they are wanted. Answers come in the order
/// that is asked for, always the same.
public final class ExampleReader: Sendable {
    /// Of the table, then of the answers.
    public let columns: [ExampleColumn]
    public let rowCount: Int
    /// Examples of each split.
    public let splitCounts: [String: Int]

    private let queue: DatabaseQueue
    private let names: [String]
    private let source: String
    private let split: String
    private let position: String
    private let path: String

    /// Seconds that one question may take.
    private static let mostSeconds = 20.0

    /// - Parameter answers: another table, whose rows have the numbers of this one's.
    /// - Throws: `DatabaseError`, `ExampleDamage`.
    init(path: String, answers: String?) throws {
        self.path = path
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        configuration.prepareDatabase { database in
            try database.execute(
                sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON")
        }
        queue = try DatabaseQueue(path: path, configuration: configuration)
        if let answers {
            try queue.inDatabase { try $0.execute(sql: "ATTACH DATABASE ? AS answers", arguments: [answers]) }
        }
        let own = try queue.inDatabase { try ExampleReader.columns($0, "main") }
        let others = answers == nil ? [] : try queue.inDatabase { try ExampleReader.columns($0, "answers") }
        // The kinds are those of the file's columns: what is read as a number is one.
        func place(of name: String, _ isNumber: Bool) throws -> String {
            guard let index = own.firstIndex(where: { $0.name == name && ($0.kind == .number) == isNumber }) else {
                throw ExampleDamage(path: path, reason: "it has no column '\(name)'")
            }
            return "e.c\(index)"
        }
        split = try place(of: FoundExample.splitColumn, false)
        position = try place(of: FoundExample.positionColumn, true)
        let added = others.indices.filter { index in !own.contains { $0.name == others[index].name } }
        columns = own + added.map { others[$0] }
        names = own.indices.map { "e.c\($0)" } + added.map { "a.c\($0)" }
        source = "example AS e" + (answers == nil ? "" : " LEFT JOIN answers.example AS a ON a.id = e.id")
        (rowCount, splitCounts) = try queue.inDatabase { [split] database in
            let rows = try Int.fetchOne(database, sql: "SELECT rows FROM meta") ?? 0
            let counts = try Row.fetchAll(database, sql: "SELECT \(split), count(*) FROM example AS e GROUP BY 1")
            return (
                rows,
                Dictionary(counts.map { (Self.word($0, 0) ?? "", Self.count($0, 1)) }, uniquingKeysWith: { $1 })
            )
        }
    }

    // MARK: Values of a row

    // A row's own subscripts end the program where a value has another type than the one asked for: a target may be a
    // number or a word, and a file can be damaged behind its check.

    /// Text, or a number as it is shown; nil where there is none.
    private static func word(_ row: Row, _ index: Int) -> String? {
        let value = row[index] as DatabaseValue
        if let text = String.fromDatabaseValue(value) { return text }
        guard let number = Double.fromDatabaseValue(value) else { return nil }
        if let whole = Int(exactly: number), whole.magnitude < 1 << 53 { return String(whole) }
        // Targets are kept in single precision, whose digits are fewer: 0.1, not 0.10000000149011612.
        let single = Float(number)
        return Double(single) == number ? "\(single)" : "\(number)"
    }

    /// 0 where there is none.
    private static func count(_ row: Row, _ index: Int) -> Int {
        Int.fromDatabaseValue(row[index] as DatabaseValue) ?? 0
    }

    /// Of the columns of split and position.
    private static func place(_ row: Row, _ split: Int, _ position: Int) -> ExamplePlace {
        ExamplePlace(split: word(row, split) ?? "", position: count(row, position))
    }

    private static func columns(_ database: Database, _ schema: String) throws -> [ExampleColumn] {
        try String.fetchAll(database, sql: "SELECT text FROM \(schema).description ORDER BY position").map {
            try decodeJSON(ExampleColumn.self, $0)
        }
    }

    /// - Throws: `QueryFailure`.
    public func read(query: String) throws(QueryFailure) -> ExampleQuery {
        try ExampleQuery(query, columns: columns.map { QueryColumn($0.name, $0.kind) })
    }

    /// Examples for which the condition holds, whatever the limit.
    public func count(_ query: ExampleQuery) throws -> Int {
        var sql = ExampleSQL(columns: names)
        sql.filter(query.filter)
        return try perform { [source, sql] database in
            try Int.fetchOne(
                database, sql: "SELECT count(*) FROM \(source)\(sql.text)",
                arguments: StatementArguments(sql.arguments)) ?? 0
        }
    }

    /// Calls `body` with the examples, some hundreds at a time.
    /// - Parameters:
    ///   - wanted: names of columns; unknown ones are passed over.
    ///   - limit: beside the question's own.
    public func find(
        _ query: ExampleQuery, columns wanted: [String], limit: Int, _ body: @escaping ([FoundExample]) throws -> Void
    ) throws {
        let shown = columns.indices.filter { wanted.contains(columns[$0].name) }
        let list = shown.map { ", \(names[$0])" }.joined()
        let sql = statement(query, "\(split), \(position)\(list)", limit: limit)
        try perform { [columns] database in
            let rows = try Row.fetchCursor(database, sql: sql.text, arguments: StatementArguments(sql.arguments))
            var found: [FoundExample] = []
            while let row = try rows.next() {
                let place = ExampleReader.place(row, 0, 1)
                var example = FoundExample(split: place.split, position: place.position)
                for (place, index) in shown.enumerated() {
                    let name = columns[index].name
                    if columns[index].kind == .number {
                        example.numbers[name] = Double.fromDatabaseValue(row[place + 2] as DatabaseValue)
                    } else {
                        example.words[name] = ExampleReader.word(row, place + 2)
                    }
                }
                found.append(example)
                if found.count == 500 {
                    try body(found)
                    found.removeAll(keepingCapacity: true)
                }
            }
            if !found.isEmpty { try body(found) }
        }
    }

    /// Where the examples for which a condition holds lie, in the table's order, each with a column's value in words.
    public func places(
        _ filter: QueryExpression?, with column: String
    ) throws -> [(place: ExamplePlace, value: String?)] {
        let value = columns.firstIndex { $0.name == column }.map { names[$0] } ?? "NULL"
        let sql = statement(
            ExampleQuery(filter: filter), "\(split), \(position), \(value)", limit: ExampleFile.mostRows)
        return try perform { database in
            try Row.fetchAll(database, sql: sql.text, arguments: StatementArguments(sql.arguments)).map {
                (ExampleReader.place($0, 0, 1), ExampleReader.word($0, 2))
            }
        }
    }

    /// Where the examples lie, in order.
    public func places(_ query: ExampleQuery, limit: Int) throws -> [ExamplePlace] {
        let sql = statement(query, "\(split), \(position)", limit: limit)
        return try perform { database in
            try Row.fetchAll(database, sql: sql.text, arguments: StatementArguments(sql.arguments)).map {
                ExampleReader.place($0, 0, 1)
            }
        }
    }

    /// A column's value in words for single examples; nil for one that has none.
    public func values(of column: String, at places: [ExamplePlace]) throws -> [String?] {
        guard let index = columns.firstIndex(where: { $0.name == column }) else { return places.map { _ in nil } }
        return try perform { [names, split, position, source] database in
            let sql = "SELECT \(names[index]) FROM \(source) WHERE \(split) = ? AND \(position) = ?"
            let statement = try database.makeStatement(sql: sql)
            return try places.map { place in
                try Row.fetchOne(statement, arguments: [place.split, Double(place.position)]).flatMap {
                    ExampleReader.word($0, 0)
                }
            }
        }
    }

    /// The numbers of the rows that another table is about; nil for examples that are not in this one, which may hold
    /// some of very many.
    func ids(of table: ExampleTable) throws -> [Int?] {
        let splits = table[FoundExample.splitColumn]?.words ?? []
        let positions = table[FoundExample.positionColumn]?.numbers ?? []
        let rows = try perform { [split, position] database in
            try Row.fetchAll(database, sql: "SELECT e.id, \(split), \(position) FROM example AS e")
        }
        let known = Dictionary(
            rows.map { (ExampleReader.place($0, 1, 2), ExampleReader.count($0, 0)) },
            uniquingKeysWith: { first, _ in first })
        return zip(splits, positions).map { split, position in
            Int(exactly: position).flatMap { known[ExamplePlace(split: split, position: $0)] }
        }
    }

    private func statement(_ query: ExampleQuery, _ selected: String, limit: Int) -> ExampleSQL {
        var sql = ExampleSQL(columns: names)
        sql.begin("SELECT \(selected) FROM \(source)")
        sql.filter(query.filter)
        sql.order(query.order, last: "e.id")
        sql.limit(min(limit, query.limit ?? limit))
        return sql
    }

    /// How often values come: numbers in bins of one width, of which whole numbers have one each where there are few;
    /// text by its most frequent values.
    public func histogram(of column: ExampleColumn, bins wanted: Int) throws -> ExampleHistogram {
        guard let index = columns.firstIndex(of: column) else {
            return ExampleHistogram(column: column.name, unit: column.unit, bins: [], missing: 0, others: 0)
        }
        let bins = max(1, min(wanted, 200))
        if column.kind == .number, let low = column.minimum, let high = column.maximum {
            return try ranges(column, names[index], low, high, bins)
        }
        let order = column.kind == .digits && column.distinct <= bins ? "CAST(value AS REAL)" : "2 DESC, 1"
        return try perform { [names, source] database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT \(names[index]) AS value, count(*) FROM \(source) WHERE \(names[index]) IS NOT NULL
                    GROUP BY 1 ORDER BY \(order) LIMIT ?
                    """, arguments: [bins])
            let counted = rows.map { ExampleBin(value: ExampleReader.word($0, 0), count: ExampleReader.count($0, 1)) }
            return ExampleHistogram(
                column: column.name, unit: column.unit, bins: counted, missing: column.missing,
                others: column.count - counted.reduce(0) { $0 + $1.count })
        }
    }

    private func ranges(
        _ column: ExampleColumn, _ name: String, _ low: Double, _ high: Double, _ wanted: Int
    ) throws -> ExampleHistogram {
        // Halved first: the span of doubles can be larger than a double.
        let span = high / 2 - low / 2
        let isWhole = try perform { [source] database in
            try Int.fetchOne(
                database, sql: "SELECT count(*) FROM \(source) WHERE \(name) <> round(\(name))") == 0
        }
        var (bins, start, width) = (wanted, low, span / Double(wanted) * 2)
        if isWhole, span * 2 < Double(wanted) { (bins, start, width) = (Int(span * 2) + 1, low - 0.5, 1) }
        if !(width > 0) { (bins, start, width) = (1, low, max(abs(low), 1)) }
        let (first, step) = (start, width)
        let last = bins - 1
        let counts = try perform { [source] database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT min(?, max(0, CAST((\(name) - ?) / ? AS INTEGER))) AS bin, count(*) FROM \(source)
                    WHERE \(name) IS NOT NULL GROUP BY 1
                    """, arguments: [last, first, step])
        }
        let byBin = Dictionary(
            counts.map { (ExampleReader.count($0, 0), ExampleReader.count($0, 1)) }, uniquingKeysWith: { $1 })
        return ExampleHistogram(
            column: column.name, unit: column.unit,
            bins: (0..<bins).map { bin in
                ExampleBin(
                    low: first + Double(bin) * step,
                    high: bin == last && step != 1 ? high : first + Double(bin + 1) * step, count: byBin[bin] ?? 0)
            }, missing: column.missing, others: 0)
    }

    /// Reads, and gives up what takes too long.
    private func perform<Result>(_ body: (Database) throws -> Result) throws -> Result {
        let timeout = DispatchWorkItem { [queue] in queue.interrupt() }
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.mostSeconds, execute: timeout)
        defer { timeout.cancel() }
        do {
            return try queue.inDatabase(body)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT {
            throw SimmerError.incompatible(
                message: "The question took longer than \(Int(Self.mostSeconds)) seconds and was given up.",
                findings: [])
        } catch let error as DatabaseError where ExampleDamage.codes.contains(error.resultCode) {
            throw ExampleDamage(path: path, reason: error.message ?? "\(error.resultCode)")
        }
    }
}

/// A table of examples that cannot be read: it is made again.
public struct ExampleDamage: Error, Sendable, CustomStringConvertible {
    public var path: String
    public var reason: String

    static let codes: [ResultCode] = [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_IOERR, .SQLITE_CANTOPEN]

    public var description: String { "The table of examples \(path) is damaged: \(reason)." }
}
