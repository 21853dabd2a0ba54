// What a student and its teachers must have in common.
extension Recipe {
    /// Overrides that make a recipe one whose network learns from these checkpoints.
    public static func distilling(_ teachers: [String], _ overrides: [String: String]) -> [String: String] {
        // A list of JSON is one of YAML.
        let list = JSONValue.array(teachers.map { .string($0) }).canonicalText
        return overrides.merging(["kind": JobKind.distill.rawValue, "teachers": list]) { $1 }
    }

    /// Keys that only a student has a use for.
    static let studentKeys = ["teachers", "temperature", "hard_weight", "targets", "data.unlabelled", "data.transfer"]

    /// Overrides that make a student's recipe one that learns from the labels alone.
    /// - Parameter overrides: the student's.
    public static func withoutTeachers(_ overrides: [String: String]) -> [String: String] {
        var own = overrides.filter { key, _ in !studentKeys.contains { key == $0 || key.hasPrefix($0 + ".") } }
        for key in studentKeys { own[key] = "~" }
        own["kind"] = JobKind.train.rawValue
        return own
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
    /// - Parameter records: in the order of the recipe's teachers; nil for one of which nothing is known yet.
    public func findings(of records: [TeacherRecord?], facts: DataFacts) -> [Finding] {
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
            guard let record else { continue }
            findings += record.findings(asTeacher: teachers[index], index: index, facts)
            if let recipe = record.readRecipe().recipe {
                largest = max(largest, recipe.estimate(for: recipe.resolve(for: record.facts).layers).parameterCount)
            }
        }
        if targets == .cached { findings += SavedAnswersLayout(facts, teachers: records.count)?.findings() ?? [] }
        guard findings.isEmpty, !records.contains(where: { $0 == nil }) else { return findings }
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

extension TeacherRecord {
    /// What keeps a student from learning from it.
    fileprivate func findings(asTeacher reference: String, index: Int, _ student: DataFacts) -> [Finding] {
        let comparison = DataComparison(
            theirs: facts, mine: student, code: "distill", path: Finding.pointer("teachers.\(index)"),
            name: "The teacher `\(reference)`", owner: "the teacher's", other: "the student's")
        guard let recipe = readRecipe().recipe else {
            return [
                comparison.refuse(
                    "recipe", "has a recipe that this version of simmer cannot read.", "Train it again.")
            ]
        }
        let loss = recipe.trainingLoss(for: facts).kind
        guard loss == .crossEntropy else {
            return [
                comparison.refuse(
                    "loss", "was trained by \(loss.rawValue), which gives no probabilities of classes.",
                    "Teachers and students are trained by cross-entropy.")
            ]
        }
        return comparison.findings
    }
}
