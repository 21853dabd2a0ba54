import Recipes

extension Subset {
    /// Examples without targets, for predictions, read as the training data was. The file's format is told by its
    /// first bytes: IDX (or gzip), npy, else csv, whose column of targets may be there or not. Where the network was
    /// trained on text, it is text, with the vocabulary of the facts; where it was on images, it is a PNG, a JPEG, or a
    /// tar archive of them.
    ///
    /// - Throws: `DatasetError` where the file is unreadable or its examples have another shape than the facts say.
    public static func predictionInputs(
        _ file: SourceFile, recipe: Recipe, facts: DataFacts
    ) throws(DatasetError) -> Subset {
        try inputs(of: NamedFile(file: file, key: "input"), recipe: recipe, facts: facts)
    }

    /// - Parameter maps: whether bytes may stay where they lie.
    static func inputs(
        of named: NamedFile, recipe: Recipe, facts: DataFacts, maps: Bool = false
    ) throws(DatasetError) -> Subset {
        if recipe.data.format == .text {
            return try reported { () throws(DataFault) in try text(named, recipe, facts) }
        }
        let kind = try reported { () throws(DataFault) in try Kind(named, recipe.data.format) }
        let inputs: (shape: [Int], values: ExampleSet.Inputs, count: Int)
        switch kind {
        case .idx, .npy:
            inputs = try reported { () throws(DataFault) in
                let array = kind == .idx ? try IDXFile.read(named, maps: maps) : try NPYFile.read(named, maps: maps)
                // One example alone may come without its leading dimension.
                return try ExampleSet.inputs([(named, array)])
            }
        case .images:
            let frame = ImageFrame(shape: facts.inputShape)
            let sources = try reported { () throws(DataFault) in try images(named) }
            _ = try frame.checked(sources, isFixed: recipe.data.size == nil)
            inputs = (frame.shape, .bytes(try frame.pixels(of: sources).bytes), sources.count)
        case .csv:
            inputs = try rows(named, recipe, facts)
        }
        guard inputs.shape == facts.inputShape else {
            throw DatasetError(findings: [
                named.fault(
                    .shape, "examples of shape \(inputs.shape); the network was trained on \(facts.inputShape)."
                ).finding
            ])
        }
        let examples = ExampleSet(
            shape: inputs.shape, count: inputs.count, inputs: inputs.values, targets: .none)
        let normalization = try reported { () throws(DataFault) in
            var normalization = try Normalization(
                examples, rows: [], .fixed(mean: facts.mean, deviation: facts.deviation))
            if recipe.data.normalize == .none { normalization.scale = 1 }
            return normalization
        }
        return Subset(examples, rows: (0..<UInt32(inputs.count)).map { $0 }, normalization)
    }

    /// Rows of a csv, made to inputs as those of the training data were.
    private static func rows(
        _ file: NamedFile, _ recipe: Recipe, _ facts: DataFacts
    ) throws(DatasetError) -> (shape: [Int], values: ExampleSet.Inputs, count: Int) {
        let expected = facts.columns.isEmpty ? facts.inputShape.reduce(1, *) : facts.columns.count
        let table = try CSVFile.read(file, target: recipe.data.target, needsTarget: false, featureCount: expected)
        var columns = table.features.map { InputColumn(name: $0.name) }
        if !facts.columns.isEmpty {
            guard columns.map(\.name) == facts.columns.map(\.name) else {
                throw DatasetError(findings: [
                    file.fault(
                        .shape,
                        "the columns are not those of the training data: "
                            + "\(facts.columns.prefix(20).map(\.name).joined(separator: ", ")).", line: 1
                    ).finding
                ])
            }
            columns = facts.columns
        }
        let fill = columns.flatMap(\.fill)
        var examples = ExampleSet(
            shape: [columns.inputCount], count: table.rowCount,
            inputs: .floats(try columns.inputs(of: table, file, allowsMissing: !fill.isEmpty)), targets: .none)
        examples.fill(missing: fill)
        return (examples.shape, examples.inputs, examples.count)
    }

    /// Of a whole text its windows one after the other, the last one up to the text's end; of lines each as what comes
    /// before the next character.
    private static func text(_ file: NamedFile, _ recipe: Recipe, _ facts: DataFacts) throws(DataFault) -> Subset {
        let window = facts.inputShape.reduce(1, *)
        let vocabulary = Vocabulary(names: facts.vocabulary)
        let tokens = try vocabulary.tokens(of: [file], recipe.data.documents)
        guard recipe.data.documents == .whole else {
            let ends = tokens.boundaries
            guard !ends.isEmpty else { throw file.fault(.few, "there is no line with a character in it.") }
            return Subset(TextWindows(tokens, window: window, .chosen(ends), hasTargets: false))
        }
        let windows = TextWindows(tokens, window: window, .whole, hasTargets: false)
        guard windows.count > 0 else {
            throw file.fault(
                .few, "\(tokens.count) characters; the network takes \(window) at a time.", hint: "Give a longer text.")
        }
        return Subset(windows)
    }

    /// An image by itself, or those of an archive, in folders or not.
    private static func images(_ file: NamedFile) throws(DataFault) -> [ImageSource] {
        let size = try file.size()
        let head = try file.bytes(at: 0, min(size, 4))
        guard head.starts(with: [0x89, 0x50]) || head.starts(with: [0xff, 0xd8]) else {
            return try ImageSource.all(in: [file], areLabelled: false)
        }
        return [ImageSource(file: file, name: nil, offset: 0, size: size, className: "")]
    }

    private enum Kind {
        case idx, npy, csv, images

        init(_ file: NamedFile, _ format: DataSource.Format) throws(DataFault) {
            let stream = try ByteStream(file)
            var head = [UInt8](repeating: 0, count: 4)
            let got = try stream.read(into: &head)
            if got == 4, head[0] == 0, head[1] == 0 {
                self = .idx
            } else if got == 4, head[0] == 0x93 {
                self = .npy
            } else {
                self = format == .images ? .images : .csv
            }
        }
    }
}
