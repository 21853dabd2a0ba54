import ArgumentParser
import Recipes
import Terminal
import Wire

struct CheckpointPruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove checkpoints that nobody asked to keep.",
        discussion: """
            EXAMPLES:
              simmer checkpoint prune mnist-cnn --dry-run
              simmer checkpoint prune mnist-cnn --keep-last 1 --keep-best 1 --yes

            Tagged and pinned ones, the newest of each job, and those in use always stay. Without --keep options the \
            job's own retention decides.
            """)

    @Argument(help: "Only those of this job.", completion: Completions.jobs)
    var job: String?

    @Option(help: ArgumentHelp("Keep the newest n of each job.", valueName: "n"))
    var keepLast: Int?

    @Option(help: ArgumentHelp("Keep the best n of each job.", valueName: "n"))
    var keepBest: Int?

    @Option(help: ArgumentHelp("Keep those whose step is a multiple of n.", valueName: "n"))
    var keepEvery: Int?

    @Option(help: ArgumentHelp("Remove only what is older than this: 2h, 3d.", valueName: "time"))
    var olderThan: TimeSpan?

    @OptionGroup var consent: ConsentOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon(timeout: 120)
        func input(dryRun: Bool) -> PruneCheckpoints.Input {
            .init(
                job: job, keepLast: keepLast, keepBest: keepBest, keepEvery: keepEvery,
                olderThanUsec: olderThan?.microseconds, dryRun: dryRun, requestId: dryRun ? nil : Daemon.requestId())
        }
        if consent.dryRun || !consent.yes {
            let plan = try daemon.call(PruneCheckpoints.self, input(dryRun: true))
            if screen.json && consent.dryRun { return try screen.put(json: plan) }
            let names = try plan.removed.isEmpty ? nil : CheckpointNames(daemon, job: job)
            for id in plan.removed { screen.put("  \(id.prefix(12).escaped())  \(names?.name(id).escaped() ?? "")") }
            notePassedOver(plan, screen)
            screen.note(
                "removes \(counted(plan.removed.count, "checkpoint")), \(Size.text(plan.freedBytes)); keeps \(plan.kept)"
            )
            if consent.dryRun || plan.removed.isEmpty { return }
            try Confirmation.ask(
                "Remove \(counted(plan.removed.count, "checkpoint"))?", consent: consent, screen: screen)
        }
        let reply = try daemon.call(PruneCheckpoints.self, input(dryRun: false))
        if screen.json { return try screen.put(json: reply) }
        if consent.yes { notePassedOver(reply, screen) }
        screen.put(
            "\(counted(reply.removed.count, "checkpoint")) removed, \(Size.text(reply.freedBytes)) to be freed; "
                + "\(reply.kept) kept")
    }

    private func notePassedOver(_ reply: PruneCheckpoints.Output, _ screen: Screen) {
        guard let jobs = reply.passedOver, let first = jobs.first else { return }
        let list = jobs.map(String.init).joined(separator: ", ")
        screen.note(
            "passes over \(jobs.count == 1 ? "job" : "jobs") \(list): what \(jobs.count == 1 ? "it keeps" : "they keep") cannot "
                + "be read; `simmer status \(first)` says why")
    }
}
