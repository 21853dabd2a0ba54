import Recipes

/// The files of one split, by what the recipe calls them.
struct NamedFiles {
    var inputs: [NamedFile]
    var targets: [NamedFile]

    init(_ set: FileSet, _ key: String, _ files: [SourceFile]) throws(DataFault) {
        var found: [[NamedFile]] = [[], []]
        for (place, (kind, paths)) in [("inputs", set.inputs), ("targets", set.targets)].enumerated() {
            for (index, path) in paths.enumerated() {
                let fileKey = "\(key).\(kind).\(index)"
                guard let file = files.first(where: { $0.path == path }) else {
                    throw DataFault(
                        .missing, "\(path): no open file came for this path.", key: fileKey,
                        hint: "The client opens each file that the recipe names and sends it along.")
                }
                found[place].append(NamedFile(file: file, key: fileKey))
            }
        }
        inputs = found[0]
        targets = found[1]
    }
}

/// The splits of a recipe whose data are in files.
struct NamedSplits {
    var training: NamedFiles
    var validation: NamedFiles?
    var test: NamedFiles?
    var made: NamedFiles?

    init(_ recipe: Recipe, _ files: [SourceFile]) throws(DataFault) {
        guard let train = recipe.data.train else {
            throw DataFault(
                .missing, "the format '\(recipe.data.format.rawValue)' reads files, and `data.train` names none.",
                key: "data.train")
        }
        training = try NamedFiles(train, "data.train", files)
        if case .files(let set) = recipe.data.validation {
            validation = try NamedFiles(set, "data.validation", files)
        }
        if let set = recipe.data.test { test = try NamedFiles(set, "data.test", files) }
        if let set = recipe.data.made { made = try NamedFiles(set, "data.made", files) }
    }
}

/// Reads idx and npy: arrays of inputs beside arrays of targets.
struct ArrayLoader {
    let recipe: Recipe
    let files: [SourceFile]

    init(_ recipe: Recipe, _ files: [SourceFile]) {
        self.recipe = recipe
        self.files = files
    }

    func load() throws(DataFault) -> Parts {
        let splits = try NamedSplits(recipe, files)
        if let classes = recipe.data.classes, recipe.loss?.kind.wantsClasses == false {
            throw CSVTarget.refusal(classes, recipe.loss, found: "numbers")
        }
        var target: DataFacts.Target?
        let training = try examples(splits.training, "data.train", &target)
        let strange = recipe.data.classes == nil ? try oddLabels(training, splits.training.targets) : nil
        var validation: ExampleSet?
        var test: ExampleSet?
        if let named = splits.validation { validation = try examples(named, "data.validation", &target) }
        if let named = splits.test { test = try examples(named, "data.test", &target) }
        var parts = Parts(training: training, validation: validation, test: test, target: target ?? .numbers(1))
        if let named = splits.made {
            let made = try examples(named, "data.made", &target)
            try expectAlike(made, training, named)
            parts.made = made
        }
        if recipe.loss == nil, case .numbers(let values, width: 1) = training.targets,
            values.allSatisfy((0...Float(CSVTarget.largestLabel)).contains), let file = splits.training.targets.first
        {
            parts.warnings =
                CSVTarget.note(
                    values.map { Double($0) }, "the targets are", file,
                    hint: "`loss: cross-entropy` makes classes of them, and so do targets that are integers."
                ).map { [$0] } ?? []
        }
        parts.warnings += [strange].compactMap { $0 }
        return parts
    }

