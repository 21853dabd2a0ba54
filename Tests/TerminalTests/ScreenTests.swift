import Recipes
import Terminal
import Testing

@Suite struct ScreenTests {
    static let day = 86_400_000_000
    static let now = 1_800_000_000_000_000

    static func job(_ change: (inout JobSummary) -> Void = { _ in }) -> JobSummary {
        var job = JobSummary(
            id: 42, uuid: "u", name: "night-owl", ownerUid: 1000, state: .running, desired: .run, priority: 0,
            generation: 1, createdUsec: now - 22 * day, startedUsec: now - 21 * day, activeUsec: 20 * day, restarts: 2,
            progress: Progress(step: 4_812_000, totalSteps: 6_000_000, epoch: 37.1, stepsPerSecond: 2.66),
            latestMetrics: [
                MetricValue(name: "train.loss", step: 4_812_000, timeUsec: now, value: 1.8231),
                MetricValue(name: "validation.loss", step: 4_811_000, timeUsec: now, value: 1.9012),
                MetricValue(name: "validation.loss@ema-0.999", step: 4_811_000, timeUsec: now, value: 1.5),
            ],
            lastCheckpoint: "abcdef0123456789", lastCheckpointUsec: now - 188_000_000, labels: [:])
        change(&job)
        return job
    }

    static func report(_ change: (inout JobReport) -> Void = { _ in }) -> JobReport {
        var report = JobReport(
            detail: JobDetail(
                summary: job(), recipe: "", recipeDigest: "", dependsOn: [], resources: JobResources(cpuThreads: 16),
                warnings: [], checkpointCount: 38, checkpointBytes: 76_557_451_264, environment: [:]),
            freeBytes: 212 << 30, now: now)
        change(&report)
        return report
    }

    let palette = Palette(colours: false, unicode: true)

    func text(_ report: JobReport, width: Int? = nil) -> String {
        StatusScreen.lines(report, palette: palette, width: width).map(\.text).joined(separator: "\n")
    }

