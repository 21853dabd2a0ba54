import Recipes
import Testing
import Training
import Wire

@testable import Worker

/// What goes to the daemon, and what has to wait for it, of snapshots that come faster than it takes them.
@Suite struct SnapshotBuffersTests {
    private static let byteCount = 16

    /// The buffers, and what they have sent.
    private struct Bench {
        let mailbox = Mailbox()
        let sent = Locked<[(step: Int, request: Int)]>([])
        let buffers: SnapshotBuffers

        init() throws {
            buffers = SnapshotBuffers(mailbox) { [sent] report, _ in
                guard case .checkpoint(let snapshot, _, _, let request) = report else { return }
                sent.withLock { $0.append((snapshot.step, request)) }
            }
            try buffers.prepare(byteCount: SnapshotBuffersTests.byteCount)
        }

        /// As the loop takes one.
        /// - Returns: the buffer's number; nil where it is left out.
        func take(_ step: Int, _ cause: Snapshot.Cause) throws -> Int? {
            guard let buffer = try buffers.buffer(byteCount: SnapshotBuffersTests.byteCount, cause: cause) else {
                return nil
            }
            let snapshot = Snapshot(
                step: step, cause: cause, tensors: [], state: "{}", metrics: [], environment: [:], activeSeconds: 1)
            buffers.submit(snapshot, buffer)
            return buffer.index
        }

        /// As the loop takes a request out that the daemon has made.
        func ask(_ request: Int) -> TrainingOrder? {
            mailbox.put(.checkpoint, request: request)
            return mailbox.poll()
        }

        var steps: [Int] { sent.value.map(\.step) }
    }

    /// The one from before the decay waits, and gives way to nothing but the last: who asked meanwhile gets another one as soon
    /// as that is on its way, once, and it answers them.
    @Test func whatWasAskedForAndGaveWayIsTakenLater() throws {
        let bench = try Bench()
        let first = try #require(try bench.take(1, .step))
        let decay = try #require(try bench.take(2, .decay))
        #expect(bench.steps == [1] && decay != first)
        #expect(bench.ask(7) == .checkpoint)
        #expect(try bench.take(3, .asked) == nil)
        #expect(bench.mailbox.poll() == nil, "there is no buffer for it yet")

        bench.buffers.takeBack(first)
        #expect(bench.steps == [1, 2])
        #expect(bench.mailbox.poll() == .checkpoint && bench.mailbox.poll() == nil)
        #expect(try bench.take(4, .asked) == first)
        bench.buffers.takeBack(decay)
        #expect(bench.sent.value.map(\.request) == [0, 0, 7] && bench.steps == [1, 2, 4])
        bench.buffers.takeBack(first)
        #expect(bench.mailbox.poll() == nil)
        bench.buffers.drain()
    }

    /// One that nobody asked for is owed to nobody.
    @Test(arguments: [Snapshot.Cause.step, .time, .best])
    func anotherThatGaveWayIsNot(_ cause: Snapshot.Cause) throws {
        let bench = try Bench()
        let first = try #require(try bench.take(1, .step))
        _ = try bench.take(2, .decay)
        #expect(try bench.take(3, cause) == nil)
        bench.buffers.takeBack(first)
        #expect(bench.steps == [1, 2] && bench.mailbox.poll() == nil)
    }

    /// Where the one that waits gives way, the one that was asked for is on its way itself.
    @Test func whatTookThePlaceIsOwedNoMore() throws {
        let bench = try Bench()
        let first = try #require(try bench.take(1, .step))
        _ = try bench.take(2, .best)
        #expect(bench.ask(3) == .checkpoint)
        #expect(try bench.take(3, .asked) != nil)
        bench.buffers.takeBack(first)
        #expect(bench.steps == [1, 3] && bench.mailbox.poll() == nil)
    }
}
