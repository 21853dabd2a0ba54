import ArgumentParser
import Recipes
import Terminal
import Wire

struct DaemonNotifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify", abstract: "Try the notifications of simmerd.conf(5); status 8 when one fails.",
        discussion: """
            EXAMPLES:
              simmer daemon notify --test
            """)

    @Flag(help: "Send one of each event to each of those whom the configuration names.")
    var test = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard test else { throw ValidationError("Say --test: nothing else can be done with notifications by hand.") }
    }

    func run() throws {
        let screen = common.screen
        let deliveries = try common.daemon(timeout: 1_800).call(TestNotify.self, .init()).deliveries
        if screen.json {
            try screen.put(json: TestNotify.Output(deliveries: deliveries))
        } else if deliveries.isEmpty {
            screen.put("the configuration names nobody: see notify in simmerd.conf(5)")
        }
        if !screen.json {
            for delivery in deliveries {
                let word = delivery.ok ? Cell("sent  ", .good) : Cell("failed", .bad)
                let why = delivery.message.map { ": \($0)" } ?? ""
                screen.put(
                    Line([word, Cell("  \(delivery.event.padded(to: 14))\(delivery.target)\(why)")])
                        .rendered(screen.palette))
            }
        }
        if deliveries.contains(where: { !$0.ok }) { throw Ending(code: .problems) }
    }
}
