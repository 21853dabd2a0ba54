import Datasets
import Glibc
import Recipes
import Tensors
import Training

/// D15: how many labels are wrong, by networks that have not seen them.
enum LabelNoiseCheck: Check {
    static let ids = ["D15"]

    private static let folds = 4
    private static let most = 8_000

    static func seconds(_ bench: Bench) -> Double { bench.kind == .text ? 0 : 3 }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let survey = try bench.labelledSurvey()
        let probe = try Probe(bench)
        let all = survey.training.count
        let size = max(bench.dataset.training.elementCount, 1)
        let count = min(all, most, max(Probe.mostNumbers / size, 100))
        guard count >= 100 else {
            throw CheckSkip("There are \(all.of("training example")); out-of-fold probabilities need 100.")
        }
        let rows = (0..<count).map { survey.training.firstRow + $0 * all / count }
        var examples = bench.dataset.training.held(rows.map { UInt32(survey.position($0)) })
        Standardization(examples, isTable: bench.kind == .table).apply(&examples.inputs)
        let classes = survey.classNames.count
        let probabilities = try outOfFold(probe, examples, classes)
        let labels = examples.classes
        let noise = ConfidentLearning(probabilities, labels, classes: classes)
        func given(_ index: Int) -> Double { probabilities[index * classes + Int(labels[index])] }
        func best(_ index: Int) -> Int {
            (0..<classes).max { probabilities[index * classes + $0] < probabilities[index * classes + $1] } ?? 0
        }
        let wrong = labels.indices.filter { best($0) != Int(labels[$0]) }
        let error = Double(wrong.count) / Double(count)
        let estimate = Double(noise.suspects.count) / Double(count)
        // In the quarter where the networks are surest, hard examples are few, and wrong labels as many as elsewhere.
        let sure = labels.indices.sorted {
            probabilities[$0 * classes + best($0)] > probabilities[$1 * classes + best($1)]
        }.prefix(max(count / 4, 1))
        let sureWrong = sure.count { best($0) != Int(labels[$0]) }
        let sureShare = Double(sureWrong) / Double(sure.count)
        let floor = max(LabelNoiseFloor.share, LabelNoiseFloor.ofHardness * max(error - sureShare, 0))
        let suspects = noise.suspects.sorted { given($0) < given($1) }
        draw(bench, survey, rows, suspects.prefix(64).map { ($0, best($0), given($0)) }, labels)
        var result = CheckResult(
            "D15", .pass, .counterfactual,
            "\(max(0, estimate - floor).percent) of the labels look wrong: networks that have not seen them are sure of "
                + "another class in \(estimate.percent) of \(count.of("example")), of which \(floor.percent) are what clean "
                + "data gives.",
            numbers: [
                CheckNumber("estimate", 100 * estimate, unit: "%"), CheckNumber("floor", 100 * floor, unit: "%"),
                CheckNumber("out_of_fold_error", 100 * error, unit: "%"),
                CheckNumber("error_where_sure", 100 * sureShare, unit: "%"),
                CheckNumber("suspects", Double(noise.suspects.count)),
            ],
            places: suspects.prefix(24).map { index in
                let row = rows[index]
                return "\(survey.place(row)): \(survey.label(row)), more like \(survey.classNames[best(index)])"
            })
        guard estimate - floor > 0.02, Certainty.leastShare(sureWrong, of: sure.count) > LabelNoiseFloor.whereSure
        else {
            return [result]
        }
        result.verdict = .warn
        result.message +=
            " Where they are surest they contradict \(sureShare.percent) of the labels."
        result.action =
            "Look at the worst ones, and correct or leave out what is wrong; no network learns to do without."
        return [result]
    }

    /// `[examples, classes]`: what networks say of each that have learned from the three quarters without it.
    private static func outOfFold(_ probe: Probe, _ examples: HeldExamples, _ classes: Int) throws -> [Double] {
        // By chance rather than by place: a sorted file would leave a fold without some class.
        let random = Philox(seed: probe.bench.recipe.seed, purpose: .checks)
        let logits = try Probe.outOfFold(
            .perceptron, examples, probe.bench, order: random.permutation(examples.count, step: 5 << 40), folds: folds,
            outputs: classes)
        return stride(from: 0, to: logits.count, by: classes).flatMap { start in
            let own = logits[start..<start + classes].map(Double.init)
            let most = own.max() ?? 0
            let powers = own.map { exp($0 - most) }
            let total = powers.reduce(0, +)
            return powers.map { $0 / total }
        }
    }

    private static func draw(
        _ bench: Bench, _ survey: Survey, _ rows: [Int], _ worst: [(index: Int, best: Int, given: Double)],
        _ labels: [Int32]
    ) {
        guard let sheet = ContactSheet(bench.facts), !worst.isEmpty else { return }
        func name(_ label: Int) -> String {
            survey.classNames.indices.contains(label) ? survey.classNames[label] : "\(label)"
        }
        let words = worst.map { "\(name(Int(labels[$0.index]))) > \(name($0.best))" }
        bench.draw(
            sheet.picture(
                "suspects",
                caption: "The worst \(worst.count) labels, row by row; given > likely: " + words.joined(separator: ", ")
                    + ".",
                inputs: survey.inputs(worst.map { rows[$0.index] })), for: "D15")
    }
}

/// What clean data reads: measured on MNIST (1.4 % at an error of 7.1 %), drawn digits (1.2 % at 7.3 %), the breast cancer
/// data (0.2 % at 2.6 %) and spirals (1.4 % at 17.6 %).
private enum LabelNoiseFloor {
    static let share = 0.012
    /// As a part of the out-of-fold error beyond that where the networks are surest: hard examples are suspected as well.
    static let ofHardness = 0.2
    /// Labels that may be contradicted in the quarter where the networks are surest; of the surer half of MNIST 0.35 % are,
    /// and 5.4 % with 5 % wrong labels.
    static let whereSure = 0.01
}
