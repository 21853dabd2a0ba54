import ArgumentParser
import Recipes
import Terminal
import Wire

struct ExtendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend", abstract: "Give a job another total of steps.",
        discussion: """
            EXAMPLES:
              simmer extend mnist-cnn --steps 40000      40000 steps in all
              simmer extend mnist-cnn --add 10000        10000 more than now
              simmer extend mnist-cnn --add 10000 --dry-run

            A job that has ended goes on. First says which learning rate the job has now, at its next step, and in the end.
            """)

    @Argument(help: "The job: a name or an id.", completion: Completions.jobs)
    var job: String

    @Option(help: ArgumentHelp("The new total.", valueName: "n"))
    var steps: Int?

    @Option(help: ArgumentHelp("Steps on top of the present total.", valueName: "n"))
    var add: Int?

    @OptionGroup var consent: ConsentOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (steps == nil) != (add == nil) else { throw ValidationError("Give --steps for a total, or --add.") }
        guard (steps ?? add ?? 0) > 0 else { throw ValidationError("The number of steps is at least 1.") }
    }

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon()
        let total: Int
        if let steps {
            total = steps
        } else {
            let now = try daemon.job(job).summary
            guard let present = now.progress?.totalSteps else {
                throw Complaint(
                    "job '\(job)' has no total to add to", hint: "Give the new total with --steps.", code: .conflict)
            }
            total = present + (add ?? 0)
        }
        let plan = try daemon.call(ExtendJob.self, .init(job: job, totalSteps: total, dryRun: true))
        if !screen.json || !consent.dryRun { say(plan, screen) }
        if consent.dryRun {
            if screen.json { try screen.put(json: plan) }
            return
        }
        try Confirmation.ask("Extend '\(plan.job.name.escaped())'?", consent: consent, screen: screen)
        let reply = try daemon.call(ExtendJob.self, .init(job: job, totalSteps: total, requestId: Daemon.requestId()))
        if screen.json { return try screen.put(json: reply) }
        screen.put(
            "job \(reply.job.id) '\(reply.job.name.escaped())' \(reply.job.state.rawValue): \(reply.totalSteps) steps in all"
        )
    }

    private func say(_ plan: ExtendJob.Output, _ screen: Screen) {
        screen.note(
            "job \(plan.job.id) '\(plan.job.name.escaped())' is at step \(Number.grouped(plan.fromStep)) of "
                + "\(plan.job.progress?.totalSteps.map(Number.grouped) ?? "no total"); new total \(Number.grouped(plan.totalSteps))"
        )
        screen.note(
            "learning rate: \(Number.plain(plan.rateNow)) now, \(Number.plain(plan.rateNext)) at the next step, "
                + "\(Number.plain(plan.rateEnd)) at the end")
    }
}
