import Recipes

/// Measures a job's data and says what stands against training on it.
///
/// - Returns: the facts, nil where the data cannot be read; findings, of which those with severity error stop the job.
public func inspect(_ recipe: Recipe, files: [SourceFile]) -> (facts: DataFacts?, findings: [Finding]) {
    let dataset: Dataset
    do throws(DatasetError) {
        dataset = try Dataset.open(recipe, files: files)
    } catch {
        return (nil, error.findings)
    }
    let facts = dataset.facts
    var findings = dataset.warnings
    findings += recipe.model.resolve(for: facts).findings
    findings += lossFindings(recipe, facts)
    findings += augmentFindings(recipe, facts)
    if let limit = recipe.resources.memory, !findings.contains(where: { $0.severity == .error }) {
        do {
            let needed = try recipe.estimate(for: facts).memoryBytes + dataset.byteCount
            if needed > limit {
                findings.append(
                    Finding(
                        severity: .error, code: "R.memory",
                        message: "The run needs about \(needed / 1_048_576) MiB, of which the data is "
                            + "\(dataset.byteCount / 1_048_576) MiB; `resources.memory` allows \(limit / 1_048_576) MiB.",
                        path: "resources.memory", hint: "Allow more, or take a smaller batch or model."))
            }
        } catch {
            findings.append(
                Finding(severity: .error, code: "R.estimate", message: "The need for memory is not known: \(error)."))
        }
    }
    return (facts, findings)
}

private func lossFindings(_ recipe: Recipe, _ facts: DataFacts) -> [Finding] {
    guard let loss = recipe.loss else { return [] }
    switch (loss.kind, facts.target) {
    case (.crossEntropy, .numbers):
        return [
            Finding(
                severity: .error, code: DataCode.label.rawValue,
                message: "`loss: cross-entropy` needs classes, but the targets are numbers.", path: "loss",
                hint: "Use `loss: mse`, or name a column of classes.")
        ]
    case (.crossEntropy, .classes(let names)):
        guard !loss.classWeights.isEmpty, loss.classWeights.count != names.count else { return [] }
        return [
            Finding(
                severity: .error, code: DataCode.label.rawValue,
                message: "`loss.class_weights` has \(loss.classWeights.count) factors, and the data "
                    + "\(names.count) classes.",
                path: "loss.class_weights", hint: "Give one factor for each class, in the classes' order.")
        ]
    case (_, .classes):
        return [
            Finding(
                severity: .error, code: DataCode.label.rawValue,
                message: "`loss: \(loss.kind.rawValue)` needs numbers, but the targets are classes.", path: "loss",
                hint: "Leave `loss` out: classes take cross-entropy.")
        ]
    case (_, .numbers): return []
    }
}

/// What of the augmentations has no meaning for the data.
private func augmentFindings(_ recipe: Recipe, _ facts: DataFacts) -> [Finding] {
    func refuse(_ index: Int, _ message: String, _ hint: String) -> Finding {
        Finding(
            severity: .error, code: "data.augment",
            message: "`\(recipe.data.augment[index].word)` in `data.augment` \(message).",
            path: "data.augment.\(index)", hint: hint)
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
    var byteCount: Int {
        let inputBytes = if case .bytes(let values) = inputs { values.count } else { 4 * count * elementCount }
        return switch targets {
        case .none: inputBytes
        case .classes: inputBytes + 4 * count
        case .numbers(_, let width): inputBytes + 4 * count * width
        }
    }
}
