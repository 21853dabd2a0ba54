import ArgumentParser
import Recipes
import Terminal
import Wire

struct AcknowledgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acknowledge", abstract: "Accept what checks of a job warn of, with a reason.",
        discussion: """
            EXAMPLES:
              simmer acknowledge mnist-cnn D7="the imbalance is real; prior bias is on"

            A long job that its checks hold goes on where nothing else does. The reasons are shown on every later report. \
            `checks.acknowledge` in the recipe does the same for every job of it.
            """)

    @Argument(help: "The job.", completion: Completions.jobs)
    var job: String

    @Argument(help: ArgumentHelp("A check and why what it says is accepted.", valueName: "id=reason"))
    var reasons: [Assignment]

    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let report = try common.daemon().call(
            AcknowledgeChecks.self,
            .init(job: job, reasons: Assignment.dictionary(reasons), requestId: Daemon.requestId())
        ).report
        if screen.json { return try screen.put(json: report) }
        screen.put(CheckScreen.gate(report), wrap: true)
        for id in reasons.map(\.key) { screen.put("  \(id.escaped())  accepted") }
    }
}
