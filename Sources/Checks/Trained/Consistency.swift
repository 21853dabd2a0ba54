import Datasets
import Recipes
import Training

/// D17: answers that the data do not account for. How often each class is said against how often it is there; classes that
/// have changed places; training examples that are answered otherwise than their label although they are there twice.
enum Consistency {
    /// Of the difference in some class's share that counts as beyond chance: two-sided 1e-4 over a hundred classes.
    private static let deviations = 5.0
    /// Classes for which the best permutation is sought: it costs their number cubed.
    private static let permuted = 300
    /// Training examples that are searched for duplicates.
    private static let searched = 20_000

    static func result(_ answers: TrainedAnswers, _ names: [String], _ bench: Bench) -> CheckResult {
        guard names.count > 1 else { return .skip("D17", "There is one class.") }
        let marginal = Marginal(answers, names.count)
        var numbers = [
            CheckNumber("distance of the mean probabilities from the classes' shares", marginal.distance),
            CheckNumber("distance of the answers' shares", marginal.answerDistance),
            CheckNumber("deviations of the class farthest off", marginal.worst),
        ]
        var verdict = CheckVerdict.pass
        var sentences: [String] = []
        var places: [String] = []
        if marginal.distance > 0.05, marginal.worst > deviations, answers.perExample == 1 {
            verdict = marginal.distance > 0.2 ? .fail : .warn
            sentences.append(
                "\(names[marginal.worstClass]) gets \(Worded.percent(marginal.predicted[marginal.worstClass])) of the "
                    + "probability, and \(Worded.percent(marginal.actual[marginal.worstClass])) of the validation examples "
                    + "are it.")
        }
        let moved = swaps(answers.confusion(names.count))
        if !moved.isEmpty {
            verdict = .fail
            sentences.append(
                "Classes have changed places: "
                    + moved.prefix(6).map { "\(names[$0.row]) is called \(names[$0.column])" }.joined(separator: ", ")
                    + ".")
            places += moved.map { "\(names[$0.row]) called \(names[$0.column]): \($0.count)" }
        }
        let twins = twins(bench)
        if let twins {
            numbers += [
                CheckNumber("training examples that are there twice", Double(twins.count)),
                CheckNumber("of them answered otherwise", Double(twins.wrong.count)),
            ]
            places += twins.wrong.prefix(12).map { "training \($0) occurs twice, and is answered differently" }
        }
        if sentences.isEmpty {
            sentences.append(
                "Every class is answered as often as it occurs, within \(Worded.percent(marginal.distance)); none has changed places with "
                    + "another.")
        }
        return CheckResult(
            "D17", verdict, .statistic, sentences.joined(separator: " "), numbers: numbers, places: places,
            action: verdict == .pass
                ? nil
                : moved.isEmpty
                    ? "Compare how training and validation examples were drawn, and look for class weights or a prior that is not theirs."
                    : "Compare the order of the classes in the label files with that of training: `simmer data look` shows both."
        )
    }

    /// Mean probabilities against the shares of the true classes.
    private struct Marginal {
        var predicted: [Double]
        var actual: [Double]
        /// Total variation: half the sum of the differences.
        var distance = 0.0
        var answerDistance = 0.0
        /// The largest difference in its own standard errors, and whose it is.
        var worst = 0.0
        var worstClass = 0

        init(_ answers: TrainedAnswers, _ classCount: Int) {
            let count = Double(max(answers.count, 1))
            var sums = [Double](repeating: 0, count: classCount)
            var squares = sums
            actual = sums
            var said = sums
            for row in answers.labels.indices {
                let label = Int(answers.labels[row])
                let probabilities = answers.probabilities(row)
                for index in probabilities.indices where index < classCount {
                    let difference = probabilities[index] - (index == label ? 1 : 0)
                    sums[index] += difference
                    squares[index] += difference * difference
                }
                if actual.indices.contains(label) { actual[label] += 1 / count }
                said[Int(answers.said[row])] += 1 / count
            }
            predicted = zip(sums, actual).map { $0 / count + $1 }
            for index in 0..<classCount {
                let mean = sums[index] / count
                let error = max(squares[index] / count - mean * mean, 0) / count
                distance += abs(mean) / 2
                answerDistance += abs(said[index] - actual[index]) / 2
                guard error > 0 else { continue }
                let size = abs(mean) / error.squareRoot()
                if size > worst { (worst, worstClass) = (size, index) }
            }
        }
    }

    /// Classes that the best permutation moves, where most of each one's examples are moved with it, and so many that
    /// chance does not do it: p < 1e-4 by a fair coin between the two places.
    static func swaps(_ cells: [[Int]]) -> [(row: Int, column: Int, count: Int)] {
        guard cells.count <= permuted else { return [] }
        let columns = BestPermutation.columns(cells)
        let moved = columns.enumerated().filter { $0.offset != $0.element }.map { ($0.offset, $0.element) }
        let clear = moved.filter { row, column in 2 * cells[row][column] > cells[row].reduce(0, +) }
        guard clear.count > 1 else { return [] }
        let there = clear.reduce(0) { $0 + cells[$1.0][$1.1] }
        let own = clear.reduce(0) { $0 + cells[$1.0][$1.0] }
        guard there > own, PairedComparison.pValue(there, own) < 1e-4 else { return [] }
        return clear.map { ($0.0, $0.1, cells[$0.0][$0.1]) }
    }

    /// Training examples that are there at least twice under one label, and which of them are answered otherwise.
    private static func twins(_ bench: Bench) -> (count: Int, wrong: [UInt32])? {
        let training = bench.dataset.training
        guard let model = bench.trained, bench.facts.targetsPerExample == 1, training.count > 0 else { return nil }
        let positions = bench.sampled(searched, of: training.count, stream: 4)
        var groups: [Int: [UInt32]] = [:]
        var row = [Float](repeating: 0, count: training.elementCount)
        var label: Int32 = 0
        for position in positions {
            row.withUnsafeMutableBufferPointer { row in
                if let base = row.baseAddress { training.fill(inputs: base, [position]) }
            }
            training.fill(classes: &label, [position])
            var hasher = Hasher()
            row.withUnsafeBytes { hasher.combine(bytes: $0) }
            hasher.combine(label)
            groups[hasher.finalize(), default: []].append(position)
        }
        let twins = groups.values.filter { $0.count > 1 }.flatMap { $0 }.sorted()
        // Answers that are not finite are told by K4; of twins nothing can be said then.
        guard !twins.isEmpty, let answers = try? TrainedAnswers(model, Subset(training.held(twins))) else {
            return (0, [])
        }
        let wrong = twins.indices.filter { answers.said[$0] != answers.labels[$0] }.map { twins[$0] }
        return (twins.count, wrong)
    }
}
