import Datasets
import Networks
import Recipes

/// What the next update of a network would be: gradients, and by how much its weights would change.
package struct NextUpdate {
    /// In the layout of `Network.parameters`: of the loss, before clipping.
    package var gradients: [Float]
    /// The weights after the update less those before; nil where the optimiser's moments are not known.
    package var changes: [Float]?
    package var loss: Double
}

extension Model {
    /// Does an update in training mode on some examples, and takes it back: weights, moments and statistics are as they
    /// were, bit for bit. Costs one update and two copies of the network's state.
    /// - Parameters:
    ///   - positions: at most a batch of them.
    ///   - rate: the learning rate; nil where only gradients are wanted.
    /// - Returns: nil where nothing can be learned from labels alone (a student's loss), or the loss is not finite.
    package func nextUpdate(
        _ subset: Subset, _ positions: [UInt32], step: Int, rate: Double?
    ) -> NextUpdate? {
        guard network.plan.loss.soft == nil, !positions.isEmpty, subset.count > 0 else { return nil }
        let count = network.plan.parameterFloats
        let kept = NetworkState(network)
        defer { kept.restore(network) }
        fill(subset, positions.prefix(batch.capacity))
        network.addGradient(of: batch, step: step)
        let result = network.finishStep(step, rate: rate ?? 0)
        guard result.isFinite else { return nil }
        let gradients = Array(UnsafeBufferPointer(start: network.gradients, count: count))
        let changes = rate.map { _ in (0..<count).map { network.parameters[$0] - kept.parameters[$0] } }
        return NextUpdate(gradients: gradients, changes: changes, loss: result.loss)
    }
}

/// A copy of all that an update changes.
private struct NetworkState {
    let parameters: [Float]
    private let moments: [[Float]]
    private let buffers: [Float]
    private let counters: [Int64]

    init(_ network: Network) {
        let plan = network.plan
        parameters = Array(UnsafeBufferPointer(start: network.parameters, count: plan.parameterFloats))
        moments = network.moments.map { Array(UnsafeBufferPointer(start: $0, count: plan.parameterFloats)) }
        buffers = Array(UnsafeBufferPointer(start: network.buffers, count: plan.bufferFloats))
        counters = Array(UnsafeBufferPointer(start: network.counters, count: plan.counterCount))
    }

    func restore(_ network: Network) {
        network.parameters.update(from: parameters, count: parameters.count)
        for (target, values) in zip(network.moments, moments) { target.update(from: values, count: values.count) }
        network.buffers.update(from: buffers, count: buffers.count)
        network.counters.update(from: counters, count: counters.count)
    }
}
