import Server
import Testing

@Suite struct MailboxTests {
    /// What comes out until nothing more does, in words.
    private func drain(_ box: Mailbox<Int>) async -> [String] {
        var words: [String] = []
        while true {
            switch await box.next(within: 0.02) {
            case .element(let number): words.append(String(number))
            case .timeout: return words + ["timeout"]
            case .lagged: return words + ["lagged"]
            case .closed: return words + ["closed"]
            }
        }
    }

    @Test func aLaterElementReplacesTheWaitingOneOfItsKey() async {
        let box = Mailbox<Int>(capacity: 8)
        box.offer(1, key: "progress")
        box.offer(2, key: nil)
        box.offer(3, key: "progress")
        #expect(await drain(box) == ["2", "3", "timeout"])
        #expect(box.takeDropped() == 1 && box.takeDropped() == 0)
    }

    /// Progress makes room for events; an event that finds no room is never dropped in silence.
    @Test func aFullBoxDropsProgressAndTellsOfLostEvents() async {
        let box = Mailbox<Int>(capacity: 2)
        box.offer(1, key: "a")
        box.offer(2, key: nil)
        box.offer(3, key: nil)
        box.offer(4, key: "b")
        #expect(box.takeDropped() == 2)
        box.offer(5, key: nil)
        box.offer(6, key: nil)
        #expect(await drain(box) == ["2", "3", "lagged"])
    }

    @Test func aClosedBoxGivesWhatItHasAndNoMore() async {
        let box = Mailbox<Int>(capacity: 2)
        box.offer(1, key: nil)
        box.close()
        box.offer(2, key: nil)
        #expect(await drain(box) == ["1", "closed"])
    }

    @Test func aWaitingReaderGetsTheNextElement() async {
        let box = Mailbox<Int>(capacity: 2)
        async let first = box.next(within: 30)
        box.offer(7, key: nil)
        guard case .element(7) = await first else {
            Issue.record("another item came")
            return
        }
        async let second = box.next(within: 30)
        box.close()
        guard case .closed = await second else {
            Issue.record("the reader was not woken")
            return
        }
    }

    @Test func aHubHandsEachListenerWhatItWants() async {
        let hub = Hub<Int>()
        await hub.listen(wants: { $0 > 1 }) { large in
            await hub.listen(wants: { _ in true }) { all in
                #expect(hub.count == 2)
                for number in 1...3 { hub.publish(number) }
                hub.close()
                #expect(await drain(all) == ["1", "2", "3", "closed"])
            }
            #expect(hub.count == 1)
            #expect(await drain(large) == ["2", "3", "closed"])
        }
        #expect(hub.count == 0)
    }
}
