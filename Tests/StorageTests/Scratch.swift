import Foundation
import Recipes
import Storage
import Testing

/// A private directory that goes with the test that made it.
final class Scratch: Sendable {
    let path: String
    private let isOwner: Bool

    init() throws {
        isOwner = true
        path = NSTemporaryDirectory() + "simmer-store-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// Another process's: it stays.
    init(existing path: String) throws {
        self.path = path
        isOwner = false
    }

    deinit {
        if !isOwner { return }
        // Left-overs in the system's temporary directory are no failure of the code under test.
        try? FileManager.default.removeItem(atPath: path)
    }

    func store(_ change: (inout Store.Options) -> Void = { _ in }) throws -> Store {
        var options = Store.Options()
        options.sweepGrace = 0
        change(&options)
        return try Store(directory: path + "/state", options: options)
    }

    var state: String { path + "/state" }

    /// An open file with this content.
    func file(_ content: [UInt8], named name: String = UUID().uuidString) throws -> Int32 {
        let descriptor = open(path + "/" + name, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        try #require(descriptor >= 0)
        try #require(write(descriptor, content, content.count) == content.count)
        return descriptor
    }
}

/// A clock that tests set.
final class TestClock: @unchecked Sendable {
    // Sendable: the time is read and written with the lock held alone.
    private let lock = NSLock()
    private var time: Int
    init(_ time: Int = 1_700_000_000_000_000) { self.time = time }
    func now() -> Int { lock.withLock { time } }
    func advance(seconds: Double) { lock.withLock { time += Int(seconds * 1_000_000) } }
}

func newJob(_ name: String = "night-owl", explicit: Bool = false) -> NewJob {
    var job = NewJob(
        name: explicit ? name : nil, defaultName: name, ownerUid: 1000, recipe: "recipe: 1\nname: \(name)\n",
        recipeDigest: "sha256:00")
    job.state = .queued
    job.bestMetric = "validation.accuracy"
    job.bestIsHigher = true
    return job
}

/// Bytes that no two seeds share, quickly made.
func pattern(_ count: Int, seed: UInt64) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    bytes.withUnsafeMutableBytes { raw in
        for offset in stride(from: 0, to: count & ~7, by: 8) {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            raw.storeBytes(of: state, toByteOffset: offset, as: UInt64.self)
        }
    }
    return bytes
}

/// A snapshot of a big weight (a piece and a half), a small transposed one, a buffer, moments and an average.
struct Sample {
    var snapshot: Snapshot
    var bytes: [UInt8]

    /// - Parameters:
    ///   - seed: decides the big weight and its moment; the rest stays the same.
    init(step: Int, seed: UInt64, accuracy: Double? = nil) {
        let big = 393_216  // floats: 1.5 MiB
        var records: [TensorRecord] = []
        var bytes: [UInt8] = []
        func add(_ name: String, _ role: TensorRecord.Role, _ shape: [Int], _ content: [UInt8], stored: [Int]? = nil) {
            records.append(
                TensorRecord(
                    name: name, role: role, dtype: name.hasSuffix("tracked") ? "I64" : "F32", shape: shape,
                    storedShape: stored, permutation: stored == nil ? nil : [1, 0], offset: bytes.count,
                    byteCount: content.count))
            bytes += content
        }
        func floats(_ values: [Float]) -> [UInt8] { values.flatMap { withUnsafeBytes(of: $0.bitPattern, Array.init) } }
        add("0.weight", .weight, [big], pattern(big * 4, seed: seed))
        // Stored [inputs 3, outputs 2]: rows of inputs. Exported [outputs 2, inputs 3].
        add("1.weight", .weight, [2, 3], floats([1, 4, 2, 5, 3, 6]), stored: [3, 2])
        add("2.num_batches_tracked", .buffer, [], [7, 0, 0, 0, 0, 0, 0, 0])
        add("adam.m.0.weight", .moment, [big], pattern(big * 4, seed: seed ^ 0xffff))
        add("ema_0.999.1.weight", .average, [2, 3], floats([10, 40, 20, 50, 30, 60]), stored: [3, 2])
        var metrics = [MetricValue(name: "train.loss", step: step, timeUsec: 1, value: 0.5)]
        if let accuracy {
            metrics.append(MetricValue(name: "validation.accuracy", step: step, timeUsec: 1, value: accuracy))
        }
        snapshot = Snapshot(
            step: step, cause: .step, tensors: records, state: #"{"patience":3}"#, metrics: metrics,
            environment: ["simmer": "1"], activeSeconds: Double(step))
        self.bytes = bytes
    }
}

extension Store {
    @discardableResult
    func publish(_ sample: Sample, job: Int?, in scratch: Scratch, tag: String? = nil) throws -> Checkpoint {
        let descriptor = try scratch.file(sample.bytes)
        defer { Glibc.close(descriptor) }
        return try publish(sample.snapshot, from: descriptor, job: job, ownerUid: 1000, tag: tag)
    }

    /// The bytes that `load` gives back.
    func loaded(_ id: String, in scratch: Scratch) throws -> [UInt8] {
        let descriptor = try scratch.file([])
        defer { Glibc.close(descriptor) }
        _ = try load(checkpoint: id, into: descriptor)
        let size = try byteCount(ofCheckpoint: id)
        var bytes = [UInt8](repeating: 0, count: size)
        try #require(pread(descriptor, &bytes, size, 0) == size)
        return bytes
    }
}

/// Runs a statement on a database behind the store's back.
func tamper(_ path: String, _ sql: String) throws {
    try Sqlite.run(path, sql)
}
