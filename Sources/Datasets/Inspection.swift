import Recipes

/// Measures a job's data and says what stands against training on it.
///
/// - Parameter besides: bytes that the run needs beside the data and the network's own.
/// - Returns: the facts, nil where the data cannot be read; findings, of which those with severity error stop the job.
public func inspect(
    _ recipe: Recipe, files: [SourceFile], besides: Int = 0
) -> (facts: DataFacts?, findings: [Finding]) {
    let dataset: Dataset
    do throws(DatasetError) {
        dataset = try Dataset.open(recipe, files: files)
    } catch {
        return (nil, error.findings)
    }
    let facts = dataset.facts
    var findings = dataset.warnings
    findings += recipe.resolve(for: facts).findings
    findings += classFindings(recipe, facts)
    findings += constantFindings(recipe, dataset)
    findings += lossFindings(recipe, facts)
    findings += probabilityFindings(recipe, dataset)
    findings += augmentFindings(recipe, facts)
    if let limit = recipe.resources.memory, !findings.contains(where: { $0.severity == .error }) {
        do {
            let needed = try recipe.estimate(for: facts).memoryBytes + dataset.byteCount + besides
            if needed > limit {
                findings.append(
                    Finding(
                        severity: .error, code: "R.memory",
                        message: "The run needs about \(needed / 1_048_576) MiB, of which the data is "
                            + "\(dataset.byteCount / 1_048_576) MiB; `resources.memory` allows \(limit / 1_048_576) MiB.",
                        path: "/resources/memory", hint: "Allow more, or take a smaller batch or model."))
            }
        } catch {
            findings.append(
                Finding(severity: .error, code: "R.estimate", message: "Memory use cannot be estimated: \(error)."))
        }
    }
    return (facts, findings)
}

/// Where `data.classes` counts the classes or `data.without` leaves some out, one that is left alone is meant.
private func classFindings(_ recipe: Recipe, _ facts: DataFacts) -> [Finding] {
    guard recipe.data.classes == nil, recipe.data.without.isEmpty, facts.vocabulary.isEmpty,
        case .classes(let names) = facts.target, facts.trainingCount > 0,
        facts.classCounts.count(where: { $0 > 0 }) < 2
    else { return [] }
    let name = facts.classCounts.firstIndex { $0 > 0 }.flatMap { names.indices.contains($0) ? names[$0] : nil } ?? ""
    return [
        Finding(
            severity: .error, code: DataCode.few.rawValue,
            message: "All \(facts.trainingCount) training examples have the label '\(name)': there is nothing to tell "
                + "apart.",
            path: "/data/train", hint: "Give examples of another class; numbers are learned with `loss: mse`.")
    ]
}

/// Targets that are the same number for all training examples: any loss is small then, and nothing is learned. Beside others
/// that differ, as the border of an image is, one is only said.
private func constantFindings(_ recipe: Recipe, _ dataset: Dataset) -> [Finding] {
    guard case .rows(let rows) = dataset.training.source, case .numbers(let values, let width) = rows.examples.targets,
        let first = rows.rows.first
    else { return [] }
    let start = Int(first) * width
    let constant = (0..<width).filter { column in
        rows.rows.allSatisfy { values[Int($0) * width + column] == values[start + column] }
    }
    guard let column = constant.first else { return [] }
    func written(_ column: Int) -> String {
        let value = values[start + column]
        return Int(exactly: value).map { "\($0)" } ?? "\(value)"
    }
    let paths = recipe.data.train.map { $0.targets.isEmpty ? $0.inputs : $0.targets } ?? []
    let file =
        (paths.first.map { "\($0)\(paths.count > 1 ? " and others" : ""): " } ?? "")
        + (recipe.data.target.map { "column '\($0)': " } ?? "")
    let examples = rows.count == 1 ? "the only training example has" : "all \(rows.count) training examples have"
    guard constant.count == width else {
        let columns =
            constant.count == 1
            ? "target \(column) of \(width) is \(written(column)) in every training example"
            : "\(constant.count) of \(width) targets are the same in every training example, such as target \(column), "
                + "which is \(written(column))"
        return [
            Finding(
                severity: .warning, code: DataCode.few.rawValue, message: "\(file)\(columns) (targets count from 0).",
                path: "/data/train", hint: "The network learns to give that number whatever it sees; leave it out.")
        ]
    }
    let target =
        width == 1 ? "the target \(written(0))" : "the same \(width) targets, of which the first is \(written(0))"
    return [
        Finding(
            severity: .error, code: DataCode.few.rawValue,
            message: "\(file)\(examples) \(target): there is nothing to learn.", path: "/data/train",
            hint: "Give examples of other targets, and look whether this is the file, and the column, that you mean.")
    ]
}

