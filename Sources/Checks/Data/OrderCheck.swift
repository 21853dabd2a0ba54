import Recipes
import Tensors

/// D4: whether the order of the files says something of the labels, or of the inputs.
enum OrderCheck: Check {
    static let ids = ["D4"]

    private static let permutations = 25
    private static let queries = 2_000

    /// The neighbours.
    static func seconds(_ bench: Bench) -> Double {
        guard bench.kind != .text else { return 0 }
        return 0.1 + 5e-9 * bench.allExamples * min(bench.allExamples, Double(Neighbours.mostReferences))
    }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let survey = try bench.survey()
        guard survey.kind != .text else { throw CheckSkip("The order of a text is the text.") }
        let rows = survey.training.rows
        guard rows.count >= 20 else {
            throw CheckSkip("There are \(rows.count.of("training example")); an order needs 20.")
        }
        let labels = try agreement(bench, survey)
        drawPlane(bench, survey)
        let gap = try gaps(bench, survey)
        var numbers = labels.numbers
        if let gap {
            numbers += [CheckNumber("gap_ratio", gap.ratio), CheckNumber("gap_z", gap.z)]
        }
        let sorted = labels.excess > 0.5 && labels.z > Certainty.z
        let clustered = labels.excess > 0.1 && labels.z > Certainty.z
        let drifts = gap.map { $0.z < -8 && $0.ratio < 0.9 } ?? false
        var message =
            sorted
            ? "The file is sorted by its targets: \(labels.words)."
            : clustered
                ? "Neighbours in the file have the same target more often than by chance: \(labels.words)."
                : "The file's order says little of the targets: \(labels.words)."
        if drifts { message += " Examples that look alike lie near each other." }
        var verdict = CheckVerdict.pass
        var action: String?
        if bench.recipe.data.shuffle {
            if sorted || clustered || drifts { message += " Training shuffles them, so it does no harm." }
        } else if sorted {
            verdict = .fail
            message += " With `data.shuffle: false` a batch has hardly more than one."
            action = "Leave `data.shuffle` at true."
        } else if clustered || drifts {
            verdict = .warn
            message += " With `data.shuffle: false` batches are not fair samples."
            action = "Leave `data.shuffle` at true, unless the order is meant."
        }
        return [CheckResult("D4", verdict, .statistic, message, numbers: numbers, action: action)]
    }

    private struct Agreement {
        /// 0 for an order by chance, 1 for a sorted one.
        var excess: Double
        var z: Double
        var words: String
        var numbers: [CheckNumber]
    }

    /// Of the targets of neighbours in the file.
    private static func agreement(_ bench: Bench, _ survey: Survey) throws -> Agreement {
        let rows = survey.training.rows
        let pairs = rows.count - 1
        guard survey.labels.isEmpty else {
            let labels = survey.labels[rows]
            let counts = survey.trainingCounts
            draw(bench, survey, counts)
            let chance = counts.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(rows.count * rows.count)
            guard chance < 1 else { throw CheckSkip("The training examples are all of one class.") }
            let same = zip(labels, labels.dropFirst()).count { $0 == $1 }
            let share = Double(same) / Double(pairs)
            return Agreement(
                excess: (share - chance) / (1 - chance), z: Certainty.excess(same, of: pairs, above: chance),
                words: "two in a row have one class in \(share.percent) of the cases, by chance in \(chance.percent)",
                numbers: [
                    CheckNumber("lag1", 100 * share, unit: "%"), CheckNumber("chance", 100 * chance, unit: "%"),
                    CheckNumber("lag1_z", Certainty.excess(same, of: pairs, above: chance)),
                ])
        }
        let values = survey.targets[rows].map { Double($0) }
        let mean = values.average
        let variance = values.spread * values.spread
        guard variance > 0 else { throw CheckSkip("All targets are equal.") }
        let sum = zip(values, values.dropFirst()).reduce(0.0) { $0 + ($1.0 - mean) * ($1.1 - mean) }
        let correlation = sum / Double(pairs) / variance
        return Agreement(
            excess: correlation, z: correlation * Double(pairs).squareRoot(),
            words: "targets of two in a row correlate by \(correlation.figure)",
            numbers: [
                CheckNumber("lag1", correlation), CheckNumber("lag1_z", correlation * Double(pairs).squareRoot()),
            ])
    }

    /// How far apart in the file the nearest neighbours lie, against the same with the places exchanged at random:
    /// cleanlab's test, by the deviation of 25 permutations.
    private static func gaps(_ bench: Bench, _ survey: Survey) throws -> (ratio: Double, z: Double)? {
        guard let neighbours = try bench.neighbours(), neighbours.references.count >= 100 else { return nil }
        let places = neighbours.references.map { row in
            Double(survey.training.subset.sourceRow(of: survey.position(row)))
        }
        let count = neighbours.references.count
        let step = max(count / queries, 1)
        func mean(_ order: [UInt32]?) -> Double {
            func place(_ index: Int) -> Double { places[order.map { Int($0[index]) } ?? index] }
            var sum = 0.0
            var pairs = 0
            for query in stride(from: 0, to: count, by: step) {
                let row = neighbours.references[query]
                for index in 0..<neighbours.width {
                    sum += abs(place(query) - place(Int(neighbours.places[row * neighbours.width + index])))
                    pairs += 1
                }
            }
            return sum / Double(max(pairs, 1))
        }
        let own = mean(nil)
        let random = Philox(seed: bench.recipe.seed, purpose: .checks)
        let others = (0..<permutations).map { round in
            mean(random.permutation(count, step: 2 << 40 | UInt64(round)))
        }
        guard others.average > 0, others.spread > 0 else { return nil }
        return (own / others.average, (own - others.average) / others.spread)
    }

    /// Which classes come where.
    private static func draw(_ bench: Bench, _ survey: Survey, _ counts: [Int]) {
        let rows = survey.training.rows
        let parts = min(50, rows.count)
        let shown = counts.indices.sorted { counts[$0] > counts[$1] }.prefix(10)
        let series = shown.sorted().map { label in
            ChartSeries(
                survey.classNames.indices.contains(label) ? survey.classNames[label] : "\(label)",
                x: (0..<parts).map { (Double($0) + 0.5) * Double(rows.count) / Double(parts) },
                y: (0..<parts).map { part in
                    let range =
                        rows.lowerBound + part * rows.count / parts..<rows.lowerBound + (part + 1) * rows.count / parts
                    let own = survey.labels[range].count { Int($0) == label }
                    return 100 * Double(own) / Double(max(range.count, 1))
                })
        }
        bench.draw(
            Picture(
                "order", caption: "Share of each class along the file.",
                chart: Chart(.lines, x: "training example in the file's order", y: "share [%]", series: series)),
            for: "D4")
    }
}

extension Philox {
    /// 0 ..< count in random order (Durstenfeld's shuffle).
    func permutation(_ count: Int, step: UInt64) -> [UInt32] {
        var order = (0..<UInt32(count)).map { $0 }
        guard count > 1 else { return order }
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, below(last + 1, step: step, index: UInt64(last)))
        }
        return order
    }
}
