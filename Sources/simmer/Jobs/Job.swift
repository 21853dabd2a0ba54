import ArgumentParser

struct JobCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "job", abstract: "Take a job to another machine.",
        discussion: """
            EXAMPLES:
              simmer job export mnist-cnn -o mnist-cnn.simmer
              simmer job import mnist-cnn.simmer && simmer resume mnist-cnn
            """,
        subcommands: [JobExportCommand.self, JobImportCommand.self])
}
