import Datasets
import Networks
import Recipes

// Running statistics of batch normalisation for weights that no step has made.
extension Model {
    /// Batches that the statistics of an average are measured on, at most. Of 100 batches of 64 examples a mean is known
    /// to 1.3 % of the deviation, far below what one batch's differs by; schedule-free training takes 50.
    static let statisticsBatches = 100

    /// Measures an average's statistics where its weights have changed. Costs a forward pass in training mode over
    /// `statisticsBatches` batches at most, about a third of as many steps; nothing without batch normalisation.
    func measureStatistics(of average: Average, _ training: Subset) {
        guard !average.isMeasured else { return }
        average.isMeasured = true
        guard let statistics = average.statistics else { return }
        measureStatistics(
            training, batches: Self.statisticsBatches, parameters: average.values.base, buffers: statistics.base)
    }

    /// Sets running statistics to their means over the batches of one epoch, unaugmented. A last batch that is not full is
    /// left out: it would count as much as the others.
    /// - Parameters:
    ///   - batches: at most so many.
    ///   - parameters: other weights than the network's.
    ///   - buffers: where the statistics go instead of the network's own.
    func measureStatistics(
        _ training: Subset, batches: Int = .max, parameters: UnsafePointer<Float>? = nil,
        buffers: UnsafeMutablePointer<Float>? = nil
    ) {
        guard network.plan.bufferFloats > 0 else { return }
        let order = EpochOrder(training, seed: recipe.seed, epoch: 0, shuffle: recipe.data.shuffle)
        for (index, start) in stride(from: 0, to: training.count, by: batch.capacity).enumerated() {
            let end = min(start + batch.capacity, training.count)
            guard index < batches, end - start == batch.capacity || index == 0 else { return }
            fill(training, order.positions[start..<end])
            network.measureStatistics(batch, index: index, parameters: parameters, buffers: buffers)
        }
    }
}
