import ArgumentParser
import Recipes
import Terminal
import Wire

struct CooldownCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cooldown", abstract: "Harvest a finished model from a job that trains on.",
        discussion: """
            EXAMPLES:
              simmer cooldown gpt                     20 % more steps, the rate to zero as 1 - sqrt(t)
              simmer cooldown gpt --share 0.1 --shape linear --follow
              simmer evaluate gpt@best-harvest

            A job at a constant rate (`schedule: [{warmup: 500}, {hold: forever}]`, or none) can train for as long as you \
            like, but its weights are worth more once the rate has gone to zero. This starts a branch from its newest \
            checkpoint that does so, in a slot of its own; the job goes on as if nothing had been. `harvest: {every: 1.5x}` \
            in the recipe does it again and again.
            """)

    @Argument(help: "The job: a name or an id.", completion: Completions.jobs)
    var job: String

    @Option(
        help: ArgumentHelp(
            "Steps of the branch, as a part of the job's so far: 0.2 unless the recipe says.", valueName: "part"))
    var share: Double?

    @Option(
        help: "The way the rate goes to zero: 1-sqrt unless the recipe says, linear or cosine.",
        completion: .list(Cooldown.shapes.map(\.rawValue)))
    var shape: String?

    @Option(name: [.short, .long], help: "Name of the branch.")
    var name: String?

    @Flag(help: "Say what would be done.")
    var dryRun = false

    @OptionGroup var following: FollowOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let share, !(share > 0 && share <= 10) { throw ValidationError("--share is above 0, and at most 10.") }
        if let shape, !Cooldown.shapes.map(\.rawValue).contains(shape) {
            throw ValidationError("--shape is \(Cooldown.shapes.map(\.rawValue).joined(separator: ", ")).")
        }
    }

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon()
        var reply = try daemon.call(
            CooldownJob.self,
            .init(
                job: job, share: share, shape: shape, name: name, dryRun: dryRun ? true : nil,
                requestId: dryRun ? nil : Daemon.requestId()))
        screen.note(
            "from step \(Number.grouped(reply.fromStep)) to \(Number.grouped(reply.totalSteps)): the rate goes from "
                + "\(Number.plain(reply.rate)) to 0")
        guard var branch = reply.job else {
            if screen.json { try screen.put(json: reply) }
            return
        }
        let started = StartedJob(daemon: daemon, screen: screen, options: following, file: nil)
        try started.settle(&branch, findings: &reply.findings)
        reply.job = branch
        try started.report(branch, whole: reply)
    }
}
