import ArgumentParser
import FoundationEssentials
import Glibc
import Recipes
import Terminal
import Wire

struct DataLookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "look", abstract: "Show pages of examples, and keep that they were looked at.",
        discussion: """
            EXAMPLES:
              simmer data look mnist.yaml
              simmer data look mnist.yaml --pages 8 -o sheets --note "4 and 9 can look the same"
              simmer data look mnist.yaml --where 'label = 4 and ink < 0.05'

            Pages of 16 x 16: some of each class, at random, the lowest and highest of each column. They are shown in the \
            terminal, and written as PNG files to a folder. How many examples were shown, for how long, and the note, \
            signed with your name, are kept as check D2 of every job with this data.
            """)

    @OptionGroup var options: ExampleOptions

    @Option(
        name: .customLong("where"), help: ArgumentHelp("Only these examples, as in 'data find'.", valueName: "question")
    )
    var condition: String?

    @Option(help: ArgumentHelp("Pages to show.", valueName: "n"))
    var pages: Int = 4

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Pages of these kinds only: random, stratified, extremes, asked.", valueName: "kind"))
    var kind: [ExampleChoice] = []

    @Option(help: ArgumentHelp("Chooses the random ones; the recipe's seed by default.", valueName: "n"))
    var seed: Int?

    @Option(
        name: [.short, .long], help: ArgumentHelp("Folder for the sheets; a new one by default.", valueName: "folder"),
        completion: .directory)
    var output: String?

    @Option(help: ArgumentHelp("What you saw, in a line.", valueName: "text"))
    var note: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...1_000).contains(pages) else { throw ValidationError("--pages is 1 to 1000.") }
        if let note, note.isEmpty || note.count > 500 {
            throw ValidationError("--note is a line of at most 500 characters.")
        }
    }

    func run() throws {
        let asker = try ExampleAsker(options, common)
        let screen = asker.screen
        // Until a page is on the screen nobody has looked.
        var look = Look()
        var place = 0
        let wanted = plan
        while place < wanted.count {
            // A call gives a few pages; they are there before the first is shown, so that a reader may take hours.
            let part = Array(wanted[place..<min(place + (screen.isLive ? 4 : ShowRequest.mostPages), wanted.count)])
            place += part.count
            var drawn: [ShownPage] = []
            let input = ShowExamples.Input(
                source: asker.source, pages: part, query: condition, seed: seed, sheets: true,
                pixels: screen.isLive ? true : nil, labels: true)
            try asker.show(input) { page in
                // A call that is repeated after a lost connection begins at the first page again.
                drawn.removeAll { $0.index >= page.index }
                drawn.append(page)
            }
            var wantsMore = true
            for page in drawn where wantsMore {
                try put(page, &look, screen)
                let isLast = place >= wanted.count && page.index == drawn.last?.index
                if !isLast { wantsMore = goesOn(screen) }
            }
            if !wantsMore { break }
        }
        guard !look.places.isEmpty else { return screen.note("no example") }
        try keep(look, asker)
    }

    /// Some of each class, at random, at the ends, at random again.
    private var plan: [ExamplePage] {
        var kinds: [ExampleChoice] = kind.isEmpty ? [.stratified, .random, .extremes, .random] : kind
        if condition?.lowercased().contains("order by") == true, kind.isEmpty { kinds = [.asked] }
        var next: [ExampleChoice: Int] = [:]
        return (0..<pages).map { index in
            let kind = kinds[index % kinds.count]
            defer { next[kind, default: 0] += 1 }
            return ExamplePage(kind, index: next[kind, default: 0])
        }
    }

    private struct Look {
        var folder: String?
        var files: [String] = []
        /// --json: those that are no images.
        var examples: [ShownExample] = []
        /// Of the examples that were shown: pages of several kinds have some in common.
        var places: Set<ExamplePlace> = []
        var started: Int?
    }

    private func put(_ page: ShownPage, _ look: inout Look, _ screen: Screen) throws {
        if screen.isLive { look.started = look.started ?? Clock.now }
        if let picture = page.picture {
            if !screen.json { screen.put("\(picture.name.escaped()): \(picture.caption.escaped())") }
            guard let png = picture.png else { return }
            look.places.formUnion(page.examples.map(\.place))
            let folder = try look.folder ?? SheetFile.folder(output, stem: options.stem)
            look.folder = folder
            let file = "\(folder)/\(picture.name).png"
            try SheetFile.write(png, to: file)
            look.files.append(file)
            if screen.isLive {
                show(page, png, screen)
            } else if !screen.json {
                screen.put("  \(file.escaped())")
            }
        } else {
            look.places.formUnion(page.examples.map(\.place))
            if screen.json { return look.examples += page.examples }
            for example in page.examples {
                let label = example.label.map { " \($0)" } ?? ""
                screen.put(
                    "\(example.place.split) \(example.place.position)\(label): \(example.text ?? "")".escaped())
            }
        }
    }

    private func show(_ page: ShownPage, _ png: String, _ screen: Screen) {
        if let graphics = GraphicsProtocol(environment: ProcessInfo.processInfo.environment) {
            return screen.put(graphics.sequence(png: png))
        }
        let width = Screen.terminalWidth
        // Sixteen in a row where they stay recognisable.
        let tile = max(12, (width + 1) / ShowRequest.rowSize - 1)
        let images = page.examples.compactMap { $0.image?.narrowed(to: tile) }
        screen.put(HalfBlocks.lines(images, width: width, palette: screen.palette))
    }

    /// Waits for the reader, where there is one.
    private func goesOn(_ screen: Screen) -> Bool {
        guard screen.isLive, isatty(0) == 1 else { return true }
        Screen.write("Enter shows the next page, q ends ", to: 2)
        guard let answer = readLine() else { return false }
        return !answer.lowercased().hasPrefix("q")
    }

    private func keep(_ look: Look, _ asker: ExampleAsker) throws {
        let screen = asker.screen
        var note = note
        let seconds = look.started.map { Double(Clock.now - $0) / 1e6 } ?? 0
        if note == nil, screen.isLive, isatty(0) == 1 {
            Screen.write("What did you see? (a line, or nothing) ", to: 2)
            note = readLine().flatMap { $0.isEmpty ? nil : String($0.prefix(500)) }
        }
        let result = try asker.daemon.call(
            RecordLook.self,
            .init(
                source: asker.source, shown: look.places.count, seconds: seconds, note: note,
                requestId: Daemon.requestId()),
            descriptors: asker.descriptors, timeout: 600
        ).result
        if screen.json {
            return try screen.put(
                json: Looked(
                    shown: look.places.count, seconds: seconds, files: look.files, examples: look.examples,
                    result: result))
        }
        if let folder = look.folder, screen.isLive { screen.note("the sheets are in \(folder.escaped())") }
        screen.put("\(result.id) \(result.verdict.rawValue): \(result.message.escaped())")
    }

    private struct Looked: Encodable {
        var shown: Int
        var seconds: Double
        var files: [String]
        var examples: [ShownExample]
        var result: CheckResult
    }
}

extension ExampleChoice: ExpressibleByArgument {}
