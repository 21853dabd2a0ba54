import GRDB
import Recipes

/// The daemon's memory: jobs, events, metrics, logs, checkpoints and data files below one directory.
///
/// Every function blocks and may be called from any thread. Reads use their own connections and never wait for a write
/// or for a checkpoint; writes to `simmer.db` take turns; `publish`, `sweep` and `verify` belong on threads of the
/// caller's choice, at low priority.
public final class Store: Sendable {
    /// Limits and the clock.
    public struct Options: Sendable {
        /// Seconds between marking a checkpoint for removal and removing it.
        public var sweepGrace: Double = 3600
        /// Events kept: at most this many, and not older than this many days.
        public var eventLimit: Int = 100_000
        public var eventDays: Int = 30
        /// Days for which a request's answer is kept.
        public var requestDays: Int = 7
        /// Log rows kept of each job.
        public var logLimit: Int = 100_000
        /// Microseconds since 1970. Only for what is shown and for ages; order comes from sequences.
        public var now: @Sendable () -> Int = Store.wallClock

        public init() {}
    }

    /// The state directory.
    public let directory: String
    public let options: Options

    /// Opens or creates the store.
    ///
    /// Takes the lock first; a second daemon or tool is refused before anything is written.
    /// - Throws: `StoreOpenError`.
    public init(directory: String, options: Options = Options()) throws {
        self.directory = directory
        self.options = options
    }

    /// Marks the store as closed in order and closes it. Nothing may be called after.
    public func close() throws {}

    /// Number of the schema.
    public static let schemaVersion = 1

    /// What is wrong with the store; empty where all is well. Jobs go on, the operator must look.
    public var degraded: [Finding] { [] }

    /// Microseconds since 1970.
    public static let wallClock: @Sendable () -> Int = { 0 }
}

/// Why a store could not be opened. The text says what to do.
public struct StoreOpenError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable { case locked, newerSchema, foreign, damaged, io }
    public var code: Code
    public var description: String
}

/// An open transaction of `simmer.db`; valid inside the closure it is given to.
public struct StoreTransaction {
    let database: Database

    /// As `Store.insertJob`.
    public func insertJob(_ new: NewJob) throws -> JobRow { throw SimmerError.internalFault(reference: "") }
    /// As `Store.updateJob`.
    public func updateJob(
        _ id: Int, expectedGeneration: Int? = nil, event: EventKind? = nil, message: String? = nil,
        _ change: (inout JobRow) throws -> Void
    ) throws -> JobRow { throw SimmerError.internalFault(reference: "") }
    /// As `Store.job`.
    public func job(_ reference: String) throws -> JobRow { throw SimmerError.internalFault(reference: "") }
    /// The job's summary as it is in this transaction.
    public func summary(ofJob id: Int) throws -> JobSummary { throw SimmerError.internalFault(reference: "") }
}
