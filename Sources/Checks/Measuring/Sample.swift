import Datasets
import Recipes
import Tensors

extension Bench {
    /// Numbers of a sample at most: 64 MiB of them.
    private static var mostNumbers: Int { 16 << 20 }
    /// Targets of a sample at most: text has many in each example.
    private static var mostTargets: Int { 24_000 }

    /// Positions of at most `count` examples of a subset, one drawn in each of as many equal parts of it: a pure function
    /// of the recipe's seed. Ascending.
    func positions(_ subset: Subset, _ count: Int, salt: UInt64 = 0) -> [UInt32] {
        let all = subset.labelledCount ?? subset.count
        let most = min(
            count, Self.mostNumbers / max(subset.elementCount, 1),
            max(4, Self.mostTargets / max(subset.targetsPerExample, 1)))
        guard all > most else { return (0..<UInt32(all)).map { $0 } }
        let random = Philox(seed: recipe.seed, purpose: .checks)
        return (0..<most).map { part in
            let first = part * all / most
            let next = (part + 1) * all / most
            return UInt32(first + random.below(next - first, step: salt, index: UInt64(part)))
        }
    }

    /// Examples to learn from and examples to judge by: of the validation split, or where there is none every fifth of the
    /// training sample.
    /// - Throws: `CheckSkip` where there are too few.
    func samples(training count: Int, judge: Int) throws -> (training: HeldExamples, judge: HeldExamples) {
        var learned = positions(dataset.training, count)
        let judged: HeldExamples
        if dataset.validation.count >= 8 {
            judged = dataset.validation.held(positions(dataset.validation, judge))
        } else {
            let held = learned.indices.filter { $0 % 5 == 4 }.map { learned[$0] }
            learned = learned.indices.filter { $0 % 5 != 4 }.map { learned[$0] }
            judged = dataset.training.held(held)
        }
        guard learned.count >= 8, judged.count >= 2 else {
            throw CheckSkip("There are too few examples: \(learned.count) to learn from, \(judged.count) to judge by.")
        }
        return (dataset.training.held(learned), judged)
    }

    /// Names of the classes; nil for numbers.
    var classNames: [String]? { if case .classes(let names) = facts.target { names } else { nil } }

    /// - Throws: `CheckSkip` where one class is all there is.
    func requireVariety() throws {
        if classNames != nil, facts.classCounts.count(where: { $0 > 0 }) < 2 {
            throw CheckSkip("The training examples have one class: there is nothing to learn.")
        }
        if facts.trainingCount < 2 { throw CheckSkip("There is one training example.") }
    }

    /// - Throws: `CheckSkip` where training also visits examples without labels.
    func requireLabels() throws {
        if facts.unlabelledCount > 0 {
            throw CheckSkip("Training visits examples that only teachers label, and a check has none.")
        }
    }
}

extension HeldExamples {
    /// Those at `places`.
    func picked(_ places: [Int]) -> HeldExamples { Subset(self).held(places.map { UInt32($0) }) }

    /// The classes of one example.
    func labels(_ example: Int) -> ArraySlice<Int32> {
        classes[example * targetsPerExample..<(example + 1) * targetsPerExample]
    }

    /// The numbers that are the targets of one example.
    func targets(_ example: Int) -> ArraySlice<Float> {
        numbers[example * targetWidth..<(example + 1) * targetWidth]
    }

    func input(_ example: Int) -> ArraySlice<Float> {
        inputs[example * elementCount..<(example + 1) * elementCount]
    }

    var hasClasses: Bool { !classes.isEmpty }
}
