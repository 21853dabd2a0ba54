import Recipes

/// The splits of a text.
struct TextParts {
    var vocabulary: Vocabulary
    var training: TextWindows
    var validation: TextWindows
    var test: TextWindows
    /// Of all tokens in memory.
    var byteCount: Int
}

/// Reads text: characters as token ids, in windows.
struct TextLoader {
    let recipe: Recipe
    let files: [SourceFile]

    private var documents: DataSource.Documents { recipe.data.documents }
    private var cut: TextWindows.Cut { documents == .whole ? .whole : .places }

    init(_ recipe: Recipe, _ files: [SourceFile]) {
        self.recipe = recipe
        self.files = files
    }

    func load() throws(DataFault) -> TextParts {
        let splits = try NamedSplits(recipe, files)
        let (vocabulary, count) = try Vocabulary.collect(splits.training.inputs, documents)
        let all = try vocabulary.tokens(of: splits.training.inputs, documents, capacity: min(count, TextFile.limit))
        var byteCount = all.byteCount
        let own = try splits.validation.map { (named) throws(DataFault) in
            try vocabulary.tokens(of: named.inputs, documents)
        }
        let (training, validation) =
            if let own {
                (try windows(all, "training", "data.train"), try windows(own, "validation", "data.validation"))
            } else {
                try split(all)
            }
        var test = TextWindows(Tokens.bytes([]), window: recipe.data.window, cut)
        if let named = splits.test {
            let tokens = try vocabulary.tokens(of: named.inputs, documents)
            byteCount += tokens.byteCount
            test = try windows(tokens, "test", "data.test")
        }
        return TextParts(
            vocabulary: vocabulary, training: named(training, splits.training, own == nil ? all : nil),
            validation: own == nil
                ? named(validation, splits.training, all, isValidation: true) : named(validation, splits.validation),
            test: named(test, splits.test),
            byteCount: byteCount + (own?.byteCount ?? 0))
    }

    /// Notes where the tokens of a split came from.
    /// - Parameter divided: the text of which they are a part.
    private func named(
        _ windows: TextWindows, _ files: NamedFiles?, _ divided: Tokens? = nil, isValidation: Bool = false
    ) -> TextWindows {
        var windows = windows
        if let files, files.inputs.count == 1 { windows.origin.path = files.inputs[0].path }
        if let divided, documents == .lines, case .fraction(let fraction) = recipe.data.validation, fraction > 0 {
            windows.origin.division = TextOrigin.Division(
                count: divided.boundaries.count, fraction: fraction, seed: recipe.dataSeed, isValidation: isValidation)
        }
        return windows
    }

    private func windows(
        _ tokens: Tokens, range: Range<Int>? = nil, _ part: String, _ key: String
    ) throws(DataFault) -> TextWindows {
        let windows = TextWindows(tokens, range: range, window: recipe.data.window, cut)
        guard windows.count > 0 else {
            let count = (range ?? 0..<tokens.count).count
            throw DataFault(
                .few,
                documents == .whole
                    ? "\(part) has \(count) characters of text; windows of \(recipe.data.window) and the character "
                        + "after them need \(recipe.data.window + 1)."
                    : "\(part) has no line with a character in it.",
                key: key,
                hint: documents == .whole ? "Give more text, or a smaller `data.window`." : "Give more lines.")
        }
        return windows
    }

    /// The last part of a whole text, or lines by seed, for validation. Neighbours are never divided between the two: a
    /// window of one would show what the other asks for.
    private func split(_ all: Tokens) throws(DataFault) -> (training: TextWindows, validation: TextWindows) {
        var fraction = 0.0
        if case .fraction(let value) = recipe.data.validation { fraction = value }
        let key = "data.validation.fraction"
        guard fraction > 0 else {
            return (
                try windows(all, "training", "data.train"),
                TextWindows(all, range: 0..<0, window: recipe.data.window, cut)
            )
        }
        if documents == .whole {
            let bound = Int((Double(all.count) * (1 - fraction)).rounded(.down))
            return (
                try windows(all, range: 0..<bound, "training", all.count > recipe.data.window ? key : "data.train"),
                try windows(all, range: bound..<all.count, "validation", key)
            )
        }
        let parts = all.splitLines(fraction: fraction, seed: recipe.dataSeed)
        return (try windows(parts.training, "training", key), try windows(parts.validation, "validation", key))
    }
}
