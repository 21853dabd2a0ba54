import Foundation
import GRDBSQLite
import Testing

/// A second pair of hands on a database, that knows nothing of the store's code.
enum Sqlite {
    static func run(_ path: String, _ sql: String) throws { _ = try value(path, sql) }

    /// Statements on one connection.
    static func runAll(_ path: String, _ statements: [String]) throws {
        var connection: OpaquePointer?
        try #require(sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK)
        defer { sqlite3_close(connection) }
        for sql in statements { try #require(sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK, "\(sql)") }
    }

    /// First column of the first row as text.
    @discardableResult
    static func value(_ path: String, _ sql: String) throws -> String? {
        var connection: OpaquePointer?
        try #require(sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK)
        defer { sqlite3_close(connection) }
        sqlite3_busy_timeout(connection, 5000)
        var statement: OpaquePointer?
        try #require(sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK, "\(sql)")
        defer { sqlite3_finalize(statement) }
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return sqlite3_column_text(statement, 0).map { String(cString: $0) }
        case SQLITE_DONE: return nil
        default:
            Issue.record("\(sql): \(String(cString: sqlite3_errmsg(connection)))")
            return nil
        }
    }
}
