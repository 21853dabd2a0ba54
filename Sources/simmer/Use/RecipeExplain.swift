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

    @Argument(help: "A key, like optimizer.rate, or the start of some.", completion: .custom { _, _, _ in keys })
    var key: String?

    @OptionGroup var table: TableOptions
    @OptionGroup var common: CommonOptions

    private static var keys: [String] { KeyTable.recipe.entries.map(\.path) }

    func run() throws {
        let screen = common.screen
        let entries = KeyTable.recipe.entries.filter { entry in
            key.map { entry.path == $0 || entry.path.hasPrefix($0 + ".") } ?? true
        }
        guard !entries.isEmpty else {
            let like = key.flatMap { RecipeExplainCommand.nearest($0) }
            throw Complaint(
                "a recipe has no key '\(key ?? "")'",
                hint: like.map { "Did you mean \($0)?" } ?? "'simmer recipe explain' lists them all.", code: .usage)
        }
        if screen.json { return try screen.put(json: Explained(keys: entries.map(Explained.Key.init))) }
        if let key, let text = KeyTable.recipe.explain(key) { return screen.put(text) }
        let rows = entries.map { entry in
            [
                Cell(entry.path, .bold), Cell(entry.initial ?? (entry.required ? "(required)" : "")),
                Cell(entry.life.rawValue, entry.life == .hot ? .good : .plain),
                Cell(entry.type), Cell(entry.help),
            ]
        }
        let columns = [
            Column("KEY"), Column("DEFAULT", shrinks: true), Column("LIFE"), Column("TYPE", shrinks: true),
            Column("MEANING", shrinks: true),
        ]
        screen.put(Table(columns, rows: rows), header: !table.noHeader)
    }

    /// The known key that takes the fewest changes (Levenshtein 1966) to become the word, where that is few.
    private static func nearest(_ word: String) -> String? {
        let best = keys.map { ($0, distance(Array(word.utf8), Array($0.utf8))) }.min { $0.1 < $1.1 }
        guard let best, best.1 <= max(2, word.utf8.count / 3) else { return nil }
        return best.0
    }

    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
                diagonal = above
            }
        }
        return row[b.count]
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
        var keys: [Key]
    }
}
