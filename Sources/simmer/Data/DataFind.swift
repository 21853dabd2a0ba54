import ArgumentParser
import Recipes
import Terminal
import Wire

struct DataFindCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find", abstract: "Find examples by what is known of them.",
        discussion: """
            EXAMPLES:
              simmer data find mnist.yaml 'label = 7 and ink > 0.3 order by ink desc limit 20'
              simmer data find mnist.yaml 'duplicate_of is not null' --count
              simmer data find wine.yaml "split = 'test' and alcohol between 13 and 14" --json
              simmer data find mnist.yaml 'correct = 0 order by loss desc' --checkpoint mnist@best -o wrong.png

            THE QUESTION: [CONDITION] [order by VALUE [asc|desc], ...] [limit N]
              CONDITION   VALUE = VALUE, also != < <= > >=; VALUE in (VALUE, ...); VALUE between VALUE and VALUE;
                          COLUMN like '%x_' (% is any text, _ one character); VALUE is [not] null; and, or, not, ( )
              VALUE       a column of 'data show', a number, a text in quotes, + - * / of numbers
            A column of text whose values are all numbers, as classes often are, is compared and ordered as numbers. What \
            is missing is null: no comparison holds for it, and it comes last.
            """)

    @OptionGroup var options: ExampleOptions

    @Argument(help: "Which examples, in which order, how many; all by default.")
    var question: String = ""

    @Option(help: ArgumentHelp("Print at most this many; 100 where the question has no limit.", valueName: "n"))
    var limit: Int?

    @Option(help: ArgumentHelp("Columns to print, with commas, or 'all'.", valueName: "columns"))
    var columns: String?

    @Flag(help: "Only say how many there are.")
    var count = false

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Draw them on contact sheets, 256 a file (.png).", valueName: "file"), completion: .file())
    var output: String?

    @OptionGroup var table: TableOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (0...10_000_000).contains(limit ?? 0) else { throw ValidationError("--limit is 0 to 10000000.") }
        if let output, !output.hasSuffix(".png") { throw ValidationError("-o takes the name of a .png file.") }
    }

    func run() throws {
        let asker = try ExampleAsker(options, common)
        let screen = asker.screen
        if count {
            let found = try asker.find(question, columns: [], limit: 0)
            return screen.json ? try screen.put(json: Counted(count: found.count)) : screen.put(String(found.count))
        }
        let known = try asker.describe().columns
        let shown = shownColumns(known)
        let found = try asker.find(
            question, columns: columns == nil && screen.json ? nil : shown.map(\.name), limit: limit)
        if let output { try draw(output, asker, found.examples.count) }
        if screen.json { return try screen.put(json: Found(count: found.count, examples: found.examples)) }
        screen.put(ExampleScreens.table(found.examples, columns: shown), header: !table.noHeader)
        if found.examples.count < found.count {
            screen.note("\(Number.grouped(found.examples.count)) of \(Number.grouped(found.count)) examples")
        } else if found.count == 0 {
            screen.note("no example")
        }
    }

    /// Where an example lies, what it is, what the question is about; then answers.
    private func shownColumns(_ known: [ExampleColumn]) -> [ExampleColumn] {
        if columns == "all" { return known }
        if let columns {
            let names = columns.split(separator: ",").map { $0.filter { $0 != " " } }
            // A name that is not there goes to the daemon, which has the words for it.
            return names.map { name in
                known.first { $0.name.lowercased() == name.lowercased() }
                    ?? ExampleColumn(name: name, kind: .text, unit: nil, doc: "", count: 0, missing: 0, distinct: 0)
            }
        }
        let asked = Set(
            question.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map { $0.lowercased() })
        let always = ["label", "prediction", "loss", "confidence"]
        let used = known.filter { asked.contains($0.name.lowercased()) && !always.contains($0.name) }
        let own = ["file", "row"].compactMap { name in known.first { $0.name == name && $0.count > 0 } }
        return always.compactMap { name in known.first { $0.name == name } } + used
            + own.filter { column in !used.contains { $0.name == column.name } }
    }

    private func draw(_ path: String, _ asker: ExampleAsker, _ count: Int) throws {
        let pages = (count + ShowRequest.pageSize - 1) / ShowRequest.pageSize
        guard pages > 0 else { return asker.screen.note("nothing is drawn: there are no examples") }
        guard pages <= ShowRequest.mostPages else {
            throw Complaint(
                "\(count) examples are too many for \(ShowRequest.mostPages) sheets",
                hint: "Ask for fewer: 'limit \(ShowRequest.mostPages * ShowRequest.pageSize)'.", code: .usage)
        }
        // Not more than is printed, page by page.
        let input = ShowExamples.Input(
            source: asker.source, pages: (0..<pages).map { ExamplePage(.asked, index: $0) },
            query: ExampleQuery.limited(question, to: count))
        var files: [String] = []
        try asker.show(input) { page in
            guard let png = page.picture?.png else { return }
            let name = pages == 1 ? path : String(path.dropLast(4)) + "-\(page.index + 1).png"
            try SheetFile.write(png, to: name)
            if !files.contains(name) { files.append(name) }
        }
        if files.isEmpty { return asker.screen.note("nothing is drawn: the examples are not images") }
        for file in files { asker.screen.note("wrote \(file.escaped())") }
    }

    private struct Found: Encodable {
        var count: Int
        var examples: [FoundExample]
    }

    private struct Counted: Encodable { var count: Int }
}
