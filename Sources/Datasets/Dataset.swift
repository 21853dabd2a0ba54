import Recipes

/// A job's data, read, checked, split and measured. All of it is in memory, but for bytes that stay mapped where they lie
/// in the daemon's store; nothing here opens a file by its path.
public struct Dataset: Sendable {
    public private(set) var facts: DataFacts
    /// Those that were made are the last.
    public private(set) var training: Subset
    /// What training visits: the training examples, and behind them those that teachers alone label.
    public private(set) var learned: Subset
    public let validation: Subset
    public let test: Subset
    /// What deserves a look but stops nothing.
    public let warnings: [Finding]
    /// csv: the names of the inputs, a word's as `column=word`; else empty.
    public private(set) var inputNames: [String] = []
    /// Bytes that the examples take in memory, without those that are mapped.
    public private(set) var byteCount: Int

    /// Reads what the recipe names and measures the training examples.
    ///
    /// - Parameter files: by path as written in the recipe; more than the recipe names are allowed.
    /// - Throws: `DatasetError` with one finding for each fault.
    public static func open(_ recipe: Recipe, files: [SourceFile]) throws(DatasetError) -> Dataset {
        let parts: Parts
        switch recipe.data.format {
        case .digits: parts = Parts.digits(recipe)
        case .spirals: parts = Parts.spirals(recipe)
        case .idx, .npy: parts = try reported { () throws(DataFault) in try ArrayLoader(recipe, files).load() }
        case .csv: parts = try CSVLoader(recipe, files).load()
        case .images: parts = try ImageLoader(recipe, files).load()
        case .text:
            return Dataset(try reported { () throws(DataFault) in try TextLoader(recipe, files).load() })
        }
        var dataset = try reported { () throws(DataFault) in try Dataset(parts, recipe) }
        if let unlabelled = recipe.data.unlabelled { try dataset.join(unlabelled, recipe, files) }
        return dataset
    }

    /// Puts inputs without targets behind the training examples, made to numbers as those were.
    private mutating func join(_ set: FileSet, _ recipe: Recipe, _ files: [SourceFile]) throws(DatasetError) {
        let named = try reported { () throws(DataFault) in try NamedFiles(set, "data.unlabelled", files).inputs }
        guard case .rows(let labelled) = training.source, case .classes = facts.target else {
            throw DatasetError(findings: [
                DataFault(
                    .label, "a student learns classes, and the targets are numbers.", key: "data.unlabelled",
                    hint: "Distil networks that tell classes apart."
                ).finding
            ])
        }
        var others: [ExampleRows] = []
        for file in named {
            guard case .rows(let rows) = try Subset.inputs(of: file, recipe: recipe, facts: facts, maps: true).source,
                rows.count > 0
            else { throw DatasetError(findings: [file.fault(.few, "it contains no examples.").finding]) }
            byteCount += rows.examples.byteCount
            others.append(rows)
        }
        learned = Subset(labelled, unlabelled: others)
        facts.unlabelledCount = others.reduce(0) { $0 + $1.count }
    }

    /// One of the three splits by its name in the protocol: `training`, `validation` or `test`.
    public func subset(named name: String) -> Subset? {
        switch name {
        case "training", "train": training
        case "validation": validation
        case "test": test
        default: nil
        }
    }

    /// Of examples that are there.
    init(facts: DataFacts, training: Subset, validation: Subset, test: Subset, inputNames: [String] = []) {
        self.facts = facts
        self.inputNames = inputNames
        self.training = training
        learned = training
        self.validation = validation
        self.test = test
        warnings = []
        byteCount = 0
    }

    private init(_ text: TextParts) {
        training = Subset(text.training)
        learned = training
        validation = Subset(text.validation)
        test = Subset(text.test)
        byteCount = text.byteCount
        let names = text.vocabulary.names
        var facts = DataFacts(
            inputShape: [text.training.window], target: .classes(names), trainingCount: text.training.count,
            validationCount: text.validation.count, testCount: text.test.count,
            classCounts: text.training.targetCounts(of: names.count), mean: [], deviation: [])
        facts.vocabulary = names
        facts.targetsPerExample = text.training.targetsPerExample
        self.facts = facts
        warnings = Self.absent(names, facts.classCounts, "data.train")
    }

