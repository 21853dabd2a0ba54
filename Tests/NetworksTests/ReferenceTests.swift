import Networks
import Recipes
import Tensors
import Testing

/// Every layer, loss and optimiser against PyTorch: gradients at the first step, the state after four.
@Suite struct ReferenceTests {
    @Test func theFileHasCases() throws {
        #expect(try ReferenceCase.all().count >= 85)
    }

    @Test(arguments: try ReferenceCase.all(), Kernels.available)
    func followsPyTorch(_ reference: ReferenceCase, _ level: CPULevel) throws {
        let network = try reference.network(threads: 2, level: level)
        let batch = network.makeBatch()
        reference.fill(batch)
        for step in reference.losses.indices {
            let result = network.trainStep(batch, step: step, rate: reference.optimizer.rate)
            #expect(result.isFinite)
            #expect(abs(result.loss - reference.losses[step]) < 1e-5 * max(1, reference.losses[step]), "step \(step)")
            #expect(abs(result.gradientNorm - reference.norms[step]) < 3e-5 * reference.norms[step], "step \(step)")
            guard step == 0 else { continue }
            let outputs = Array(UnsafeBufferPointer(start: network.outputs, count: reference.firstOutputs.count))
            #expect(relativeDistance(outputs, reference.firstOutputs) < 1e-5)
            for tensor in network.plan.tensors where tensor.storage == .parameters {
                let expected = try #require(reference.gradients[tensor.name])
                let distance = gradientDistance(network.read(tensor, from: network.gradients), expected, reference)
                #expect(distance < 1e-5, "gradient of \(tensor.name)")
            }
        }
        try compareFinal(network, batch, reference)
    }

    /// Relative to the tensor's own norm; a gradient that is all rounding (a bias before a norm) to the whole's.
    private func gradientDistance(_ own: [Float], _ expected: [Float], _ reference: ReferenceCase) -> Double {
        let norm = expected.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard norm < 1e-4 * reference.norms[0] else { return relativeDistance(own, expected) }
        let distance = zip(own, expected).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }.squareRoot()
        return distance / reference.norms[0]
    }

    private func compareFinal(_ network: Network, _ batch: Batch, _ reference: ReferenceCase) throws {
        for tensor in network.plan.tensors {
            switch tensor.storage {
            case .parameters:
                let expected = try #require(reference.finalWeights[tensor.name])
                let own = network.read(tensor, from: network.parameters)
                #expect(relativeDistance(own, expected) < 1e-5, "\(tensor.name)")
            case .buffers:
                let expected = try #require(reference.buffers[tensor.name])
                let own = network.read(tensor, from: network.buffers)
                #expect(relativeDistance(own, expected) < 1e-5, "\(tensor.name)")
            case .counters:
                #expect(network.counters[tensor.offset] == Int64(reference.losses.count), "\(tensor.name)")
            }
        }
        let score = network.evaluate(batch)
        #expect(score.count == reference.batchCount * (reference.targets ?? 1))
        let outputs = Array(UnsafeBufferPointer(start: network.outputs, count: reference.finalOutputs.count))
        #expect(relativeDistance(outputs, reference.finalOutputs) < 2e-5)
    }
}
