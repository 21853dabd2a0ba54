import Networks
import Recipes
import Tensors
import Testing

/// The same bits whatever the number of threads, and after going on from a copy of the state.
@Suite struct DeterminismTests {
    private static let networks = [
        SmallNetwork(
            name: "MLP", inputShape: [256],
            layers: [
                .dropout(0.2), .linear(units: .count(640)), .relu, .dropout(0.5), .linear(units: .count(640)),
                .batchnorm(), .relu, .linear(units: .count(100)), .tanh, SmallNetwork.head,
            ]),
        SmallNetwork(
            name: "ConvNet", inputShape: [1, 20, 20],
            layers: [
                .conv2d(channels: 16, kernel: 3), .relu, .conv2d(channels: 40, kernel: 3, padding: .same), .batchnorm(),
                .relu, .maxpool2d(size: 2, stride: 2), .dropout2d(0.25), .flatten, .linear(units: .count(128)), .relu,
                .dropout(0.5), SmallNetwork.head,
            ]),
        SmallNetwork(
            name: "ConvNet in groups", inputShape: [3, 20, 20],
            layers: [
                .conv2d(channels: 24, kernel: 3, padding: .same), .relu,
                .conv2d(channels: 24, kernel: 3, padding: .same, groups: 24), .relu,
                .conv2d(channels: 40, kernel: 3, stride: 2, groups: 4), .relu,
                .conv2d(channels: 80, kernel: 5, padding: .same, groups: 40), .globalaveragepool, SmallNetwork.head,
            ]),
        SmallNetwork(
            name: "ConvNet with averages", inputShape: [3, 18, 18],
            layers: [
                .conv2d(channels: 24, kernel: 3), .groupnorm(groups: 6), .gelu, .avgpool2d(size: 2, stride: 2),
                .conv2d(channels: 40, kernel: 3, padding: .same), .silu, .dropout(0.2), .globalaveragepool,
                .leakyrelu(), .layernorm(), .linear(units: .count(64)), .rmsnorm(), .sigmoid, SmallNetwork.head,
            ]),
        SmallNetwork(
            name: "residual network", inputShape: [3, 16, 16],
            layers: [
                .conv2d(channels: 16, kernel: 3, padding: .same, bias: false), .batchnorm(), .relu,
                SmallNetwork.residual([
                    .conv2d(channels: 16, kernel: 3, padding: .same, bias: false), .batchnorm(), .relu,
                    .conv2d(channels: 16, kernel: 3, padding: .same, bias: false), .batchnorm(),
                ]), .relu,
                SmallNetwork.residual(
                    [.conv2d(channels: 32, kernel: 3, stride: 2, padding: .pixels(1), bias: false), .batchnorm()],
                    shortcut: [.avgpool2d(size: 1, stride: 2), .padchannels(channels: 32)]), .relu,
                .conv2d(channels: 64, kernel: 3, padding: .same), .relu, .conv2d(channels: 32, kernel: 3), .tanh,
                .globalaveragepool, SmallNetwork.head,
            ]),
        SmallNetwork(
            name: "transformer", inputShape: [70],
            layers: [
                .embedding(units: .count(96), places: true),
                SmallNetwork.residual([.layernorm(), .attention(heads: 3), .dropout(0.1)]),
                SmallNetwork.residual([
                    .layernorm(), .linear(units: .count(384)), .gelu, .linear(units: .count(96)),
                ]), .layernorm(), SmallNetwork.head,
            ], vocabulary: 11, targets: 70),
        SmallNetwork(
            name: "recurrent network", inputShape: [30],
            layers: [
                .embedding(units: .count(96)), .lstm(units: .count(80)), .dropout(0.1), .gru(units: .count(70)),
                SmallNetwork.head,
            ], vocabulary: 11, targets: 30),
        SmallNetwork(
            name: "student", inputShape: [100],
            layers: [.embedding(units: .count(24)), .gru(units: .count(32)), SmallNetwork.head],
            loss: {
                var loss = Loss(kind: .crossEntropy)
                loss.soft = SoftTargets(temperature: 4, hard: 0.1)
                return loss
            }(), vocabulary: 11, targets: 100),
    ]

