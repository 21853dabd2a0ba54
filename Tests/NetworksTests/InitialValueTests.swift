import Networks
import Recipes
import Tensors
import Testing

/// How weights and biases begin, against the papers' variances.
@Suite struct InitialValueTests {
    private func network(
        _ kinds: [Layer.Kind], _ shape: [Int], _ model: InitialValues, _ layer: InitialValues? = nil, threads: Int = 1
    ) throws -> Network {
        var description = Model(
            layers: kinds.enumerated().map { Layer(kind: $1, name: String($0), initial: $0 == 0 ? layer : nil) })
        description.initial = model
        let plan = try Plan(
            model: description, inputShape: shape, outputCount: 10, batch: 2, loss: Loss(kind: .crossEntropy))
        let network = Network(
            plan: plan, optimizer: Optimizer(kind: .sgd), seed: 5, pool: ThreadPool(threads: threads))
        // What must be written over.
        for i in 0..<plan.parameterFloats { network.parameters[i] = .nan }
        network.initialize(headBias: nil)
        return network
    }

    private func values(_ network: Network, _ name: String) throws -> [Double] {
        let tensor = try #require(network.plan.tensors.first { $0.name == name })
        return (0..<tensor.count).map { Double(network.parameters[tensor.offset + $0]) }
    }

    private static let convolution: [Layer.Kind] = [.conv2d(channels: 60, kernel: 5), .flatten, SmallNetwork.head]

    /// 40 channels and a kernel of 5: 1,000 inputs feed one output, one input feeds 1,500 outputs.
    @Test(
        arguments: [
            (.init(), 1.0 / 3_000, true), (.init(.kaiming), 2.0 / 1_000, false),
            (.init(.xavier), 2.0 / 2_500, true), (.init(.lecun), 1.0 / 1_000, false),
            (.init(.normal), 0.0004, false), (.init(.normal, deviation: 0.3), 0.09, false),
        ] as [(InitialValues, Double, Bool)])
    func haveTheirVariance(_ initial: InitialValues, _ variance: Double, _ isUniform: Bool) throws {
        for network in [
            try network(Self.convolution, [40, 6, 6], initial),
            try network(Self.convolution, [40, 6, 6], .init(), initial),
        ] {
            let weights = try values(network, "0.weight")
            let count = Double(weights.count)
            let second = weights.reduce(0) { $0 + $1 * $1 } / count
            let fourth = weights.reduce(0) { $0 + $1 * $1 * $1 * $1 } / count
            #expect(weights.count == 60_000)
            #expect(abs(weights.reduce(0, +) / count) < 5 * (variance / count).squareRoot())
            // Standard errors of a variance: sqrt(2 / n) for a normal, sqrt(0.8 / n) for a uniform distribution.
            #expect(abs(second / variance - 1) < 5 * (2 / count).squareRoot())
            // Kurtosis: 3 and 1.8.
            #expect(abs(fourth / (second * second) - (isUniform ? 1.8 : 3)) < 0.15)
            let bias = try values(network, "0.bias")
            if initial.kind == .standard {
                #expect(bias.allSatisfy { abs($0) <= 1 / 1_000.0.squareRoot() } && Set(bias).count > 50)
            } else {
                #expect(bias.allSatisfy { $0 == 0 })
            }
        }
    }

    @Test func zeroIsZero() throws {
        let network = try network([SmallNetwork.head], [7], .init(.kaiming), .init(.zero))
        #expect(try values(network, "0.weight").allSatisfy { $0 == 0 })
        #expect(try values(network, "0.bias").allSatisfy { $0 == 0 })
    }

    /// A layer's own word counts for that layer alone.
    @Test func theLayerGoesBeforeTheModel() throws {
        let network = try network(
            [.linear(units: .count(100)), .relu, SmallNetwork.head], [50], .init(.zero), .init(.lecun))
        #expect(Set(try values(network, "0.weight")).count > 4_000)
        #expect(try values(network, "2.weight").allSatisfy { $0 == 0 })
    }

    @Test(arguments: [InitialValues(.kaiming), InitialValues()])
    func threadsDoNotMatter(_ initial: InitialValues) throws {
        let one = try values(try network(Self.convolution, [40, 6, 6], initial), "0.weight")
        let three = try values(try network(Self.convolution, [40, 6, 6], initial, threads: 3), "0.weight")
        #expect(one == three)
    }
}
