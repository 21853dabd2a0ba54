import Foundation
import GRDB
import GRDBSQLite
import Recipes

/// `chunks.db`: pieces of tensors, at most 1 MiB each, by their SHA-256.
///
/// A rollback journal and pages of 64 KiB write an appended byte once, where a write-ahead log writes it twice. One
/// connection serves writer and readers; a reader waits for at most one transaction of `Batch.capacity` bytes.
final class ChunkStore: Sendable {
    /// Largest piece of a tensor.
    static let pieceSize = 1 << 20

    let path: String
    private let queue: DatabaseQueue

    init(path: String, uuid: [UInt8]) throws {
        self.path = path
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            // Page size and auto_vacuum must come before the first table; later the one writes nothing, but the other does,
            // for which a full disk has no room. With FULL, SQLite syncs the truncated journal
            // too, so that a commit is durable; mode DELETE would not sync the directory.
            try database.execute(sql: "PRAGMA page_size = 65536")
            if try Int.fetchOne(database, sql: "PRAGMA auto_vacuum") == 0 {
                try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            }
            try database.execute(
                sql: """
                    PRAGMA journal_mode = TRUNCATE;
                    PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
                    PRAGMA secure_delete = OFF; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -4096;
                    """)
        }
        queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.inDatabase { database in
            try StoreSchema.migrate(database, steps: StoreSchema.chunkSteps, path: path)
            if let known = try Data.fetchOne(database, sql: "SELECT store_uuid FROM meta") {
                guard Array(known) == uuid else {
                    throw StoreOpenError(
                        code: .foreign,
                        description: "\(path) belongs to another store than simmer.db beside it. Put back the two files"
                            + " of one store.")
                }
            } else {
                try database.execute(sql: "INSERT INTO meta(id, store_uuid) VALUES (1, ?)", arguments: [Data(uuid)])
            }
        }
    }

    func close() throws { try queue.close() }

    /// One piece to store: its digest and where its bytes are.
    struct Piece {
        var digest: Digest
        var bytes: UnsafeRawBufferPointer
    }

    /// Stores the pieces that are not there yet in one durable transaction.
    /// - Returns: bytes added.
    func add(_ pieces: [Piece]) throws -> Int {
        var added = 0
        try queue.inDatabase { database in
            try database.inTransaction(.immediate) {
                let find = try RawStatement(database, "SELECT 1 FROM chunk WHERE digest = ?")
                let insert = try RawStatement(database, "INSERT INTO chunk(digest, bytes) VALUES (?, ?)")
                for piece in pieces {
                    let known = try piece.digest.bytes.withUnsafeBytes { digest in
                        try find.bind(1, digest)
                        defer { find.reset() }
                        return try find.step()
                    }
                    if known { continue }
                    try piece.digest.bytes.withUnsafeBytes { digest in
                        try insert.bind(1, digest)
                        try insert.bind(2, piece.bytes)
                        defer { insert.reset() }
                        _ = try insert.step()
                    }
                    added += piece.bytes.count
                }
                return .commit
            }
        }
        return added
    }

    /// Copies a chunk's bytes, unchecked, into `buffer`.
    /// - Returns: their count; nil where the chunk is not there, or has not the size of `buffer`.
    func read(_ digest: Digest, into buffer: UnsafeMutableRawBufferPointer) throws -> Int? {
        try queue.inDatabase { database in
            let find = try RawStatement(database, "SELECT bytes FROM chunk WHERE digest = ?")
            return try digest.bytes.withUnsafeBytes { bytes -> Int? in
                try find.bind(1, bytes)
                defer { find.reset() }
                guard try find.step(), let content = find.blob(0), content.count <= buffer.count else { return nil }
                buffer.copyMemory(from: content)
                return content.count
            }
        }
    }

    /// Digests after `last` in order, with their sizes; for walks over everything in short steps.
    func digests(after last: Digest?, limit: Int) throws -> [Digest] {
        try queue.inDatabase { database in
            try Data.fetchAll(
                database, sql: "SELECT digest FROM chunk WHERE digest > ? ORDER BY digest LIMIT ?",
                arguments: [last?.data ?? Data(), limit]
            ).map { Digest(bytes: Array($0)) }
        }
    }

    func count() throws -> Int {
        try queue.inDatabase { try Int.fetchOne($0, sql: "SELECT count(*) FROM chunk") ?? 0 }
    }

    /// Removes chunks in one transaction and gives a few free pages back to the file system.
    /// - Returns: number and bytes of the removed ones.
    func remove(_ digests: [Digest]) throws -> (count: Int, bytes: Int) {
        var count = 0
        var bytes = 0
        try queue.inDatabase { database in
            try database.inTransaction(.immediate) {
                for digest in digests {
                    guard
                        let size = try Int.fetchOne(
                            database, sql: "SELECT length(bytes) FROM chunk WHERE digest = ?", arguments: [digest.data])
                    else { continue }
                    try database.execute(sql: "DELETE FROM chunk WHERE digest = ?", arguments: [digest.data])
                    count += 1
                    bytes += size
                }
                return .commit
            }
        }
        return (count, bytes)
    }

    /// Bytes of the free pages inside the file.
    func freeBytes() throws -> Int {
        try queue.inDatabase { database in
            (try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0)
                * (try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0)
        }
    }

    /// Gives up to `pages` free pages back to the file system; dear, so only in small steps when idle.
    func shrink(pages: Int) throws {
        try queue.inDatabase { try $0.execute(sql: "PRAGMA incremental_vacuum(\(pages))") }
    }

    /// What a quick look finds wrong; nil where all is well. A very large file is left to scrub.
    func check() throws -> String? {
        let size = try queue.inDatabase { database in
            (try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0)
                * (try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0)
        }
        return size <= 8 << 30 ? try fullCheck() : nil
    }

    /// SQLite's own check of the file's structure.
    func fullCheck() throws -> String? {
        do {
            let result = try queue.inDatabase { try String.fetchAll($0, sql: "PRAGMA quick_check(10)") }
            return result == ["ok"] ? nil : "\(path): \(result.joined(separator: "; "))"
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            return "\(path): \(error.message ?? "damaged")"
        }
    }

    /// Copies the whole file through SQLite's backup interface.
    func backup(to path: String, progress: ((Int, Int) throws -> Void)?) throws {
        let copy = try DatabaseQueue(path: path)
        defer { try? copy.close() }  // a close that fails after a finished backup loses nothing
        try queue.backup(to: copy, pagesPerStep: 256) { state in
            try progress?(state.completedPageCount, state.totalPageCount)
        }
    }
}

