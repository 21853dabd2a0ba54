import ArgumentParser
import Recipes
import Terminal
import Wire

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how jobs are doing, or the daemon.",
        discussion: """
            EXAMPLES:
              simmer status
              simmer status mnist-cnn
              simmer status mnist-cnn --json | jq .summary.progress.step

            Of a job: is it healthy, is it progressing, when is it done, what would be lost if it stopped now.
            """)

    @Argument(help: ArgumentHelp("Jobs: names, ids or patterns.", valueName: "job"), completion: Completions.jobs)
    var jobs: [String] = []

    @OptionGroup var table: TableOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon()
        guard !jobs.isEmpty else { return try overview(daemon, screen) }
        for (index, word) in try daemon.jobs(matching: jobs).enumerated() {
            let detail = try daemon.job(word)
            let report = try report(detail, daemon)
            if screen.json {
                try screen.put(json: Detail(detail: detail, forecast: report.forecast))
                continue
            }
            if index > 0 { screen.put("") }
            screen.put(StatusScreen.lines(report, palette: screen.palette, width: screen.width), wrap: true)
            if let squeeze = detail.squeeze {
                screen.put("")
                screen.put(SqueezeTable.table(squeeze), header: !table.noHeader)
                SqueezeTable.remarks(squeeze).forEach { screen.note($0) }
            }
            if let ensemble = detail.ensemble {
                screen.put("")
                screen.put(EnsembleTable.table(ensemble), header: !table.noHeader)
                EnsembleTable.remarks(ensemble).forEach { screen.note($0) }
            }
        }
    }

    private func report(_ detail: JobDetail, _ daemon: Daemon) throws -> JobReport {
        let word = String(detail.summary.id)
        let status = try daemon.call(GetStatus.self, .init())
        var report = JobReport(
            detail: detail, freeBytes: status.storeFreeBytes, lastScrubUsec: status.lastScrubUsec,
            lastBackupUsec: status.lastBackupUsec, now: Clock.now)
        do {
            if let last = detail.summary.lastCheckpoint {
                report.lastCheckpoint = try daemon.call(InspectCheckpoint.self, .init(checkpoint: last)).checkpoint
            }
            report.history = try daemon.call(QueryMetrics.self, .init(job: word, maxPoints: 200)).series
            report.log = try daemon.call(ReadLogs.self, .init(job: word, tail: 3)).entries
        } catch SimmerError.notOwner, SimmerError.noSuchCheckpoint {
            // Another user's job shows its summary; a checkpoint that was just pruned is not worth an error.
        }
        return report
    }

    private func overview(_ daemon: Daemon, _ screen: Screen) throws {
        let status = try daemon.call(GetStatus.self, .init())
        let jobs = try daemon.allJobs(JobFilter(includeEnded: false)).jobs.sorted { $0.id < $1.id }
        if screen.json { return try screen.put(json: Overview(daemon: status, jobs: jobs)) }
        screen.put(DaemonScreen.summary(status, palette: screen.palette, now: Clock.now))
        guard !jobs.isEmpty else { return }
        screen.put("")
        screen.put(JobTable.table(jobs, now: Clock.now), header: !table.noHeader)
    }

    /// What the daemon says of a job, and what follows from it.
    private struct Detail: Encodable {
        var detail: JobDetail
        var forecast: Forecast?

        private enum Key: CodingKey { case forecast }

        func encode(to encoder: any Encoder) throws {
            try detail.encode(to: encoder)
            var more = encoder.container(keyedBy: Key.self)
            try more.encodeIfPresent(forecast, forKey: .forecast)
        }
    }

    private struct Overview: Encodable {
        var daemon: GetStatus.Output
        var jobs: [JobSummary]
    }
}
