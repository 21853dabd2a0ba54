import Foundation
import Recipes

/// Reads and hashes the pieces of a snapshot on one thread while another writes the pieces before them.
///
/// Two batches go round between the two. Bytes are copied out of the descriptor before they are hashed, so what is
/// stored is what was hashed, whatever its other owner does to the memory meanwhile.
///
/// `@unchecked Sendable` holds because a batch belongs to one side at a time: the semaphores hand it over, and
/// `state`, where both look for it, is behind a lock; all else never changes.
final class PiecePipeline: @unchecked Sendable {
    struct Piece: Sendable {
        var offset: Int
        var size: Int
    }

    private final class Batch {
        /// Bytes of one transaction: large enough that its two syncs do not matter, small enough for a reader to wait.
        static let capacity = 16 << 20
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: Batch.capacity, alignment: 4096)
        var pieces: [ChunkStore.Piece] = []
        deinit { memory.deallocate() }
    }

    private struct State {
        var spare = [Batch(), Batch()]
        var filled: [Batch] = []
        var isCancelled = false
        var failure: SimmerError?
    }

    private let descriptor: Int32
    private let pieces: [Piece]
    private let state = Locked(State())
    // Made at 0: a semaphore must not end below the value it is made with, and a cancelled run may leave it there.
    private let free = DispatchSemaphore(value: 0)
    private let filled = DispatchSemaphore(value: 0)
    private let finished = DispatchSemaphore(value: 0)

    init(pieces: [Piece], descriptor: Int32) {
        self.pieces = pieces
        self.descriptor = descriptor
        free.signal()
        free.signal()
    }

    /// Stores all pieces, the last transaction durable on return.
    /// - Returns: their digests in order, and the bytes that were not there before.
    func run(into chunks: ChunkStore) throws -> (digests: [Digest], newBytes: Int) {
        if pieces.isEmpty { return ([], 0) }
        // A thread of its own and not a queue's: it inherits the nice value of the caller.
        let hasher = Thread { self.hashAll() }
        hasher.name = "hash"
        hasher.start()
        defer {
            state.withLock { $0.isCancelled = true }
            free.signal()
            finished.wait()
        }
        var digests: [Digest] = []
        var newBytes = 0
        while digests.count < pieces.count {
            filled.wait()
            let (batch, failure) = state.withLock { state in
                (state.filled.isEmpty ? nil : state.filled.removeFirst(), state.failure)
            }
            guard let batch else { throw failure ?? SimmerError.operationCancelled }
            newBytes += try chunks.add(batch.pieces)
            digests += batch.pieces.map(\.digest)
            state.withLock { $0.spare.append(batch) }
            free.signal()
        }
        return (digests, newBytes)
    }

    private func hashAll() {
        defer { finished.signal() }
        var next = 0
        while next < pieces.count {
            free.wait()
            let batch = state.withLock { $0.isCancelled ? nil : $0.spare.popLast() }
            guard let batch else { return }
            do {
                try fill(batch, from: &next)
                state.withLock { $0.filled.append(batch) }
            } catch {
                state.withLock { $0.failure = error }
                next = pieces.count
            }
            filled.signal()
        }
    }

    private func fill(_ batch: Batch, from next: inout Int) throws(SimmerError) {
        batch.pieces.removeAll(keepingCapacity: true)
        var used = 0
        while next < pieces.count, used + pieces[next].size <= Batch.capacity {
            let piece = pieces[next]
            let target = UnsafeMutableRawBufferPointer(rebasing: batch.memory[used..<used + piece.size])
            try readFully(descriptor, into: target, at: piece.offset)
            let bytes = UnsafeRawBufferPointer(target)
            batch.pieces.append(ChunkStore.Piece(digest: Digest(of: bytes), bytes: bytes))
            used += piece.size
            next += 1
        }
    }
}
