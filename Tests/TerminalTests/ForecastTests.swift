import Foundation
import Recipes
import Terminal
import Testing

/// Forecasts against curves whose future is known.
@Suite struct ForecastTests {
    /// SplitMix64 and Box-Muller: the same curves in each run of the tests.
    struct Noise {
        var state: UInt64
        mutating func uniform() -> Double {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return (Double((word ^ (word >> 31)) >> 11) + 0.5) * 0x1p-53
        }
        mutating func normal() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }
    }

    static func curve(_ points: Int, _ level: (Double) -> Double, deviation: Double, _ noise: inout Noise) -> Series {
        let steps = (1...points).map { $0 * 100 }
        return Series(
            name: "validation.loss", steps: steps, timesUsec: steps,
            values: steps.map { level(Double($0)) + deviation * noise.normal() }, reducedFrom: points)
    }

    /// Of curves of four kinds, nine in ten levels lie where it says; and what it calls likely happens about so often.
    @Test(arguments: [0.1, 0.3, 0.5, 1.0]) func coversWhatComes(_ exponent: Double) throws {
        var noise = Noise(state: UInt64(exponent * 1000))
        var inside = 0
        var (said, happened) = (0.0, 0)
        let count = 150
        for _ in 0..<count {
            let height = 1 + 4 * noise.uniform()
            let level = { (step: Double) in 0.5 + height * pow(step / 100, -exponent) }
            let deviation = 0.003 + 0.01 * noise.uniform()
            let series = Self.curve(60, level, deviation: deviation, &noise)
            let forecast = try #require(Forecast(series, since: 0, step: 12_000, usec: 1))
            if forecast.low <= level(12_000), level(12_000) <= forecast.high { inside += 1 }
            said += forecast.probability
            let future = (61...120).map { level(Double($0) * 100) + deviation * noise.normal() }.min() ?? 0
            if future < forecast.best { happened += 1 }
            #expect(forecast.low <= forecast.level && forecast.level <= forecast.high)
        }
        #expect(inside >= count * 80 / 100, "\(inside) of \(count)")
        #expect(abs(said / Double(count) - Double(happened) / Double(count)) < 0.12, "\(said) \(happened)")
    }

    /// A curve that lies flat promises little, and one that rises less.
    @Test func promisesNothingWhereNothingFalls() throws {
        var noise = Noise(state: 5)
        let rising = Self.curve(60, { 1 + $0 / 6_000 }, deviation: 0.01, &noise)
        let forecast = try #require(Forecast(rising, since: 0, step: 12_000, usec: 1))
        #expect(forecast.probability < 0.02 && forecast.level > 1.9)
        // The same each time.
        #expect(Forecast(rising, since: 0, step: 12_000, usec: 1) == forecast)
    }

    @Test func saysNothingOfTooLittle() {
        var noise = Noise(state: 6)
        let series = Self.curve(60, { _ in 1 }, deviation: 0.01, &noise)
        #expect(Forecast(series, since: 5_000, step: 12_000, usec: 1) == nil)
        #expect(Forecast(series, since: 0, step: 6_000, usec: 1) == nil)
        let empty = Series(name: "validation.loss", steps: [], timesUsec: [], values: [], reducedFrom: 0)
        #expect(Forecast(empty, since: 0, step: 1, usec: 1) == nil)
        // All equal: no crash, and no promise.
        let equal = Self.curve(60, { _ in 1 }, deviation: 0, &noise)
        #expect(Forecast(equal, since: 0, step: 12_000, usec: 1)?.probability ?? 0 == 0)
    }

    @Test func statusShowsItWhereTheRateHolds() {
        var noise = Noise(state: 7)
        let series = Self.curve(60, { 0.5 + pow($0 / 100, -0.5) }, deviation: 0.002, &noise)
        let report = ScreenTests.report { report in
            report.history = [series]
            report.detail.summary.progress = Progress(step: 6_000, stepsPerSecond: 2)
            report.detail.rate = 0.1
            report.detail.schedule = [SchedulePoint(share: nil, step: 0, epoch: 0, examples: 0, rate: 0.1)]
            report.detail.harvests = [
                HarvestPoint(
                    job: "a", checkpoint: "b", fromStep: 100, step: 120, metric: "validation.loss", value: 0.7),
                HarvestPoint(
                    job: "c", checkpoint: "d", fromStep: 300, step: 360, metric: "validation.loss", value: 0.6),
            ]
        }
        func text(_ report: JobReport) -> String {
            StatusScreen.lines(report, palette: Palette(colours: false, unicode: true), width: nil)
                .map(\.text).joined(separator: "\n")
        }
        let shown = text(report)
        #expect(shown.contains("another 8 h of 16 threads: over 99 % for a validation loss below 0.6276"), "\(shown)")
        #expect(shown.contains("at step 66 000"), "\(shown)")
        #expect(shown.contains("2 harvests · validation loss 0.6000 from step 300, 0.7000 before"), "\(shown)")
        // The curve of a falling rate says nothing of what comes.
        var falling = report
        falling.detail.schedule?.append(SchedulePoint(share: nil, step: 50_000, epoch: 0, examples: 0, rate: 0.01))
        #expect(!text(falling).contains("Forecast"))
    }
}
