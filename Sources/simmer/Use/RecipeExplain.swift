import ArgumentParser
import Recipes
import Terminal
import Wire

struct RecipeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recipe", abstract: "Explain what a recipe may say.",
        discussion: """
            EXAMPLES:
              simmer recipe explain
              simmer recipe explain optimizer.rate
            """,
        subcommands: [RecipeExplainCommand.self])
}

struct RecipeExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Explain a key of the recipe, or list them all.",
        discussion: """
            EXAMPLES:
              simmer recipe explain
              simmer recipe explain checkpoint

            A frozen key is part of what a run is; a hot one may change while it runs ('simmer set'); changing one that \
            forks makes a branch.
            """)

    @Argument(
        help: "A key, the start of some, or a layer: optimizer.rate, checkpoint, conv2d.",
        completion: .list(RecipeExplainCommand.keys))
    var key: String?

    @OptionGroup var table: TableOptions
    @OptionGroup var common: CommonOptions

    private static var keys: [String] {
        let table = KeyTable.recipe
        return table.entries.map(\.path) + (table.layers + table.segments).map(\.name)
    }

    func run() throws {
        let screen = common.screen
        let explanation = KeyTable.recipe.explain(key ?? "")
        guard let explanation else {
            throw Complaint(
                "a recipe has no key '\(key ?? "")'",
                hint: KeyTable.recipe.nearest(to: key ?? "").map { "Did you mean \($0)?" }
                    ?? "'simmer recipe explain' lists them all.", code: .usage)
        }
        let entries = KeyTable.recipe.entries.filter { entry in
            key.map { entry.path == $0 || entry.path.hasPrefix($0 + ".") } ?? true
        }
        if screen.json {
            return try screen.put(json: Explained(explanation: explanation, keys: entries.map(Explained.Key.init)))
        }
        if key != nil {
            return screen.put(explanation.split(separator: "\n").flatMap { wrapped($0, screen.width) })
        }
        let rows = entries.map { entry in
            [
                Cell(entry.path, .bold), Cell(entry.initial ?? (entry.required ? "(required)" : "")),
                Cell(entry.life.rawValue, entry.life == .hot ? .good : .plain),
                Cell(entry.type), Cell(entry.help),
            ]
        }
        let columns = [
            Column("KEY"), Column("DEFAULT", shrinks: true), Column("LIFE"), Column("TYPE", shrinks: true, yields: 1),
            Column("MEANING", shrinks: true),
        ]
        screen.put(Table(columns, rows: rows), header: !table.noHeader)
    }

    /// A line of the explanation in lines that fit, each as far in as it is.
    private func wrapped(_ line: Substring, _ width: Int?) -> [String] {
        guard let width, line.columns > width else { return [String(line)] }
        let margin = String(line.prefix { $0 == " " })
        var lines = [""]
        for word in line.split(separator: " ") {
            let last = lines[lines.count - 1]
            let longer = last.isEmpty ? margin + word : last + " " + word
            if longer.columns <= width || last.isEmpty {
                lines[lines.count - 1] = longer
            } else {
                lines.append(margin + word)
            }
        }
        return lines
    }

    private struct Explained: Encodable {
        struct Key: Encodable {
            var path: String
            var type: String
            var initial: String?
            var range: String?
            var life: String
            var required: Bool
            var help: String

            init(_ entry: KeyEntry) {
                path = entry.path
                type = entry.type
                initial = entry.initial
                range = entry.range
                life = entry.life.rawValue
                required = entry.required
                help = entry.help
            }
        }
        var explanation: String
        var keys: [Key]
    }
}
