import Foundation
import Recipes

@testable import Reports

/// A report that has everything, with names that are markup.
enum Specimen {
    static let name = "<script>alert(1)</script> & \"co\" \u{202e}txt"

    static func job(_ name: String = Specimen.name, id: Int = 3) -> JobDetail {
        var summary = JobSummary(
            id: id, uuid: "u", name: name, ownerUid: 0, state: .succeeded, desired: .run, priority: 0, generation: 1,
            createdUsec: 0, activeUsec: 75_000_000, restarts: 1,
            progress: Progress(step: 20_000, totalSteps: 20_000),
            latestMetrics: [
                MetricValue(name: "validation.accuracy", step: 20_000, timeUsec: 0, value: 0.9812),
                MetricValue(name: "validation.loss", step: 20_000, timeUsec: 0, value: 0.0712),
                MetricValue(name: "train.loss", step: 20_000, timeUsec: 0, nonFinite: .nan),
            ], labels: [:])
        summary.lastCheckpoint = "0123456789abcdef"
        var job = JobDetail(
            summary: summary, recipe: "recipe: 1\nname: \"<script>\"\nbatch: 64\n", recipeDigest: "d",
            dependsOn: [], resources: JobResources(),
            warnings: [Finding(severity: .warning, code: "data.few", message: "No <b> of class 'x' & y.")],
            checkpointCount: 2, checkpointBytes: 100, environment: ["cpu": "v4 <i>"],
            changes: [HotChange(step: 8_000, values: ["optimizer.rate": "<1e-4>"])],
            runs: [
                RunSummary(number: 2, startedUsec: 10, endedUsec: 60_000_000, firstStep: 5_000, lastStep: 20_000),
                RunSummary(
                    number: 1, startedUsec: 0, endedUsec: 9, firstStep: 0, lastStep: 5_000,
                    reason: Reason(code: "crash", message: "signal <9>", sinceUsec: 9)),
            ],
            harvests: [
                HarvestPoint(
                    job: "cool-1 <x>", checkpoint: "c", fromStep: 12_000, step: 13_000, metric: "validation.loss",
                    value: 0.06)
            ])
        job.parameterCount = 269_322
        job.ensemble = ensemble
        return job
    }

    static var ensemble: Ensemble {
        func score(_ accuracy: Double) -> ClassScore {
            ClassScore(accuracy: accuracy, nll: 0.2, brier: 0.1, ece: 0.01, eceLow: 0.005, eceHigh: 0.02)
        }
        return Ensemble(
            method: .averageProbabilities, split: "validation", count: 10_000,
            members: [
                EnsembleMember(checkpoint: "a", name: "one@1", classes: score(0.95)),
                EnsembleMember(
                    checkpoint: "b", name: "two@2 <u>", classes: score(0.96),
                    comparison: PairedComparison(better: 220, worse: 120, pValue: 6e-8)),
            ],
            steps: [
                EnsembleStep(size: 1, added: 0, classes: score(0.95)),
                EnsembleStep(
                    size: 2, added: 1, classes: score(0.97), errorReduction: 0.4,
                    comparison: PairedComparison(better: 300, worse: 100, pValue: 1e-20)),
            ])
    }

    static var series: [Series] {
        let steps = Array(stride(from: 100, through: 20_000, by: 100))
        func curve(_ name: String, _ value: (Double) -> Double) -> Series {
            Series(
                name: name, steps: steps, timesUsec: steps, values: steps.map { value(Double($0)) },
                reducedFrom: steps.count)
        }
        func noisy(_ step: Double) -> Double {
            let noise = (step / 100).truncatingRemainder(dividingBy: 3)
            return 2.3 / (1 + step / 300) + 0.004 * noise
        }
        return [
            curve("train.loss", noisy),
            curve("validation.loss") { 2.3 / (1 + $0 / 400) + 0.05 },
            curve("validation.loss@ema-0.999") { 2.3 / (1 + $0 / 350) + 0.03 },
            curve("validation.accuracy") { 1 - 0.9 / (1 + $0 / 200) },
            curve("rate") { _ in 3e-4 },
        ]
    }

    static var results: [CheckResult] {
        [
            CheckResult("K7", .pass, .invariant, "Two runs of 100 steps are bit-equal.", seconds: 2),
            CheckResult(
                "K12", .fail, .statistic, "The first loss is 4.1 <nats>, and ln 10 is 2.303.",
                numbers: [CheckNumber("loss", 4.1, unit: "nats"), CheckNumber("bad", .nan)],
                places: ["train.idx row 17", "<row>"], action: "Scale the inputs & try again.", seconds: 0.31,
                pictures: ["bars"]),
            CheckResult("D7", .warn, .statistic, "One class is rare.", seconds: 0.01),
            CheckResult.skip("D16", "The targets are numbers."),
            CheckResult(
                "K2", .pass, .statistic, "To beat: 0.3.",
                numbers: [
                    CheckNumber("loss: best constant", 2.3), CheckNumber("loss: linear", 0.3),
                    CheckNumber("accuracy: linear", 92, unit: "%"),
                ]),
            CheckResult("R16", .pass, .statistic, "Filters are smooth.", pictures: ["filters"]),
        ]
    }