    @Test func statusSaysHealthProgressEndAndRisk() {
        let text = text(
            Self.report {
                $0.detail.atRiskUsec = 125_000_000
                $0.detail.medianStepsPerSecond = 2.71
                $0.detail.resources.memoryPeakBytes = 47 << 30
            })
        for part in [
            "night-owl (job 42) running since", "2 restarts", "step 4 812 000 / 6 000 000  80.2 %", "epoch 37.1",
            "ends in 5 d 4 h", "2.66 steps/s now", "2.71 median of 24 h",
            "16 threads", "memory at most 47.0 GiB", "loss 1.823", "38 kept, 71.3 GiB",
            "3 min ago", "2 min 5 s of work at risk", "212 GiB free",
        ] { #expect(text.contains(part), "\(part) in\n\(text)") }
    }

    @Test func allOfARunWithoutACheckpointIsAtRisk() {
        let report = Self.report {
            $0.detail.summary.lastCheckpointUsec = nil
            $0.detail.atRiskUsec = 125_000_000
        }
        #expect(text(report).contains("no checkpoint yet: 2 min 5 s of work at risk"))
    }

    @Test func aStallIsSaidOnBothScreens() {
        let report = Self.report { $0.detail.summary.progress?.stalledForUsec = 240_000_000 }
        #expect(text(report).contains("no step for 4 min"))
        let block = WatchScreen.block(report.detail.summary, now: Self.now, palette: palette, width: 120)
        #expect(block.map(\.text).joined().contains("no step for 4 min"))
    }

    @Test func statusFitsItsWidth() {
        for width in [60, 80, 120] {
            let lines = StatusScreen.lines(Self.report(), palette: palette, width: width)
            for line in lines.dropFirst() { #expect(line.columns <= width, "\(width): \(line.text)") }
        }
    }

    @Test func trendsAndBestsComeFromTheCurves() {
        let report = Self.report { report in
            report.history = [
                Series(
                    name: "validation.loss", steps: Array(1...20),
                    timesUsec: (1...20).map { Self.now - (20 - $0) * Self.day },
                    values: (1...20).map { 3 - Double($0) * 0.05 }, reducedFrom: 20)
            ]
        }
        let text = text(report)
        #expect(text.contains("best 2.000 at 20"))
        #expect(text.contains("↓"))
        #expect(text.contains("%/day"))
    }

    @Test func aFailureSaysWhyInFull() {
        let long = String(repeating: "reason ", count: 40)
        let text = text(
            Self.report {
                $0.detail.summary.state = .failed
                $0.detail.summary.reason = Reason(code: "oom", message: long, sinceUsec: Self.now - 5_000_000)
            }, width: 80)
        #expect(text.contains(long))
        #expect(text.contains("[oom], 5 s ago"))
        #expect(!text.contains("at risk"))
    }

    @Test func notNumbersAreShownByName() {
        let text = text(
            Self.report {
                $0.detail.summary.latestMetrics = [
                    MetricValue(name: "train.loss", step: 1, timeUsec: 1, value: nil, nonFinite: .nan)
                ]
            })
        #expect(text.contains("loss nan"))
    }

    @Test func theTableNamesWhatJobsDoAndHidesWhatNobodyHas() {
        let queued = Self.job {
            $0.id = 43
            $0.name = "next\u{1b}[2J"
            $0.state = .queued
            $0.queuePosition = 1
            $0.progress = nil
            $0.latestMetrics = []
            $0.lastCheckpointUsec = nil
        }
        let lines = JobTable.table([Self.job(), queued], now: Self.now).lines()
        #expect(lines.count == 3)
        #expect(!lines[0].contains("OWNER") && !lines[0].contains("LABELS"))
        #expect(lines[1].contains("4812000/6000000") && lines[1].contains("80.2 %") && lines[1].contains("1.901 loss"))
        #expect(lines[2].contains("queued (1)") && lines[2].contains("next\\x1b[2J"))
    }

    /// Whatever stands in the rows, as far as it may.
    @Test func tablesFitAScreenOf80Columns() {
        let name = String(repeating: "n", count: 64)
        let jobs = JobState.allCases.map { state in
            Self.job { job in
                job.id = 12_345
                job.name = name
                job.ownerUid = 1000 + (JobState.allCases.firstIndex(of: state) ?? 0)
                job.ownerName = name
                job.state = state
                job.queuePosition = state == .queued ? 100 : nil
                job.priority = -1_000
                job.progress?.step = 999_999_999
                job.progress?.totalSteps = 1_000_000_000
                job.latestMetrics = ["train.loss", "validation.accuracy"].map {
                    MetricValue(name: $0, step: 1, timeUsec: Self.now, value: -1.23456e-10)
                }
                job.lastCheckpointUsec = Self.now - 500 * Self.day
                job.labels = ["label": name]
                job.reason = Reason(code: "oom", message: String(repeating: "why ", count: 40), sinceUsec: Self.now)
            }
        }
        let metrics = ["validation.loss", "validation.accuracy"].map {
            MetricValue(name: $0, step: 1, timeUsec: Self.now, value: -1.23456e-10)
        }
        let checkpoints = [VerifyState.unverified, .corrupt].map { state in
            Checkpoint(
                id: String(repeating: "f", count: 32), jobId: 12_345, jobName: name, ownerUid: 1000,
                step: 1_000_000_000, createdUsec: Self.now - 500 * Self.day, sizeBytes: 1_072_693_248,
                newBytes: 1_072_693_248, tags: [name, name], pinned: true, parents: [], metrics: metrics,
                verifyState: state, complete: true, kind: "imported")
        }
        let tables = [
            JobTable.table(jobs, now: Self.now), CheckpointScreens.table(checkpoints, now: Self.now),
        ]
        for table in tables {
            for line in table.lines(width: 80) { #expect(line.columns <= 80, "\(line)") }
            let whole = table.lines().joined(separator: "\n")
            #expect(whole.contains(name) && !whole.contains("…"))
        }
    }

    @Test func jobsSort() {
        let a = Self.job { $0.id = 1 }
        let b = Self.job {
            $0.id = 2
            $0.progress?.step = 5
        }
        #expect(JobTable.sorted([a, b], by: "step")?.map(\.id) == [2, 1])
        #expect(JobTable.sorted([a, b], by: "-id")?.map(\.id) == [2, 1])
        #expect(JobTable.sorted([a, b], by: "colour") == nil)
        for key in JobTable.sortKeys { #expect(JobTable.sorted([a], by: key) != nil, "\(key)") }
    }

    @Test func theLiveBlockFitsAndHidesAverages() {
        for width in [40, 80, 120] {
            let lines = WatchScreen.block(Self.job(), now: Self.now, palette: palette, width: width)
            #expect(lines.count == 3)
            for line in lines.dropFirst() { #expect(line.columns <= width, "\(width): \(line.text)") }
        }
        let text = WatchScreen.block(Self.job(), now: Self.now, palette: palette, width: 120).map(\.text).joined()
        #expect(text.contains("80.2 %") && text.contains("2.66 steps/s") && text.contains("validation loss 1.901"))
        #expect(!text.contains("ema"))
    }

    @Test func aLineAChangeIsWholeAndPlain() {
        let line = WatchScreen.line(Self.job(), note: "checkpoint", time: Self.now)
        #expect(line.contains("night-owl  running  step 4812000/6000000  80.2 %"))
        #expect(line.contains("train.loss 1.823") && line.hasSuffix("checkpoint"))
    }

    @Test func findingsReadLikeACompilers() {
        let findings = [
            Finding(
                severity: .error, code: "key.unknown", message: "no key 'lr'", path: "/optimizer/lr", line: 7,
                hint: "Did you mean rate?"),
            // A key that there is not is one as well.
            Finding(severity: .warning, code: "key.unknown", message: "no key 'lossy'", path: "/lossy", line: 42),
            Finding(severity: .info, code: "", message: "all else is well"),
            Finding(
                severity: .error, code: "D.nan", message: "d.csv:202: column 'x': nan is not finite.",
                path: "/data/train/inputs/0"),
            Finding(severity: .error, code: "key.unknown", message: "no key: none", path: "/optimizer/rat"),
        ]
        let lines = FindingText.lines(findings, file: "r.yaml").map(\.text)
        #expect(
            lines == [
                "r.yaml:7: error: no key 'lr' [key.unknown]", "    hint: Did you mean rate?",
                "r.yaml:42: warning: no key 'lossy' [key.unknown]", "r.yaml: note: all else is well",
                "d.csv:202: error: column 'x': nan is not finite. [D.nan]",
                "r.yaml: optimizer.rat: error: no key: none [key.unknown]",
            ])
        #expect(FindingText.summary(findings) == "3 errors, 1 warning")
        #expect(FindingText.lines([findings[0]], file: "\u{1b}.yaml")[0].text.hasPrefix("\\x1b.yaml:7"))
    }

    @Test func metricsStandSideBySide() {
        let rows = MetricRows([
            Series(name: "train.loss", steps: [1, 2, 3], timesUsec: [1, 2, 3], values: [3, 2, 0.1], reducedFrom: 3),
            Series(name: "a,b", steps: [2], timesUsec: [2], values: [0.5], nonFiniteSteps: [3], reducedFrom: 1),
        ])
        #expect(rows.csv(header: true) == ["step,train.loss,\"a,b\"", "1,3.0,", "2,2.0,0.5", "3,0.1,nan"])
        #expect(rows.table(limit: 2).lines(header: false).count == 2)
        #expect(MetricRows([]).csv(header: false) == [])
    }

    @Test func medianSpeedIgnoresAPause() {
        let times = [0, 1, 2, 3, 1_000, 1_001, 1_002].map { $0 * 1_000_000 }
        let series = Series(
            name: "train.loss", steps: [0, 10, 20, 30, 40, 50, 60], timesUsec: times, values: [1, 1, 1, 1, 1, 1, 1],
            reducedFrom: 7)
        #expect(Trend.quantile(Trend.speeds(series, since: 0), 0.5) == 10)
        #expect(Trend.quantile([], 0.5) == nil)
        #expect(Trend.slope(Series(name: "a", steps: [1], timesUsec: [1], values: [1], reducedFrom: 1)) == nil)
    }

    @Test func checkpointsShowTheirState() {
        let checkpoint = Checkpoint(
            id: "abcdef0123456789ff", jobId: 42, jobName: "night-owl", ownerUid: 0, step: 500,
            createdUsec: Self.now - 60_000_000, sizeBytes: 1 << 20, newBytes: 512, tags: ["release"], pinned: true,
            parents: [], metrics: [MetricValue(name: "validation.loss", step: 500, timeUsec: 1, value: 0.25)],
            digest: "sha256:aa", weightsDigest: "sha256:bb", verifyState: .corrupt, complete: true, kind: "time")
        let row = CheckpointScreens.table([checkpoint], now: Self.now).lines(header: false)[0]
        for part in [
            "abcdef012345", "night-owl", "500", "1 min ago", "1.00 MiB", "damaged", "release,(pinned)", "0.2500",
        ] {
            #expect(row.contains(part), "\(part) in \(row)")
        }
        let text = CheckpointScreens.lines(checkpoint, now: Self.now).map(\.text).joined(separator: "\n")
        #expect(text.contains("sha256:aa") && text.contains("sha256:bb") && text.contains("kept until unpinned"))
    }
}
