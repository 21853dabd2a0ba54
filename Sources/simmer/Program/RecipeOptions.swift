import ArgumentParser

/// What a command line may lay over a recipe, and where the recipe's data lies.
struct RecipeOptions: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Override a value of the recipe, by its dotted key; may be given again.", valueName: "key=value"))
    var set: [Assignment] = []

    @Option(
        help: ArgumentHelp(
            "Folder where relative data paths begin, instead of the recipe's own.", valueName: "folder"),
        completion: .directory)
    var data: String?

    var overrides: [String: String] { Assignment.dictionary(set) }
}