    /// Everything a resume needs.
    private struct State: Equatable {
        var floats: [[UInt32]]
        var counters: [Int64]

        init(_ network: Network) {
            let plan = network.plan
            let flat =
                [(network.parameters, plan.parameterFloats), (network.buffers, plan.bufferFloats)]
                + network.moments.map { ($0, plan.parameterFloats) }
            floats = flat.map { base, count in (0..<count).map { base[$0].bitPattern } }
            counters = (0..<plan.counterCount).map { network.counters[$0] }
        }

        func write(to network: Network) {
            for (values, base) in zip(floats, [network.parameters, network.buffers] + network.moments) {
                for (i, bits) in values.enumerated() { base[i] = Float(bitPattern: bits) }
            }
            for (i, value) in counters.enumerated() { network.counters[i] = value }
        }
    }

    private func train(_ network: Network, _ batch: Batch, steps: Range<Int>) -> [StepResult] {
        steps.map { step in
            batch.count = step % 3 == 2 ? 7 : batch.capacity  // every third batch is short
            return network.trainStep(batch, step: step, rate: 1e-3)
        }
    }

    @Test(arguments: networks, Kernels.available)
    func threadsDoNotMatter(_ small: SmallNetwork, _ level: CPULevel) throws {
        let (network, batch) = try small.make(level: level, batch: 32, optimizer: Optimizer(kind: .adam))
        let first = State(network)
        let results = train(network, batch, steps: 0..<5)
        #expect(State(network) != first)
        for threads in [2, 3] {
            let (other, batch) = try small.make(
                level: level, threads: threads, batch: 32, optimizer: Optimizer(kind: .adam))
            #expect(train(other, batch, steps: 0..<5) == results, "\(threads) threads")
            #expect(State(other) == State(network), "\(threads) threads")
        }
    }

    @Test(arguments: networks, BFloat16Unit.allCases.filter { Kernels.current.with($0) != nil })
    func threadsDoNotMatterToRoundedProducts(_ small: SmallNetwork, _ unit: BFloat16Unit) throws {
        let kernels = try #require(Kernels.current.with(unit))
        func make(_ threads: Int) throws -> (Network, Batch) {
            try small.make(
                level: kernels.level, threads: threads, batch: 32, optimizer: Optimizer(kind: .adam), kernels: kernels)
        }
        let (network, batch) = try make(1)
        let results = train(network, batch, steps: 0..<5)
        let (plain, plainBatch) = try small.make(
            level: kernels.level, batch: 32, optimizer: Optimizer(kind: .adam))
        #expect(train(plain, plainBatch, steps: 0..<5) != results)
        for threads in [2, 3] {
            let (other, batch) = try make(threads)
            #expect(train(other, batch, steps: 0..<5) == results, "\(threads) threads")
            #expect(State(other) == State(network), "\(threads) threads")
        }
        // A copy goes on.
        let (half, halfBatch) = try make(2)
        _ = train(half, halfBatch, steps: 0..<3)
        let (rest, restBatch) = try make(3)
        State(half).write(to: rest)
        #expect(train(rest, restBatch, steps: 3..<5) == Array(results[3...]))
        #expect(State(rest) == State(network))
    }

