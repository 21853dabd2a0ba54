import Datasets
import Networks
import Recipes

/// Answers of one kind, of a network or of several.
public enum Answers: Sendable {
    case classes(ClassAnswers)
    case votes(VoteAnswers)
    case numbers(NumberAnswers)

    public var judgement: Judgement {
        switch self {
        case .classes(let answers): answers.judgement()
        case .votes(let answers): answers.judgement
        case .numbers(let answers): answers.judgement
        }
    }

    var count: Int {
        switch self {
        case .classes(let answers): answers.count
        case .votes(let answers): answers.labels.count
        case .numbers(let answers): answers.count
        }
    }
}

extension Model {
    /// Classes that its answers are probabilities of; nil where they are numbers, or yes or no several times over.
    package var classCount: Int? {
        guard case .classes(let names) = facts.target else { return nil }
        switch lossKind {
        case .crossEntropy: return names.count
        case .binaryCrossEntropy: return network.plan.outputCount == 1 && names.count == 2 ? 2 : nil
        case .mse, .mae, .huber: return nil
        }
    }

    /// Calls `body` with the logits and the true class of each answer to the batch that has just been measured.
    /// - Precondition: `classCount` is not nil.
    package func forEachClassAnswer(_ body: (UnsafeBufferPointer<Float>, Int) -> Void) {
        let width = network.plan.outputCount
        let outputs = network.outputs
        for row in 0..<batch.count * facts.targetsPerExample {
            let label = Int(batch.classes[row])
            guard width > 1 || lossKind != .binaryCrossEntropy else {
                // One output is the log odds of the second class; with cross-entropy, the only class.
                withUnsafeTemporaryAllocation(of: Float.self, capacity: 2) { pair in
                    _ = pair.initialize(fromContentsOf: [0, outputs[row]])
                    body(UnsafeBufferPointer(pair), label)
                }
                continue
            }
            body(UnsafeBufferPointer(start: outputs + row * width, count: width), label)
        }
    }

    /// Bytes that answers may take in memory where all of a split's are needed at once.
    static let answerBytes = 1 << 29

    /// - Parameter copies: splits times networks whose answers lie in memory together.
    /// - Throws: `TrainingFailure` where they would not fit.
    static func requireRoom(answers: Int, width: Int, copies: Int, what: String) throws(TrainingFailure) {
        let (rowBytes, allCopies) = (4 * max(width, 1), max(copies, 1))
        guard answers > answerBytes / rowBytes / allCopies else { return }
        throw TrainingFailure(
            code: .dataError,
            message:
                "\(what) needs \(answers) answers of \(width) numbers\(copies > 1 ? ", \(copies) times over," : "") "
                + "in memory, and at most \(answerBytes >> 20) MiB are given to that: "
                + "\(answerBytes / rowBytes / allCopies) answers. Take \(copies > 1 ? "fewer members, or " : "")a smaller split."
        )
    }

    /// Answers of one example, and numbers in each.
    var answerShape: (count: Int, width: Int) {
        (facts.targetsPerExample, classCount ?? network.plan.outputCount)
    }

    /// All answers to a split.
    /// - Precondition: they are classes, or numbers.
    /// - Throws: `TrainingFailure` where one is not finite.
    func answers(_ subset: Subset, name: String) throws(TrainingFailure) -> (Score, Answers) {
        var classes = ClassAnswers(width: answerShape.width)
        var numbers = NumberAnswers(width: network.plan.outputCount, values: [], targets: [])
        let isClasses = classCount != nil
        let score = evaluate(subset) { model in
            if isClasses {
                model.forEachClassAnswer { logits, label in
                    classes.logits += logits
                    classes.labels.append(Int32(label))
                }
            } else {
                let count = model.batch.count * numbers.width
                numbers.values += UnsafeBufferPointer(start: model.network.outputs, count: count)
                numbers.targets += UnsafeBufferPointer(start: model.batch.numbers, count: count)
            }
        }
        guard (isClasses ? classes.logits : numbers.values).allSatisfy(\.isFinite) else {
            throw TrainingFailure(
                code: .dataError,
                message: "Answers of \(name) are infinite or not numbers: nothing can be measured of them.")
        }
        return (score, isClasses ? .classes(classes) : .numbers(numbers))
    }
}
