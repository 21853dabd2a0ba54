import Recipes

/// A job's data, read, checked, split and measured. Everything is in memory; nothing here opens a file by its path.
public struct Dataset: Sendable {
    public let facts: DataFacts
    public let training: Subset
    public let validation: Subset
    public let test: Subset
    /// What deserves a look but stops nothing.
    public let warnings: [Finding]
    let normalization: Normalization

    /// Reads what the recipe names and measures the training examples.
    ///
    /// - Parameter files: by path as written in the recipe; more than the recipe names are allowed.
    /// - Throws: `DatasetError` with one finding for each fault.
    public static func open(_ recipe: Recipe, files: [SourceFile]) throws(DatasetError) -> Dataset {
        let parts =
            switch recipe.data.format {
            case .digits: Parts.digits(recipe)
            case .spirals: Parts.spirals(recipe)
            case .idx, .npy: try reported { () throws(DataFault) in try ArrayLoader(recipe, files).load() }
            case .csv: try CSVLoader(recipe, files).load()
            }
        return try reported { () throws(DataFault) in try Dataset(parts, recipe) }
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

    private init(_ parts: Parts, _ recipe: Recipe) throws(DataFault) {
        var warnings: [Finding] = []
        let pool = parts.training
        var trainingRows = (0..<UInt32(pool.count)).map { $0 }
        var validationRows: [UInt32] = []
        let validationSet: ExampleSet
        if let own = parts.validation {
            validationSet = own
            validationRows = (0..<UInt32(own.count)).map { $0 }
        } else {
            validationSet = pool
            var fraction = 0.0
            if case .fraction(let value) = recipe.data.validation { fraction = value }
            let split = Split.rows(
                count: pool.count, labels: pool.classLabels, fraction: fraction, seed: recipe.seed)
            (trainingRows, validationRows) = split
            guard !trainingRows.isEmpty, fraction == 0 || !validationRows.isEmpty else {
                throw DataFault(
                    .few,
                    "\(pool.count) examples cannot be split: a fraction of \(fraction) leaves "
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
        let normalization = try Normalization(pool, rows: trainingRows, recipe.data.normalize)
        let testRows = (0..<UInt32(parts.test?.count ?? 0)).map { $0 }
        self.normalization = normalization
        training = Subset(pool, rows: trainingRows, normalization)
        validation = Subset(validationSet, rows: validationRows, normalization)
        test = Subset(parts.test ?? pool, rows: testRows, normalization)
        var facts = DataFacts(
            inputShape: pool.shape, target: parts.target, trainingCount: trainingRows.count,
            validationCount: validationRows.count, testCount: testRows.count, mean: normalization.mean,
            deviation: normalization.deviation, scale: normalization.scale)
        switch pool.targets {
        case .none: break
        case .classes(let labels):
            guard case .classes(let names) = parts.target else { break }
            facts.classCounts = [Int](repeating: 0, count: names.count)
            for row in trainingRows { facts.classCounts[Int(labels[Int(row)])] += 1 }
            let absent = names.indices.filter { facts.classCounts[$0] == 0 }
            if !absent.isEmpty {
                let list = absent.prefix(10).map { names[$0] }.joined(separator: ", ")
                warnings.append(
                    Finding(
                        severity: .warning, code: DataCode.few.rawValue,
                        message: "No training example of class \(list)\(absent.count > 10 ? " and others" : "").",
                        path: "data.train.targets", hint: "The network cannot learn what it never sees."))
            }
        case .numbers(let values, let width):
            facts.targetMeans = [Double](repeating: 0, count: width)
            for row in trainingRows {
                for column in 0..<width { facts.targetMeans[column] += Double(values[Int(row) * width + column]) }
            }
            for column in 0..<width { facts.targetMeans[column] /= Double(max(trainingRows.count, 1)) }
        }
        self.facts = facts
        self.warnings = warnings
    }
}

/// What the loaders and the drawing hand over, before it is split.
struct Parts {
    var training: ExampleSet
    /// nil: split off the training examples.
    var validation: ExampleSet?
    var test: ExampleSet?
    var target: DataFacts.Target
}

/// Turns one fault into the error that carries findings.
func reported<T>(_ body: () throws(DataFault) -> T) throws(DatasetError) -> T {
    do {
        return try body()
    } catch {
        throw DatasetError(findings: [error.finding])
    }
}
