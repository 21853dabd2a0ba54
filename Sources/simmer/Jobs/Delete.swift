import ArgumentParser
import Recipes
import Terminal
import Wire

struct DeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Remove ended jobs and everything that belongs to them.",
        discussion: """
            EXAMPLES:
              simmer delete mnist-cnn
              simmer delete 'try-*' --keep-checkpoints --yes

            Their metrics, logs and checkpoints go too; checkpoints that another job comes from, or that are tagged or pinned, stay.
            """,
        aliases: ["rm"])

    @Argument(help: ArgumentHelp("Jobs: names, ids or patterns.", valueName: "job"), completion: Completions.jobs)
    var jobs: [String]

    @Flag(help: "Leave the checkpoints in the store.")
    var keepCheckpoints = false

    @OptionGroup var consent: ConsentOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon()
        let details = try daemon.jobs(matching: jobs, where: { $0.state.hasEnded }).map { try daemon.job($0) }
        for detail in details where !detail.summary.state.hasEnded {
            // Said by the daemon too, but before anybody is asked.
            throw SimmerError.wrongState(
                job: detail.summary.name, state: detail.summary.state, allowed: JobFollower.ends)
        }
        if consent.dryRun || !consent.yes {
            for detail in details {
                let plan = try daemon.call(
                    DeleteJob.self,
                    .init(
                        job: String(detail.summary.id), keepCheckpoints: keepCheckpoints ? true : nil, dryRun: true))
                let kept =
                    plan.keptCheckpoints > 0
                    ? "; \(counted(plan.keptCheckpoints, "checkpoint")) \(plan.keptCheckpoints == 1 ? "stays" : "stay")"
                    : ""
                screen.note(
                    "removes job \(detail.summary.id) '\(detail.summary.name.escaped())', "
                        + "\(detail.summary.state.rawValue), step \(detail.summary.progress?.step ?? 0), "
                        + "\(counted(plan.removedCheckpoints, "checkpoint")) of \(Size.text(plan.freedBytes))\(kept)")
            }
        }
        if consent.dryRun {
            if screen.json { try screen.put(json: DryRun(jobs: details.map(\.summary))) }
            return
        }
        try Confirmation.ask("Delete \(counted(details.count, "job"))?", consent: consent, screen: screen)
        for detail in details {
            let reply = try daemon.call(
                DeleteJob.self,
                .init(
                    job: String(detail.summary.id), keepCheckpoints: keepCheckpoints ? true : nil,
                    requestId: Daemon.requestId()))
            if screen.json {
                try screen.put(json: reply)
            } else {
                screen.put(
                    "job \(detail.summary.id) '\(detail.summary.name.escaped())' deleted, \(Size.text(reply.freedBytes)) to be freed"
                )
            }
        }
    }

    private struct DryRun: Encodable {
        var dryRun = true
        var jobs: [JobSummary]
    }
}
