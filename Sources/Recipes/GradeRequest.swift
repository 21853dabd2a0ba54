/// On which split a student is held against its twin and its teachers.
public struct GradeRequest: Codable, Sendable, Equatable {
    /// 'validation' or 'test'.
    public var split: String

    public init(split: String) { self.split = split }

    public static let splits = EnsembleRequest.splits

    /// The path among an assignment's files of what is known of the student and its twin, beside the teachers'.
    public static let path = "pupils"

    /// Errors that keep the student from being graded, and warnings of what makes a comparison less fair.
    /// - Parameter references: as the caller named the student and the twin.
    public func findings(
        student: TeacherRecord, twin: TeacherRecord?, teachers: [TeacherRecord], named references: [String]
    ) -> [Finding] {
        guard let recipe = student.readRecipe().recipe, recipe.kind == .distill, !teachers.isEmpty else {
            return [
                Finding(
                    severity: .error, code: "grade.student",
                    message: "`\(references[0])` is not a student: its job has no teachers.",
                    hint: "Name a job of `kind: distill`; `simmer evaluate` and `simmer ensemble` measure others.")
            ]
        }
        var findings: [Finding] = []
        for teacher in teachers {
            // What the student's inspection has passed can differ in the split alone.
            findings += differences(student, teacher, references[0], teacher.name).map { finding in
                var finding = finding
                finding.severity = .warning
                return finding
            }
        }
        guard let twin, references.count > 1 else { return findings }
        findings += differences(student, twin, references[0], references[1])
        if let other = twin.readRecipe().recipe { findings += differences(recipe, other, references[1]) }
        return findings
    }

    private func differences(
        _ first: TeacherRecord, _ second: TeacherRecord, _ name: String, _ other: String
    ) -> [Finding] {
        EnsembleRequest(method: .averageProbabilities, split: split, isGreedy: false, calibrates: true)
            .findings(of: [first, second], named: [name, other])
    }

    /// A twin differs from its student in nothing but the teachers.
    private func differences(_ student: Recipe, _ twin: Recipe, _ name: String) -> [Finding] {
        guard twin.kind != .distill else {
            return [
                Finding(
                    severity: .error, code: "grade.twin", message: "`\(name)` has teachers itself: it is not a twin.",
                    hint: "Name a job that learned from the labels alone, or have one trained: `--train-twin`.")
            ]
        }
        var words: [String] = []
        func compare<Value: Equatable>(_ word: String, _ value: KeyPath<Recipe, Value>) {
            if student[keyPath: value] != twin[keyPath: value] { words.append("`\(word)`") }
        }
        compare("seed", \.seed)
        compare("data", \.data.withoutTransfer)
        compare("model", \.model)
        compare("optimizer", \.optimizer)
        compare("clip", \.clip)
        compare("batch", \.examplesPerUpdate)
        compare("precision", \.precision)
        compare("average", \.averages)
        guard !words.isEmpty else { return [] }
        return [
            Finding(
                severity: .warning, code: "grade.twin",
                message: "`\(name)` is trained with another \(words.joined(separator: ", ")) than the student: what is "
                    + "better or worse may come from there.",
                hint: "`--train-twin` trains one that differs in nothing but the teachers.")
        ]
    }
}

extension DataSource {
    /// Without what only a student has a use for.
    var withoutTransfer: DataSource {
        var data = self
        data.unlabelled = nil
        data.transfer = .mixed
        return data
    }
}
