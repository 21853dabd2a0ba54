import Datasets
import Glibc
import Networks
import Recipes

/// What a network answers to each example of a split, in the order of its positions.
public struct ExampleAnswers: Sendable {
    /// The example's own: cross-entropy in nats, without smoothing or weights; of numbers the error as the loss measures
    /// it, mean over the targets. Where each position of a sequence has a target, the mean over them.
    public fileprivate(set) var losses: [Double] = []
    /// The most probable class, or the only number that is predicted; empty where there are several.
    public fileprivate(set) var classes: [Int] = []
    public fileprivate(set) var numbers: [Double] = []
    /// The probability of that class.
    public fileprivate(set) var confidences: [Double] = []
    /// 1 for the right class, 0 for a wrong one; the share of right ones where each position has a target.
    public fileprivate(set) var correct: [Double] = []
    /// Class names; nil where numbers are predicted.
    public let names: [String]?
}

extension Evaluator {
    /// Asks the network about each example: one pass over the split.
    public func answers(to subset: Subset) -> ExampleAnswers {
        var names: [String]?
        if case .classes(let own) = model.facts.target { names = own }
        var answers = ExampleAnswers(names: names)
        let hasClasses = model.classCount != nil
        _ = model.evaluate(subset) { model in
            if hasClasses {
                answers.addClasses(model)
            } else {
                answers.addNumbers(model)
            }
        }
        return answers
    }
}

extension ExampleAnswers {
    /// Of documents, each the mean over its tokens and the boundary that ends it.
    /// - Parameter documents: tokens of the split, whose places are the examples.
    public func means(over documents: [Range<Int>]) -> ExampleAnswers {
        func mean(_ values: [Double], _ document: Range<Int>) -> Double {
            let end = min(document.upperBound + 1, values.count)
            guard document.lowerBound < end else { return .nan }
            let own = document.lowerBound..<end
            return values[own].reduce(0, +) / Double(own.count)
        }
        var means = ExampleAnswers(names: names)
        means.losses = documents.map { mean(losses, $0) }
        means.correct = documents.map { mean(correct, $0) }
        return means
    }

    fileprivate mutating func addClasses(_ model: Model) {
        let perExample = max(model.facts.targetsPerExample, 1)
        var (place, loss, right) = (0, 0.0, 0)
        model.forEachClassAnswer { logits, label in
            var most = 0
            for index in logits.indices where logits[index] > logits[most] { most = index }
            let top = Double(logits[most])
            var total = 0.0
            for logit in logits { total += exp(Double(logit) - top) }
            if logits.indices.contains(label) { loss += log(total) + top - Double(logits[label]) }
            right += most == label ? 1 : 0
            if perExample == 1 {
                classes.append(most)
                confidences.append(1 / total)
            }
            place += 1
            guard place == perExample else { return }
            losses.append(loss / Double(perExample))
            correct.append(Double(right) / Double(perExample))
            (place, loss, right) = (0, 0, 0)
        }
    }

    fileprivate mutating func addNumbers(_ model: Model) {
        let width = max(model.network.plan.outputCount, 1)
        let isLabelled = model.batch.isLabelled
        for row in 0..<model.batch.count {
            var loss = 0.0
            for column in 0..<width {
                let output = Double(model.network.outputs[row * width + column])
                let target =
                    isLabelled
                    ? Double(model.batch.classes[row]) : Double(model.batch.numbers[row * width + column])
                loss += Self.loss(model.lossKind, output, target)
            }
            losses.append(loss / Double(width))
            if width == 1 { numbers.append(Double(model.network.outputs[row])) }
        }
    }

    private static func loss(_ kind: Loss.Kind, _ output: Double, _ target: Double) -> Double {
        let error = output - target
        switch kind {
        case .mse: return error * error
        case .mae, .huber: return abs(error)
        case .crossEntropy, .binaryCrossEntropy:
            // log(1 + exp(x)) - t x, where x may be large.
            return max(output, 0) + log1p(exp(-abs(output))) - target * output
        }
    }
}
