import GRDBSQLite
import Testing

/// One row of a daemon's store, changed behind its back.
enum StoredRow {
    static let job = [
        "id", "uuid", "name", "owner_uid", "state", "desired", "priority", "created_usec", "labels",
        "parent_checkpoint", "body",
    ]
    static let input = ["job", "recipe", "overrides", "recipe_digest"]

    /// Replaces text in one column, and gives the row the checksum of docs/FORMAT.md, as whoever wrote it so would have.
    /// - Parameters:
    ///   - key: the column that `id` is in, the first of `columns`.
    ///   - isWhole: without the new checksum it is a damaged row.
    static func change(
        _ daemon: PrivateDaemon, _ table: String, _ columns: [String], id: Int, _ column: String,
        replacing old: String, with new: String, isWhole: Bool = true
    ) throws {
        var connection: OpaquePointer?
        let path = daemon.folder.appendingPathComponent("store/simmer.db").path
        try #require(sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK)
        defer { sqlite3_close(connection) }
        sqlite3_busy_timeout(connection, 10_000)
        func run(_ sql: String) throws {
            let status = sqlite3_exec(connection, sql, nil, nil, nil)
            try #require(status == SQLITE_OK, "\(sql): \(String(cString: sqlite3_errmsg(connection)))")
        }
        let place = "WHERE \(columns[0]) = \(id)"
        try run(
            "UPDATE \(table) SET \(column) = replace(\(column), '\(old)', '\(new)') \(place)"
                + " AND instr(\(column), '\(old)') > 0")
        try #require(sqlite3_changes(connection) == 1, "'\(old)' is in \(table).\(column)")
        guard isWhole else { return }
        var statement: OpaquePointer?
        let sql = "SELECT \(columns.joined(separator: ", ")) FROM \(table) \(place)"
        try #require(sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK)
        try #require(sqlite3_step(statement) == SQLITE_ROW)
        var checksum = Checksum()
        for index in columns.indices { checksum.add(statement, Int32(index)) }
        sqlite3_finalize(statement)
        try run("UPDATE \(table) SET checksum = \(Int64(bitPattern: checksum.state)) \(place)")
    }

    private struct Checksum {
        var state: UInt64 = 0x5349_4d4d_4552_0001

        mutating func add(_ statement: OpaquePointer?, _ column: Int32) {
            switch sqlite3_column_type(statement, column) {
            case SQLITE_NULL: mix(0)
            case SQLITE_INTEGER:
                mix(1)
                mix(UInt64(bitPattern: sqlite3_column_int64(statement, column)))
            default:
                let bytes = sqlite3_column_text(statement, column).map { Array(String(cString: $0).utf8) } ?? []
                mix(3)
                mix(UInt64(bytes.count))
                let words = bytes.count / 8
                for word in 0..<words { mix(Self.word(bytes[8 * word..<8 * word + 8])) }
                mix(Self.word(bytes[(8 * words)...]))
            }
        }

        private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
            bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }

        private mutating func mix(_ word: UInt64) {
            state = (state ^ word) &* 0x9e37_79b9_7f4a_7c15
            state ^= state >> 32
        }
    }
}
