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
        try refuseMissing(path, besides: [chunkPath, directory + "/store.hwm"])
        let pool: DatabasePool
        let uuid: [UInt8]
        do {
            try refuseMissingChunks(chunkPath, of: path)
            pool = try DatabasePool(path: path, configuration: configuration())
            try backUpBeforeMigrating(pool, path: path)
            uuid = try pool.writeWithoutTransaction { database in
                // GRDB turns synchronous down to NORMAL when it turns on the write-ahead log; a commit must be durable.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try StoreSchema.migrate(database, steps: StoreSchema.steps, path: path)
                try makeShrinkable(database)
                return try storeUUID(database)
            }
        } catch let error as DatabaseError {
            throw StoreOpenError(opening: path, error)
        }
        do {
            let chunks = try ChunkStore(path: chunkPath, uuid: uuid)
            try syncDirectory(directory)
            return (pool, chunks, uuid)
        } catch let error as DatabaseError {
            throw StoreOpenError(opening: chunkPath, error)
        }
    }

    /// `simmer.db` comes to be before the other files: where one of them has content and it has none, it was lost.
    private static func refuseMissing(_ path: String, besides others: [String]) throws {
        guard StoreSchema.fileSize(path) == 0 else { return }
        for other in others where StoreSchema.fileSize(other) > 0 {
            throw StoreOpenError(
                code: .damaged,
                description:
                    "\(path) is missing or empty, but \(other) is there. Nothing was changed. Put simmer.db back"
                    + " from a backup, or move the whole state directory away to begin anew.")
        }
    }

    /// An empty `chunks.db` is the right one only for a store that never had a checkpoint.
    private static func refuseMissingChunks(_ path: String, of databasePath: String) throws {
        guard StoreSchema.fileSize(path) == 0, StoreSchema.fileSize(databasePath) > 0 else { return }
        // Opening the pool writes a little; this connection does not.
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        let published = try DatabaseQueue(path: databasePath, configuration: configuration).read { database in
            guard try database.tableExists("checkpoint") else { return 0 }
            return try Int.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'checkpoint'") ?? 0
        }
        guard published == 0 else {
            throw StoreOpenError(
                code: .damaged,
                description: "\(path) is missing or empty, but \(published) checkpoints were stored in it. Nothing was"
                    + " changed. Put it back from a backup, or move the whole state directory away to begin anew.")
        }
    }

    private static func configuration() -> GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = 8
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            // auto_vacuum counts for a file that is not written yet, and for one that is written anew (`makeShrinkable`).
            // Setting it again would write, for which a full disk has no room.
            if !database.configuration.readonly, try Int.fetchOne(database, sql: "PRAGMA auto_vacuum") == 0 {
                try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            }
            try database.execute(
                sql: """
                    PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA secure_delete = OFF;
                    PRAGMA journal_size_limit = 67108864;
                    """)
        }
        return configuration
    }

    /// Writes a file of schema 1 anew, once, so that its free pages can be given back. Where the disk has no room for
    /// that the file stays as it is, and uses its free pages again instead; the next start tries again.
    private static func makeShrinkable(_ database: Database) throws {
        guard try Int.fetchOne(database, sql: "PRAGMA auto_vacuum") == 0 else { return }
        do {
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL; VACUUM")
        } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
            return
        }
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

    /// For what can be left out: a store on a full disk is opened all the same, so that things can be removed from it.
    func whereThereIsRoom(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
            return
        } catch SimmerError.noSpace {
            return
        }
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
            try whereThereIsRoom { try pool.write { try $0.execute(sql: "UPDATE meta SET clean = 0") } }
            let sequence = try pool.read { try Int.fetchOne($0, sql: "SELECT commit_sequence FROM meta") ?? 0 }
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
            if known.map({ sequence > $0 }) ?? true {
                try whereThereIsRoom { try mark.write(sequence, uuid: uuidBytes) }
            }
        }
        if let problem = try chunks.check() {
            addDegraded(
                "store_damaged", problem, hint: "Damaged checkpoints are passed over; `simmer daemon scrub` names them."
            )
        }
    }
}