    /// Where one wrong number among labels that are counted has made classes of which there are no examples.
    private func oddLabels(_ training: ExampleSet, _ files: [NamedFile]) throws(DataFault) -> Finding? {
        guard let labels = training.classLabels else { return nil }
        var counts = [Int](repeating: 0, count: Int(labels.max() ?? -1) + 1)
        for label in labels { counts[Int(label)] += 1 }
        guard let odd = OddLabels.found(in: counts) else { return nil }
        // Read again, which costs nothing for a finding that hardly any data has: rows of a file of targets need not be
        // those of a file of inputs.
        var first = 0
        var places: [String] = []
        for (file, array) in try readAll(files) {
            for row in 0..<array.dimensions[0] where odd.labels.contains(Int(labels[first + row])) {
                places.append("\(file.path) row \(row): \(labels[first + row])")
            }
            first += array.dimensions[0]
        }
        let most = 10
        let list = places.prefix(most).joined(separator: ", ") + (places.count > most ? " and others" : "")
        let absent = counts.count { $0 == 0 }
        return Finding(
            severity: .warning, code: DataCode.label.rawValue,
            message:
                "\(list): far above all other labels, which end at \(odd.largest). Labels are counted from 0, so there "
                + "are \(counts.count) classes, \(absent) of them without an example.",
            path: Finding.pointer("data.train.targets"),
            hint: "Correct the label; or write `data.classes`, so that a larger one is refused.")
    }

    /// What was made is told by its first file where it does not go with the real examples.
    private func expectAlike(_ made: ExampleSet, _ real: ExampleSet, _ named: NamedFiles) throws(DataFault) {
        guard let file = named.inputs.first else { return }
        guard made.shape == real.shape else {
            throw file.fault(
                .shape, "made examples have the shape \(made.shape), those of `data.train` \(real.shape).",
                hint: "Bring them to one shape.")
        }
        guard made.isBytes == real.isBytes else {
            func words(_ set: ExampleSet) -> String { set.isBytes ? "bytes" : "numbers of more than a byte" }
            throw file.fault(
                .format, "the inputs of made examples are \(words(made)), those of `data.train` \(words(real)).",
                hint: "Write both with one type: 0 to 255 and 0 to 1 are not the same brightness.")
        }
    }

    private func readAll(
        _ files: [NamedFile], maps: Bool = false
    ) throws(DataFault) -> [(file: NamedFile, array: RawArray)] {
        var arrays: [(file: NamedFile, array: RawArray)] = []
        for file in files {
            let isIDX = recipe.data.format == .idx
            arrays.append((file, isIDX ? try IDXFile.read(file, maps: maps) : try NPYFile.read(file, maps: maps)))
        }
        return arrays
    }

    /// `target` is set by the training examples and then holds for the others.
    private func examples(
        _ named: NamedFiles, _ key: String, _ target: inout DataFacts.Target?
    ) throws(DataFault) -> ExampleSet {
        guard !named.targets.isEmpty else {
            throw DataFault(
                .missing, "`\(key).targets` names no file: \(recipe.data.format.rawValue) keeps targets beside inputs.",
                key: "\(key).targets")
        }
        // Targets first: they are small, and most mistakes show in them.
        let targets = try readAll(named.targets)
        let inputArrays = try readAll(named.inputs, maps: true)
        try expectPairs(inputArrays, targets)
        let (shape, inputs, count) = try ExampleSet.inputs(inputArrays)
        var origins = Origins()
        for (file, array) in inputArrays { origins.add(file.path, .counted(array.dimensions[0])) }
        let isLabels: Bool
        switch target {
        case .classes: isLabels = true
        case .numbers: isLabels = false
        case nil:
            // Rows of zeros and ones are labels that may hold together; a single one tells two classes apart.
            let isBinary = recipe.loss?.kind == .binaryCrossEntropy
            isLabels =
                recipe.loss.flatMap(\.kind.wantsClasses)
                ?? (recipe.data.classes != nil
                    || targets.allSatisfy {
                        $0.array.isWhole && !(isBinary && $0.array.dimensions.dropFirst().contains { $0 != 1 })
                    })
        }
        if isLabels {
            var known = recipe.data.classes
            if case .classes(let names) = target { known = names.count }
            let (labels, classes) = try TargetReader.labels(targets, classes: known)
            if target == nil { target = .classes((0..<classes).map { String($0) }) }
            return ExampleSet(shape: shape, count: count, inputs: inputs, targets: .classes(labels), origins: origins)
        }
        let (values, width) = try TargetReader.numbers(targets)
        if case .numbers(let expected) = target, expected != width {
            throw targets[0].file.fault(.shape, "\(width) numbers a target, but \(expected) in training.")
        }
        target = .numbers(width)
        return ExampleSet(
            shape: shape, count: count, inputs: inputs, targets: .numbers(values, width: width), origins: origins)
    }

