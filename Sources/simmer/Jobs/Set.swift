import ArgumentParser
import Recipes
import Terminal
import Wire

struct SetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change a job, even while it runs.",
        discussion: """
            EXAMPLES:
              simmer set mnist-cnn optimizer.rate=1e-4
              simmer set 42 name=night-1 priority=5 label.who=me label.old=

            Keys are name, priority, label.KEY (an empty value takes the label off), and the hot keys of the recipe \
            ('simmer recipe explain' marks them), which take effect at a step that is recorded.
            """)

    @Argument(help: "The job: a name or an id.", completion: Completions.jobs)
    var job: String

    @Argument(help: ArgumentHelp("What to change.", valueName: "key=value"))
    var assignments: [Assignment]

    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon()
        var input = SetJob.Input(job: job, requestId: Daemon.requestId())
        var labels: [String: String] = [:]
        var values: [String: String] = [:]
        for assignment in assignments {
            switch assignment.key {
            case "name": input.name = assignment.value
            case "priority":
                guard let priority = Int(assignment.value) else {
                    throw Complaint("priority '\(assignment.value)' is not a whole number", code: .usage)
                }
                input.priority = priority
            case let key where key.hasPrefix("label."): labels[String(key.dropFirst(6))] = assignment.value
            default: values[assignment.key] = assignment.value
            }
        }
        if !values.isEmpty { input.values = values }
        let reply: SetJob.Output
        do { reply = try change(input, labels: labels, daemon) } catch SimmerError.recipeInvalid(let findings) {
            throw Complaint("nothing was changed", findings: findings, code: .problems)
        }
        if screen.json { return try screen.put(json: reply) }
        let words = assignments.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        screen.put("job \(reply.job.id) '\(reply.job.name.escaped())' \(reply.job.state.rawValue): \(words.escaped())")
    }
    /// The call takes all labels at once; the generation makes sure that nobody's change is lost. Checkpoints count as
    /// changes too, so that a stale generation is common, and the labels are merged anew.
    private func change(_ input: SetJob.Input, labels: [String: String], _ daemon: Daemon) throws -> SetJob.Output {
        guard !labels.isEmpty else { return try daemon.call(SetJob.self, input) }
        var input = input
        var attempts = 20
        while true {
            let now = try daemon.job(job).summary
            input.labels = now.labels.merging(labels) { $1 }.filter { !(labels[$0.key] == "" && $0.value == "") }
            input.expectedGeneration = now.generation
            input.requestId = Daemon.requestId()
            do { return try daemon.call(SetJob.self, input) } catch let error as SimmerError {
                attempts -= 1
                guard case .staleGeneration = error, attempts > 0 else { throw error }
            }
        }
    }
}