/// A prepared statement whose blobs are bound without a copy: the caller keeps the bytes until `reset`.
final class RawStatement {
    private let connection: OpaquePointer
    private let statement: OpaquePointer

    init(_ database: Database, _ sql: String) throws {
        guard let connection = database.sqliteConnection else { throw DatabaseError(resultCode: .SQLITE_MISUSE) }
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v2(connection, sql, -1, &statement, nil)
        guard code == SQLITE_OK, let statement else { throw RawStatement.failure(connection, code) }
        self.connection = connection
        self.statement = statement
    }

    deinit { sqlite3_finalize(statement) }

    func bind(_ index: Int32, _ bytes: UnsafeRawBufferPointer) throws {
        // A nil destructor is SQLITE_STATIC: SQLite reads the bytes where they are.
        let code = sqlite3_bind_blob64(statement, index, bytes.baseAddress, UInt64(bytes.count), nil)
        guard code == SQLITE_OK else { throw RawStatement.failure(connection, code) }
    }

    func bind(_ index: Int32, _ number: Double) throws {
        let code = sqlite3_bind_double(statement, index, number)
        guard code == SQLITE_OK else { throw RawStatement.failure(connection, code) }
    }

    func bind(_ index: Int32, _ number: Int) throws {
        let code = sqlite3_bind_int64(statement, index, Int64(number))
        guard code == SQLITE_OK else { throw RawStatement.failure(connection, code) }
    }

    /// SQLite copies the text.
    func bind(_ index: Int32, _ text: String) throws {
        var text = text
        let code = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                // -1 is SQLITE_TRANSIENT. An empty text may have no address: then it is bound as NULL.
                sqlite3_bind_text(
                    statement, index, $0.baseAddress, Int32($0.count),
                    unsafeBitCast(-1, to: sqlite3_destructor_type.self))
            }
        }
        guard code == SQLITE_OK else { throw RawStatement.failure(connection, code) }
    }

    /// Whether there is a row.
    func step() throws -> Bool {
        let code = sqlite3_step(statement)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw RawStatement.failure(connection, code)
        }
    }

    /// A column's bytes; valid until the next step or reset.
    func blob(_ index: Int32) -> UnsafeRawBufferPointer? {
        guard let bytes = sqlite3_column_blob(statement, index) else { return nil }
        return UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(statement, index)))
    }

    func reset() {
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
    }

    private static func failure(_ connection: OpaquePointer, _ code: Int32) -> DatabaseError {
        let extended = sqlite3_extended_errcode(connection)
        return DatabaseError(
            resultCode: ResultCode(rawValue: extended != SQLITE_OK ? extended : code),
            message: String(cString: sqlite3_errmsg(connection)))
    }
}
