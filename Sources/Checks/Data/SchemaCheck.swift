import Datasets
import Recipes

/// S1: what was read is what was meant: counts, shapes, finite numbers, one set of classes. Files that do not fit their
/// format have been refused before anything is checked.
enum SchemaCheck: Check {
    static let ids = ["S1"]

    /// The survey.
    static func seconds(_ bench: Bench) -> Double { 0.1 + 2.5e-8 * min(bench.allNumbers, Double(Survey.mostNumbers)) }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let facts = bench.facts
        let survey = try bench.survey()
        var result = CheckResult("S1", .pass, .invariant, words(facts, survey))
        result.numbers = [
            CheckNumber("training", Double(facts.trainingCount)),
            CheckNumber("validation", Double(facts.validationCount)), CheckNumber("test", Double(facts.testCount)),
            CheckNumber("inputs", Double(facts.inputShape.reduce(1, *))),
            CheckNumber("not_finite", Double(survey.notFinite.count)),
        ]
        if survey.notFinite.count > 0 {
            result.verdict = .fail
            result.message = "\(survey.notFinite.count.of("example")) have inputs that are not finite numbers."
            result.places = survey.notFinite.rows.map { survey.place($0) }
            result.action = "Clean the data: one such number makes every weight NaN."
            return [result]
        }
        let strangers = strangers(survey, bench)
        if let first = strangers.first {
            let name = survey.label(first)
            result.verdict = .fail
            result.message =
                "\(strangers.count.of("example")) of the validation or test split have a class that no training "
                + "example has, such as '\(name)'."
            result.places = strangers.prefix(24).map { "\(survey.place($0)): \(survey.label($0))" }
            result.action = "Put examples of it among the training data, or take it out of the others."
            return [result]
        }
        if let odd = oddLabels(survey, bench) {
            let rows = survey.labels.indices.filter { odd.labels.contains(Int(survey.labels[$0])) }
            let absent = facts.classCounts.count { $0 == 0 }
            result.verdict = .warn
            result.message =
                "\(rows.count.of("example has a label", "examples have labels")) far above all others, which end at "
                + "\(odd.largest): that makes \(facts.classCounts.count) classes, \(absent) of them without a training "
                + "example."
            result.places = rows.prefix(24).map { "\(survey.place($0)): \(survey.label($0))" }
            result.action = "Correct the label; or write `data.classes`, so that a larger one is refused."
        }
        return [result]
    }

    /// Labels that hardly anybody meant, where the classes are counted from them.
    private static func oddLabels(_ survey: Survey, _ bench: Bench) -> (labels: [Int], largest: Int)? {
        guard [.idx, .npy].contains(bench.recipe.data.format), bench.recipe.data.classes == nil, !survey.isSample else {
            return nil
        }
        var counts = [Int](repeating: 0, count: survey.classNames.count)
        for label in survey.labels where counts.indices.contains(Int(label)) { counts[Int(label)] += 1 }
        return OddLabels.found(in: counts)
    }

    /// Rows whose class is in no training example, though the recipe leaves none out.
    private static func strangers(_ survey: Survey, _ bench: Bench) -> [Int] {
        guard !survey.labels.isEmpty, !survey.isSample, bench.recipe.data.without.isEmpty else { return [] }
        let known = Set(survey.labels[survey.training.rows])
        return survey.labels.indices.filter { !known.contains(survey.labels[$0]) }
    }

    private static func words(_ facts: DataFacts, _ survey: Survey) -> String {
        let shape = facts.inputShape.map(String.init).joined(separator: " × ")
        let counts =
            "\(facts.trainingCount.of("example")) for training, \(facts.validationCount) for validation, "
            + "\(facts.testCount) for the test"
        switch (survey.kind, facts.target) {
        case (.text, _): return "\(counts): windows of \(shape) out of \(facts.vocabulary.count.of("symbol"))."
        case (_, .classes(let names)):
            return "\(counts): \(shape) numbers each, \(names.count.of("class", "classes")), all finite."
        case (_, .numbers(let width)):
            return "\(counts): \(shape) numbers each, \(width.of("target")), all finite."
        }
    }
}
