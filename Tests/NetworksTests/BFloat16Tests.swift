import Networks
import Tensors
import Testing

/// Networks whose products round their operands, against PyTorch doing the same for twenty steps, and against its float32.
@Suite(.enabled(if: Kernels.current.withBFloat16Products != nil, "no dot product of bfloat16 here"))
struct BFloat16Tests {
    @Test(
        arguments: try ReferenceCase.read("bfloat16"), BFloat16Unit.allCases.filter { Kernels.current.with($0) != nil })
    func followsPyTorch(_ reference: ReferenceCase, _ unit: BFloat16Unit) throws {
        let network = try reference.network(threads: 2, kernels: #require(Kernels.current.with(unit)))
        let batch = network.makeBatch()
        reference.fill(batch)
        let exactLosses = try #require(reference.exactLosses)
        for step in reference.losses.indices {
            let result = network.trainStep(batch, step: step, rate: reference.optimizer.rate)
            let (loss, exact) = (reference.losses[step], exactLosses[step])
            #expect(abs(result.loss - loss) < 1e-4 * loss, "step \(step)")
            #expect(abs(result.loss - exact) < 2e-2 * exact, "step \(step)")
            #expect(abs(result.gradientNorm - reference.norms[step]) < 1e-3 * reference.norms[step], "step \(step)")
            guard step == 0 else { continue }
            let outputs = Array(UnsafeBufferPointer(start: network.outputs, count: reference.firstOutputs.count))
            #expect(relativeDistance(outputs, reference.firstOutputs) < 2e-4)
            #expect(relativeDistance(try exactOutputs(reference), reference.firstOutputs) > 5e-4)
            for tensor in network.plan.tensors where tensor.storage == .parameters {
                let expected = try #require(reference.gradients[tensor.name])
                let distance = relativeDistance(network.read(tensor, from: network.gradients), expected)
                #expect(distance < 1e-3, "gradient of \(tensor.name)")
            }
        }
        #expect(reference.losses.count == 20)
        // An evaluation rounds as training does.
        _ = network.evaluate(batch)
        let outputs = Array(UnsafeBufferPointer(start: network.outputs, count: reference.finalOutputs.count))
        #expect(relativeDistance(outputs, reference.finalOutputs) < 3e-3)
    }

    /// Without rounding.
    private func exactOutputs(_ reference: ReferenceCase) throws -> [Float] {
        let network = try reference.network(level: Kernels.current.level)
        let batch = network.makeBatch()
        reference.fill(batch)
        _ = network.evaluate(batch)
        return Array(UnsafeBufferPointer(start: network.outputs, count: reference.firstOutputs.count))
    }
}
