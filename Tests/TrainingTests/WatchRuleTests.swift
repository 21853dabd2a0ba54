import Recipes
import Tensors
import Testing

@testable import Networks
@testable import Training

/// Rules of watchers on made-up curves.
@Suite struct WatchRuleTests {
    /// Noise from -1 to 1, the same every time.
    private struct Noise {
        var word: UInt64 = 88_172_645_463_325_252
        mutating func next() -> Double {
            word ^= word << 13
            word ^= word >> 7
            word ^= word << 17
            return Double(word >> 11) / Double(1 << 52) - 1
        }
        /// Close to normal.
        mutating func normal() -> Double { (0..<12).reduce(0) { sum, _ in sum + next() / 2 } }
    }

    private func findings(
        _ count: Int, rate: (Int) -> Double = { _ in 0.1 }, _ loss: (Int, inout Noise) -> Double
    ) -> [(step: Int, finding: SpikeWatch.Finding)] {
        var watch = SpikeWatch()
        var noise = Noise()
        return (1...count).compactMap { step in
            let finding = watch.add(loss(step, &noise), rate: rate(step), step: step)
            return finding == .quiet ? nil : (step, finding)
        }
    }

    // MARK: W2

    @Test func aFallingNoisyLossIsQuiet() {
        let found = findings(50_000) { step, noise in
            (0.05 + 2.3 * 400 / Double(400 + step)) * (1 + 0.2 * noise.normal()).magnitude
        }
        #expect(found.count <= 1, "\(found)")
    }

    /// A network that has learned its data by heart: batches of nothing, and now and then one example that is not nothing.
    @Test func nextToNothingMayDouble() {
        let found = findings(20_000) { step, noise in
            step < 500 ? 2.3 : 1e-6 * (1 + noise.next().magnitude) + (step % 37 == 0 ? 2e-3 : 0)
        }
        #expect(!found.contains { if case .spike = $0.finding { false } else { true } }, "\(found)")
    }

    /// All examples in every update: a smooth curve with small waves.
    @Test func smoothWavesAreQuiet() {
        #expect(findings(5_000) { step, _ in 1 + 1 / Double(step) + 0.01 * Double(step % 9) }.isEmpty)
    }

    @Test func oneSpikeIsASpike() {
        let found = findings(1_000) { step, noise in step == 700 ? 9 : 1 + 0.1 * noise.normal() }
        #expect(found.count == 1 && found[0].step == 700)
        guard case .spike(let z)? = found.first?.finding else {
            Issue.record("\(found)")
            return
        }
        // log 9 is 2.197; the deviation about 0.1.
        #expect(z > 15 && z < 35)
    }

    /// The half of the distances that are largest, by sorting them all; with ties, and about any middle.
    @Test func theMiddleDistanceIsTheSortedOnes() {
        var noise = Noise()
        for count in [1, 2, 3, 100, 101, 200] {
            for round in 0..<20 {
                let scale = [1, 4, 1e-9][round % 3]
                let sorted = (0..<count).map { _ in (noise.normal() * scale * 4).rounded() / 4 }.sorted()
                for median in [sorted[count / 2], sorted[0], sorted[count - 1] + 1] {
                    let distances = sorted.map { abs($0 - median) }.sorted(by: >)
                    let expected = count < 2 ? 0 : distances[count / 2 - 1]
                    #expect(SpikeWatch.middle(of: sorted, about: median) == expected, "\(count) \(round) \(median)")
                }
            }
        }
    }

    @Test func tenSpikesOfFiftyAreMany() {
        let found = findings(1_000) { step, noise in
            (700..<750).contains(step) && step % 4 == 0 ? 9 : 1 + 0.1 * noise.normal()
        }
        let many = found.first { if case .many = $0.finding { true } else { false } }
        #expect(many?.finding == .many(10) && many?.step == 736)
    }

