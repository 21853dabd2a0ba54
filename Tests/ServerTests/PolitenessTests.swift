import Glibc
import Recipes
import Server
import Testing

@Suite struct PolitenessTests {
    /// 100 ticks a second; processors as numbers, by hand.
    @Test func ownThreadsAreNotOthers() throws {
        var meter = LoadMeter(ticksPerSecond: 100)
        meter.take(.init(busy: 1_000, own: [7: 500]), at: 0)
        #expect(meter.others == nil)
        // In 10 s two processors were busy, all of it by process 7 and by 8, which is new.
        meter.take(.init(busy: 3_000, own: [7: 1_500, 8: 1_000]), at: 10)
        #expect(meter.others == 0)
        // Others keep one busy from now on; process 7 has ended. After a minute it is 1 - 1/e of that.
        meter.take(.init(busy: 3_000 + 6_000 + 6_000, own: [8: 1_000 + 6_000]), at: 70)
        #expect(abs(try #require(meter.others) - 0.632_12) < 1e-4)
        // What ended may have worked in between: never less than nothing.
        meter.take(.init(busy: 15_000, own: [8: 9_000]), at: 80)
        #expect(try #require(meter.others) >= 0)
    }

    @Test func theLoadDoesNotFlap() throws {
        var polite = Configuration.Polite()
        polite.load = 2
        var politeness = Politeness()
        func decide(_ others: Double?, _ now: Double) -> Politeness.Rest? {
            politeness.decide(polite, minute: 0, others: others, now: now)
        }
        let loaded = Politeness.Rest.load(limit: 2)
        #expect(decide(nil, 0) == nil && decide(2, 5) == nil && decide(2.1, 10) == loaded)
        // Between three quarters and the limit nothing changes, and below only after a minute.
        #expect(decide(1.6, 200) == loaded && decide(1.4, 69) == loaded && decide(1.4, 70) == nil)
        #expect(decide(9, 100) == nil && decide(9, 130) == loaded)
        // Nobody knows any more: it goes on.
        #expect(decide(nil, 131) == nil)
    }

    @Test func theHoursGoByTheClockAlone() throws {
        var polite = Configuration.Polite()
        let hours = try #require(DayHours("22:30-06:00"))
        polite.hours = hours
        polite.load = 1
        var politeness = Politeness()
        for (minute, isRest) in [(1_349, false), (1_350, true), (1_439, true), (0, true), (359, true), (360, false)] {
            // The monotonic clock stands still: a clock that is set counts at once.
            let rest = politeness.decide(polite, minute: minute, others: 0, now: 5)
            #expect(rest == (isRest ? .hours(hours) : nil), "\(minute)")
        }
        #expect(Politeness.Rest.hours(hours).text == "quiet hours until 06:00")
        #expect(Politeness.Rest.load(limit: 1.5).text == "others keep more than 1.5 processors busy")
    }

    /// A process that computes is seen as its own time, not as others'.
    @Test func theKernelsFiguresAreRead() throws {
        let pid = getpid()
        let first = try #require(LoadMeter.Sample.now(of: [pid]))
        let end = ContinuousClock.now + .milliseconds(300)
        var sum = 0.0
        while ContinuousClock.now < end { sum += 1 }
        let second = try #require(LoadMeter.Sample.now(of: [pid]))
        let own = try #require(second.own[pid]) - (try #require(first.own[pid]))
        #expect(sum > 0 && own >= 3 && second.busy - first.busy >= own / 2)
    }
}
