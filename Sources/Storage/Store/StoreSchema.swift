import Foundation
import GRDB

/// The two databases' tables and how they came about. docs/FORMAT.md describes each column.
enum StoreSchema {
    /// `SIMR`
    static let applicationId: Int32 = 0x5349_4d52

    /// What leads from version n to n + 1 of `simmer.db`; each runs in one transaction of its own.
    static let steps: [String] = [
        """
        CREATE TABLE meta(
            id INTEGER PRIMARY KEY CHECK(id = 1), store_uuid BLOB NOT NULL CHECK(length(store_uuid) = 16),
            commit_sequence INTEGER NOT NULL, event_floor INTEGER NOT NULL, clean INTEGER NOT NULL,
            last_scrub_usec INTEGER, last_backup_usec INTEGER) STRICT;

        CREATE TABLE job(
            id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
            owner_uid INTEGER NOT NULL, state TEXT NOT NULL, desired TEXT NOT NULL, priority INTEGER NOT NULL,
            created_usec INTEGER NOT NULL, labels TEXT NOT NULL, parent_checkpoint TEXT, body TEXT NOT NULL,
            checksum INTEGER NOT NULL) STRICT;
        CREATE INDEX job_parent ON job(parent_checkpoint) WHERE parent_checkpoint IS NOT NULL;
        CREATE INDEX job_name ON job(name);
        CREATE INDEX job_state ON job(state, priority DESC, id);
        CREATE UNIQUE INDEX job_unended_name ON job(name) WHERE state NOT IN ('succeeded', 'failed', 'cancelled');
        CREATE TABLE job_input(
            job INTEGER PRIMARY KEY REFERENCES job ON DELETE CASCADE, recipe TEXT NOT NULL, overrides TEXT NOT NULL,
            recipe_digest TEXT NOT NULL, checksum INTEGER NOT NULL) STRICT;
        CREATE TABLE job_file(
            job INTEGER NOT NULL REFERENCES job ON DELETE CASCADE, digest BLOB NOT NULL CHECK(length(digest) = 32),
            PRIMARY KEY(job, digest)) STRICT, WITHOUT ROWID;
        CREATE INDEX job_file_digest ON job_file(digest);

        CREATE TABLE request(
            uid INTEGER NOT NULL, id TEXT NOT NULL, arguments_digest TEXT NOT NULL, reply TEXT NOT NULL,
            at_usec INTEGER NOT NULL, checksum INTEGER NOT NULL, PRIMARY KEY(uid, id)) STRICT, WITHOUT ROWID;
        CREATE TABLE event(
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, time_usec INTEGER NOT NULL, kind TEXT NOT NULL, job INTEGER,
            body TEXT NOT NULL, checksum INTEGER NOT NULL) STRICT;

        CREATE TABLE series(
            id INTEGER PRIMARY KEY, job INTEGER NOT NULL REFERENCES job ON DELETE CASCADE, name TEXT NOT NULL,
            UNIQUE(job, name)) STRICT;
        CREATE TABLE metric(
            series INTEGER NOT NULL REFERENCES series ON DELETE CASCADE, step INTEGER NOT NULL,
            time_usec INTEGER NOT NULL, value REAL, non_finite TEXT, checksum INTEGER NOT NULL,
            PRIMARY KEY(series, step)) STRICT, WITHOUT ROWID;

        CREATE TABLE log(
            cursor INTEGER PRIMARY KEY AUTOINCREMENT, job INTEGER, time_usec INTEGER NOT NULL,
            priority INTEGER NOT NULL, step INTEGER, message TEXT NOT NULL, fields TEXT, checksum INTEGER NOT NULL)
            STRICT;
        CREATE INDEX log_job ON log(job, cursor);

        CREATE TABLE checkpoint(
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE CHECK(length(id) = 32),
            job INTEGER REFERENCES job ON DELETE RESTRICT, job_name TEXT, owner_uid INTEGER NOT NULL,
            step INTEGER NOT NULL, cause TEXT NOT NULL, created_usec INTEGER NOT NULL, size_bytes INTEGER NOT NULL,
            new_bytes INTEGER NOT NULL, digest TEXT NOT NULL, weights_digest TEXT NOT NULL, metrics TEXT NOT NULL,
            best REAL, best_step INTEGER, manifest BLOB NOT NULL, manifest_digest BLOB NOT NULL CHECK(length(manifest_digest) = 32),
            complete INTEGER NOT NULL CHECK(complete IN (0, 1)), pinned INTEGER NOT NULL CHECK(pinned IN (0, 1)),
            exported INTEGER NOT NULL CHECK(exported IN (0, 1)), verify_state TEXT NOT NULL, verified_usec INTEGER,
            deleted_usec INTEGER, checksum INTEGER NOT NULL) STRICT;
        CREATE INDEX checkpoint_job ON checkpoint(job, sequence);
        CREATE TABLE checkpoint_chunk(
            checkpoint TEXT NOT NULL REFERENCES checkpoint(id) ON DELETE CASCADE, seq INTEGER NOT NULL,
            digest BLOB NOT NULL CHECK(length(digest) = 32), size INTEGER NOT NULL,
            PRIMARY KEY(checkpoint, seq)) STRICT, WITHOUT ROWID;
        CREATE INDEX checkpoint_chunk_digest ON checkpoint_chunk(digest);
        CREATE TABLE parent(
            checkpoint TEXT NOT NULL REFERENCES checkpoint(id) ON DELETE CASCADE, seq INTEGER NOT NULL,
            parent TEXT NOT NULL, PRIMARY KEY(checkpoint, seq)) STRICT, WITHOUT ROWID;
        CREATE TABLE tag(
            scope INTEGER NOT NULL, tag TEXT NOT NULL, checkpoint TEXT NOT NULL REFERENCES checkpoint(id)
            ON DELETE CASCADE, PRIMARY KEY(scope, tag)) STRICT, WITHOUT ROWID;
        CREATE INDEX tag_checkpoint ON tag(checkpoint);
        CREATE TABLE garbage(digest BLOB PRIMARY KEY CHECK(length(digest) = 32)) STRICT, WITHOUT ROWID;
        """,
        """
        CREATE TABLE bucket(
            series INTEGER NOT NULL REFERENCES series ON DELETE CASCADE, first INTEGER NOT NULL, last INTEGER NOT NULL,
            level INTEGER NOT NULL, rows INTEGER NOT NULL, finite INTEGER NOT NULL, mean REAL, least REAL,
            greatest REAL, newest REAL, non_finite_step INTEGER, time_usec INTEGER NOT NULL, checksum INTEGER NOT NULL,
            PRIMARY KEY(series, first)) STRICT, WITHOUT ROWID;
        CREATE INDEX event_job ON event(job, sequence);
        """,
        """
        CREATE TABLE check_result(
            subject TEXT NOT NULL, id TEXT NOT NULL, verdict TEXT NOT NULL, time_usec INTEGER NOT NULL,
            body TEXT NOT NULL, checksum INTEGER NOT NULL, PRIMARY KEY(subject, id)) STRICT, WITHOUT ROWID;
        CREATE TABLE picture(
            subject TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL,
            checksum INTEGER NOT NULL, PRIMARY KEY(subject, id, seq)) STRICT, WITHOUT ROWID;
        CREATE TABLE improvement(
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, owner_uid INTEGER NOT NULL, name TEXT NOT NULL,
            time_usec INTEGER NOT NULL, body TEXT NOT NULL, checksum INTEGER NOT NULL) STRICT;
        """,
    ]