    /// From 0.8 down to 0.005, where one image that is misread makes a spike of a batch of 32: many of them are no trouble
    /// until the mean is a tenth of the first loss higher.
    @Test(arguments: [(0.15, false), (0.9, true)])
    func manySpikesMustWeighSomething(_ spike: Double, _ isTrouble: Bool) {
        let found = findings(1_400) { step, noise in
            if step > 1_300, step % 3 == 0 { return spike }
            return max(0.8 - 0.001 * Double(step), 0.005) * (1 + 0.1 * noise.next())
        }
        #expect(found.filter { $0.step > 1_300 }.count >= 15, "\(found)")
        #expect(found.contains { if case .many = $0.finding { true } else { false } } == isTrouble, "\(found)")
    }

    /// A rate that jumps has the best mean counted anew, and is the likeliest to bring spikes.
    @Test func aRateThatJumpsHidesNoSpikes() {
        let found = findings(1_000, rate: { $0 >= 700 ? 3 : 0.1 }) { step, noise in
            (700..<750).contains(step) && step % 4 == 0 ? 9 : 1 + 0.1 * noise.normal()
        }
        #expect(found.contains { $0.step == 736 && $0.finding == .many(10) }, "\(found)")
    }

    @Test func aLossThatStaysUpIsPersistent() {
        let found = findings(3_000) { step, noise in (step > 1_500 ? 2.5 : 1) + 0.1 * noise.normal() }
        let persistent = found.first { if case .persistent = $0.finding { true } else { false } }
        guard case .persistent(let since)? = persistent?.finding else {
            Issue.record("\(found.count)")
            return
        }
        // The mean over a hundred is 1.5 times as high after 41 updates: 1 - exp(-41/100) = 1/3.
        #expect((1_530...1_550).contains(since) && persistent?.step == since + 500)
    }

    /// From 2.3 down to 0.02, and up again for good: a little, which a high rate does, or by more than a tenth of the first.
    @Test(arguments: [(0.08, false), (0.6, true)])
    func onlyALargeLossIsLost(_ end: Double, _ isLost: Bool) {
        var watch = SpikeWatch()
        var last = SpikeWatch.Finding.quiet
        for step in 1...3_000 {
            last = watch.add(step > 1_500 ? end : max(0.02, 2.3 - 0.01 * Double(step)), rate: 0.1, step: step)
        }
        #expect(last == .persistent(since: watch.highSince ?? 0) && watch.isLost == isLost)
    }

    /// A schedule that begins anew raises the loss, as it should.
    @Test func aRateThatRisesIsNoTrouble() {
        let found = findings(3_000, rate: { $0 > 1_500 ? 0.1 : 0.001 }) { step, noise in
            (step > 1_500 ? 2.5 : 1) + 0.1 * noise.normal()
        }
        #expect(!found.contains { if case .persistent = $0.finding { true } else { false } })
    }

    @Test func whatItRemembersIsExact() {
        var watch = SpikeWatch()
        var noise = Noise()
        for step in 1...777 { _ = watch.add(1 + 0.3 * noise.next(), rate: 0.1, step: step) }
        var other = SpikeWatch(watch.numbers)
        #expect(other == watch)
        for step in 778...1_500 {
            let loss = (step > 900 ? 3 : 1) + 0.3 * noise.next()
            #expect(watch.add(loss, rate: 0.1, step: step) == other.add(loss, rate: 0.1, step: step))
        }
        #expect(other == watch && watch.numbers == other.numbers)
        #expect(SpikeWatch([1, 2, 3]) == SpikeWatch() && SpikeWatch([.nan] + watch.numbers) == SpikeWatch())
    }

    // MARK: W5

    /// How 600 losses go: all the same, down to a hundredth, or down and up again.
    enum Course { case flat, down, lost }