    private func expectPairs(
        _ inputs: [(file: NamedFile, array: RawArray)], _ targets: [(file: NamedFile, array: RawArray)]
    ) throws(DataFault) {
        // Shard by shard where both have as many, so that the pair at fault is named.
        if inputs.count == targets.count {
            for (input, target) in zip(inputs, targets) where input.array.dimensions[0] != target.array.dimensions[0] {
                throw target.file.fault(
                    .count,
                    "\(target.array.dimensions[0]) targets, but \(input.array.dimensions[0]) inputs in "
                        + "\(input.file.path).", hint: "Both files list the same examples in the same order.")
            }
            return
        }
        let inputCount = inputs.reduce(0) { $0 + $1.array.dimensions[0] }
        let targetCount = targets.reduce(0) { $0 + $1.array.dimensions[0] }
        guard inputCount == targetCount else {
            throw targets[0].file.fault(
                .count,
                "\(targetCount) targets in \(targets.count) files, but \(inputCount) inputs in \(inputs.count).",
                hint: "Both lists hold the same examples in the same order.")
        }
    }
}

/// Reads csv: features and the target in one table.
struct CSVLoader {
    let recipe: Recipe
    let files: [SourceFile]

    init(_ recipe: Recipe, _ files: [SourceFile]) {
        self.recipe = recipe
        self.files = files
    }

    func load() throws(DatasetError) -> Parts {
        let splits = try reported { () throws(DataFault) in try NamedSplits(recipe, files) }
        let training = try tables(splits.training.inputs, like: nil)
        let columns = training.first?.table.columns ?? []
        var warnings: [Finding] = []
        let inputs = try [InputColumn](of: training, warnings: &warnings)
        let loss = recipe.loss?.kind
        let written = training.flatMap(\.table.targets)
        let kind = CSVTarget(written, loss: loss, classes: recipe.data.classes)
        var names: [String] = []
        if case .classes(let found) = kind { names = found }
        if let classes = recipe.data.classes {
            let all = Set(written)
            let found = "\(all.count) different ones: \(all.sorted().prefix(10).joined(separator: ", "))"
            if case .numbers = kind {
                throw DatasetError(findings: [
                    CSVTarget.refusal(classes, recipe.loss, found: "numbers, \(found)").finding
                ])
            }
            if classes != names.count {
                // Those that training lacks are between those that it has.
                let areLabels = names.allSatisfy { name in
                    Int(name).map { "\($0)" == name && (0..<classes).contains($0) } ?? false
                }
                guard areLabels else {
                    throw DatasetError(findings: [
                        DataFault(
                            .label,
                            "`data.classes` is \(classes), but the target column has \(names.count) values: "
                                + "\(names.prefix(10).joined(separator: ", ")).", key: "data.classes"
                        ).finding
                    ])
                }
                names = (0..<classes).map { String($0) }
            }
        }
        let target: DataFacts.Target = if case .numbers = kind { .numbers(1) } else { .classes(names) }
        func set(_ tables: [(file: NamedFile, table: CSVTable)]) throws(DatasetError) -> ExampleSet {
            try examples(tables, inputs, target)
        }
        var parts = Parts(training: try set(training), target: target, columns: inputs)
        if let named = splits.validation { parts.validation = try set(try tables(named.inputs, like: columns)) }
        if let named = splits.test { parts.test = try set(try tables(named.inputs, like: columns)) }
        if let named = splits.made { parts.made = try set(try tables(named.inputs, like: columns)) }
        if case .numbers = kind { warnings += numberFindings(training) }
        parts.warnings = warnings
        return parts
    }