    /// Values that are made again for the backward pass rather than kept have the same bits, and take less memory.
    @Test(arguments: networks, Kernels.available)
    func valuesThatAreMadeAgainAreTheSame(_ small: SmallNetwork, _ level: CPULevel) throws {
        let (kept, batch) = try small.make(level: level, batch: 32, optimizer: Optimizer(kind: .adam))
        let expected = train(kept, batch, steps: 0..<4)
        for threads in [1, 3] {
            let (again, batch) = try small.make(
                level: level, threads: threads, batch: 32, optimizer: Optimizer(kind: .adam), repeatsFrom: 0)
            #expect(train(again, batch, steps: 0..<4) == expected)
            #expect(State(again) == State(kept))
            #expect(again.workFloats <= kept.workFloats)
            if small.name == "transformer" { #expect(Double(again.workFloats) < 0.95 * Double(kept.workFloats)) }
        }
    }

    @Test(arguments: networks)
    func aCopyGoesOn(_ small: SmallNetwork) throws {
        let level = Kernels.current.level
        let (whole, batch) = try small.make(level: level, batch: 32, optimizer: Optimizer(kind: .adam))
        let expected = train(whole, batch, steps: 0..<6)
        let (half, halfBatch) = try small.make(level: level, batch: 32, optimizer: Optimizer(kind: .adam))
        _ = train(half, halfBatch, steps: 0..<3)
        let (rest, restBatch) = try small.make(level: level, threads: 2, batch: 32, optimizer: Optimizer(kind: .adam))
        State(half).write(to: rest)
        #expect(train(rest, restBatch, steps: 3..<6) == Array(expected[3...]))
        #expect(State(rest) == State(whole))
    }

    @Test func anEvaluationBetweenStepsChangesNothing() throws {
        let small = Self.networks[1]
        let level = Kernels.current.level
        let (plain, batch) = try small.make(level: level, batch: 8)
        _ = train(plain, batch, steps: 0..<4)
        let (watched, other) = try small.make(level: level, batch: 8)
        for step in 0..<4 {
            _ = train(watched, other, steps: step..<step + 1)
            _ = watched.evaluate(other)
        }
        #expect(State(watched) == State(plain))
    }

    @Test func aStepThatIsNotFiniteChangesNothing() throws {
        for value in [Float.nan, .infinity] {
            let (network, batch) = try Self.networks[1].make(
                level: Kernels.current.level, batch: 8, optimizer: Optimizer(kind: .adam))
            _ = train(network, batch, steps: 0..<2)
            let before = State(network)
            batch.count = 8
            batch.inputs[5] = value
            let result = network.trainStep(batch, step: 2, rate: 1e-3)
            #expect(!result.isFinite)
            #expect(State(network) == before)
            batch.inputs[5] = 0
            #expect(network.trainStep(batch, step: 2, rate: 1e-3).isFinite)
            #expect(State(network) != before)
        }
    }

    @Test func averagesAreEvaluatedInPlaceOfTheWeights() throws {
        let (network, batch) = try Self.networks[1].make(level: Kernels.current.level, batch: 8)
        let zeros = [Float](repeating: 0, count: network.plan.parameterFloats)
        let own = network.evaluate(batch).lossSum
        let flat = zeros.withUnsafeBufferPointer { network.evaluate(batch, parameters: $0.baseAddress).lossSum }
        // All logits 0: log 3 for each example.
        #expect(abs(flat - 8 * 1.0986122886681098) < 1e-5)
        #expect(network.evaluate(batch).lossSum == own && own != flat)
    }

    @Test func headBiasIsSet() throws {
        let (network, _) = try Self.networks[0].make(level: Kernels.current.level, batch: 8)
        network.initialize(headBias: [1, -2, 3])
        let head = try #require(network.plan.tensors.last)
        #expect((0..<3).map { network.parameters[head.offset + $0] } == [1, -2, 3])
    }

    @Test func layersThatDoNotFitAreNamed() throws {
        let model = Model(layers: [Layer(kind: .conv2d(channels: 3, kernel: 9), name: "eye", line: 12)])
        #expect(
            performing: {
                try Plan(
                    model: model, inputShape: [1, 5, 5], outputCount: 3, batch: 4, loss: Loss(kind: .crossEntropy))
            },
            throws: { error in
                guard case .recipeInvalid(let findings) = error as? SimmerError else { return false }
                return findings.contains { $0.message.contains("eye") && $0.line == 12 }
            })
    }
}
