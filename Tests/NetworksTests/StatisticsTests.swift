import Networks
import Recipes
import Tensors
import Testing

/// Running statistics measured anew are plain means over the batches.
@Suite struct StatisticsTests {
    @Test(arguments: Kernels.available) func areMeansOverTheBatches(_ level: CPULevel) throws {
        let small = SmallNetwork(
            name: "norm", inputShape: [4], layers: [.batchnorm(), .dropout(0.5), SmallNetwork.head])
        let (network, batch) = try small.make(level: level, threads: 2, batch: 6)
        let before = (0..<network.plan.parameterFloats).map { network.parameters[$0] }
        // What was there before is of no matter.
        for index in 0..<network.plan.bufferFloats { network.buffers[index] = 99 }
        var means = [Double](repeating: 0, count: 4)
        var variances = [Double](repeating: 0, count: 4)
        let random = Philox(seed: 5, purpose: .noise)
        for turn in 0..<3 {
            for place in 0..<24 { batch.inputs[place] = 3 * random.uniform(step: UInt64(turn), index: UInt64(place)) }
            network.measureStatistics(batch, index: turn)
            for channel in 0..<4 {
                let values = (0..<6).map { Double(batch.inputs[$0 * 4 + channel]) }
                let mean = values.reduce(0, +) / 6
                means[channel] += mean / 3
                variances[channel] += values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 5 / 3
            }
        }
        for (name, expected) in [("0.running_mean", means), ("0.running_var", variances)] {
            let tensor = try #require(network.plan.tensors.first { $0.name == name })
            for channel in 0..<4 {
                let value = Double(network.buffers[tensor.offset + channel])
                #expect(abs(value - expected[channel]) < 1e-6, "\(name) \(channel)")
            }
        }
        #expect(before == (0..<network.plan.parameterFloats).map { network.parameters[$0] })
    }
}
