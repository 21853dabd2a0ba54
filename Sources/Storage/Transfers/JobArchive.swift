import Foundation
import Recipes

/// A job in one file, to be taken to another store: what its first entry says. docs/FORMAT.md describes the file.
struct JobArchive: Codable {
    /// What is read and written. A file of version 1 holds one job alone: of what is made of others it lacks all but the
    /// name.
    static let version = 2
    /// Names of the entries that are there once.
    static let index = "job.json"
    static let events = "events.jsonl"
    static let log = "log.jsonl"
    static let metrics = "metrics.jsonl"
    static let buckets = "buckets.jsonl"
    static let end = "end"
    /// The largest index that is read, bytes: some 400,000 entries.
    static let largestIndex = 64 << 20
    static let largestLine = 1 << 20

    /// Of the format; read before anything else. 1 still where nothing in the file needs 2, so that an older simmer takes
    /// it.
    var archive: Int
    /// The version of simmer that wrote it.
    var simmer: String
    var job: JobRow
    var input: JobInput
    /// Oldest first; the one that the job branched from, where it is there, before all others.
    var checkpoints: [ArchivedCheckpoint]
    /// Names of the metrics that buckets are of.
    var series: [String]
    /// Every entry after this one but the last, in the order of the file.
    var entries: [Entry]
    /// Jobs that come along, each after the one that it belongs to; absent where there are none.
    var others: [Companion]?

    /// A job that belongs to the one that was asked for: the same of it as of that one.
    struct Companion: Codable {
        var job: JobRow
        var input: JobInput
        var checkpoints: [ArchivedCheckpoint]
        var series: [String]
    }

    /// The one that was asked for first.
    var jobs: [Companion] {
        [Companion(job: job, input: input, checkpoints: checkpoints, series: series)] + (others ?? [])
    }

    struct Entry: Codable, Equatable {
        var name: String
        var size: Int
        /// 64 hexadecimal digits.
        var sha256: String
    }

    struct Version: Decodable { var archive: Int }

    /// What the entry of this name is called for the job at a place in `jobs`.
    static func entry(_ name: String, ofJob index: Int) -> String { index == 0 ? name : "jobs/\(index)/\(name)" }
    static func manifest(_ digest: String) -> String { "manifests/" + digest }
    static func chunk(_ digest: String) -> String { "chunks/" + digest }
    static func data(_ digest: String) -> String { "data/" + digest }
}

/// A checkpoint's row, as far as it says something in another store.
struct ArchivedCheckpoint: Codable {
    var id: String
    /// Whether it is the job's, and not the one that the job branched from.
    var isOwn: Bool
    var jobName: String?
    var step: Int
    var cause: String
    var createdUsec: Int
    var sizeBytes: Int
    var digest: String
    var weightsDigest: String
    /// JSON of `[MetricValue]`, as stored.
    var metrics: String
    var best: Double?
    var bestStep: Int?
    var pinned: Bool
    var tags: [String]
    var parents: [String]
    /// SHA-256 of the manifest, 64 hexadecimal digits.
    var manifest: String
}

/// What an import leaves to its caller to judge, before anything is kept.
public struct ArchivedJob: Sendable {
    /// The version of simmer that wrote the file.
    public var simmer: String
    /// As it was there, with that store's ids.
    public var job: JobRow
    public var input: JobInput
    /// Names of data files that did not come with it.
    public var missingFiles: [JobFile]
}

/// What an export wrote.
public struct JobExportResult: Sendable, Equatable {
    public var file: ExportResult
    /// Of all jobs in it.
    public var checkpoints: Int
    /// Data files in it.
    public var dataFiles: Int
    /// Names of the jobs that came along.
    public var others: [String]
}
