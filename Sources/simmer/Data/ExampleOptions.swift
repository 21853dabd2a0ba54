import ArgumentParser
import Glibc
import Recipes
import Terminal
import Wire

/// Whose examples a command is about.
struct ExampleOptions: ParsableArguments {
    @Argument(
        help:
            "A recipe ('-' reads it from standard input), or a job, whose stored data it is then. \(RecipeOrJob.help)",
        completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String

    @OptionGroup var values: RecipeOptions

    @Option(
        help: ArgumentHelp(
            "Have loss, prediction, confidence and correct of this checkpoint as columns, too.", valueName: "checkpoint"
        ),
        completion: Completions.checkpoints)
    var checkpoint: String?

    /// - Returns: the source, and the descriptors that go with it.
    func open(_ daemon: Daemon) throws -> (source: ExampleSource, descriptors: [Int32]) {
        if try RecipeOrJob(recipe, daemon) == .job {
            return (ExampleSource(job: recipe, checkpoint: checkpoint), [])
        }
        let overrides = values.overrides
        let local = try LocalRecipe(recipe, overrides: overrides, folder: values.data)
        guard !local.hasErrors else {
            throw Complaint(
                "\(local.file) cannot be read: \(FindingText.summary(local.findings))", findings: local.findings,
                file: local.file, code: .problems)
        }
        let source = ExampleSource(
            recipe: local.text, overrides: overrides.isEmpty ? nil : overrides,
            files: local.files.isEmpty ? nil : local.files, checkpoint: checkpoint)
        return (source, local.descriptors)
    }

    /// For the names of files: the recipe's without folder and ending.
    var stem: String {
        let last = recipe.split(separator: "/").last.map(String.init) ?? "examples"
        let name = last.split(separator: ".").first.map(String.init) ?? last
        return name == "-" || name.isEmpty ? "examples" : name
    }
}

/// The examples of a daemon, as several commands ask for them.
struct ExampleAsker {
    let daemon: Daemon
    let screen: Screen
    let source: ExampleSource
    let descriptors: [Int32]
    /// Seconds for which a worker may read the data.
    private static let silence = 3600.0

    init(_ options: ExampleOptions, _ common: CommonOptions) throws {
        screen = common.screen
        daemon = common.daemon()
        (source, descriptors) = try options.open(daemon)
    }

    func describe(column: String? = nil, bins: Int? = nil) throws -> DescribeExamples.Output {
        let input = DescribeExamples.Input(source: source, column: column, bins: bins)
        return try explaining("") {
            try last(DescribeExamples.self, input, progress: \.progress, findings: \.findings) { _ in }
        }
    }

    /// - Parameter limit: 0 only counts; nil takes the question's own.
    func find(
        _ query: String, columns: [String]?, limit: Int?
    ) throws -> (count: Int, examples: [FoundExample]) {
        let input = FindExamples.Input(source: source, query: query, columns: columns, limit: limit)
        var examples: [FoundExample] = []
        let output = try explaining(query) {
            try last(FindExamples.self, input, progress: \.progress, findings: \.findings) { output in
                // A call that is repeated after a lost connection begins at the first example again.
                if let first = output.examples.first, first == examples.first { examples = [] }
                examples += output.examples
            }
        }
        return (output.count ?? examples.count, examples)
    }

    func show(_ input: ShowExamples.Input, _ body: (ShownPage) throws -> Void) throws {
        _ = try explaining(input.query ?? "") {
            try last(ShowExamples.self, input, progress: \.progress, findings: \.findings) { output in
                if let page = output.page { try body(page) }
            }
        }
    }

    private func last<M: Method>(
        _ method: M.Type, _ input: M.Input, progress: KeyPath<M.Output, OperationProgress?>,
        findings: KeyPath<M.Output, [Finding]>, _ body: (M.Output) throws -> Void
    ) throws -> M.Output {
        let meter = Meter(screen)
        defer { meter.clear() }
        var final: M.Output?
        try daemon.stream(method, input, descriptors: descriptors, silence: Self.silence) { output in
            meter.clear()
            meter.show(output[keyPath: progress])
            screen.note(FindingText.lines(output[keyPath: findings], file: nil))
            try body(output)
            final = output
            return true
        }
        guard let final else { throw Complaint("the daemon ended the call without a result") }
        return final
    }

    /// Shows the place in the question that an error is about.
    private func explaining<Result>(_ query: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch SimmerError.incompatible(let message, let findings) {
            if let finding = findings.first, QueryFailure.isColumn(finding) {
                throw Complaint(finding.message, hint: finding.hint, code: .usage)
            }
            guard let finding = findings.first, let offset = QueryFailure.offset(of: finding) else {
                throw SimmerError.incompatible(message: message, findings: findings)
            }
            let width = isatty(2) == 1 ? Screen.terminalWidth : nil
            if !query.isEmpty {
                screen.note(ExampleScreens.marked(query, offset: offset, width: width).joined(separator: "\n"))
            }
            throw Complaint(finding.message, hint: finding.hint, code: .usage)
        }
    }
}
