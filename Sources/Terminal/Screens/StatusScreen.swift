import Recipes

/// `simmer status JOB`: is it healthy, is it progressing, when is it done, what would be lost.
///
/// One screen, absolute and relative times, trends beside values; red only for what needs somebody. A line without
/// facts is left out.
public enum StatusScreen {
    /// - Parameter width: columns of the screen; nil leaves every line whole.
    public static func lines(_ report: JobReport, palette: Palette, width: Int?) -> [Line] {
        let job = report.detail.summary
        var lines = [title(report, palette)]
        func add(_ label: String, _ parts: [Line], separator: String? = nil) {
            let content = Line.fitting(
                parts, separator: separator ?? palette.separator, width: width.map { max(20, $0 - 13) })
            if !content.isEmpty { lines.append(Line([Cell("  " + label.padded(to: 11), .bold)]) + content) }
        }
        let parts = report.detail.parts ?? []
        if let reason = job.reason, job.state != .running || !parts.isEmpty, job.state != .succeeded {
            let text = "\(reason.message) [\(reason.code)], \(Span.relative(reason.sinceUsec, now: report.now))"
            // Never cut: this is what the reader came for.
            lines.append(
                Line([Cell("  " + "Reason".padded(to: 11), .bold), Cell(text, job.state == .failed ? .bad : .caution)]))
        }
        if let progress = job.progress {
            add("Progress", progressParts(report, progress, palette, width), separator: "  ")
            add("Speed", speedParts(report, progress, palette))
        }
        for (index, part) in parts.enumerated() {
            let label = (index == 0 ? "Parts" : "").padded(to: 11)
            lines.append((Line([Cell("  " + label, .bold)]) + line(of: part)).cut(to: width))
        }
        add("Training", metricParts(report, group: "train.", palette))
        add("Validation", metricParts(report, group: "validation.", palette))
        add("Test", metricParts(report, group: "test.", palette))
        add("Checks", report.detail.checks.map(CheckScreen.line) ?? [])
        add("Forecast", forecastParts(report))
        add("Harvests", harvestParts(report))
        add("Saved", savedParts(report, palette))
        add("Resumable", proofParts(report))
        add(
            "Waits for",
            report.detail.dependsOn.isEmpty || job.state.isAlive || job.state.hasEnded
                ? [] : [Line("job " + report.detail.dependsOn.map(String.init).joined(separator: ", "))])
        add("From", report.detail.parentCheckpoint.map { [Line("checkpoint \($0)")] } ?? [])
        add(
            "Labels",
            [Line(job.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))])
        add("Store", storeParts(report))
        lines += warnings(report, width: width)
        for (index, entry) in report.log.enumerated() {
            let line = LogText.line(entry, now: report.now, showJob: false)
            lines.append((Line([Cell("  " + (index == 0 ? "Log" : "").padded(to: 11), .bold)]) + line).cut(to: width))
        }
        return lines
    }

    private static func title(_ report: JobReport, _ palette: Palette) -> Line {
        let job = report.detail.summary
        var line = Line([
            Cell(palette.dot, job.state.style), Cell(" "), Cell(job.name, .bold), Cell(" (job \(job.id)) "),
            Cell(JobTable.stateText(job), job.state.style),
        ])
        let active = job.activeUsec
        if let ended = job.endedUsec, job.state.hasEnded {
            line += Cell(" \(Clock.day(ended)), \(Span.relative(ended, now: report.now))")
            if active > 0 { line += Cell("; active \(Span.text(active))") }
        } else if let started = job.startedUsec {
            let age = max(0, report.now - started)
            line += Cell(" since \(Clock.day(started)), \(Span.text(age))")
            if age > 60_000_000, active > 0 {
                line += Cell("; active \(Span.text(active)) (\(Number.percent(min(1, Double(active) / Double(age)))))")
            }
        } else {
            line += Cell(" since \(Clock.day(job.createdUsec)), \(Span.text(max(0, report.now - job.createdUsec)))")
        }
        if job.restarts > 0 { line += Cell(", " + counted(job.restarts, "restart"), .caution) }
        if job.desired != .run, !job.state.hasEnded, job.state != .paused {
            line += Cell(", to \(job.desired.rawValue)", .caution)
        }
        if job.priority != 0 { line += Cell(", priority \(job.priority)") }
        return line
    }

    /// A job that another is made of.
    private static func line(of part: JobSummary) -> Line {
        var line = Line([
            Cell(part.name, .bold), Cell(" (job \(part.id)) "), Cell(JobTable.stateText(part), part.state.style),
        ])
        if let progress = part.progress {
            line += Cell(" step \(Number.grouped(progress.step))")
            if let fraction = part.fraction, !part.state.hasEnded { line += Cell(", \(Number.percent(fraction))") }
        }
        if let metric = part.metric("validation.accuracy") ?? part.metric("validation.loss") {
            line += Cell(", \(metric.name.replacing(".", with: " ")) \(metric.text)")
        }
        return line
    }

    private static func progressParts(
        _ report: JobReport, _ progress: Progress, _ palette: Palette, _ width: Int?
    ) -> [Line] {
        let job = report.detail.summary
        var text = "step \(Number.grouped(progress.step))"
        if let total = progress.totalSteps { text += " / \(Number.grouped(total))" }
        var parts = [Line(text)]
        if let fraction = job.fraction {
            parts.append(Line(Number.percent(fraction)))
            parts.append(Line(palette.bar(fraction, width: (width ?? 100) < 100 ? 18 : 22), job.state.style))
        }
        if let left = job.remaining(now: report.now), job.state.isAlive {
            var eta = "ends in \(Span.text(left))"
            if let spread = spread(report, progress), spread > left / 50 {
                eta += " \(palette.plusMinus)\(Span.coarse(spread))"
            }
            let end = report.now + left
            parts.append(Line(left > 60_000_000 ? "\(eta) (\(Clock.day(end)))" : eta))
        }
        if let stalled = progress.stalledForUsec { parts.append(Line("no step for \(Span.text(stalled))", .caution)) }
        // Last, because a narrow screen cuts from the end.
        if let epoch = progress.epoch { parts.append(Line("epoch \(Number.fixed(epoch, digits: 1))")) }
        return parts
    }

    /// Half the distance between the ends that the quartiles of the speed foretell.
    private static func spread(_ report: JobReport, _ progress: Progress) -> Int? {
        guard let total = progress.totalSteps, let series = report.series("train.loss") else { return nil }
        let speeds = Trend.speeds(series, since: report.now - 86_400_000_000)
        guard speeds.count >= 8, let slow = Trend.quantile(speeds, 0.25), let fast = Trend.quantile(speeds, 0.75),
            slow > 0
        else { return nil }
        let steps = Double(max(0, total - progress.step))
        return Int(min(9e15, (steps / slow - steps / fast) / 2 * 1e6))
    }

    private static func speedParts(_ report: JobReport, _ progress: Progress, _ palette: Palette) -> [Line] {
        let job = report.detail.summary
        var parts: [Line] = []
        if job.state.isAlive, let speed = progress.stepsPerSecond {
            parts.append(Line("\(speedText(speed)) steps/s now"))
        }
        if let median = report.detail.medianStepsPerSecond {
            parts.append(
                Line(
                    "\(speedText(median))\(parts.isEmpty ? " steps/s" : "") median\(job.activeUsec > 86_400_000_000 ? " of 24 h" : "")"
                ))
        } else if job.activeUsec > 0, progress.step > 0, report.detail.parentCheckpoint == nil {
            parts.append(
                Line("\(speedText(Double(progress.step) / (Double(job.activeUsec) / 1e6))) steps/s on the whole"))
        }
        let resources = report.detail.resources
        if let threads = resources.cpuThreads { parts.append(Line(counted(threads, "thread"))) }
        if let memory = resources.memoryBytes {
            let peak = resources.memoryPeakBytes.map { ", peak \(Size.text($0))" } ?? ""
            parts.append(Line("memory \(Size.text(memory))\(peak)"))
        } else if let peak = resources.memoryPeakBytes {
            parts.append(Line("memory at most \(Size.text(peak))"))
        }
        return parts
    }

    private static func metricParts(_ report: JobReport, group: String, _ palette: Palette) -> [Line] {
        let job = report.detail.summary
        let unit = Trend.unit(job.activeUsec)
        var names = Set(job.latestMetrics.map(\.name)).filter { $0.hasPrefix(group) }.sorted()
        if let loss = names.firstIndex(of: group + "loss") { names.insert(names.remove(at: loss), at: 0) }
        var parts: [Line] = names.compactMap { name in
            guard let metric = job.metric(name) else { return nil }
            let title = name.dropFirst(group.count).replacing("_", with: " ")
            var line = Line([Cell(title + " "), Cell(metric.text, metric.nonFinite == nil ? .bold : .bad)])
            if let series = report.series(name) {
                // A young run's losses fall too fast for a trend to mean anything.
                if job.state.isAlive, job.activeUsec > 600_000_000,
                    let slope = Trend.slope(series).map({ $0 * unit.microseconds }),
                    abs(slope) >= 0.0005
                {
                    let mark = slope < 0 ? palette.down : palette.up
                    line += Cell(" \(mark)\(Number.fixed(abs(slope) * 100, digits: 1)) %/\(unit.name)", .dim)
                }
                if group == "validation.", series.values.count > 1, let best = Trend.best(series) {
                    line += Cell(", best \(Number.short(best.value)) at \(Number.grouped(best.step))")
                }
            }
            return line
        }
        if group == "train.", let rate = job.metric("rate")?.value { parts.append(Line("rate \(Number.plain(rate))")) }
        let gaps = report.history.contains { $0.name.hasPrefix(group) && !($0.nonFiniteSteps ?? []).isEmpty }
        if gaps { parts.append(Line("some values were NaN or infinite", .bad)) }
        return parts
    }

    private static func forecastParts(_ report: JobReport) -> [Line] {
        guard let forecast = report.forecast else { return [] }
        let time = Span.coarse(forecast.usec)
        let threads = report.detail.resources.cpuThreads.map { " of \(counted($0, "thread"))" } ?? ""
        let chance =
            forecast.probability > 0.99
            ? "over 99 %"
            : forecast.probability < 0.01 ? "under 1 %" : Number.percent(forecast.probability, digits: 0)
        let goal = "\(title(forecast.metric)) below \(Number.short(forecast.best))"
        let range = "\(Number.short(forecast.low)) to \(Number.short(forecast.high))"
        return [
            Line("another \(time)\(threads): \(chance) for a \(goal)"),
            Line("\(range) at step \(Number.grouped(forecast.step))"),
        ]
    }

    private static func title(_ metric: String) -> String { metric.replacing(".", with: " ") }

    private static func harvestParts(_ report: JobReport) -> [Line] {
        guard let harvests = report.detail.harvests, let last = harvests.last else { return [] }
        var parts = [Line(counted(harvests.count, "harvest"))]
        if let value = last.value {
            var line = Line("\(title(last.metric)) \(Number.short(value)) from step \(Number.grouped(last.fromStep))")
            if let before = harvests.dropLast().last?.value {
                line += Cell(", \(Number.short(before)) before")
            }
            parts.append(line)
        }
        parts.append(Line("the best is \(report.detail.summary.name)@best-harvest", .dim))
        return parts
    }

    private static func proofParts(_ report: JobReport) -> [Line] {
        guard let proof = report.detail.proof else { return [] }
        let when = Span.relative(proof.timeUsec, now: report.now)
        let steps = "steps \(Number.grouped(proof.fromStep)) to \(Number.grouped(proof.step)) done again"
        guard proof.same else {
            return [
                Line("FAILED at step \(Number.grouped(proof.step))", .bad), Line("\(steps), \(when)"),
                Line(proof.message ?? "the bits differ", .bad),
            ]
        }
        return [
            Line("proven at step \(Number.grouped(proof.step))", .good), Line("\(steps) with the same bits, \(when)"),
        ]
    }

    private static func savedParts(_ report: JobReport, _ palette: Palette) -> [Line] {
        let job = report.detail.summary
        let risk = report.detail.atRiskUsec
        guard let time = job.lastCheckpointUsec else {
            return risk.map { [Line("no checkpoint yet: \(Span.text($0)) of work at risk", .caution)] } ?? []
        }
        var text = "checkpoint"
        if let checkpoint = report.lastCheckpoint { text += " \(job.name)@\(checkpoint.step)" }
        text += ", \(Span.relative(time, now: report.now))"
        var parts = [Line(text)]
        if let checkpoint = report.lastCheckpoint {
            switch checkpoint.verifyState {
            case .ok: parts[0] += Cell(", verified", .good)
            case .unverified: parts[0] += Cell(", not verified yet", .dim)
            case .corrupt, .missing: parts[0] += Cell(", \(checkpoint.verifyState.rawValue)", .bad)
            }
        }
        if let risk { parts.append(Line("\(Span.text(risk)) of work at risk")) }
        parts.append(Line("\(report.detail.checkpointCount) kept, \(Size.text(report.detail.checkpointBytes))"))
        return parts
    }

    private static func storeParts(_ report: JobReport) -> [Line] {
        var parts: [Line] = []
        if let free = report.freeBytes { parts.append(Line("\(Size.text(free)) free")) }
        if let time = report.lastScrubUsec { parts.append(Line("scrubbed \(Span.relative(time, now: report.now))")) }
        if let time = report.lastBackupUsec { parts.append(Line("backup \(Span.relative(time, now: report.now))")) }
        return parts
    }

    private static func warnings(_ report: JobReport, width: Int?) -> [Line] {
        let findings = report.detail.warnings
        let shown = findings.suffix(4)
        var lines: [Line] = []
        for (index, finding) in shown.enumerated() {
            var line = Line([Cell("  " + (index == 0 ? "Findings" : "").padded(to: 11), .bold)])
            line += Cell(finding.message, FindingText.style(finding.severity))
            line += Cell(" [\(finding.code)]", .dim)
            lines.append(line)
        }
        if findings.count > shown.count {
            lines.append(Line("             and \(findings.count - shown.count) more", .dim))
        }
        return lines
    }
}