    /// Sets what stands for missing values: means of the training rows alone.
    /// - Returns: it, for each input.
    private static func measure(
        _ columns: inout [InputColumn], _ pool: ExampleSet, _ rows: [UInt32]
    ) throws(DataFault) -> [Double] {
        var means = pool.means(rows: rows)[...]
        for index in columns.indices {
            let own = means.prefix(columns[index].width).compactMap { $0 }
            means = means.dropFirst(columns[index].width)
            guard own.count == columns[index].width else {
                throw DataFault(
                    .few, "column '\(columns[index].name)' has no value in any training example.", key: "data.missing",
                    hint: "Leave the column out.")
            }
            columns[index].fill = own
        }
        return columns.flatMap(\.fill)
    }

    /// The classes that a recipe leaves out of the training examples, by their indices.
    private static func omitted(_ words: [String], _ target: DataFacts.Target) throws(DataFault) -> Set<Int> {
        guard !words.isEmpty else { return [] }
        guard case .classes(let names) = target else {
            throw DataFault(
                .label, "`data.without` names classes, and the targets are numbers.", key: "data.without",
                hint: "Remove it.")
        }
        var omitted: Set<Int> = []
        for (place, word) in words.enumerated() {
            guard let index = names.firstIndex(of: word) else {
                throw DataFault(
                    .label, "`data.without` names the class '\(word)', which the data does not have.",
                    key: "data.without.\(place)",
                    hint:
                        "The classes are \(names.prefix(12).joined(separator: ", "))\(names.count > 12 ? " and others" : "")."
                )
            }
            omitted.insert(index)
        }
        return omitted
    }

    /// Classes that are the target of no training example.
    private static func absent(_ names: [String], _ counts: [Int], _ key: String) -> [Finding] {
        let absent = names.indices.filter { counts[$0] == 0 }
        guard !absent.isEmpty else { return [] }
        let list = absent.prefix(10).map { names[$0] }.joined(separator: ", ")
        return [
            Finding(
                severity: .warning, code: DataCode.few.rawValue,
                message: "No training example of class \(list)\(absent.count > 10 ? " and others" : "").",
                path: Finding.pointer(key),
                hint: "The network cannot learn what it never sees.")
        ]
    }

