import Recipes
import Tensors

/// Answers of teachers as soft targets.
extension Trainer {
    static func teachers(_ setup: Setup, _ pool: ThreadPool) throws(TrainingFailure) -> [Teacher] {
        guard setup.answers == nil else { return [] }
        guard setup.teachers.count == setup.recipe.teachers.count else {
            throw TrainingFailure(
                code: .internal,
                message: "The recipe names \(setup.recipe.teachers.count) teachers, and \(setup.teachers.count) came.")
        }
        var teachers: [Teacher] = []
        for source in setup.teachers { teachers.append(try Teacher(source, student: setup.recipe, pool: pool)) }
        return teachers
    }

    /// Has every teacher look at what the network is about to learn from, as it has been augmented (Beyer et al. 2022,
    /// arXiv:2106.05237: teacher and student see the same view). The soft targets are the mean of their probabilities,
    /// added in the recipe's order.
    /// - Parameter positions: of the batch's examples, by which answers that are kept are found.
    func askTeachers(_ positions: ArraySlice<UInt32>) {
        guard let targets = model.network.plan.loss.soft else { return }
        if let answers = setup.answers {
            answers.answer(positions, model, temperature: targets.temperature)
            return
        }
        for (index, teacher) in teachers.enumerated() {
            teacher.answer(
                model.batch, temperature: targets.temperature, share: 1 / Double(teachers.count), adds: index > 0)
        }
    }
}