    static let chunkSteps: [String] = [
        """
        CREATE TABLE meta(
            id INTEGER PRIMARY KEY CHECK(id = 1), store_uuid BLOB NOT NULL CHECK(length(store_uuid) = 16)) STRICT;
        CREATE TABLE chunk(
            digest BLOB PRIMARY KEY CHECK(length(digest) = 32), bytes BLOB NOT NULL CHECK(length(bytes) > 0)) STRICT;
        """
    ]

    /// Says whether a database file may be opened, from its header alone, so that a refused one stays untouched.
    ///
    /// The header is that of <https://www.sqlite.org/fileformat2.html#database_header>: `user_version` at 60,
    /// `application_id` at 68, both big-endian.
    static func check(fileAt path: String, newest: Int) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw StoreOpenError(opening: path, errno: errno)
        }
        defer { close(descriptor) }
        var header = [UInt8](repeating: 0, count: 100)
        let count = pread(descriptor, &header, header.count, 0)
        guard count >= 0 else { throw StoreOpenError(opening: path, errno: errno) }
        if count == 0 { return }  // an empty file is a database that was never written
        guard count == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw StoreOpenError(
                code: .foreign,
                description:
                    "\(path) is not one of simmer's databases. Move it away, or choose another state directory."
            )
        }
        func word(at offset: Int) -> Int { header[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        let application = word(at: 68)
        let version = word(at: 60)
        // Zero is a database whose first transaction has not reached the file yet.
        guard application == Int(applicationId) || (application == 0 && version == 0) else {
            throw StoreOpenError(
                code: .foreign,
                description: "\(path) belongs to another program. Move it away, or choose another state directory.")
        }
        try check(version: version, newest: newest, path: path)
        try checkLength(of: path, descriptor, pageSize: Int(header[16]) << 8 | Int(header[17]), pages: word(at: 28))
    }

    /// Refuses a file that is shorter than its header says. While a log or a journal lies beside it, SQLite may be in
    /// the middle of writing it, and judges by itself.
    private static func checkLength(of path: String, _ descriptor: Int32, pageSize: Int, pages: Int) throws {
        for companion in [path + "-wal", path + "-journal"] where fileSize(companion) > 0 { return }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw StoreOpenError(opening: path, errno: errno) }
        // 65,536 does not fit into the header's two bytes and is written as 1.
        let expected = (pageSize == 1 ? 65_536 : pageSize) * pages
        guard Int(information.st_size) >= expected else {
            throw StoreOpenError(
                code: .damaged,
                description: "\(path) is cut short: \(information.st_size) of \(expected) bytes are left. Nothing was"
                    + " changed. Copy the state directory, then put the file back from a backup.")
        }
    }

    /// 0 for a file that is missing or cannot be looked at; opening that one says why.
    static func fileSize(_ path: String) -> Int {
        var information = stat()
        return stat(path, &information) == 0 ? Int(information.st_size) : 0
    }

    static func check(version: Int, newest: Int, path: String) throws {
        guard version <= newest else {
            throw StoreOpenError(
                code: .newerSchema,
                description: "\(path) was written by a newer simmer (schema \(version), this one knows \(newest))."
                    + " Nothing was changed. Install that version again, or restore the backup made before the update.")
        }
    }

    /// Brings an open database to the newest version, one transaction a step.
    static func migrate(_ database: Database, steps: [String], path: String) throws {
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        try check(version: version, newest: steps.count, path: path)
        for next in version..<steps.count {
            try database.inTransaction(.immediate) {
                try database.execute(sql: steps[next])
                try database.execute(sql: "PRAGMA application_id = \(applicationId)")
                try database.execute(sql: "PRAGMA user_version = \(next + 1)")
                return .commit
            }
        }
    }
}