    private init(_ parts: Parts, _ recipe: Recipe) throws(DataFault) {
        var warnings = parts.warnings
        var pool = parts.training
        var testSet = parts.test
        var made = parts.made
        var columns = parts.columns
        var trainingRows = (0..<UInt32(pool.count)).map { $0 }
        var validationRows: [UInt32] = []
        var validationSet = parts.validation
        if let own = validationSet {
            validationRows = (0..<UInt32(own.count)).map { $0 }
        } else {
            var fraction = 0.0
            if case .fraction(let value) = recipe.data.validation { fraction = value }
            let split = Split.rows(
                count: pool.count, labels: pool.classLabels, fraction: fraction, seed: recipe.dataSeed)
            (trainingRows, validationRows) = split
            guard !trainingRows.isEmpty, fraction == 0 || !validationRows.isEmpty else {
                throw DataFault(
                    .few,
                    "\(pool.count) \(pool.count == 1 ? "example" : "examples") cannot be split: a fraction of \(fraction) leaves "
                        + "\(trainingRows.count) for training and \(validationRows.count) for validation.",
                    key: "data.validation.fraction", hint: "Give more examples or another fraction.")
            }
        }
        for (name, other) in [("validation", parts.validation), ("test", parts.test)] {
            if let other, other.shape != pool.shape {
                throw DataFault(
                    .shape, "\(name) examples have the shape \(other.shape), those of training \(pool.shape).",
                    key: "data.\(name).inputs")
            }
        }
        if !columns.isEmpty, recipe.data.missing == .mean {
            let fill = try Self.measure(&columns, pool, trainingRows)
            pool.fill(missing: fill)
            validationSet?.fill(missing: fill)
            testSet?.fill(missing: fill)
            made?.fill(missing: fill)
        }
        // Before classes are left out: a student then sees its inputs as a teacher does that knows them.
        let normalization = try Normalization(pool, rows: trainingRows, recipe.data.normalize)
        // Behind what decides the split and the numbers: those are the same without them.
        if let made {
            trainingRows += UInt32(pool.count)..<UInt32(pool.count + made.count)
            pool.append(made: made)
        }
        let omitted = try Self.omitted(recipe.data.without, parts.target)
        if !omitted.isEmpty, let labels = pool.classLabels {
            trainingRows.removeAll { omitted.contains(Int(labels[Int($0)])) }
            guard !trainingRows.isEmpty else {
                throw DataFault(
                    .few, "`data.without` leaves no training example.", key: "data.without", hint: "Name fewer classes."
                )
            }
        }
        let testRows = (0..<UInt32(parts.test?.count ?? 0)).map { $0 }
        byteCount = pool.byteCount + (parts.validation?.byteCount ?? 0) + (parts.test?.byteCount ?? 0)
        training = Subset(pool, rows: trainingRows, normalization)
        learned = training
        validation = Subset(validationSet ?? pool, rows: validationRows, normalization)
        test = Subset(testSet ?? pool, rows: testRows, normalization)
        var facts = DataFacts(
            inputShape: pool.shape, target: parts.target, trainingCount: trainingRows.count,
            validationCount: validationRows.count, testCount: testRows.count, mean: normalization.mean,
            deviation: normalization.deviation, scale: normalization.scale)
        if columns.contains(where: { !$0.words.isEmpty || !$0.fill.isEmpty }) { facts.columns = columns }
        if made != nil { facts.madeCount = trainingRows.count { Int($0) >= pool.firstMade ?? pool.count } }
        facts.count(targetsOf: pool, trainingRows)
        if case .classes(let names) = parts.target, pool.classLabels != nil {
            let unwanted = facts.classCounts.indices.map { omitted.contains($0) ? 1 : facts.classCounts[$0] }
            warnings += Self.absent(names, unwanted, "data.train.targets")
        }
        self.facts = facts
        inputNames = columns.flatMap(\.inputNames)
        self.warnings = warnings
    }
}

extension Dataset {
    /// The same data without the training examples that were made: what it is without `data.made`, to the bit.
    public var withoutMade: Dataset {
        guard facts.madeCount != nil else { return self }
        var real = self
        real.facts.madeCount = nil
        guard case .rows(let rows) = training.source else { return real }
        let own = rows.real
        real.training = Subset(own)
        real.learned =
            if case .joined(_, let others) = learned.source { Subset(own, unlabelled: others) } else { real.training }
        real.facts.trainingCount = own.count
        real.facts.count(targetsOf: own.examples, own.rows)
        return real
    }
}

extension DataFacts {
    /// Counts the classes of some rows, or takes their targets' means.
    fileprivate mutating func count(targetsOf pool: ExampleSet, _ rows: [UInt32]) {
        switch pool.targets {
        case .none: break
        case .classes(let labels):
            guard case .classes(let names) = target else { break }
            classCounts = [Int](repeating: 0, count: names.count)
            for row in rows { classCounts[Int(labels[Int(row)])] += 1 }
        case .numbers(let values, let width):
            targetMeans = [Double](repeating: 0, count: width)
            for row in rows {
                for column in 0..<width { targetMeans[column] += Double(values[Int(row) * width + column]) }
            }
            for column in 0..<width { targetMeans[column] /= Double(max(rows.count, 1)) }
        }
    }
}

/// What the loaders and the drawing hand over, before it is split.
struct Parts {
    var training: ExampleSet
    /// nil: split off the training examples.
    var validation: ExampleSet?
    var test: ExampleSet?
    /// Training examples that somebody made.
    var made: ExampleSet?
    var target: DataFacts.Target
    /// csv: what the inputs are made of.
    var columns: [InputColumn] = []
    /// What deserves a look but stops nothing.
    var warnings: [Finding] = []
}

/// Turns one fault into the error that carries findings.
func reported<T>(_ body: () throws(DataFault) -> T) throws(DatasetError) -> T {
    do {
        return try body()
    } catch {
        throw DatasetError(findings: [error.finding])
    }
}