    /// Targets that are equal as soon as they are read, or that may have been meant as classes.
    private func numberFindings(_ tables: [(file: NamedFile, table: CSVTable)]) -> [Finding] {
        guard let (file, first) = tables.first else { return [] }
        var distinct = DistinctNumbers()
        let numbers = tables.flatMap { $0.table.targets.map { CSVFile.number($0) ?? .nan } }
        for number in numbers { distinct.add(number) }
        let name = recipe.data.target ?? first.columns.last ?? ""
        let note =
            recipe.loss != nil
            ? nil
            : CSVTarget.note(
                numbers, "the targets, column '\(name)', are", file,
                hint: "`loss: cross-entropy` makes classes of them; `loss: mse` says that they are numbers.")
        return [distinct.warning(of: name, file), note].compactMap { $0 }
    }

    private func tables(
        _ named: [NamedFile], like columns: [String]?
    ) throws(DatasetError) -> [(file: NamedFile, table: CSVTable)] {
        var tables: [(file: NamedFile, table: CSVTable)] = []
        var columns = columns
        for file in named {
            let table = try CSVFile.read(file, target: recipe.data.target)
            if let columns, columns != table.columns {
                let odd = table.columns.first { !columns.contains($0) } ?? columns.first { !table.columns.contains($0) }
                throw DatasetError(findings: [
                    file.fault(
                        .shape,
                        odd.map { "the columns differ from those of the training data: '\($0)'." }
                            ?? "the columns are in another order than in the training data.", line: 1
                    ).finding
                ])
            }
            columns = table.columns
            tables.append((file, table))
        }
        return tables
    }

    private func examples(
        _ tables: [(file: NamedFile, table: CSVTable)], _ columns: [InputColumn], _ target: DataFacts.Target
    ) throws(DatasetError) -> ExampleSet {
        let targets = try reported { () throws(DataFault) in try readTargets(tables, target) }
        var values: [Float] = []
        for (file, table) in tables {
            values += try columns.inputs(of: table, file, allowsMissing: recipe.data.missing == .mean)
        }
        let count = tables.reduce(0) { $0 + $1.table.rowCount }
        var origins = Origins()
        for (file, table) in tables { origins.add(file.path, .lines(table.lines.map { UInt32(clamping: $0) })) }
        return ExampleSet(
            shape: [columns.inputCount], count: count, inputs: .floats(values), targets: targets, origins: origins)
    }

    private func readTargets(
        _ tables: [(file: NamedFile, table: CSVTable)], _ target: DataFacts.Target
    ) throws(DataFault) -> ExampleSet.Targets {
        var labels: [Int32] = []
        var numbers: [Float] = []
        switch target {
        case .classes(let names):
            let index = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($0.element, Int32($0.offset)) })
            for (file, table) in tables {
                for (row, text) in table.targets.enumerated() {
                    guard let label = index[text] else {
                        throw file.fault(
                            .label,
                            "the target '\(text.prefix(40))' is not one of the classes of the training data: "
                                + "\(names.prefix(10).joined(separator: ", ")).", line: table.lines[row])
                    }
                    labels.append(label)
                }
            }
        case .numbers:
            for (file, table) in tables {
                for (row, text) in table.targets.enumerated() {
                    guard let value = CSVFile.number(text), Float(value).isFinite else {
                        throw file.fault(
                            .number, "the target '\(text.prefix(40))' is not a number.", line: table.lines[row],
                            hint: "For classes use `loss: cross-entropy`.")
                    }
                    numbers.append(Float(value))
                }
            }
        }
        return if case .classes = target { .classes(labels) } else { .numbers(numbers, width: 1) }
    }
}
