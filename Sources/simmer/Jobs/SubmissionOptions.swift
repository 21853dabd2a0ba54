import ArgumentParser
import Recipes
import Wire

/// What may be said of a job when it is made from a recipe.
struct SubmissionOptions: ParsableArguments {
    @Option(name: [.short, .long], help: "Name of the job; the recipe's name by default.")
    var name: String?

    @Option(
        // A negative number is a value, not an option.
        name: [.short, .long], parsing: .unconditional,
        help: ArgumentHelp("Jobs of higher priority start first; 0 by default.", valueName: "n"))
    var priority: Int?

    @Option(
        name: [.short, .long], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A label; may be given again.", valueName: "key=value"))
    var label: [Assignment] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Start only when this job has succeeded; may be given again.", valueName: "job"),
        completion: Completions.jobs)
    var after: [String] = []

    @OptionGroup var values: RecipeOptions

    @Flag(help: "Queue the job paused; 'simmer resume' lets it start.")
    var paused = false

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Accept what a check warns of, and why; may be given again.", valueName: "id=reason"))
    var acknowledge: [Assignment] = []

    @Flag(help: "Let the job go on whatever its checks say; every later report shows it.")
    var force = false

    var reasons: [String: String]? { acknowledge.isEmpty ? nil : Assignment.dictionary(acknowledge) }
    var labels: [String: String]? { label.isEmpty ? nil : Assignment.dictionary(label) }
}

extension LocalRecipe {
    /// Hands the recipe over with its files.
    /// - Throws: `Complaint` with the findings in the recipe's file, where the daemon refuses it.
    func send<M: Method>(_ method: M.Type, _ input: M.Input, to daemon: Daemon) throws -> M.Output {
        do {
            return try daemon.call(method, input, descriptors: descriptors)
        } catch SimmerError.recipeInvalid(let findings) {
            throw Complaint(
                SimmerError.recipeInvalid(findings: findings).description, findings: findings, file: file,
                code: .problems)
        }
    }
}