    static var pictures: [CheckPicture] {
        let labels = (0..<10).map { $0 == 3 ? "<three>" : "\($0)" }
        func cell(_ row: Int, _ column: Int) -> Double {
            row == column ? 980 : Double((column * 7 + row * 3) % 11)
        }
        let confusion = (0..<10).map { row in (0..<10).map { cell(row, $0) } }
        func group(_ index: Int) -> ChartSeries {
            let places = Array(1..<40)
            return ChartSeries(
                "group \(index)", x: places.map { Double($0 * (index + 1)) },
                y: places.map { Double(($0 * 13) % 17 + index * 5) })
        }
        return [
            CheckPicture(
                id: "K12",
                Picture(
                    "bars", caption: "Counts of <each> class",
                    chart: Chart(
                        .bars, x: "class", y: "examples",
                        series: [
                            ChartSeries("train", x: [], y: (0..<10).map { 500 + Double($0 * 20) }),
                            ChartSeries("validation", x: [], y: (0..<10).map { 90 - Double($0 * 5) }),
                        ], labels: labels, levels: [ChartMark("even", 500)]))),
            CheckPicture(
                id: "K4",
                Picture(
                    "confusion", caption: "Confusion",
                    chart: Chart(
                        .map, x: "predicted", y: "true", labels: labels, rowLabels: labels, cells: confusion))),
            CheckPicture(
                id: "K4",
                Picture(
                    "points", caption: "Points",
                    chart: Chart(
                        .points, x: "a", y: "b", xIsLog: true,
                        series: (0..<3).map(group)))),
            CheckPicture(id: "R16", Picture("filters", caption: "Filters \"of\" <conv1>", png: onePixel)),
        ]
    }

    /// A PNG of one grey pixel, written by Python's zlib.
    static let onePixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="

    static func report(_ name: String = Specimen.name, id: Int = 3) -> Report {
        var recipe = Recipe(
            name: name, data: DataSource(format: .digits), model: Model(layers: []), optimizer: Optimizer(kind: .adam))
        recipe.expect = Expectation(metric: "validation.accuracy", above: 0.97)
        return Report(
            job: job(name, id: id), recipe: recipe,
            facts: DataFacts(
                inputShape: [1, 28, 28], target: .classes((0..<10).map { "\($0)" }), trainingCount: 54_000,
                validationCount: 6_000, testCount: 10_000, classCounts: [Int](repeating: 5_400, count: 10), mean: [0.1],
                deviation: [0.3]),
            series: series, results: results, pictures: pictures,
            acknowledged: ["D7": "the imbalance is <real>"], forced: ["submitted with K12 failing: <in a hurry>"],
            ledger: [
                LedgerEntry(
                    job: name, expectation: Expectation(metric: "validation.accuracy", above: 0.97), outcome: 0.9812),
                LedgerEntry(
                    job: "old <job>", expectation: Expectation(metric: "validation.loss", below: 0.05), outcome: 0.07),
                LedgerEntry(
                    job: "young", expectation: Expectation(metric: "validation.loss", below: 0.05), outcome: nil),
            ],
            improvements: [
                Improvement(
                    steps: 400, seeds: 3, trainingLoss: 0.1, validationLoss: 0.2, tried: [],
                    outcome: ImprovementOutcome(
                        proposal: Proposal("R12", "dropout", "dropout <0.5>", [:]), expected: 0.01, gain: 0.02,
                        low: 0.01,
                        high: 0.03, verdict: .better, before: 0.2, after: 0.18),
                    learningCurve: LearningCurve(
                        counts: [100, 200, 400], losses: [0.5, 0.3, 0.2], fitted: 0.2, twice: 0.15, low: 0.12,
                        high: 0.18, seeds: 3, wantedSeeds: 3),
                    inputs: [
                        InputGain(
                            columns: ["<first>", "last"], loss: 0.2, gain: 0.1, low: 0.05, high: 0.15, verdict: .better)
                    ],
                    ensemble: EnsembleTrial(
                        single: 0.08, isShare: true,
                        gains: [EnsembleGain(members: 2, error: 0.07, gain: 0.01, low: 0.005, high: 0.02)]),
                    made: ImprovementOutcome(
                        proposal: Proposal("R5", "made", "60 <made> examples", [:]), expected: -0.1, gain: -0.2,
                        low: -0.3, high: -0.1, verdict: .worse, before: 0.2, after: 0.4))
            ],
            printed: "2026-03-02 08:14", version: "1 <x>")
    }
}
