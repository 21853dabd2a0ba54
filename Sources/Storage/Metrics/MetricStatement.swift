import GRDB
import GRDBSQLite

/// Reads rows of `metric` and `bucket` where SQLite has them. A few curves of a long run are made of tens of thousands of
/// rows: copied, and asked for each column by its name, they take ten times as long.
struct MetricStatement {
    private let statement: Statement
    private let raw: SQLiteStatement
    /// With the checksum, which is the last one.
    private let columns: Int32

    /// - Parameters:
    ///   - columns: those that the checksum covers, in its order.
    ///   - condition: what stands behind the name of the table.
    init(_ database: Database, _ columns: [String], from table: String, _ condition: String) throws {
        let names = (columns + ["checksum"]).joined(separator: ", ")
        statement = try database.cachedStatement(sql: "SELECT \(names) FROM \(table) \(condition)")
        raw = statement.sqliteStatement
        self.columns = Int32(columns.count)
    }

    /// - Parameter body: gets each row, by its place, and nil where it is damaged, with the row itself.
    /// - Returns: how many rows there were.
    func forEach(_ arguments: StatementArguments, _ body: (MetricStatement?, Row) -> Void) throws -> Int {
        let cursor = try Row.fetchCursor(statement, arguments: arguments)
        var count = 0
        while let row = try cursor.next() {
            count += 1
            body(isWhole ? self : nil, row)
        }
        return count
    }

    /// Asked before any value is converted: until then none is sure to have its column's type.
    private var isWhole: Bool {
        var checksum = RowChecksum()
        for index in 0..<columns {
            switch sqlite3_column_type(raw, index) {
            case SQLITE_NULL: checksum.addNull()
            case SQLITE_INTEGER: checksum.add(sqlite3_column_int64(raw, index))
            case SQLITE_FLOAT: checksum.add(sqlite3_column_double(raw, index))
            default: checksum.add(DatabaseValue(sqliteStatement: raw, index: index))
            }
        }
        return sqlite3_column_type(raw, columns) == SQLITE_INTEGER
            && checksum.value == sqlite3_column_int64(raw, columns)
    }

    func int(_ index: Int32) -> Int { Int(sqlite3_column_int64(raw, index)) }

    func optionalInt(_ index: Int32) -> Int? { isNull(index) ? nil : int(index) }

    func double(_ index: Int32) -> Double? { isNull(index) ? nil : sqlite3_column_double(raw, index) }

    func text(_ index: Int32) -> String? { sqlite3_column_text(raw, index).map { String(cString: $0) } }

    private func isNull(_ index: Int32) -> Bool { sqlite3_column_type(raw, index) == SQLITE_NULL }
}
