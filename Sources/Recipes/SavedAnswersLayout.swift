/// How the answers of teachers are kept: a safetensors file with the logits of each, `0`, `1` and so on in the recipe's order,
/// float32 `[answers, classes]`, in the order of the examples that the student learns from.
public struct SavedAnswersLayout: Sendable, Equatable {
    /// Examples, times the positions that have an answer each.
    public var rows: Int
    public var classes: Int
    public var teachers: Int

    /// nil where the targets are no classes.
    public init?(_ facts: DataFacts, teachers: Int) {
        guard case .classes(let names) = facts.target else { return nil }
        rows = (facts.trainingCount + facts.unlabelledCount) * facts.targetsPerExample
        classes = names.count
        self.teachers = teachers
    }

    /// Largest file.
    public static let limit = 1 << 29
    /// The metadata that says whose answers to what they are.
    public static let keyName = "key"

    public var byteCount: Int { 4 * rows * classes * teachers }

    /// - Parameter key: a digest of `Recipe.answersKey`.
    /// - Throws: `SimmerError.badFile` for a size that overflows.
    public func header(key: String) throws -> SafetensorsHeader {
        try SafetensorsHeader(
            tensors: (0..<teachers).map { (String($0), "F32", [rows, classes]) }, metadata: [Self.keyName: key])
    }

    /// What keeps them from being kept.
    public func findings() -> [Finding] {
        guard byteCount > Self.limit else { return [] }
        return [
            Finding(
                severity: .error, code: "distill.cached",
                message: "The answers take \(byteCount >> 20) MiB; at most \(Self.limit >> 20) are kept.",
                path: "/targets", hint: "Write `targets: live`, or take fewer teachers.")
        ]
    }
}

extension Recipe {
    /// All that decides what teachers answer: the data's files and the teachers' weights, which examples are trained on, and
    /// how they become inputs. In words, so that a later version of simmer finds the same.
    /// - Parameter digests: of the job's files, without the answers, by their paths.
    public func answersKey(_ facts: DataFacts, digests: [(path: String, digest: String)]) -> [String] {
        var parts = ["answers 1", "seed \(seed)", "format \(data.format.rawValue)"]
        if case .fraction(let fraction) = data.validation { parts.append("validation \(fraction)") }
        parts += data.without.map { "without \($0)" }
        parts += ["shape \(facts.inputShape)", "mean \(facts.mean)", "deviation \(facts.deviation)"]
        parts += [
            "scale \(facts.scale ?? 1)", "training \(facts.trainingCount)", "unlabelled \(facts.unlabelledCount)",
        ]
        if case .classes(let names) = facts.target { parts += names.map { "class \($0)" } }
        return parts + digests.map { "file \($0.path) \($0.digest)" }
    }
}
