import Networks
import Recipes
import Tensors
import Testing

/// Several batches of one update are one batch of all their examples.
@Suite struct AccumulationTests {
    /// Batch norm looks at each batch by itself, in PyTorch as well.
    private static let networks = SmallNetwork.all.filter { !$0.layers.contains(where: hasBatchNorm) }

    private static func hasBatchNorm(_ kind: Layer.Kind) -> Bool {
        switch kind {
        case .batchnorm: true
        case .residual(let layers, let shortcut): (layers + shortcut).contains { hasBatchNorm($0.kind) }
        case .repeated(_, let layers): layers.contains { hasBatchNorm($0.kind) }
        default: false
        }
    }

    /// Examples `range` of a batch.
    private func part(_ whole: Batch, _ range: Range<Int>, of network: Network) -> Batch {
        let batch = network.makeBatch()
        batch.inputs.update(
            from: whole.inputs + range.lowerBound * whole.exampleCount, count: range.count * whole.exampleCount)
        batch.numbers.update(
            from: whole.numbers + range.lowerBound * whole.targetCount, count: range.count * whole.targetCount)
        let targets = network.plan.targetsPerExample
        batch.classes.update(from: whole.classes + range.lowerBound * targets, count: range.count * targets)
        if let soft = batch.soft, let all = whole.soft {
            let width = targets * network.plan.outputCount
            soft.update(from: all + range.lowerBound * width, count: range.count * width)
        }
        batch.count = range.count
        return batch
    }

    /// Twelve examples in batches of five: the last has two. The dropout masks are those of the whole, too.
    @Test(arguments: networks, Kernels.available)
    func isOneLargeBatch(_ small: SmallNetwork, _ level: CPULevel) throws {
        let (one, whole) = try small.make(level: level, batch: 12)
        let expected = one.trainStep(whole, step: 3, rate: 0)
        let (network, _) = try small.make(level: level, threads: 2, batch: 5, accumulate: 4)
        for range in [0..<5, 5..<10, 10..<12] { network.addGradient(of: part(whole, range, of: network), step: 3) }
        let result = network.finishStep(3, rate: 0)
        #expect(abs(result.loss - expected.loss) < 1e-6 * expected.loss)
        #expect(result.correct == expected.correct)
        #expect(abs(result.gradientNorm - expected.gradientNorm) < 3e-6 * expected.gradientNorm)
        var squares = 0.0
        for tensor in network.plan.tensors where tensor.storage == .parameters {
            let own = network.read(tensor, from: network.gradients)
            let other = one.read(tensor, from: one.gradients)
            let distance = zip(own, other).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
            #expect(distance.squareRoot() < 3e-6 * expected.gradientNorm, "\(tensor.name)")
            squares += own.reduce(0.0) { $0 + Double($1) * Double($1) }
        }
        #expect(abs(result.gradientNorm - squares.squareRoot()) < 1e-9 * result.gradientNorm)
    }

    /// What another position in the update would draw.
    @Test func masksDifferBetweenBatches() throws {
        let small = try #require(SmallNetwork.all.first { $0.name == "dropout alone" })
        let (network, batch) = try small.make(level: Kernels.current.level, accumulate: 2)
        network.addGradient(of: batch, step: 0)
        let first = (0..<15).map { network.outputs[$0] }
        network.addGradient(of: batch, step: 0)
        #expect(first != (0..<15).map { network.outputs[$0] })
        _ = network.finishStep(0, rate: 0)
    }

    @Test func threadsDoNotMatter() throws {
        let small = try #require(SmallNetwork.all.first { $0.name == "batchnorm of images" })
        var states: [[UInt32]] = []
        for threads in 1...3 {
            let (network, batch) = try small.make(
                level: Kernels.current.level, threads: threads, batch: 16, accumulate: 3,
                optimizer: Optimizer(kind: .adam))
            for step in 0..<3 {
                for count in [16, 16, 7] {
                    batch.count = count
                    network.addGradient(of: batch, step: step)
                }
                #expect(network.finishStep(step, rate: 1e-2).isFinite)
            }
            states.append(
                [(network.parameters, network.plan.parameterFloats), (network.buffers, network.plan.bufferFloats)]
                    .flatMap { base, count in (0..<count).map { base[$0].bitPattern } })
            #expect(network.counters[0] == 9)
        }
        #expect(states[1] == states[0] && states[2] == states[0])
    }

    @Test(arguments: [0, 1, 2]) func aBatchThatIsNotFiniteChangesNothing(_ bad: Int) throws {
        let small = try #require(SmallNetwork.all.first { $0.name == "batchnorm of images" })
        let (network, batch) = try small.make(
            level: Kernels.current.level, accumulate: 3, optimizer: Optimizer(kind: .adam))
        func state() -> [UInt32] {
            [(network.parameters, network.plan.parameterFloats), (network.buffers, network.plan.bufferFloats)]
                .flatMap { base, count in (0..<count).map { base[$0].bitPattern } }
                + (0..<network.plan.counterCount).map { UInt32(truncatingIfNeeded: network.counters[$0]) }
        }
        let before = state()
        for index in 0..<3 {
            batch.inputs[4] = index == bad ? .infinity : 0.5
            network.addGradient(of: batch, step: 0)
        }
        #expect(!network.finishStep(0, rate: 0.1).isFinite)
        #expect(state() == before)
        batch.inputs[4] = 0.5
        for _ in 0..<3 { network.addGradient(of: batch, step: 0) }
        #expect(network.finishStep(0, rate: 0.1).isFinite)
        #expect(state() != before)
    }
}
