import Foundation
import GRDB
import Recipes

/// The daemon's memory: jobs, events, metrics, logs, checkpoints and data files below one directory.
///
/// Every function blocks and may be called from any thread. Reads use their own connections and never wait for a write
/// or for a checkpoint; writes to `simmer.db` take turns; `publish`, `sweep` and `verify` belong on threads of the
/// caller's choice, at low priority. docs/FORMAT.md has the invariants and the format.
public final class Store: Sendable {
    /// Limits and the clock.
    public struct Options: Sendable {
        /// Seconds between marking a checkpoint for removal and removing it; data files that no job uses, too.
        public var sweepGrace: Double = 3600
        /// Events and log rows kept of each job, where `trim` is not told otherwise.
        public var records = RecordLimits()
        /// Days for which a request's answer is kept.
        public var requestDays: Int = 7
        /// Microseconds since 1970. Only for what is shown and for ages; order comes from sequences.
        public var now: @Sendable () -> Int = { Store.wallClock() }

        public init() {}
    }

    /// Number of the schema.
    public static let schemaVersion = StoreSchema.steps.count

    /// The state directory.
    public let directory: String
    public let options: Options
    /// The store's identity, the same in all its files: 32 hexadecimal digits.
    public let uuid: String

    let lock: StoreLock
    let pool: DatabasePool
    let chunks: ChunkStore
    let mark: HighWaterMark
    let spare: SpareRoom
    let uuidBytes: [UInt8]
    let health: Locked<Health>
    let progress = Locked<[Int: Recipes.Progress]>([:])
    let activeTime = Locked<[Int: Int]>([:])
    let eventHandler = Locked<(@Sendable ([Event]) -> Void)?>(nil)
    /// Held by a publish from its first chunk to its commit, and by each batch of a sweep: what a sweep reads about
    /// references stays true while it deletes.
    let publishing = NSLock()
    /// Checkpoints that an export or a load reads at this moment, with how many readers each.
    let readers = Locked<[String: Int]>([:])
    /// Data files whose digest has been compared since the store was opened.
    let verifiedFiles = Locked<[Digest: FileIdentity]>([:])

    struct Health: Sendable {
        var findings: [Finding] = []
        /// Why nothing may be written any more.
        var refusal: String?
    }

    /// Opens or creates the store.
    ///
    /// Takes the lock first; a second daemon or tool is refused before anything is written.
    /// - Throws: `StoreOpenError`.
    public init(directory: String, options: Options = Options()) throws {
        try Store.makeDirectory(directory)
        let lock = try StoreLock(path: directory + "/store.lock")
        spare = SpareRoom(directory: directory)
        spare.giveUpIfFull()
        do {
            let opened = try Store.open(directory)
            self.directory = directory
            self.options = options
            self.lock = lock
            pool = opened.pool
            chunks = opened.chunks
            uuidBytes = opened.uuid
            uuid = opened.uuid.hex
            mark = HighWaterMark(path: directory + "/store.hwm")
            health = Locked(Health())
        } catch {
            lock.release()
            throw error
        }
        do {
            try checkAtStart()
            spare.take()
        } catch {
            // Whoever gives up leaves nothing held: the next attempt in this process must not meet our own lock.
            for close in [pool.close, chunks.close] { try? close() }  // the first error is the one to tell
            lock.release()
            throw StoreOpenError(code: .damaged, description: "The store cannot be used: \(error)")
        }
    }

    /// Marks the store as closed in order and closes it. Nothing may be called after.
    public func close() throws {
        try translating(databasePath) {
            try whereThereIsRoom {
                try pool.writeWithoutTransaction { database in
                    try database.execute(sql: "UPDATE meta SET clean = 1")
                    _ = try database.checkpoint(.truncate)
                }
            }
            try pool.close()
            try chunks.close()
        }
        lock.release()
    }

    /// What is wrong with the store; empty where all is well. Jobs go on, the operator must look.
    public var degraded: [Finding] { health.withLock { $0.findings } }

    /// Microseconds since 1970.
    public static func wallClock() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }

    var databasePath: String { directory + "/simmer.db" }

    /// A read on a connection of its own.
    func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try translating(databasePath) { try pool.read(body) }
    }

    private static func makeDirectory(_ path: String) throws {
        for folder in [path, path + "/datasets"] {
            if mkdir(folder, 0o700) == 0 {
                try syncDirectory((folder as NSString).deletingLastPathComponent)
            } else if errno != EEXIST {
                throw StoreOpenError(opening: folder, errno: errno)
            }
        }
    }
}

/// Why a store could not be opened. The text says what to do.
public struct StoreOpenError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable { case locked, newerSchema, foreign, damaged, io }
    public var code: Code
    public var description: String

    public init(code: Code, description: String) {
        self.code = code
        self.description = description
    }
}