private func lossFindings(_ recipe: Recipe, _ facts: DataFacts) -> [Finding] {
    guard let loss = recipe.loss else { return [] }
    switch (loss.kind, facts.target) {
    case (.crossEntropy, .numbers):
        return [
            Finding(
                severity: .error, code: DataCode.label.rawValue,
                message: "`loss: cross-entropy` needs classes, but the targets are numbers.", path: "/loss",
                hint: "Use `loss: mse`, or name a column of classes.")
        ]
    case (.crossEntropy, .classes(let names)):
        guard !loss.classWeights.isEmpty, loss.classWeights.count != names.count else { return [] }
        return [
            Finding(
                severity: .error, code: DataCode.label.rawValue,
                message: "`loss.class_weights` has \(loss.classWeights.count) factors, and the data "
                    + "\(names.count) classes.",
                path: "/loss/class_weights", hint: "Give one factor for each class, in the classes' order.")
        ]
    case (.binaryCrossEntropy, .classes(let names)) where names.count != 2:
        return [
            Finding(
                severity: .error, code: DataCode.label.rawValue,
                message: "`loss: binary-cross-entropy` tells two classes apart, and the data has \(names.count).",
                path: "/loss", hint: "Use `loss: cross-entropy`; it takes any number of classes.")
        ]
    case (.binaryCrossEntropy, _):
        let outputs = facts.outputCount(for: loss)
        guard loss.positiveWeights.count > 1, loss.positiveWeights.count != outputs else { return [] }
        return [
            Finding(
                severity: .error, code: DataCode.label.rawValue,
                message: "`loss.positive_weight` has \(loss.positiveWeights.count) factors, and the network "
                    + "\(outputs) output\(outputs == 1 ? "" : "s").",
                path: "/loss/positive_weight", hint: "Give one number for all, or one for each output.")
        ]
    case (_, .classes):
        return [
            Finding(
                severity: .error, code: DataCode.label.rawValue,
                message: "`loss: \(loss.kind.rawValue)` needs numbers, but the targets are classes.", path: "/loss",
                hint: "Leave `loss` out: classes take cross-entropy.")
        ]
    case (_, .numbers): return []
    }
}

/// Binary cross-entropy of numbers takes them for probabilities.
private func probabilityFindings(_ recipe: Recipe, _ dataset: Dataset) -> [Finding] {
    guard recipe.loss?.kind == .binaryCrossEntropy else { return [] }
    for (subset, key) in [
        (dataset.training, "data.train"), (dataset.validation, "data.validation"), (dataset.test, "data.test"),
    ] {
        guard case .rows(let rows) = subset.source, case .numbers(let values, let width) = rows.examples.targets,
            let place = values.firstIndex(where: { !(0...1).contains($0) })
        else { continue }
        let row = place / width
        let made = rows.examples.firstMade.flatMap { row >= $0 ? row - $0 : nil }
        let key = made == nil ? key : "data.made"
        return [
            Finding(
                severity: .error, code: DataCode.label.rawValue,
                message: "Example \(made ?? row) of `\(key)` has the target \(values[place]); "
                    + "`loss: binary-cross-entropy` takes numbers from 0 to 1.",
                path: Finding.pointer(key), hint: "Write 0 or 1 (or a probability) for each output, or use `loss: mse`."
            )
        ]
    }
    return []
}

/// What of the augmentations has no meaning for the data.
private func augmentFindings(_ recipe: Recipe, _ facts: DataFacts) -> [Finding] {
    func refuse(_ index: Int, _ message: String, _ hint: String) -> Finding {
        Finding(
            severity: .error, code: "data.augment",
            message: "`\(recipe.data.augment[index].word)` in `data.augment` \(message).",
            path: "/data/augment/\(index)", hint: hint)
    }
    return recipe.data.augment.enumerated().compactMap { index, augmentation in
        guard facts.inputShape.count == 3 else {
            return augmentation.needsImages
                ? refuse(index, "needs images, and the examples are rows of numbers", "Remove it.") : nil
        }
        let (height, width) = (facts.inputShape[1], facts.inputShape[2])
        switch augmentation {
        case .shift(let pixels) where pixels >= min(height, width),
            .crop(let pixels) where pixels >= min(height, width),
            .cutout(let pixels) where pixels >= min(height, width):
            return refuse(
                index, "by \(pixels) pixels can leave nothing of an image of \(height) × \(width)", "Use fewer pixels.")
        case .flip(_, let labels?):
            guard case .classes(let names) = facts.target else {
                return refuse(index, "maps labels, and the targets are numbers", "Write `labels: keep`.")
            }
            let unknown = labels.flatMap { [$0.key, $0.value] }.filter { !names.contains($0) }.sorted()
            guard let first = unknown.first else { return nil }
            return refuse(
                index, "names the label '\(first)', which the data does not have",
                "The labels are \(names.prefix(12).joined(separator: ", ")).")
        default: return nil
        }
    }
}

extension ExampleSet {
    /// What lies in mapped files is not counted: the system gives it up where memory is short.
    var byteCount: Int {
        let inputBytes =
            switch inputs {
            case .bytes(let values): values.count
            case .mapped: 0
            case .floats: 4 * count * elementCount
            }
        return switch targets {
        case .none: inputBytes
        case .classes: inputBytes + 4 * count
        case .numbers(_, let width): inputBytes + 4 * count * width
        }
    }
}
