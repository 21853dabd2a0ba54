import Datasets
import Foundation
import Recipes
import Testing
import Training

@testable import Checks

/// R14 and K17: what a run's evaluations say afterwards.
@Suite struct RunHistoryTests {
    /// Of a normal distribution, the same for the same place.
    private static func normal(_ place: Int) -> Double {
        func uniform(_ index: Int) -> Double {
            let value = sin(Double(index) * 12.9898 + 4.1414) * 43_758.5453
            return value - value.rounded(.down)
        }
        return (-2 * log(max(uniform(2 * place), 1e-12))).squareRoot() * cos(2 * .pi * uniform(2 * place + 1))
    }

    private static func curve(_ count: Int, _ value: (Double) -> Double) -> EvaluationCurve {
        EvaluationCurve(
            steps: (1...count).map { $0 * 10 }, values: (1...count).map { value(Double($0) / Double(count)) })
    }

    private static func noisy(_ curve: EvaluationCurve, _ size: Double, _ seed: Int) -> EvaluationCurve {
        var curve = curve
        for place in curve.values.indices { curve.values[place] += size * normal(1_000 * seed + place) }
        return curve
    }

    // MARK: R14

    private func stopping(
        _ curve: EvaluationCurve, kept: RunHistory.Kept?, higher: Bool = false
    ) throws -> CheckResult {
        let recipe = digitsRecipe(smallConvolution)
        let history = RunHistory(
            job: "run", metric: "validation.loss", isHigherBetter: higher,
            series: [
                Series(
                    name: "validation.loss", steps: curve.steps, timesUsec: [], values: curve.values,
                    reducedFrom: curve.count)
            ], best: kept)
        let bench = Bench(
            recipe: recipe, dataset: try drawnDigits.get(), threads: 1, clock: SystemClock(), history: history
        ) { _, _ in }
        return try #require(bench.run(EarlyStopping.self).first)
    }

    /// Falls to the middle and rises again, with a little scatter.
    private static let overfit = noisy(curve(40) { 0.3 + ($0 - 0.5) * ($0 - 0.5) }, 0.003, 1)

