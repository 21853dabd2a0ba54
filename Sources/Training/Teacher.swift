import Datasets
import Networks
import Recipes
import Tensors

/// A trained network whose answers a student learns.
final class Teacher {
    private let model: Model

    /// Takes the threads of the student's pool, and batches of the student's size.
    /// - Throws: `TrainingFailure` where the weights are not those of the recipe's model.
    init(_ source: TeacherSource, student: Recipe, pool: ThreadPool) throws(TrainingFailure) {
        model = try source.model(batch: student.batch, pool: pool)
    }

    /// Bytes of memory that it takes beside the student.
    func memoryBytes(threads: Int) -> Int {
        model.network.plan.memoryBytes(optimizer: model.recipe.optimizer, threads: threads)
    }

    /// Its probabilities for the batch times `share`, written to the batch's soft targets or added to them.
    func answer(_ batch: Batch, temperature: Double, share: Double, adds: Bool) {
        model.network.answer(batch, temperature: temperature, share: share, adds: adds)
    }
}

/// What a teacher is made from: what the daemon knows of it, and its weights.
public struct TeacherSource {
    public let record: TeacherRecord
    let weights: WeightsFile

    /// - Parameter index: its place among the recipe's teachers, for findings.
    /// - Throws: `TrainingFailure` where the file is no good safetensors file.
    public init(_ record: TeacherRecord, _ file: SourceFile, index: Int) throws(TrainingFailure) {
        self.record = record
        do throws(TrainingFailure) {
            weights = try WeightsFile(file)
        } catch {
            throw error.ofTeacher(index)
        }
    }

    /// Its recipe, read again.
    var recipe: Recipe {
        get throws(TrainingFailure) {
            let (recipe, findings) = record.readRecipe()
            guard let recipe else {
                throw TrainingFailure(
                    code: .dataError,
                    message: "The recipe of the teacher \(record.name) cannot be read by this version of simmer: "
                        + (findings.first?.message ?? "no reason is known."))
            }
            return recipe
        }
    }

    /// Its network, to be asked and never trained: no moments, no averages, no second gradient.
    /// - Parameter batch: nil for its own.
    /// - Throws: `TrainingFailure` where the weights are not those of the recipe's model.
    func model(batch: Int? = nil, pool: ThreadPool) throws(TrainingFailure) -> Model {
        var recipe = try recipe
        recipe.batch = batch ?? recipe.batch
        recipe.accumulate = 1
        recipe.optimizer = Optimizer(kind: .sgd)
        recipe.averages = AveragePolicy()
        recipe.model.from = record.name
        recipe.model.map = []
        recipe.model.partial = false
        let model = try Model(recipe: recipe, facts: record.facts, pool: pool)
        _ = try weights.load(into: model)
        return model
    }

    /// What keeps a student of this recipe from learning from the teachers, and what is odd about it; tries all of the
    /// teachers' weights.
    public static func findings(_ teachers: [TeacherSource], student: Recipe, facts: DataFacts) -> [Finding] {
        let findings = student.findings(of: teachers.map(\.record), facts: facts)
        guard !findings.contains(where: { $0.severity == .error }) else { return findings }
        let pool = ThreadPool(threads: 1)
        return findings
            + teachers.enumerated().flatMap { index, source -> [Finding] in
                do throws(TrainingFailure) {
                    _ = try Teacher(source, student: student, pool: pool)
                    return []
                } catch {
                    return error.ofTeacher(index).findings
                }
            }
    }
}

extension TrainingFailure {
    /// The same, of a teacher instead of `model.from`; with one finding at least.
    fileprivate func ofTeacher(_ index: Int) -> TrainingFailure {
        var failure = self
        if failure.findings.isEmpty {
            failure.findings = [Finding(severity: .error, code: "distill.weights", message: message)]
        }
        for place in failure.findings.indices {
            failure.findings[place].path = Finding.pointer("teachers.\(index)")
            failure.findings[place].hint = "Submit the student again; `simmer checkpoint verify` looks at the teacher."
        }
        return failure
    }
}
