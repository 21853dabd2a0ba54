// What a student and its teachers must have in common.
extension Recipe {
    /// Overrides that make a recipe one whose network learns from these checkpoints.
    public static func distilling(_ teachers: [String], _ overrides: [String: String]) -> [String: String] {
        // A list of JSON is one of YAML.
        let list = JSONValue.array(teachers.map { .string($0) }).canonicalText
        return overrides.merging(["kind": JobKind.distill.rawValue, "teachers": list]) { $1 }
    }

    /// What training minimises on data of this kind, with the teachers' part.
    public func trainingLoss(for facts: DataFacts) -> Loss {
        let isClasses = if case .classes = facts.target { true } else { false }
        var loss = loss ?? Loss(kind: isClasses ? .crossEntropy : .mse)
        if kind == .distill { loss.soft = SoftTargets(temperature: temperature, hard: hardWeight) }
        return loss
    }

    /// What keeps a network from learning from the teachers on data of these facts; and a warning where it is larger than
    /// they are.
    public func findings(of records: [TeacherRecord], facts: DataFacts) -> [Finding] {
        guard case .classes = facts.target else {
            return [
                Finding(
                    severity: .error, code: "distill.target",
                    message: "A student learns classes, and the targets are numbers.", path: "/kind",
                    hint: "Distil networks that tell classes apart.")
            ]
        }
        var findings: [Finding] = []
        var largest = 0
        for (index, record) in records.enumerated() {
            let comparison = TeacherComparison(record, index: index, reference: teachers[index])
            findings += comparison.findings(facts)
            largest = max(largest, comparison.parameterCount)
        }
        guard findings.isEmpty else { return findings }
        let own = estimate(for: resolve(for: facts).layers).parameterCount
        if own > largest {
            findings.append(
                Finding(
                    severity: .warning, code: "distill.larger",
                    message: "The student has \(own) parameters, and its largest teacher \(largest).", path: "/model",
                    hint: "A student is meant to be smaller; take fewer units."))
        }
        return findings
    }
}

/// One teacher's data beside the student's.
private struct TeacherComparison {
    let record: TeacherRecord
    let recipe: Recipe?
    let place: String
    let name: String

    init(_ record: TeacherRecord, index: Int, reference: String) {
        self.record = record
        recipe = record.readRecipe().recipe
        place = Finding.pointer("teachers.\(index)")
        name = "The teacher `\(reference)`"
    }

    var parameterCount: Int {
        recipe.map { $0.estimate(for: $0.resolve(for: record.facts).layers).parameterCount } ?? 0
    }

    private func refuse(_ code: String, _ message: String, _ hint: String) -> Finding {
        Finding(severity: .error, code: code, message: "\(name) \(message)", path: place, hint: hint)
    }

    func findings(_ facts: DataFacts) -> [Finding] {
        guard let recipe else {
            return [
                refuse("distill.recipe", "has a recipe that this version of simmer cannot read.", "Train it again.")
            ]
        }
        let loss = recipe.trainingLoss(for: record.facts).kind
        guard loss == .crossEntropy else {
            return [
                refuse(
                    "distill.loss", "was trained by \(loss.rawValue), which gives no probabilities of classes.",
                    "Teachers and students are trained by cross-entropy.")
            ]
        }
        return [shape(facts) ?? normalization(facts), vocabulary(facts), columns(facts), classes(facts)].compactMap {
            $0
        }
    }

    private func shape(_ facts: DataFacts) -> Finding? {
        let own = record.facts
        guard own.inputShape == facts.inputShape, own.targetsPerExample == facts.targetsPerExample else {
            let isText = !facts.vocabulary.isEmpty && !own.vocabulary.isEmpty
            return refuse(
                "distill.shape",
                "takes inputs of shape \(own.inputShape) with \(Self.answers(own)), but the student's data has "
                    + "\(facts.inputShape) with \(Self.answers(facts)).",
                isText ? "Take the teacher's `data.window` and `data.documents`." : "Give both the same inputs.")
        }
        return nil
    }

    private static func answers(_ facts: DataFacts) -> String {
        facts.targetsPerExample == 1 ? "1 answer" : "\(facts.targetsPerExample) answers"
    }

    private func normalization(_ facts: DataFacts) -> Finding? {
        let own = record.facts
        // Jobs of earlier versions kept no scale.
        let scales = own.scale == nil || facts.scale == nil || own.scale == facts.scale
        let what = [
            own.mean == facts.mean ? nil : ("mean", own.mean, facts.mean),
            own.deviation == facts.deviation ? nil : ("deviation", own.deviation, facts.deviation),
            scales ? nil : ("scale", [own.scale ?? 1], [facts.scale ?? 1]),
        ].compactMap { $0 }
        guard let (word, theirs, mine) = what.first else { return nil }
        let place = zip(theirs, mine).enumerated().first { $1.0 != $1.1 }
        let numbers =
            place.map { index, pair in
                (theirs.count == 1 ? "" : "of input \(index) ") + "is \(pair.0), but the student's \(pair.1)."
            } ?? "has \(theirs.count) numbers, but the student's \(mine.count)."
        // Numbers printed here read back the same.
        let short = own.mean.count <= 4 && scales
        return refuse(
            "distill.normalize",
            "sees its inputs otherwise: the \(word) that normalises them \(numbers)",
            short
                ? "Write `data: {normalize: {mean: \(own.mean), deviation: \(own.deviation)}}`, the teacher's."
                : "Train both on the same examples: the same files, validation split and `seed`.")
    }

    private func vocabulary(_ facts: DataFacts) -> Finding? {
        Self.difference(record.facts.vocabulary, facts.vocabulary).map {
            refuse("distill.vocabulary", "has another vocabulary: \($0)", "Train both on the same text.")
        }
    }

    private func columns(_ facts: DataFacts) -> Finding? {
        func inputs(_ facts: DataFacts) -> [String] {
            facts.columns.filter { !$0.words.isEmpty }.flatMap(\.inputNames)
        }
        return Self.difference(inputs(record.facts), inputs(facts)).map {
            refuse("distill.columns", "has other columns: \($0)", "Train both on tables of the same columns and words.")
        }
    }

    private func classes(_ facts: DataFacts) -> Finding? {
        guard case .classes(let theirs) = record.facts.target, case .classes(let mine) = facts.target else {
            return nil
        }
        return Self.difference(theirs, mine).map {
            refuse("distill.classes", "tells other classes apart: \($0)", "Give both the same classes, in one order.")
        }
    }

    /// Where two lists of names differ, in words; nil where they do not.
    private static func difference(_ theirs: [String], _ mine: [String]) -> String? {
        guard theirs != mine else { return nil }
        guard theirs.count == mine.count else { return "\(theirs.count), but the student's data has \(mine.count)." }
        let place = zip(theirs, mine).enumerated().first { $1.0 != $1.1 }
        return place.map { index, pair in
            "number \(index) is '\(pair.0)', but '\(pair.1)' in the student's data."
        }
    }
}
