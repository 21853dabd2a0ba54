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

            A rate that was held and has then fallen is never raised again behind your back: a branch goes on from the \
            checkpoint before the fall, which is kept for ever, holds the rate for longer and lets it fall at the end of \
            the new total. --from-here goes on where the job is, at the rate that is left.
            """)

    @Argument(help: "The job: a name or an id.", completion: Completions.jobs)
    var job: String

    @Option(help: ArgumentHelp("The new total.", valueName: "n"))
    var steps: Int?

    @Option(help: ArgumentHelp("Steps on top of the present total.", valueName: "n"))
    var add: Int?

    @Flag(help: "Go on where the job is, even where its rate has fallen.")
    var fromHere = false

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
            // One that has not begun has told no progress; what it would be extended from is known all the same. It is asked
            // with a total that no step of a running job passes meanwhile.
            let present =
                try now.progress?.totalSteps
                ?? daemon.call(
                    ExtendJob.self, .init(job: job, totalSteps: 1 << 40, dryRun: true)
                ).totalNow
            guard let present else {
                throw Complaint(
                    "job '\(job)' has no total to add to", hint: "Give the new total with --steps.", code: .conflict)
            }
            let (sum, isTooLarge) = present.addingReportingOverflow(add ?? 0)
            guard !isTooLarge else { throw ValidationError("No job has so many steps.") }
            total = sum
        }
        let plan = try daemon.call(ExtendJob.self, .init(job: job, totalSteps: total, dryRun: true))
        if !screen.json || !consent.dryRun { say(plan, screen) }
        if consent.dryRun {
            if screen.json { try screen.put(json: plan) }
            return
        }
        if let decay = plan.decay, !fromHere { return try branch(plan, decay, daemon, screen) }
        try Confirmation.ask("Extend '\(plan.job.name.escaped())'?", consent: consent, screen: screen)
        let reply = try daemon.call(ExtendJob.self, .init(job: job, totalSteps: total, requestId: Daemon.requestId()))
        if screen.json { return try screen.put(json: reply) }
        screen.put(
            "job \(reply.job.id) '\(reply.job.name.escaped())' \(reply.job.state.rawValue): \(reply.totalSteps) steps in all"
        )
    }

    /// The longer run from before the fall of the rate.
    private func branch(_ plan: ExtendJob.Output, _ decay: DecayedRun, _ daemon: Daemon, _ screen: Screen) throws {
        guard let checkpoint = decay.checkpoint, let overrides = decay.overrides else {
            throw Complaint(
                "the rate of job '\(plan.job.name)' has been falling since step \(decay.step), and "
                    + (decay.checkpoint == nil
                        ? "no checkpoint from there is left" : "the new total is too small to go back there"),
                hint: "'simmer extend \(plan.job.name) --steps \(plan.totalSteps) --from-here' goes on at rate "
                    + "\(Number.plain(plan.rateNext)).", code: .conflict)
        }
        try Confirmation.ask(
            "Branch from step \(Number.grouped(decay.step)) of '\(plan.job.name.escaped())'?", consent: consent,
            screen: screen)
        let reply = try daemon.call(
            BranchJob.self,
            .init(checkpoint: checkpoint, overrides: overrides, requestId: Daemon.requestId()))
        if screen.json { return try screen.put(json: reply) }
        screen.put(
            "job \(reply.job.id) '\(reply.job.name.escaped())' \(reply.job.state.rawValue): from step "
                + "\(Number.grouped(decay.step)) to \(Number.grouped(plan.totalSteps))")
    }

    private func say(_ plan: ExtendJob.Output, _ screen: Screen) {
        screen.note(
            "job \(plan.job.id) '\(plan.job.name.escaped())' is at step \(Number.grouped(plan.fromStep)) of "
                + "\(plan.totalNow.map(Number.grouped) ?? "no total"); new total \(Number.grouped(plan.totalSteps))"
        )
        if let decay = plan.decay, !fromHere {
            screen.note(
                "the rate was \(Number.plain(decay.rate)) up to step \(Number.grouped(decay.step)), has fallen since, and would "
                    + "be \(Number.plain(plan.rateNext)) at the next step: a branch from step \(Number.grouped(decay.step)) "
                    + "holds it for longer instead")
            return
        }
        screen.note(
            "learning rate: \(Number.plain(plan.rateNow)) now, \(Number.plain(plan.rateNext)) at the next step, "
                + "\(Number.plain(plan.rateEnd)) at the end")
    }
}
