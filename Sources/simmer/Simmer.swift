import ArgumentParser
import Wire

/// The client: it asks the daemon things and shows the answers.
@main
struct Simmer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simmer",
        abstract: "Train neural networks, and leave them training.",
        usage: "simmer <command> [<argument> ...]",
        discussion: """
            EXAMPLES:
              simmer submit mnist-cnn.yaml --follow    queue a job and watch it
              simmer status mnist-cnn                  is it healthy, when is it done
              simmer evaluate mnist-cnn@best           what its best checkpoint is worth

            A job is named by its name or id, or by a pattern ('night-*'). A checkpoint is named job@step, job@best, \
            job@last, job:tag, or by 8 or more digits of its id.

            EXIT STATUS: 0 done, 1 failed, 2 wrong usage, 3 no such job or checkpoint, 4 wrong state or conflict, \
            5 not permitted, 6 no daemon, 7 out of time, 8 problems found, 9 the awaited job failed, 10 busy, \
            130 interrupted.
            """,
        version: "simmer \(VersionCommand.version)",
        groupedSubcommands: [
            CommandGroup(
                name: "Job",
                subcommands: [
                    SubmitCommand.self, DistillCommand.self, SqueezeCommand.self, CheckCommand.self,
                    AcknowledgeCommand.self, ImproveCommand.self, ListCommand.self,
                    StatusCommand.self,
                    WatchCommand.self,
                    WaitCommand.self, LogsCommand.self, MetricsCommand.self, PlotCommand.self, ReportCommand.self,
                    PauseCommand.self, ResumeCommand.self,
                    StopCommand.self, CancelCommand.self, DeleteCommand.self, SetCommand.self, ExtendCommand.self,
                    ReplayCommand.self,
                    JobCommand.self,
                ]),
            CommandGroup(
                name: "Checkpoint",
                subcommands: [
                    CheckpointCommand.self, BranchCommand.self, CooldownCommand.self, EvaluateCommand.self,
                    EnsembleCommand.self, GradeCommand.self, PredictCommand.self,
                ]),
            CommandGroup(name: "Data", subcommands: [DataCommand.self]),
            CommandGroup(
                name: "Service",
                subcommands: [
                    RecipeCommand.self, DaemonCommand.self, CompletionCommand.self, VersionCommand.self,
                ]),
        ])

    static func main() {
        var command: any ParsableCommand
        do { command = try parseAsRoot() } catch { Ending.ofParser(error) }
        do { try command.run() } catch { Ending.of(error) }
    }
}