    private static func best(_ curve: EvaluationCurve, higher: Bool = false) throws -> RunHistory.Kept {
        let place = try #require(
            curve.values.indices.min {
                higher ? curve.values[$0] > curve.values[$1] : curve.values[$0] < curve.values[$1]
            }
        )
        return RunHistory.Kept(step: curve.steps[place], value: curve.values[place])
    }

    @Test func aRunThatGotWorseSaysWhereItWasBest() throws {
        let result = try stopping(Self.overfit, kept: Self.best(Self.overfit))
        #expect(result.verdict == .pass && result.message.contains("more than chance: use run@best"), "\(result)")
        #expect(result.message.hasPrefix("The best checkpoint is kept: run@best"))
        let steps = result.numbers.first { $0.name == "steps since the best" }?.value ?? 0
        #expect((150...250).contains(steps) && result.pictures == ["stopping"])
        // Of an accuracy the highest is the best.
        var accuracy = Self.overfit
        accuracy.values = accuracy.values.map { 1 - $0 }
        let higher = try stopping(accuracy, kept: Self.best(accuracy, higher: true), higher: true)
        #expect(higher.verdict == .pass && higher.message.contains("use run@best"), "\(higher)")
    }

    /// The best of many equal evaluations leads the last one by chance.
    @Test func whatMayBeChanceIsSaidToBe() throws {
        var said = 0
        for seed in 0..<50 {
            let flat = Self.noisy(Self.curve(60) { 0.3 + 2 * exp(-12 * $0) }, 0.01, seed)
            let result = try stopping(flat, kept: Self.best(flat))
            #expect(result.verdict == .pass)
            if result.message.contains("more than chance") { said += 1 }
        }
        #expect(said <= 1, "\(said) of 50")
        let falling = Self.curve(30) { 2 - $0 }
        let last = try stopping(falling, kept: Self.best(falling))
        #expect(last.verdict == .pass && last.message.contains("last evaluation is the best"), "\(last)")
        let few = Self.curve(3) { 0.3 + $0 }
        #expect(try stopping(few, kept: Self.best(few)).message.contains("too few"))
    }

    /// What cannot be had again is warned of, and nothing ever fails.
    @Test func aBestThatIsGoneIsWarnedOf() throws {
        let overfit = Self.overfit
        let gone = try stopping(overfit, kept: nil)
        #expect(gone.verdict == .warn && gone.action != nil, "\(gone)")
        let worse = try stopping(overfit, kept: .init(step: 400, value: overfit.values.last))
        #expect(worse.verdict == .warn && worse.message.contains("step 400"), "\(worse)")
        // Another one near the best is as good.
        let near = try stopping(overfit, kept: .init(step: 210, value: overfit.values[20]))
        #expect(near.verdict == .pass && near.message.contains("led it by no more than chance"), "\(near)")
        #expect(try stopping(overfit, kept: .init(step: 55, value: nil)).verdict == .skip)
    }

    @Test func withoutARunNothingIsSaid() throws {
        let bench = Bench(
            recipe: digitsRecipe(smallConvolution), dataset: try drawnDigits.get(), threads: 1, clock: SystemClock()
        ) { _, _ in }
        #expect((bench.run(EarlyStopping.self) + bench.run(MetricAgreement.self)).map(\.verdict) == [.skip, .skip])
    }

    // MARK: K17

    private func agreement(
        _ losses: EvaluationCurve, _ accuracy: EvaluationCurve, higher: Bool = true
    ) -> CheckResult {
        MetricAgreement.result(losses, accuracy, higher ? "validation.accuracy" : "validation.mae", higher)
    }

    private static let falling = curve(40) { 0.2 + 2 * exp(-4 * $0) }

    @Test func whatGoesTogetherPasses() {
        let accuracy = Self.noisy(Self.curve(40) { 0.95 - 0.8 * exp(-5 * $0) }, 0.01, 2)
        let result = agreement(Self.noisy(Self.falling, 0.01, 1), accuracy)
        #expect(result.verdict == .pass && result.message.contains("-0.9"), "\(result)")
        let error = Self.noisy(Self.curve(40) { 0.1 + 0.8 * exp(-5 * $0) }, 0.01, 2)
        #expect(agreement(Self.noisy(Self.falling, 0.01, 1), error, higher: false).verdict == .pass)
    }

    /// The same error read the wrong way round.
    @Test func theWrongSignFails() {
        for seed in 0..<20 {
            let losses = Self.noisy(Self.falling, 0.02, 2 * seed)
            var accuracy = losses
            accuracy.values = losses.values.enumerated().map { place, loss in
                0.3 + loss / 4 + 0.001 * Self.normal(50_000 + 100 * seed + place)
            }
            let result = agreement(losses, accuracy)
            #expect(result.verdict == .fail && result.action != nil, "\(seed): \(result)")
        }
    }

    /// Sure answers: the loss rises for long while the accuracy rises as well. It is told with its reason, and no failure.
    @Test func aNetworkThatGetsTooSureIsNoFailure() {
        var warned = 0
        for seed in 0..<20 {
            let losses = Self.noisy(Self.curve(60) { 0.5 + 0.4 * exp(-40 * $0) + 0.8 * $0 }, 0.01, 2 * seed)
            let accuracy = Self.noisy(Self.curve(60) { 0.9 - 0.3 * exp(-3 * $0) }, 0.004, 2 * seed + 1)
            let result = agreement(losses, accuracy)
            #expect(result.verdict == .warn, "\(seed): \(result)")
            if result.message.contains("too sure") { warned += 1 }
        }
        #expect(warned == 20)
    }

    /// Near misses: nothing moves any more; a few evaluations; answers that are all right.
    @Test func whatIsFlatIsQuiet() {
        for seed in 0..<50 {
            let flat = agreement(
                Self.noisy(Self.curve(60) { _ in 0.3 }, 0.01, 2 * seed),
                Self.noisy(Self.curve(60) { _ in 0.9 }, 0.01, 2 * seed + 1))
            #expect(flat.verdict == .skip || flat.verdict == .pass, "\(seed): \(flat)")
            // Most is learned before the first look at it, then the accuracy is at its end while the loss falls on.
            let late = agreement(
                Self.noisy(Self.curve(60) { 0.2 - 0.1 * $0 }, 0.003, 2 * seed),
                Self.noisy(Self.curve(60) { _ in 0.97 }, 0.004, 2 * seed + 1))
            #expect(late.verdict == .skip || late.verdict == .pass, "\(seed): \(late)")
            let early = agreement(
                Self.noisy(Self.curve(60) { 0.1 + 2 * exp(-60 * $0) }, 0.01, 2 * seed),
                Self.noisy(Self.curve(60) { 0.97 - 0.8 * exp(-60 * $0) }, 0.004, 2 * seed + 1))
            #expect(early.verdict == .pass, "\(seed): \(early)")
        }
        #expect(agreement(Self.curve(10) { $0 }, Self.curve(10) { 0.5 + $0 / 2 }).verdict == .skip)
        #expect(agreement(Self.falling, Self.curve(40) { _ in 1 }).verdict == .skip)
    }

    /// Two curves that wander by themselves are correlated by chance, and must not fail.
    @Test func wanderersDoNotFail() {
        for seed in 0..<100 {
            func walk(_ salt: Int) -> EvaluationCurve {
                var value = 0.0
                return EvaluationCurve(
                    steps: Array(0..<60),
                    values: (0..<60).map { place in
                        value += Self.normal(100_000 * salt + 100 * seed + place)
                        return value
                    })
            }
            #expect(agreement(walk(1), walk(2)).verdict != .fail, "\(seed)")
        }
    }

    /// numpy.corrcoef of [1, 2, 3, 4, 10] and [2, 1, 4, 4, 3], and of their ranks.
    @Test func correlationsAreThoseOfNumpy() throws {
        let (x, y) = ([1.0, 2, 3, 4, 10], [2.0, 1, 4, 4, 3])
        #expect(abs(try #require(Correlation.linear(x, y)) - 0.325_395_686_727_984_25) < 1e-12)
        #expect(abs(try #require(Correlation.ranked(x, y)) - 0.564_288_093_646_834_7) < 1e-12)
        #expect(Correlation.linear([1, 1], [1, 2]) == nil)
    }
}
