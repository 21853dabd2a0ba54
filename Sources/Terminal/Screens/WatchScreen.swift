import Recipes

/// `simmer watch`: a job in three lines that are drawn again and again, or in one line a change.
public enum WatchScreen {
    /// The live block of one job.
    public static func block(_ job: JobSummary, now: Int, palette: Palette, width: Int) -> [Line] {
        var head = Line([
            Cell(palette.dot, job.state.style), Cell(" "), Cell(job.name, .bold), Cell(" (job \(job.id)) "),
        ])
        head += Cell(JobTable.stateText(job), job.state.style)
        if let reason = job.reason, job.state != .running, job.state != .succeeded {
            head += Cell(": " + reason.message, job.state.style)
        }
        let active = job.activeUsec
        if active > 0 { head += Cell(palette.separator + Span.text(active)) }
        if job.restarts > 0 { head += Cell(palette.separator + counted(job.restarts, "restart"), .caution) }
        var lines = [head]
        if let progress = job.progress {
            lines.append(progressLine(job, progress, now: now, palette: palette, width: width))
        }
        let metrics = metricLine(job, now: now, palette: palette, width: width - 2)
        if !metrics.isEmpty { lines.append(Line("  ") + metrics) }
        return lines
    }

    static func progressLine(
        _ job: JobSummary, _ progress: Progress, now: Int, palette: Palette, width: Int
    ) -> Line {
        var parts: [Line] = []
        if let fraction = job.fraction { parts.append(Line(Number.percent(fraction))) }
        parts.append(Line("step \(job.stepText)"))
        if let stalled = progress.stalledForUsec {
            parts.append(Line("no step for \(Span.text(stalled))", .caution))
        } else if job.state.isAlive, let speed = progress.stepsPerSecond {
            parts.append(Line("\(speedText(speed)) steps/s"))
        }
        if let left = job.remaining(now: now), !job.state.hasEnded, job.state.isAlive {
            parts.append(Line("\(Span.text(left)) left"))
        }
        if let epoch = progress.epoch { parts.append(Line("epoch \(Number.fixed(epoch, digits: 1))")) }
        guard let fraction = job.fraction else {
            return Line("  ") + Line.fitting(parts, separator: "  ", width: width - 2)
        }
        let barWidth = min(40, max(12, width / 3))
        let bar = palette.bar(fraction, width: barWidth)
        return Line([Cell("  "), Cell(bar, job.state.style), Cell(" ")])
            + Line.fitting(parts, separator: "  ", width: width - barWidth - 3)
    }

    static func metricLine(_ job: JobSummary, now: Int, palette: Palette, width: Int?) -> Line {
        var parts: [Line] = []
        for (title, group) in [("train", "train."), ("validation", "validation."), ("test", "test.")] {
            var line = Line()
            for metric in job.latestMetrics.sorted(by: { rank($0.name) < rank($1.name) })
            where metric.name.hasPrefix(group) && !metric.name.contains("@") && !metric.name.hasSuffix("norm") {
                line += Cell((line.isEmpty ? title : "") + " " + metric.name.dropFirst(group.count) + " ")
                line += Cell(metric.text, metric.nonFinite == nil ? .bold : .bad)
            }
            parts.append(line)
        }
        if let rate = job.metric("rate"), let value = rate.value { parts.append(Line("rate \(Number.plain(value))")) }
        if let saved = job.lastCheckpointUsec { parts.append(Line("saved \(Span.relative(saved, now: now))", .dim)) }
        return Line.fitting(parts, separator: palette.separator, width: width)
    }

    private static func rank(_ name: String) -> String { name.hasSuffix(".loss") ? "0" + name : "1" + name }

    /// One line for a log or a pipe.
    public static func line(_ job: JobSummary, note: String?, time: Int) -> String {
        var parts = [Clock.second(time), job.name.escaped(), job.state.rawValue]
        if job.progress != nil { parts.append("step \(job.stepText)") }
        if let fraction = job.fraction { parts.append(Number.percent(fraction)) }
        if job.state.isAlive, let speed = job.progress?.stepsPerSecond { parts.append("\(speedText(speed)) steps/s") }
        for metric in job.latestMetrics.sorted(by: { $0.name < $1.name })
        where metric.name.hasPrefix("train.loss") || metric.name.hasPrefix("validation.")
            || metric.name.hasPrefix("test.")
        {
            parts.append("\(metric.name.escaped()) \(metric.text)")
        }
        if let note { parts.append(note.escaped()) }
        if let reason = job.reason, job.state != .running, job.state != .succeeded {
            parts.append("(\(reason.message.escaped()))")
        }
        return parts.joined(separator: "  ")
    }
}
