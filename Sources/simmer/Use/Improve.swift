import ArgumentParser
import Glibc
import Recipes
import Reports
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

            Beside the changes a round measures what more data, a table's columns, and several networks are worth. The \
            learning curve says what twice the data is likely to bring; where that is more than any change, it is said \
            first. Columns are added one group at a time. Two, three and five networks with seeds of their own answer \
            together. SGD with momentum is searched for in convolutional networks when nothing else is expected to help, or \
            the last round of the recipe found nothing. A model of your own is held against the plainest preset for its kind \
            of data, and made examples (data.made) against the real ones alone.

            The ledger keeps every expectation beside its outcome, and later ones are corrected by it.

            KINDS
              \(Recipe.improvementKinds.joined(separator: ", "))
            """)

    @Argument(
        help: "The recipe; '-' reads it from standard input.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String?

    @Option(help: "Seconds that one whole run may take; a round is about two dozen of them.")
    var seconds: Double?

    @Option(help: "Steps of one whole run, instead of seconds.")
    var steps: Int?

    @Option(help: "Pairs of whole runs; 3 by default.")
    var seeds: Int?

    @Option(help: ArgumentHelp("Kinds to try, with commas between them; all otherwise.", valueName: "kinds"))
    var only: String?

    @Option(
        help: ArgumentHelp(
            "Tune numbers by random trials instead: rate, decay, dropout, width, with commas between them.",
            valueName: "numbers"))
    var tune: String?

    @Option(help: "Random trials of the numbers to tune; 20 by default.")
    var trials: Int?

    @Flag(help: "Show what was expected of changes and what came of it.")
    var ledger = false

    @OptionGroup var values: RecipeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard trials == nil || tune != nil else { throw ValidationError("--trials are of numbers to --tune.") }
        guard ledger || recipe != nil else { throw ValidationError("Name a recipe, or ask for the --ledger.") }
    }

    func run() throws {
        let screen = common.screen
        guard let recipe, !ledger else { return try showLedger(screen) }
        let overrides = values.overrides
        let local = try LocalRecipe(recipe, overrides: overrides, folder: values.data)
        try local.requireGood()
        let meter = Meter(screen)
        defer { meter.clear() }
        let input = ImproveRecipe.Input(
            recipe: local.text, files: local.files, overrides: overrides.isEmpty ? nil : overrides, steps: steps,
            seconds: seconds, seeds: seeds, only: only.map { $0.split(separator: ",").map(String.init) },
            tune: tune.map { $0.split(separator: ",").map(String.init) }, trials: trials)
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
        screen.put(ImproveScreen.lines(found, width: screen.width), wrap: true)
    }

    private struct Ledger: Encodable {
        var rounds: [ImprovementRound]
        var expectations: [Expected]
    }

    /// A recipe's `expect`, and its outcome.
    private struct Expected: Encodable {
        var job: String
        var expectation: Expectation
        var outcome: Double?
        var held: Bool?
    }

    private func showLedger(_ screen: Screen) throws {
        let daemon = common.daemon()
        let rounds = try daemon.call(ListImprovements.self, .init()).rounds
        let expected = try ReportSource(daemon: daemon).ledger(ownerUid: Int(getuid()))
        if screen.json {
            return try screen.put(
                json: Ledger(
                    rounds: rounds,
                    expectations: expected.map {
                        Expected(job: $0.job, expectation: $0.expectation, outcome: $0.outcome, held: $0.held)
                    }))
        }
        if rounds.isEmpty {
            screen.put("no round is in the ledger: `simmer improve RECIPE` writes it")
        } else {
            screen.put(ImproveScreen.ledger(rounds.map { ($0.name, $0.improvement) }, now: Clock.now))
            screen.put(ImproveScreen.calibration(rounds.map(\.improvement)))
        }
        let held = expected.compactMap(\.held)
        screen.put(
            ImproveScreen.calibration(
                ofRecipes: TrackRecord(held: held.count { $0 }, known: held.count), open: expected.count - held.count))
    }
}
