import Datasets
import Foundation
import Recipes
import Testing
import Training

/// One snapshot as it left the trainer, with its own copy of the bytes.
struct Kept {
    var snapshot: Snapshot
    var bytes: [UInt8]

    var step: Int { snapshot.step }

    /// All that decides the future: the step, the controller's state, every tensor's name, shape and bits.
    var future: Future {
        Future(
            step: step, state: snapshot.state,
            tensors: Dictionary(
                uniqueKeysWithValues: snapshot.tensors.map { tensor in
                    (tensor.name, bytes[tensor.offset..<tensor.offset + tensor.byteCount])
                }))
    }

    struct Future: Equatable {
        var step: Int
        var state: String
        var tensors: [String: ArraySlice<UInt8>]

        /// Names of what differs, for a message that fits on a screen.
        func differences(to other: Future) -> [String] {
            var names = Set(tensors.keys).union(other.tensors.keys)
                .filter { tensors[$0].map(Array.init) != other.tensors[$0].map(Array.init) }.sorted()
            if step != other.step { names.append("step \(step) and \(other.step)") }
            if state != other.state { names.append("state \(state) and \(other.state)") }
            return names
        }
    }

    /// A float tensor in the layout of its exported shape.
    func tensor(_ name: String) throws -> [Float] {
        let record = try #require(snapshot.tensors.first { $0.name == name }, "no tensor \(name)")
        let stored = bytes[record.offset..<record.offset + record.byteCount].withUnsafeBytes { raw in
            (0..<record.byteCount / 4).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
        guard let shape = record.storedShape, let permutation = record.permutation else { return stored }
        // Element by element from the definition: exported = reshape(transpose(view(stored, shape), permutation)).
        let sizes = permutation.map { shape[$0] }
        return stored.indices.map { element in
            var rest = element
            var index = [Int](repeating: 0, count: shape.count)
            for axis in sizes.indices.reversed() {
                index[permutation[axis]] = rest % sizes[axis]
                rest /= sizes[axis]
            }
            return stored[zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }]
        }
    }

    /// What another process gets: the snapshot through its JSON, the bytes as they are.
    func sent() throws -> Kept {
        Kept(snapshot: try JSONDecoder().decode(Snapshot.self, from: JSONEncoder().encode(snapshot)), bytes: bytes)
    }
}

/// Keeps every snapshot; two buffers that begin full of rubbish, as used memory is.
final class KeepingSink: SnapshotSink {
    private(set) var kept: [Kept] = []
    /// Whether a snapshot of this number (from 0, as asked for) finds a free buffer.
    var hasRoom: (Int) -> Bool = { _ in true }
    private var asked = 0
    private var memory: [UnsafeMutableRawBufferPointer] = []

    deinit { for buffer in memory { buffer.deallocate() } }

    func buffer(byteCount: Int, cause: Snapshot.Cause) throws -> SnapshotBuffer? {
        defer { asked += 1 }
        guard cause == .end || cause == .stop || hasRoom(asked) else { return nil }
        if memory.isEmpty {
            for _ in 0..<2 {
                let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
                buffer.initializeMemory(as: UInt8.self, repeating: 0xa5)
                memory.append(buffer)
            }
        }
        return SnapshotBuffer(index: asked % 2, bytes: memory[asked % 2])
    }

    func submit(_ snapshot: Snapshot, _ buffer: SnapshotBuffer) {
        kept.append(Kept(snapshot: snapshot, bytes: Array(buffer.bytes)))
    }

    func drain() {}
}

/// Orders by the index of the update that comes next; those given while the run is held follow the `.hold`.
final class PlannedOrders: OrderSource {
    private var plan: [Int: [TrainingOrder]]
    private var step: Int

    init(_ plan: [Int: [TrainingOrder]], from step: Int) {
        self.plan = plan
        self.step = step
    }

    func poll() -> TrainingOrder? {
        if let order = next() { return order }
        // The trainer asks until there is none, then does one update.
        step += 1
        return nil
    }

