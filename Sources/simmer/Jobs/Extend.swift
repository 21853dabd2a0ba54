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

            A rate that was held (or went down in steps, or at plateaus) and has then fallen is never raised again behind \
            your back: a branch goes on from the checkpoint before the fall, which is kept for ever, holds the rate for \
            longer and lets it fall at the end of the new total. Where nothing is left from before, or next to nothing lay \
            there, it says what warming up again costs, and asks. --from-here goes on where the job is, at the rate that is \
            left, even where that is 0.
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
        guard plan.totalNow != plan.totalSteps else {
            throw Complaint(
                "job '\(plan.job.name)' has \(counted(plan.totalSteps, "step")) in all: there is nothing to add",
                hint: "Give a larger total, or what is to be added with --add.", code: .conflict)
        }
        let branch = fromHere ? nil : plan.branch
        if !screen.json || !consent.dryRun { say(plan, branch, screen) }
        if consent.dryRun, screen.json { return try screen.put(json: plan) }
        if branch == nil, !fromHere { try requireRate(plan) }
        if consent.dryRun { return }
        if let branch { return try begin(branch, plan, daemon, screen) }
        try Confirmation.ask("Extend '\(plan.job.name.escaped())'?", consent: consent, screen: screen)
        let reply = try daemon.call(ExtendJob.self, .init(job: job, totalSteps: total, requestId: Daemon.requestId()))
        if screen.json { return try screen.put(json: reply) }
        screen.put(
            "job \(reply.job.id) '\(reply.job.name.escaped())' \(reply.job.state.rawValue): \(reply.totalSteps) steps in all"
        )
    }

    /// Steps at a rate of 0 take as long as others and change nothing: nobody gets them unasked.
    private func requireRate(_ plan: ExtendJob.Output) throws {
        let name = plan.job.name
        let hint =
            "'simmer extend \(name) --steps \(plan.totalSteps) --from-here' goes on all the same; a schedule as long as "
            + "the new total is a recipe of its own: submit that."
        if let decay = plan.decay {
            throw Complaint(
                "the rate of job '\(name)' has been falling since step \(decay.step), and "
                    + (decay.checkpoint == nil
                        ? "no checkpoint from there is left" : "the new total is too small to go back there"),
                hint: hint, code: .conflict)
        }
        guard plan.rateEnd == 0 else { return }
        throw Complaint(
            "the schedule of job '\(name)' ends before the new total: at a rate of 0 nothing would be learned",
            hint: hint, code: .conflict)
    }

    /// The longer run, beside the one that there is.
    private func begin(
        _ branch: ExtendingBranch, _ plan: ExtendJob.Output, _ daemon: Daemon, _ screen: Screen
    ) throws {
        let from = Number.grouped(branch.fromStep)
        let name = plan.job.name.escaped()
        try Confirmation.ask(
            branch.rewarms
                ? "Warm up again from step \(from) of '\(name)'?" : "Branch from step \(from) of '\(name)'?",
            consent: consent, screen: screen)
        let reply = try daemon.call(
            BranchJob.self,
            .init(checkpoint: branch.checkpoint, overrides: branch.overrides, requestId: Daemon.requestId()))
        if screen.json { return try screen.put(json: reply) }
        screen.put(
            "job \(reply.job.id) '\(reply.job.name.escaped())' \(reply.job.state.rawValue): from step "
                + "\(from) to \(Number.grouped(plan.totalSteps))")
    }

    private func say(_ plan: ExtendJob.Output, _ branch: ExtendingBranch?, _ screen: Screen) {
        screen.note(
            "job \(plan.job.id) '\(plan.job.name.escaped())' is at step \(Number.grouped(plan.fromStep)) of "
                + "\(plan.totalNow.map(Number.grouped) ?? "no total"); new total \(Number.grouped(plan.totalSteps))"
        )
        screen.note(
            "learning rate: \(Number.plain(plan.rateNow)) now, \(Number.plain(plan.rateNext)) at the next step, "
                + "\(Number.plain(plan.rateEnd)) at the end")
        guard let branch else { return }
        let from = Number.grouped(branch.fromStep)
        let steps = counted(plan.totalSteps - branch.fromStep, "step")
        var text = "instead, a branch trains \(steps) from step \(from): "
        let falls = branch.fallsFrom ?? plan.totalSteps
        if branch.rewarms {
            text +=
                "the rate rises from \(Number.plain(branch.rateNext)) to \(Number.plain(branch.rateMost)) over "
                + counted(falls - branch.fromStep, "step")
        } else if falls > branch.fromStep {
            text +=
                "the rate is \(Number.plain(branch.rateNext)) at its next step and is held, for "
                + counted(falls - branch.fromStep, "step")
        } else {
            text += "the rate falls on from \(Number.plain(branch.rateNext))"
        }
        if falls > branch.fromStep, falls < plan.totalSteps { text += ", and falls from step \(Number.grouped(falls))" }
        screen.note(text + "; it is \(Number.plain(branch.rateEnd)) at the end")
        if branch.rewarms {
            screen.note(
                "that costs: a higher rate throws the loss up for a time, and undoes some of what the small rates have "
                    + "learned; '\(plan.job.name.escaped())' and its checkpoints stay as they are")
        } else if branch.fromStep < plan.fromStep {
            screen.note(
                "that costs: \(counted(plan.fromStep - branch.fromStep, "step")) behind step \(from) are done again, at the "
                    + "held rate; '\(plan.job.name.escaped())' and its checkpoints stay as they are")
        }
    }
}
