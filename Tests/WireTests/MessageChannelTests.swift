import CLinux
import Dispatch
import Glibc
import Recipes
import Testing
import Wire

@Suite struct MessageChannelTests {
    @Test func ordersAndReportsGoBothWays() throws {
        let (a, b) = try MessageChannel.pair()
        let daemon = MessageChannel(a)
        let worker = MessageChannel(b)
        try daemon.send(WorkerOrder.change(HotChange(step: 7, values: ["optimizer.rate": "1e-4"])))
        let order = try #require(try worker.receive(WorkerOrder.self))
        guard case .change(let change) = order.message else {
            Issue.record("got \(order.message)")
            return
        }
        #expect(change == HotChange(step: 7, values: ["optimizer.rate": "1e-4"]))
        let memory = try SharedMemory.create(name: "buffer", byteCount: 4096)
        try worker.send(WorkerReport.held(step: 7))
        try worker.send(WorkerReport.finished(step: 8, reachedEnd: true), descriptors: [memory.raw])
        let held = try #require(try daemon.receive(WorkerReport.self))
        #expect(held.descriptors.isEmpty)
        let finished = try #require(try daemon.receive(WorkerReport.self))
        #expect(finished.descriptors.count == 1)
        #expect(SharedMemory.sealedByteCount(finished.descriptors[0]) == 4096)
        worker.shutDown()
        #expect(try daemon.receive(WorkerReport.self) == nil)
    }

    @Test func manyThreadsSendWholeMessages() throws {
        let (a, b) = try MessageChannel.pair()
        let from = MessageChannel(a)
        let to = MessageChannel(b)
        let text = String(repeating: "x", count: 5000)
        let group = DispatchGroup()
        for thread in 0..<4 {
            DispatchQueue.global().async(group: group) {
                for index in 0..<50 {
                    do { try from.send(WorkerReport.log(priority: thread, step: index, message: text)) } catch {
                        Issue.record(error)
                    }
                }
            }
        }
        var next = [0, 0, 0, 0]
        for _ in 0..<200 {
            guard case .log(let thread, let step, let message)? = try to.receive(WorkerReport.self)?.message else {
                Issue.record("a message is missing")
                break
            }
            #expect(message.utf8.count == 5000)
            #expect(step == next[thread])
            next[thread] += 1
        }
        group.wait()
        #expect(next == [50, 50, 50, 50])
    }

    @Test func anOversizedMessageIsRefused() throws {
        let (a, b) = try MessageChannel.pair()
        let to = MessageChannel(b, limit: 100)
        try MessageChannel(a).send(
            WorkerReport.log(priority: 6, step: nil, message: String(repeating: "y", count: 200)))
        #expect(throws: FramingError.tooLong(limit: 100)) { try to.receive(WorkerReport.self) }
    }

    @Test func aPeerGoneMidMessageIsNoCleanEnd() throws {
        let (a, b) = try MessageChannel.pair()
        let half = Array("{\"hold\":".utf8)
        #expect(cl_send(a.raw, half, half.count, nil, 0, true) == half.count)
        a.close()
        #expect(throws: SystemFailure.self) { try MessageChannel(b).receive(WorkerOrder.self) }
    }

    @Test func badBytesAreRefused() throws {
        for bad in ["{\"hold\":{},}", "{\"hold\":{},\"hold\":{}}", "\u{FEFF}{}", "", "[1,]", "{\"a\":NaN}"] {
            let (a, b) = try MessageChannel.pair()
            let bytes = Array(bad.utf8) + [0]
            #expect(cl_send(a.raw, bytes, bytes.count, nil, 0, true) == bytes.count)
            #expect(throws: (any Error).self, "\(bad)") { try MessageChannel(b).receive(WorkerOrder.self) }
        }
        let (a, b) = try MessageChannel.pair()
        let bytes: [UInt8] = [0x22, 0xFF, 0xFE, 0x22, 0]
        #expect(cl_send(a.raw, bytes, bytes.count, nil, 0, true) == bytes.count)
        #expect(throws: (any Error).self) { try MessageChannel(b).receive(WorkerOrder.self) }
    }

    @Test func anOutboxNeverWaitsAndLosesNothing() throws {
        let (a, b) = try MessageChannel.pair()
        var outbox = Outbox()
        let memory = try SharedMemory.create(name: "late", byteCount: 1)
        for index in 0..<300 {
            let last = index == 299
            outbox.add(
                try MessageCoding.encode(
                    WorkerOrder.change(
                        HotChange(step: index, values: ["k": String(repeating: "v", count: 4000)]))),
                descriptors: last ? [memory] : [])
        }
        #expect(try outbox.flush(to: a.raw) == false)
        #expect(outbox.byteCount > 0)
        let reader = MessageChannel(b)
        for index in 0..<300 {
            _ = try outbox.flush(to: a.raw)
            let got = try #require(try reader.receive(WorkerOrder.self))
            guard case .change(let change) = got.message else { continue }
            #expect(change.step == index)
            #expect(got.descriptors.count == (index == 299 ? 1 : 0))
        }
        #expect(try outbox.flush(to: a.raw))
        #expect(outbox.byteCount == 0)
    }
}