    func wait() -> TrainingOrder? { next() }

    private func next() -> TrainingOrder? {
        guard let orders = plan[step], !orders.isEmpty else { return nil }
        return plan[step]?.removeFirst()
    }
}

/// Time passes by the same amount at each look.
final class SteppingClock: TrainingClock {
    private var now = 1000.0
    private let tick: Double

    init(tick: Double) { self.tick = tick }

    var seconds: Double {
        now += tick
        return now
    }
    var wallMicroseconds: Int { Int(now * 1e6) }
}

/// What a run did.
struct Outcome {
    var events: [TrainingEvent]
    var kept: [Kept]
    var failure: TrainingFailure?

    /// The snapshot that ends the run.
    var last: Kept {
        get throws { try #require(kept.last, "the run left no snapshot: \(failure.map { "\($0)" } ?? "")") }
    }

    func kept(at step: Int) throws -> Kept { try #require(kept.first { $0.step == step }, "no snapshot at \(step)") }

    var metrics: [MetricValue] {
        events.flatMap { event -> [MetricValue] in if case .metrics(let values) = event { values } else { [] } }
    }

    /// The values of one metric by step.
    func values(_ name: String) -> [Int: Double] {
        Dictionary(
            metrics.filter { $0.name == name }.compactMap { metric in metric.value.map { value in (metric.step, value) }
            },
            uniquingKeysWith: { _, last in last })
    }

    /// Every result of a watcher that was told before the last words, and those.
    var watched: [CheckResult] {
        events.flatMap { event -> [CheckResult] in if case .watched(let result) = event { [result] } else { [] } }
    }

    /// The last word of one watcher.
    func lastWord(_ id: String) -> CheckResult? { watched.last { $0.id == id } }

    var startedAt: Int? {
        for event in events { if case .started(let step, _) = event { return step } }
        return nil
    }

    var finished: (step: Int, reachedEnd: Bool)? {
        if case .finished(let step, let reachedEnd) = events.last { return (step, reachedEnd) }
        return nil
    }
}

/// Trains in this process. The default runs the recipe to its end without a word from outside.
/// - Parameters:
///   - start: where to go on from; it goes the way that a checkpoint goes, through its JSON.
///   - weights: what to start at.
///   - orders: by the index of the update that comes next.
func train(
    _ recipe: Recipe, _ dataset: Dataset, from start: Kept? = nil, startsMoments: Bool = false,
    weights: WeightsFile? = nil, teachers: [TeacherSource] = [], answers: SavedAnswers? = nil,
    changes: [HotChange] = [], orders: [Int: [TrainingOrder]] = [:], threads: Int = 1, tick: Double = 0.001,
    watching: Trainer.Watching = .off, hasRoom: @escaping (Int) -> Bool = { _ in true }
) throws -> Outcome {
    let sink = KeepingSink()
    sink.hasRoom = hasRoom
    let events = Events()
    var setup = Trainer.Setup(
        recipe: recipe, changes: changes, dataset: dataset, teachers: teachers, answers: answers, threads: threads,
        environment: TrainingEnvironment.of(recipe))
    setup.watching = watching
    let trainer = try Trainer(
        setup, clock: SteppingClock(tick: tick), orders: PlannedOrders(orders, from: start?.step ?? 0), sink: sink,
        report: { events.all.append($0) })
    if let start = try start?.sent() {
        try start.bytes.withUnsafeBytes { bytes in
            try trainer.restore(start.snapshot, bytes, startsMoments: startsMoments)
        }
    }
    if let weights { try trainer.start(from: weights) }
    do throws(TrainingFailure) {
        try trainer.run()
        return Outcome(events: events.all, kept: sink.kept)
    } catch {
        return Outcome(events: events.all, kept: sink.kept, failure: error)
    }
}

/// Events as they come.
private final class Events {
    var all: [TrainingEvent] = []
}
