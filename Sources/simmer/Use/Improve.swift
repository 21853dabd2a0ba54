import ArgumentParser
import Recipes
import Terminal
import Wire

struct ImproveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "improve", abstract: "Find the next single change that makes a recipe better.",
        discussion: """
            EXAMPLES:
              simmer improve mnist-mlp.yaml
              simmer improve mnist-mlp.yaml --seconds 60 --only width-double,dropout
              simmer improve --ledger

            One round: the recipe is trained as it is, then each change that its stage offers for a quarter of the steps. \
            What a change gains there is what is expected of it; the best one is then trained against none over whole runs, \
            on the same seeds and examples. It is better only where the gain is beyond chance (97.5 %, one-sided). Add the \
            printed --set to your recipe and go on from there: one change at a time.

            The learning curve says what twice the data is likely to bring; where that is more than any change, it is said \
            first. The ledger keeps every expectation beside its outcome, and later ones are corrected by it.
            """)

    @Argument(
        help: "The recipe; '-' reads it from standard input.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String?

    @Option(help: "Seconds that one whole run may take; a round is about a dozen of them.")
    var seconds: Double?

    @Option(help: "Steps of one whole run, instead of seconds.")
    var steps: Int?

    @Option(help: "Pairs of whole runs; 3 by default.")
    var seeds: Int?

    @Option(help: ArgumentHelp("Kinds of changes to try, as a round names them.", valueName: "kinds"))
    var only: String?

    @Flag(help: "Show what was expected of changes and what came of it.")
    var ledger = false

    @OptionGroup var values: RecipeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard ledger || recipe != nil else { throw ValidationError("Name a recipe, or ask for the --ledger.") }
    }

    func run() throws {
        let screen = common.screen
        guard let recipe, !ledger else { return try showLedger(screen) }
        let overrides = values.overrides
        let local = try LocalRecipe(recipe, overrides: overrides, folder: values.data)
        try local.requireGood(screen)
        let meter = Meter(screen)
        defer { meter.clear() }
        let input = ImproveRecipe.Input(
            recipe: local.text, files: local.files, overrides: overrides.isEmpty ? nil : overrides, steps: steps,
            seconds: seconds, seeds: seeds, only: only.map { $0.split(separator: ",").map(String.init) })
        var found: Improvement?
        var refused: [Finding] = []
        _ = try common.daemon().stream(
            ImproveRecipe.self, input, descriptors: local.descriptors, silence: 86_400, repeats: false
        ) { output in
            if let trying = output.trying { meter.say("trying: " + trying.escaped()) }
            found = output.improvement ?? found
            refused += output.findings ?? []
            return true
        }
        meter.clear()
        guard let found else { throw SimmerError.recipeInvalid(findings: refused) }
        if screen.json { return try screen.put(json: found) }
        screen.put(ImproveScreen.lines(found), wrap: true)
    }

    private func showLedger(_ screen: Screen) throws {
        let reply = try common.daemon().call(ListImprovements.self, .init())
        if screen.json { return try screen.put(json: reply) }
        guard !reply.rounds.isEmpty else { return screen.put("the ledger is empty: `simmer improve RECIPE` writes it") }
        screen.put(ImproveScreen.ledger(reply.rounds.map { ($0.name, $0.improvement) }, now: Clock.now))
        screen.put(ImproveScreen.calibration(reply.rounds.map(\.improvement)))
    }
}
