import Glibc
import Recipes

/// Logits of classes for every answer of a split, and the true classes.
public struct ClassAnswers: Sendable {
    /// Classes.
    public let width: Int
    /// `[answers, width]`.
    public internal(set) var logits: [Float]
    public internal(set) var labels: [Int32]

    public init(width: Int, logits: [Float] = [], labels: [Int32] = []) {
        self.width = width
        self.logits = logits
        self.labels = labels
    }

    public var count: Int { labels.count }

    /// Calls `body` with each answer's logits and true class, in order.
    func forEach(_ body: (UnsafeBufferPointer<Float>, Int) -> Void) {
        logits.withUnsafeBufferPointer { all in
            for (row, label) in labels.enumerated() {
                body(UnsafeBufferPointer(rebasing: all[row * width..<(row + 1) * width]), Int(label))
            }
        }
    }

    /// - Parameter temperature: what the logits are divided by.
    public func judgement(temperature: Double = 1) -> Judgement {
        var meter = ClassMeter(classCount: width)
        var errors: [Float] = []
        errors.reserveCapacity(count)
        forEach { errors.append(meter.add(logits: $0, scale: 1 / temperature, label: $1) ? 0 : 1) }
        return Judgement(classes: meter.score(), errors: errors)
    }

    /// Of each two sets of answers to the same questions the share whose most probable classes differ; nil for numbers.
    public static func disagreement(_ sets: [Answers]) -> [[Double]]? {
        var named: [[Int]] = []
        for set in sets {
            guard case .classes(let answers) = set else { return nil }
            var classes: [Int] = []
            classes.reserveCapacity(answers.count)
            answers.forEach { logits, _ in classes.append(ClassMeter.largest(logits)) }
            named.append(classes)
        }
        return named.map { first in
            named.map { second in
                Double(zip(first, second).count { $0 != $1 }) / Double(max(first.count, 1))
            }
        }
    }

    /// Mean of -log(probability of the true class).
    public var nll: Double {
        var sum = 0.0
        forEach { logits, label in
            let top = Double(logits.max() ?? 0)
            var total = 0.0
            for logit in logits { total += exp(Double(logit) - top) }
            sum += log(total) + top - Double(logits[label])
        }
        return sum / Double(max(count, 1))
    }
}

/// Votes for classes.
public struct VoteAnswers: Sendable {
    let width: Int
    /// Share of the members that name each class: `[answers, width]`.
    var shares: [Double]
    /// The class that most name; of several the one that is more probable to all.
    var answers: [Int32]
    var labels: [Int32]

    public var judgement: Judgement {
        var meter = ClassMeter(classCount: width)
        var errors: [Float] = []
        for (row, label) in labels.enumerated() {
            let votes = Array(shares[row * width..<(row + 1) * width])
            errors.append(meter.add(votes: votes, answer: Int(answers[row]), label: Int(label)) ? 0 : 1)
        }
        return Judgement(classes: meter.score(), errors: errors)
    }
}

/// Predicted numbers for every answer of a split, and the true ones: both `[answers, width]`.
public struct NumberAnswers: Sendable {
    let width: Int
    var values: [Float]
    var targets: [Float]

    public init(width: Int, values: [Float], targets: [Float]) {
        self.width = width
        self.values = values
        self.targets = targets
    }

    var count: Int { targets.count / max(width, 1) }

    public var judgement: Judgement {
        var errors: [Float] = []
        var squares = 0.0
        var absolutes = 0.0
        for row in 0..<count {
            var square = 0.0
            for place in row * width..<(row + 1) * width {
                let error = Double(values[place]) - Double(targets[place])
                square += error * error
                absolutes += abs(error)
            }
            squares += square
            errors.append(Float(square))
        }
        let total = Double(max(targets.count, 1))
        return Judgement(numbers: NumberScore(mse: squares / total, mae: absolutes / total), errors: errors)
    }
}

/// What a set of answers is worth, and the error of each: 1 for a wrong class, 0 for the right one; squared for numbers.
public struct Judgement: Sendable {
    public internal(set) var classes: ClassScore?
    public internal(set) var numbers: NumberScore?
    public internal(set) var errors: [Float]
}
