import Recipes
import Wire

/// A teacher that is still to be trained when its student is submitted: which weights it is once its job has succeeded.
/// The job is named by its id, so that a later one of the same name is never taken for it.
struct LateTeacher: Codable, Sendable, Equatable {
    var job: Int
    /// Which of its parts, where the job is made of others.
    var part: String?
    /// What stands behind the job's name: `@last`, `:tag`, `/ema-0.999`; empty for its best checkpoint.
    var weights: String

    /// - Parameter note: of a job, as `TeacherPlan.note` writes it.
    static func read(_ note: String) throws -> [LateTeacher?] {
        try StrictJSON.parse(Array(note.utf8)).decoded(as: [LateTeacher?].self)
    }
}

/// What the teachers of a job are when it is submitted.
struct TeacherPlan: Sendable {
    /// As the recipe names them, with the networks of jobs that are made of others in the place of these.
    var names: [String] = []
    /// What each of them is to be; nil where it is there.
    var late: [LateTeacher?] = []
    /// Those that are there, in the order of the names.
    var present: [TeacherRecord] = []

    var isLate: Bool { late.contains { $0 != nil } }

    /// A list of JSON is one of YAML.
    var overrides: [String: String] {
        ["teachers": JSONValue.array(names.map { .string($0) }).canonicalText]
    }

    /// For the job's row; nil where all are there.
    var note: String? {
        get throws { isLate ? try JSONValue(encoding: late).canonicalText : nil }
    }

    /// Which checkpoint each of them is, or when that is decided.
    /// - Parameter student: the recipe with these names.
    func findings(_ student: Recipe) -> [Finding] {
        var present = present[...]
        return names.indices.compactMap { index in
            guard late[index] != nil else { return present.popFirst()?.finding(index: index, student) }
            return Finding(
                severity: .info, code: "distill.late",
                message:
                    "The teacher `\(names[index])` is still to be trained: what that job has reached by then is used.",
                path: Finding.pointer("teachers.\(index)"))
        }
    }

    /// - Throws: `recipeInvalid` where the answers of one are wanted before it is trained.
    func refuseCached(_ recipe: Recipe) throws {
        guard recipe.targets == .cached, let index = late.firstIndex(where: { $0 != nil }) else { return }
        throw SimmerError.recipeInvalid(findings: [
            Finding(
                severity: .error, code: "distill.cached",
                message:
                    "`targets: cached` asks the teachers when the job is submitted, and `\(names[index])` is still to "
                    + "be trained.", path: "/targets",
                hint: "Write `targets: live`, or submit it when that is done.")
        ])
    }
}

/// A teacher that a job has waited for and cannot learn from.
struct UnboundTeacher: Error {
    var message: String
    var findings: [Finding]

    init(_ findings: [Finding]) {
        self.findings = findings
        message = findings.first { $0.severity == .error }?.message ?? "A teacher cannot be used."
    }

    /// - Parameters:
    ///   - name: as the student's recipe has it at `index`.
    ///   - next: what its owner can do.
    init(_ name: String, at index: Int, _ reason: SimmerError, next: String) {
        self.init([
            Finding(
                severity: .error, code: "distill.unbound",
                message: "The teacher `\(name)`, which was waited for, cannot be used: \(reason)",
                path: Finding.pointer("teachers.\(index)"), hint: next)
        ])
    }
}
