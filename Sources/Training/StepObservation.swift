import Networks
import Recipes

/// Looks at the updates of a run, and at one layer in them. It reads; the bits are the same without it.
final class StepObservation {
    private let probe: ActivationProbe?
    private let tensors: [ParameterTensor]
    /// The layer's parameters before the update, one tensor after another.
    private var before: [Float] = []
    /// The newest update.
    private(set) var newest: ReplayedStep?

    /// - Parameter layer: its place in the plan; nil for none.
    init(_ network: Network, layer: Int?) {
        probe = layer.map { ActivationProbe(layer: $0) }
        tensors = network.plan.tensors.filter { $0.layer == layer && $0.storage == .parameters }
        network.probe = probe
    }

    func willChange(_ network: Network) {
        before.removeAll(keepingCapacity: true)
        for tensor in tensors {
            before += UnsafeBufferPointer(start: network.parameters + tensor.offset, count: tensor.count)
        }
    }

    func didChange(_ network: Network, step: Int, _ result: StepResult, rate: Double) {
        newest = ReplayedStep(
            step: step, loss: result.loss, gradientNorm: result.gradientNorm, rate: rate, layer: trace(network))
        probe?.clear()
    }

    private func trace(_ network: Network) -> LayerTrace? {
        guard let probe else { return nil }
        func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
        var trace = LayerTrace(
            activationMean: finite(probe.mean), activationDeviation: finite(probe.deviation),
            zeroShare: probe.zeroShare)
        guard !tensors.isEmpty else { return trace }
        var gradient = 0.0
        var weight = 0.0
        var change = 0.0
        var place = 0
        for tensor in tensors {
            for index in tensor.offset..<tensor.offset + tensor.count {
                let old = Double(before[place])
                let difference = Double(network.parameters[index]) - old
                gradient += Double(network.gradients[index]) * Double(network.gradients[index])
                weight += old * old
                change += difference * difference
                place += 1
            }
        }
        trace.gradientNorm = finite(gradient.squareRoot())
        trace.weightNorm = finite(weight.squareRoot())
        trace.updateRatio = weight > 0 ? finite((change / weight).squareRoot()) : nil
        return trace
    }
}
