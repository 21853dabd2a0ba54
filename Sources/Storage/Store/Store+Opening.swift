import Foundation
import GRDB
import Recipes

extension Store {
    /// Opens both databases, refusing what this version must not touch before the first write.
    static func open(_ directory: String) throws -> (pool: DatabasePool, chunks: ChunkStore, uuid: [UInt8]) {
        let path = directory + "/simmer.db"
        let chunkPath = directory + "/chunks.db"
        try StoreSchema.check(fileAt: path, newest: StoreSchema.steps.count)
        try StoreSchema.check(fileAt: chunkPath, newest: StoreSchema.chunkSteps.count)
        do {
            let pool = try DatabasePool(path: path, configuration: configuration())
            try backUpBeforeMigrating(pool, path: path)
            let uuid = try pool.writeWithoutTransaction { database in
                // GRDB turns synchronous down to NORMAL when it turns on the write-ahead log; a commit must be durable.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try StoreSchema.migrate(database, steps: StoreSchema.steps, path: path)
                return try storeUUID(database)
            }
            let chunks = try ChunkStore(path: chunkPath, uuid: uuid)
            try syncDirectory(directory)
            return (pool, chunks, uuid)
        } catch let error as DatabaseError {
            throw StoreOpenError(
                code: error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB ? .damaged : .io,
                description: "\(path) cannot be opened: \(error.description). Check the disk; restore a backup with"
                    + " `simmerd restore` where the file is damaged.")
        }
    }

    private static func configuration() -> GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = 8
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA secure_delete = OFF;
                    PRAGMA journal_size_limit = 67108864;
                    """)
        }
        return configuration
    }

    private static func storeUUID(_ database: Database) throws -> [UInt8] {
        if let uuid = try Data.fetchOne(database, sql: "SELECT store_uuid FROM meta") { return Array(uuid) }
        var generator = SystemRandomNumberGenerator()
        let uuid = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try database.execute(
            sql: "INSERT INTO meta(id, store_uuid, commit_sequence, event_floor, clean) VALUES (1, ?, 0, 0, 1)",
            arguments: [Data(uuid)])
        return uuid
    }

    private static func backUpBeforeMigrating(_ pool: DatabasePool, path: String) throws {
        let version = try pool.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
        guard version > 0, version < StoreSchema.steps.count else { return }
        let copy = try DatabaseQueue(path: "\(path).schema-\(version)")
        try pool.backup(to: copy)
        try copy.close()
    }

    /// Looks for what a crash, a bad disk or a stranger may have done, and notes it in `degraded`.
    func checkAtStart() throws {
        try translating(databasePath) {
            let result = try pool.read { try String.fetchAll($0, sql: "PRAGMA quick_check(10)") }
            if result != ["ok"] {
                addDegraded(
                    "store_damaged", "\(databasePath): \(result.joined(separator: "; "))",
                    hint: "Make a copy of the state directory, then restore a backup.")
            }
            let sequence = try pool.write { database in
                try database.execute(sql: "UPDATE meta SET clean = 0")
                return try Int.fetchOne(database, sql: "SELECT commit_sequence FROM meta") ?? 0
            }
            let known = mark.read(uuid: uuidBytes)
            if let known, sequence < known {
                addDegraded(
                    "transactions_lost",
                    "The database knows of \(sequence) commits, but \(known) were made: the last ones are lost.",
                    hint: "The disk or memory is not to be trusted. Restore a backup, or go on from what is there.")
            } else if known == nil, sequence > 0 {
                addDegraded(
                    "mark_missing", "\(mark.path) is missing or damaged: lost commits could not be noticed this time.")
            }
            if known.map({ sequence > $0 }) ?? true { try mark.write(sequence, uuid: uuidBytes) }
        }
        if let problem = try chunks.check() {
            addDegraded(
                "store_damaged", problem, hint: "Damaged checkpoints are passed over; `simmer daemon scrub` names them."
            )
        }
    }
}
