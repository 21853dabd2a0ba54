import ArgumentParser
import Glibc
import Recipes
import Terminal
import Wire

struct DataQuizCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quiz", abstract: "Label validation examples yourself, blind: what a network has to beat.",
        discussion: """
            EXAMPLES:
              simmer data quiz mnist.yaml
              simmer data quiz mnist.yaml --count 100 --seed 3 --answers answers.txt

            Each example is shown without its label. Type the class; what stands behind it in the line is kept as what you \
            looked at ("7 the bar across"). An empty line passes, '.' ends. The truth comes at the end, with Wilson's \
            interval of 95 %; the score is kept as check K18, the remarks as check D9, for every job with this data.

            --answers reads the same lines from a file, one for each example in their order; it needs --seed, which \
            chooses them.

            The same --seed and --count show the same examples again, to somebody else or to you on another day: how far the two \
            agree is kept as check K19, and is as much as a network can be right.
            """)

    @OptionGroup var options: ExampleOptions

    @Option(help: ArgumentHelp("Examples to label.", valueName: "n"))
    var count: Int = 50

    @Option(help: ArgumentHelp("Chooses the examples; different ones each time by default.", valueName: "n"))
    var seed: Int?

    @Option(help: ArgumentHelp("Take the answers from this file.", valueName: "file"), completion: .file())
    var answers: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...ShowRequest.pageSize).contains(count) else {
            throw ValidationError("--count is 1 to \(ShowRequest.pageSize).")
        }
        guard answers == nil || seed != nil else {
            throw ValidationError("--answers belong to certain examples: say which with --seed.")
        }
    }

    func run() throws {
        let asker = try ExampleAsker(options, common)
        let screen = asker.screen
        let classes = try classes(asker)
        let seed = seed ?? Int.random(in: 0..<1_000_000)
        var examples: [ShownExample] = []
        try asker.show(
            ShowExamples.Input(
                source: asker.source, pages: [ExamplePage(.random, index: 0)], pageSize: count,
                query: "split = 'validation'", seed: seed, sheets: false, pixels: true, labels: false)
        ) { examples += $0.examples }
        guard !examples.isEmpty else {
            throw Complaint(
                "there is no validation example",
                hint: "Give the recipe some: `data: {validation: {fraction: 0.1}}`.", code: .problems)
        }
        let given = try answers.map { try fromFile($0, examples, classes) } ?? ask(examples, classes, screen)
        guard !given.isEmpty else { return screen.note("nothing was answered, and nothing is kept") }
        let reply = try asker.daemon.call(
            RecordQuiz.self, .init(source: asker.source, answers: given, requestId: Daemon.requestId()),
            descriptors: asker.descriptors, timeout: 600)
        if screen.json { return try screen.put(json: Marked(seed: seed, reply: reply)) }
        say(reply, screen)
    }

    private func classes(_ asker: ExampleAsker) throws -> [String] {
        let known = try asker.describe().columns.first { $0.name == FoundExample.labelColumn }
        guard let known, known.kind != .number else {
            throw Complaint("the examples have no class: there is nothing to guess", code: .problems)
        }
        guard known.distinct <= 200 else {
            throw Complaint("\(known.distinct) classes are more than a person can choose from", code: .problems)
        }
        let bins = try asker.describe(column: FoundExample.labelColumn, bins: 200).histogram?.bins ?? []
        let names = bins.compactMap(\.value)
        return known.kind == .digits ? names.sorted { (Double($0) ?? 0) < (Double($1) ?? 0) } : names.sorted()
    }

    // MARK: Answers

    private enum Line {
        case answer(String, remark: String?)
        case pass
        case unknown
    }

    /// The longest class that the line begins with, and the words behind it.
    private func read(_ line: String, _ classes: [String]) -> Line {
        let line = line.split(separator: " ").joined(separator: " ")
        if line.isEmpty { return .pass }
        let fitting = classes.filter { name in
            let name = name.split(separator: " ").joined(separator: " ").lowercased()
            return line.lowercased() == name || line.lowercased().hasPrefix(name + " ")
        }
        guard let name = fitting.max(by: { $0.count < $1.count }) else { return .unknown }
        let remark = line.dropFirst(name.count).drop { $0 == " " }
        return .answer(name, remark: remark.isEmpty ? nil : String(remark.prefix(500)))
    }

    private func fromFile(
        _ path: String, _ examples: [ShownExample], _ classes: [String]
    ) throws -> [QuizAnswer] {
        let text = try SmallFile.text(path)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var given: [QuizAnswer] = []
        for (index, line) in lines.enumerated() where index < examples.count {
            if line == "." { break }
            switch read(String(line), classes) {
            case .pass: continue
            case .answer(let answer, let remark):
                given.append(QuizAnswer(place: examples[index].place, answer: answer, remark: remark))
            case .unknown:
                throw Complaint(
                    "\(path):\(index + 1): '\(line.prefix(40).escaped())' does not begin with a class",
                    hint: "The classes are \(Self.list(classes)).", code: .problems)
            }
        }
        let beyond = lines.dropFirst(examples.count).contains { !$0.isEmpty }
        if beyond {
            throw Complaint(
                "\(path) has more lines than the \(examples.count) examples", hint: "--count asks for more.",
                code: .problems)
        }
        return given
    }

    private func ask(_ examples: [ShownExample], _ classes: [String], _ screen: Screen) -> [QuizAnswer] {
        // Words for the person go where the result does not.
        screen.note("The classes are \(Self.list(classes)). An empty line passes, '.' ends.")
        var given: [QuizAnswer] = []
        for (index, example) in examples.enumerated() {
            let width = isatty(2) == 1 ? Screen.terminalWidth : 80
            if let image = example.image?.narrowed(to: min(width, 64)) {
                screen.note(
                    HalfBlocks.lines([image], width: width, palette: screen.notePalette).joined(separator: "\n"))
            } else {
                screen.note((example.text ?? "").escaped(multiline: true))
            }
            let start = Clock.now
            asking: while true {
                Screen.write("\(index + 1) of \(examples.count): ", to: 2)
                guard let line = readLine(), line != "." else { return given }
                switch read(line, classes) {
                case .pass: break asking
                case .unknown: screen.note("The classes are \(Self.list(classes)).")
                case .answer(let answer, let remark):
                    given.append(
                        QuizAnswer(
                            place: example.place, answer: answer, remark: remark,
                            seconds: Double(Clock.now - start) / 1e6))
                    break asking
                }
            }
        }
        return given
    }

    private static func list(_ classes: [String]) -> String {
        (classes.prefix(40).joined(separator: ", ") + (classes.count > 40 ? " and others" : "")).escaped()
    }

    // MARK: The truth

    private func say(_ reply: RecordQuiz.Output, _ screen: Screen) {
        let score = reply.score
        let wrong = reply.marks.filter { !$0.isRight }
        if !wrong.isEmpty {
            screen.put(
                Table(
                    [Column("EXAMPLE"), Column("ANSWER", shrinks: true), Column("TRUTH", shrinks: true)],
                    rows: wrong.map {
                        [Cell("\($0.place.split) \($0.place.position)"), Cell($0.answer, .caution), Cell($0.truth)]
                    }))
            screen.put("")
        }
        screen.put(
            "\(score.right) of \(score.count) right: \(Number.percent(score.accuracy)) "
                + "(\(Number.percent(score.low)) to \(Number.percent(score.high)))")
    }

    private struct Marked: Encodable {
        var seed: Int
        var score: QuizScore
        var marks: [QuizMark]
        var results: [CheckResult]

        init(seed: Int, reply: RecordQuiz.Output) {
            self.seed = seed
            score = reply.score
            marks = reply.marks
            results = reply.results
        }
    }
}
