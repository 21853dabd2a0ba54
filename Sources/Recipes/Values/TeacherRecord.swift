/// A teacher as the job of its student keeps it: which checkpoint it is, and what made it. Its weights lie beside it.
public struct TeacherRecord: Codable, Sendable, Equatable {
    /// Id of the checkpoint that the name stood for when the student was submitted.
    public var checkpoint: String
    /// `job@step`, as it was called then.
    public var name: String
    /// Text of its job's recipe, and what was laid over it.
    public var recipe: String
    public var overrides: [String: String]
    /// Of its job's data.
    public var facts: DataFacts

    public init(checkpoint: String, name: String, recipe: String, overrides: [String: String], facts: DataFacts) {
        self.checkpoint = checkpoint
        self.name = name
        self.recipe = recipe
        self.overrides = overrides
        self.facts = facts
    }

    /// The path among a job's files of what is known of its teachers, in the recipe's order.
    public static let recordsPath = "teachers"

    /// The path among a job's files of one teacher's weights and buffers, a safetensors file.
    /// - Parameter path: of the records that it is one of.
    public static func weightsPath(_ index: Int, of path: String = recordsPath) -> String { "\(path).\(index)" }

    /// The path among a job's files of what the teachers answered, where it is kept: `SavedAnswersLayout`.
    public static let answersPath = "\(recordsPath).answers"

    /// Most teachers of one student: each is a descriptor in the message that starts the worker.
    public static let most = 64

    public func readRecipe() -> (recipe: Recipe?, findings: [Finding]) {
        Recipe.read(recipe, overrides: overrides)
    }

    /// About what its weights, and its values for a batch, take of memory beside a student; 0 where its recipe cannot be
    /// read, which has a finding of its own.
    public func memoryBytes(batch: Int) -> Int {
        guard var recipe = readRecipe().recipe else { return 0 }
        recipe.batch = batch
        let estimate = recipe.estimate(for: recipe.resolve(for: facts).layers)
        return 2 * estimate.weightBytes + estimate.activationBytes
    }

    /// Says which checkpoint a name stands for.
    /// - Parameter student: the recipe that names it at `index`.
    public func finding(index: Int, _ student: Recipe) -> Finding {
        let reference = student.teachers.indices.contains(index) ? student.teachers[index] : name
        return Finding(
            severity: .info, code: "distill.teacher",
            message: "The teacher `\(reference)` is \(name), checkpoint \(checkpoint.prefix(12)).",
            path: Finding.pointer("teachers.\(index)"))
    }
}