    /// Most units of a wide layer may be dead while the network learns; few may be left, or the loss high.
    @Test(arguments: [
        (64, 36, Course.down, CheckVerdict.pass), (64, 36, .flat, .warn), (64, 36, .lost, .warn),
        (64, 32, .flat, .pass),
        (64, 49, .down, .warn), (24, 13, .down, .warn), (24, 12, .down, .pass), (200, 184, .down, .fail),
    ])
    func deadUnitsAreHeldAgainstTheLoss(
        _ units: Int, _ dead: Int, _ course: Course, _ verdict: CheckVerdict
    ) throws {
        var losses = SpikeWatch()
        for step in 1...600 {
            let low = max(1 - 0.01 * Double(step), 0.01)
            let loss = course == .flat ? 1 : course == .lost && step > 400 ? 0.4 : low
            _ = losses.add(loss, rate: 0.1, step: step)
        }
        // Beside a layer in which nothing is dead, the wider one of the two.
        let plan = try Plan(
            model: Model(layers: [
                Layer(kind: .linear(units: .count(256)), name: "0"), Layer(kind: .relu, name: "1"),
                Layer(kind: .linear(units: .count(units)), name: "2"), Layer(kind: .relu, name: "3"),
                Layer(kind: head, name: "4"),
            ]), inputShape: [4], outputCount: 3, batch: 1, loss: Loss(kind: .crossEntropy))
        let activity = UnitActivity(plan, places: [1, 3])
        activity.examples = 1_000
        for _ in 0..<1_000 {
            let sound = [Float](repeating: 1, count: 256)
            sound.withUnsafeBufferPointer { activity.add($0, perExample: 256, to: 0) }
            let values = (0..<units).map { Float($0 < dead ? 0 : 1) }
            values.withUnsafeBufferPointer { activity.add($0, perExample: units, to: 1) }
        }
        var watch = DeadUnits()
        #expect(watch.judge(activity, losses: losses, step: 550).verdict == .pass)
        let result = watch.judge(activity, losses: losses, step: 600)
        #expect(result.verdict == verdict && result.message.contains("layer `3`"), "\(result)")
        #expect(result.numbers.map(\.value) == [0, Double(dead) / Double(units) * 100])
    }

    // MARK: W6

    @Test func clippingIsCountedAfterTheFirstThousand() {
        func verdicts(_ norm: (Int) -> Double, limit: Double? = 1, isScaled: Bool = false) -> [CheckVerdict] {
            var share = ClippedShare()
            return (1...4_000).compactMap {
                share.add(norm: norm($0), limit: limit, isScaled: isScaled, step: $0)?.verdict
            }
        }
        #expect(verdicts { _ in 2 } == [.warn, .warn, .warn])
        #expect(verdicts { $0 < 1_000 ? 2 : 0.5 } == [.pass, .pass, .pass])
        #expect(verdicts { $0 % 10 == 0 ? 2 : 0.5 } == [.pass, .pass, .pass])
        #expect(verdicts({ _ in 2 }, limit: nil).isEmpty)
        // Adam takes the same steps whatever all gradients are multiplied by.
        #expect(verdicts({ _ in 2 }, isScaled: true) == [.pass, .pass, .pass])
    }

    // MARK: W7

    private func apart(_ count: Int, validation: (Int) -> Double, training: (Int) -> Double) -> [CheckVerdict] {
        var watch = DrivenApart()
        var noise = Noise()
        let examples = (0..<100).map { _ in noise.next().magnitude }
        return (1...count).map { index in
            let values = examples.map { $0 + validation(index) + 0.02 * noise.next() }
            return watch.judge(GroupMeans(values: values), training: training(index), total: nil, step: 500 * index)
                .verdict
        }
    }

    @Test func validationThatGetsWorseForLongIsSaid() {
        let verdicts = apart(30, validation: { $0 < 10 ? 2 - 0.1 * Double($0) : 1 + 0.1 * Double($0 - 9) }) {
            1 / Double($0)
        }
        #expect(verdicts.firstIndex(of: .warn) == 14 && verdicts.last == .warn, "\(verdicts)")
    }

    /// Three evaluations above the best and back; a plateau; a training loss that rises as well.
    @Test func nearMissesAreQuiet() {
        #expect(!apart(60, validation: { $0 % 8 < 4 ? 1 : 1.3 }) { 1 / Double($0) }.contains(.warn))
        #expect(!apart(60, validation: { _ in 1 }) { 1 / Double($0) }.contains(.warn))
        #expect(!apart(60, validation: { 1 + 0.1 * Double($0) }) { Double($0) }.contains(.warn))
    }

    // MARK: W8

