/// One network's data beside another's: what keeps both from answering the same questions.
struct DataComparison {
    let theirs: DataFacts
    let mine: DataFacts
    /// Before the dot of each finding's code.
    let code: String
    let path: String?
    /// As messages begin: "The teacher `big@best`".
    let name: String
    /// Whose `theirs` is, and whose `mine`: "the teacher's", "the student's".
    let owner: String
    let other: String

    /// Everything that differs; the kind of targets is the caller's to compare.
    var findings: [Finding] { [shape ?? normalization, vocabulary, columns, classes].compactMap { $0 } }

    func refuse(_ what: String, _ message: String, _ hint: String) -> Finding {
        Finding(severity: .error, code: "\(code).\(what)", message: "\(name) \(message)", path: path, hint: hint)
    }

    private var shape: Finding? {
        guard theirs.inputShape == mine.inputShape, theirs.targetsPerExample == mine.targetsPerExample else {
            let isText = !mine.vocabulary.isEmpty && !theirs.vocabulary.isEmpty
            return refuse(
                "shape",
                "takes inputs of shape \(theirs.inputShape) with \(Self.answers(theirs)), but \(other) data has "
                    + "\(mine.inputShape) with \(Self.answers(mine)).",
                isText ? "Take \(owner) `data.window` and `data.documents`." : "Give both the same inputs.")
        }
        return nil
    }

    private static func answers(_ facts: DataFacts) -> String {
        facts.targetsPerExample == 1 ? "1 answer" : "\(facts.targetsPerExample) answers"
    }

    private var normalization: Finding? {
        // Jobs of earlier versions kept no scale.
        let scales = theirs.scale == nil || mine.scale == nil || theirs.scale == mine.scale
        let what = [
            theirs.mean == mine.mean ? nil : ("mean", theirs.mean, mine.mean),
            theirs.deviation == mine.deviation ? nil : ("deviation", theirs.deviation, mine.deviation),
            scales ? nil : ("scale", [theirs.scale ?? 1], [mine.scale ?? 1]),
        ].compactMap { $0 }
        guard let (word, first, second) = what.first else { return nil }
        let place = zip(first, second).enumerated().first { $1.0 != $1.1 }
        let numbers =
            place.map { index, pair in
                (first.count == 1 ? "" : "of input \(index) ") + "is \(pair.0), but \(other) \(pair.1)."
            } ?? "has \(first.count) numbers, but \(other) \(second.count)."
        // Numbers printed here read back the same.
        let short = theirs.mean.count <= 4 && scales
        return refuse(
            "normalize",
            "sees its inputs differently: the \(word) that normalises them \(numbers)",
            short
                ? "Write `data: {normalize: {mean: \(theirs.mean), deviation: \(theirs.deviation)}}`, \(owner)."
                : "Train both on the same examples: the same files, validation split and `seed`.")
    }

    private var vocabulary: Finding? {
        difference(theirs.vocabulary, mine.vocabulary).map {
            refuse("vocabulary", "has another vocabulary: \($0)", "Train both on the same text.")
        }
    }

    private var columns: Finding? {
        func inputs(_ facts: DataFacts) -> [String] {
            facts.columns.filter { !$0.words.isEmpty }.flatMap(\.inputNames)
        }
        return difference(inputs(theirs), inputs(mine)).map {
            refuse("columns", "has other columns: \($0)", "Train both on tables of the same columns and words.")
        }
    }

    private var classes: Finding? {
        guard case .classes(let first) = theirs.target, case .classes(let second) = mine.target else { return nil }
        return difference(first, second).map {
            refuse("classes", "tells other classes apart: \($0)", "Give both the same classes, in one order.")
        }
    }

    /// Where two lists of names differ, in words; nil where they do not.
    private func difference(_ first: [String], _ second: [String]) -> String? {
        guard first != second else { return nil }
        guard first.count == second.count else { return "\(first.count), but \(other) data has \(second.count)." }
        let place = zip(first, second).enumerated().first { $1.0 != $1.1 }
        return place.map { index, pair in "number \(index) is '\(pair.0)', but '\(pair.1)' in \(other) data." }
    }
}
