import Recipes
import Tensors

/// What a network does on a split, as means over groups of neighbouring examples: enough to compare two moments of a
/// run on the same examples, and small enough to be part of every checkpoint.
public struct GroupMeans: Sendable, Equatable {
    /// At most so many groups: with more, a t-test gains next to nothing.
    public static let most = 200

    public private(set) var values: [Double]

    public init(values: [Double]) { self.values = values }

    /// - Parameters:
    ///   - perAnswer: one number for each answer, in the order of the split.
    ///   - examples: of the split, each with as many answers as another.
    public init(_ perAnswer: [Double], examples: Int) {
        let groups = min(Self.most, max(examples, 1))
        let width = examples > 0 ? perAnswer.count / examples : 0
        values = (0..<groups).map { group in
            let part = perAnswer[(group * examples / groups * width)..<((group + 1) * examples / groups * width)]
            return part.reduce(0, +) / Double(max(part.count, 1))
        }
    }

    /// Whether these are less than `reference` by more than chance: Student's t of the paired differences above its
    /// one-sided 2.5 % point. False where there are fewer than eight pairs, since then nothing can be said.
    public func isLess(than reference: GroupMeans) -> Bool {
        let differences = zip(reference.values, values).map { $0 - $1 }
        let count = Double(differences.count)
        guard count >= 8, differences.count == values.count, differences.allSatisfy(\.isFinite) else { return false }
        let mean = differences.reduce(0, +) / count
        let square = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        return mean > 0 && mean * mean * count > Self.point(count - 1) * Self.point(count - 1) * square
    }

    /// The 97.5 % point of Student's t, by Cornish and Fisher's expansion about the normal's: within 0.002 from seven
    /// degrees of freedom on (Abramowitz and Stegun 26.7.5).
    public static func point(_ freedom: Double) -> Double {
        let z = 1.959963984540054
        let (z3, z5, z7) = (z * z * z, z * z * z * z * z, z * z * z * z * z * z * z)
        let first = (z3 + z) / 4
        let second = (5 * z5 + 16 * z3 + 3 * z) / 96
        let third = (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / 384
        return z + first / freedom + second / (freedom * freedom) + third / (freedom * freedom * freedom)
    }
}

extension Model {
    /// What `expect` or the loss goes by, of each answer to the batch that has just been measured: the smaller the
    /// better.
    enum Judge {
        case loss, error
    }

    func appendJudgement(_ judge: Judge, to values: inout [Double]) {
        let width = network.plan.outputCount
        if classCount != nil {
            forEachClassAnswer { logits, label in
                let most = logits.indices.max { logits[$0] < logits[$1] } ?? 0
                switch judge {
                case .error: values.append(most == label ? 0 : 1)
                case .loss:
                    let sum = logits.reduce(0) { $0 + exponential(Double($1) - Double(logits[most])) }
                    values.append(logarithm(sum) - (Double(logits[label]) - Double(logits[most])))
                }
            }
            return
        }
        for row in 0..<batch.count * facts.targetsPerExample {
            var sum = 0.0
            for index in row * width..<(row + 1) * width {
                let (output, target) = (Double(network.outputs[index]), Double(batch.numbers[index]))
                switch lossKind {
                case .binaryCrossEntropy where judge == .error: sum += (output > 0) == (target > 0.5) ? 0 : 1
                case .binaryCrossEntropy, .crossEntropy:
                    sum += max(output, 0) - output * target + logarithm(1 + exponential(-abs(output)))
                case .mae: sum += abs(output - target)
                case .mse: sum += (output - target) * (output - target)
                case .huber:
                    let delta = network.plan.loss.delta
                    let error = abs(output - target)
                    sum += error <= delta ? error * error / 2 : delta * (error - delta / 2)
                }
            }
            values.append(sum / Double(width))
        }
    }
}