    @Test func theEndOfTheCurveIsRead() throws {
        func judge(_ loss: (Double) -> Double) -> CheckResult {
            var curve = CurveEnd()
            for step in 1...1_000 { curve.add(loss(Double(step) / 1_000), step: step * 10) }
            #expect(CurveEnd(curve.numbers).numbers == curve.numbers)
            return curve.judge(step: 10_000)
        }
        let falls = judge { 2 - $0 }
        #expect(falls.verdict == .pass && falls.action?.contains("extend") == true)
        // A slope of -1 over 10,000 steps.
        #expect(abs(try #require(falls.numbers[0].value) + 0.1) < 1e-9)
        let early = judge { 1 + abs($0 - 0.05) }
        #expect(early.message.contains("first tenth") && early.numbers[2].value == 500)
        #expect(judge { $0 < 0.5 ? 2 - $0 : 1.5 }.action == nil)
        #expect(CurveEnd().judge(step: 100).verdict == .skip)
    }

    // MARK: Histograms

    /// By hand: bins of two powers of two from 2^-4 on, below them one for the rest, the last for all from 2^0 on.
    @Test func magnitudesLieInTheirBins() {
        let values: [Float] = [
            0, -0.0624, 0.0625, -0.2499, 0.25, 0.999, 1, -1e30, .infinity, .nan, .leastNonzeroMagnitude,
        ]
        var bins = [0, 0, 0, 0]
        FloatLook.count(values, count: values.count, lowest: -4, powers: 2, into: &bins)
        #expect(bins == [3, 2, 2, 4])
        // Parts of the larger: 0 of 0, 1 / 9 (of 2^-3.2), 1 / 2, 2 where the sign turns, all of it from 0, nothing.
        let before: [Float] = [0, 8, 2, 3, 0, 5]
        let after: [Float] = [0, 9, 1, -3, 1e-20, 5]
        bins = [0, 0, 0, 0]
        FloatLook.countChanges(after, before: before, count: 6, lowest: -4, powers: 2, into: &bins)
        #expect(bins == [2, 1, 1, 2])
    }

    // MARK: W20

    private func audited(_ segments: [Segment], until: Amount) throws -> CheckResult {
        let recipe = digits([.flatten, head]) { recipe in
            recipe.schedule = segments
            recipe.until = until
        }
        return ScheduleAudit.result(try Schedule(recipe: recipe, stepsPerEpoch: 14))
    }

    private func audit(_ segments: [Segment], total: Int = 1_000) throws -> CheckVerdict {
        try audited(segments, until: .steps(total)).verdict
    }

    /// No end and too few steps are two things.
    @Test func aRunThatIsNotAuditedSaysWhy() throws {
        let hold = [Segment(shape: .hold, length: .forever)]
        let short = try audited(hold, until: .steps(50))
        #expect(short.verdict == .skip && short.message.contains("50 steps, fewer than 100"), "\(short.message)")
        #expect(!short.message.contains("no end"))
        let endless = try audited(hold, until: .forever)
        #expect(endless.verdict == .skip && endless.message.contains("no end in steps"), "\(endless.message)")
        #expect(!endless.message.contains("100"))
    }

    @Test func schedulesAreAudited() throws {
        #expect(try audit([Segment(shape: .hold, length: .forever)]) == .pass)
        #expect(
            try audit([Segment(shape: .warmup, length: .steps(100)), Segment(shape: .cosine, length: .share(0.9))])
                == .pass)
        #expect(try audit([Segment(shape: .linear, length: .share(1))]) == .pass)
        #expect(
            try audit([Segment(shape: .cosine, length: .steps(950)), Segment(shape: .hold, length: .forever)]) == .warn)
        #expect(
            try audit([Segment(shape: .cosine, length: .steps(890)), Segment(shape: .hold, length: .forever)]) == .fail)
        #expect(
            try audit([Segment(shape: .linear, length: .steps(500)), Segment(shape: .hold, length: .forever)]) == .fail)
        #expect(
            try audit([Segment(shape: .warmup, length: .steps(300)), Segment(shape: .hold, length: .forever)]) == .warn)
        // A rate that falls at steps that were meant for epochs.
        var stairs = Segment(shape: .step, length: .forever)
        stairs.every = .steps(30)
        #expect(try audit([stairs]) == .warn)
        #expect(try audit([Segment(shape: .hold, length: .forever)], total: 50) == .skip)
    }
}
