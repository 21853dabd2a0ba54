import ArgumentParser

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Look at the examples of a recipe or a job, find some of them, or look into a data file.",
        discussion: """
            EXAMPLES:
              simmer data show mnist.yaml
              simmer data show iris.csv
              simmer data look mnist.yaml --pages 8 --note "two digits are cut off at the left"
              simmer data find mnist.yaml 'label = 7 and ink > 0.3 order by ink desc limit 20'
              simmer data find mnist.yaml 'correct = 0 order by loss desc' --checkpoint mnist@best -o wrong.png
              simmer data histogram mnist.yaml ink
              simmer data quiz mnist.yaml --count 50

            What is known of each example is worked out once for each data set and kept below the daemon's state directory.
            """,
        subcommands: [
            DataShowCommand.self, DataLookCommand.self, DataFindCommand.self, DataHistogramCommand.self,
            DataQuizCommand.self,
        ])
}
