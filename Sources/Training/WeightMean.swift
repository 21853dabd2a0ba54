import Datasets
import Networks
import Recipes
import Tensors

/// The mean of networks' weights (Wortsman et al. 2022, arXiv:2203.05482), as it grows.
final class WeightMean {
    private(set) var count = 0
    private var sums: [Double] = []
    /// The first member's network, which takes the means.
    private var model: Model?

    /// Takes one more network in. Costs 8 bytes of memory a parameter, and where there is batch normalisation a pass over
    /// the training examples: running statistics of the members are of no use to the mean of their weights.
    /// - Returns: the network of the mean weights; the same one each time.
    /// - Throws: `TrainingFailure` where it has other tensors than the first.
    func add(
        _ source: TeacherSource, name: String, first: String, training: Subset, _ pool: ThreadPool
    ) throws(TrainingFailure) -> Model {
        let member = try source.model(pool: pool)
        let plan = member.network.plan
        let model = model ?? member
        let (tensors, others) = (model.network.plan.tensors, plan.tensors)
        if let odd = zip(tensors, others).first(where: {
            $0.name != $1.name || $0.storedShape != $1.storedShape || $0.shape != $1.shape
        }) {
            throw TrainingFailure(
                code: .dataError,
                message: "\(name) is another network than \(first): '\(odd.1.name)' is \(odd.1.shape), and "
                    + "'\(odd.0.name)' there is \(odd.0.shape). Only weights of one network have a mean.")
        }
        guard tensors.count == others.count, plan.parameterFloats == model.network.plan.parameterFloats else {
            throw TrainingFailure(
                code: .dataError,
                message: "\(name) has \(others.count) tensors, \(first) \(tensors.count). Only weights of one network "
                    + "have a mean.")
        }
        if sums.isEmpty { sums = [Double](repeating: 0, count: plan.parameterFloats) }
        for index in sums.indices { sums[index] += Double(member.network.parameters[index]) }
        self.model = model
        count += 1
        for index in sums.indices { model.network.parameters[index] = Float(sums[index] / Double(count)) }
        // One network alone keeps what it has learned with.
        if count > 1 { model.measureStatistics(training) }
        return model
    }
}
