import FoundationEssentials
import Networks
import Recipes
import Tensors
import Testing

/// Schedule-free AdamW against the paper's equations in double; Tests/Reference/schedule_free.py printed them.
@Suite struct ScheduleFreeTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var rates: [Double]
        var decay: Double
        var betas: [Double]
        var epsilon: Double
        var weights: [String: [Float]]
        var inputs: [Float]
        var targets: [Float]
        /// At the point of the gradient, before each step.
        var losses: [Double]
        /// At the average.
        var finalLoss: Double
        var x: [String: [Float]]
        var z: [String: [Float]]
        var v: [String: [Float]]

        var testDescription: String { name }

        static func all() throws -> [Case] {
            struct File: Decodable { var cases: [Case] }
            let path = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
            let data = try Data(contentsOf: URL(filePath: "/\(path)/Reference/schedule_free.json"))
            return try JSONDecoder().decode(File.self, from: data).cases
        }

        func network(_ level: CPULevel, threads: Int = 2) throws -> (Network, Batch) {
            let kinds: [Layer.Kind] = [.linear(units: .count(7)), .tanh, .linear(units: .classes)]
            let plan = try Plan(
                model: Model(layers: kinds.enumerated().map { Layer(kind: $1, name: String($0)) }), inputShape: [5],
                outputCount: 3, batch: 8, loss: Loss(kind: .mse))
            var optimizer = Optimizer(kind: .scheduleFreeAdamw)
            optimizer.betas = betas
            optimizer.epsilon = epsilon
            optimizer.decay = decay
            let network = Network(
                plan: plan, optimizer: optimizer, seed: 1, pool: ThreadPool(threads: threads),
                kernels: try #require(Kernels(level: level)))
            for tensor in plan.tensors { network.write(try #require(weights[tensor.name]), to: tensor) }
            network.resetMoments()
            let batch = network.makeBatch()
            for (i, value) in inputs.enumerated() { batch.inputs[i] = value }
            for (i, value) in targets.enumerated() { batch.numbers[i] = value }
            return (network, batch)
        }
    }

    @Test(arguments: try Case.all(), Kernels.available)
    func followsThePaper(_ reference: Case, _ level: CPULevel) throws {
        let (network, batch) = try reference.network(level)
        var squares = 0.0
        for (step, rate) in reference.rates.enumerated() {
            squares += rate * rate
            let result = network.trainStep(batch, step: step, rate: rate, averageShare: rate * rate / squares)
            let expected = reference.losses[step]
            #expect(abs(result.loss - expected) < 2e-6 * expected, "step \(step): \(result.loss), \(expected)")
        }
        for tensor in network.plan.tensors {
            for (name, own, expected) in [
                ("x", network.parameters, reference.x), ("z", network.moments[0], reference.z),
                ("v", network.moments[1], reference.v),
            ] {
                let distance = relativeDistance(
                    network.read(tensor, from: own), try #require(expected[tensor.name]))
                #expect(distance < 1e-5, "\(name) of \(tensor.name)")
            }
        }
        // What is measured is the average.
        let score = network.evaluate(batch)
        #expect(abs(score.lossSum / 8 - reference.finalLoss) < 2e-6 * reference.finalLoss)
    }

    /// Without shares the rate is taken to be one and the same.
    @Test func aConstantRateNeedsNoShares() throws {
        let reference = try #require(try Case.all().first { $0.name == "constant" })
        let (network, batch) = try reference.network(Kernels.current.level)
        for (step, rate) in reference.rates.enumerated() { _ = network.trainStep(batch, step: step, rate: rate) }
        for tensor in network.plan.tensors {
            let own = network.read(tensor, from: network.parameters)
            #expect(relativeDistance(own, try #require(reference.x[tensor.name])) < 1e-5)
        }
    }

    @Test func threadsDoNotMatter() throws {
        let reference = try #require(try Case.all().first)
        var states: [[UInt32]] = []
        for threads in 1...3 {
            let (network, batch) = try reference.network(Kernels.current.level, threads: threads)
            for step in 0..<5 { _ = network.trainStep(batch, step: step, rate: 0.01) }
            states.append(
                ([network.parameters] + network.moments).flatMap { base in
                    (0..<network.plan.parameterFloats).map { base[$0].bitPattern }
                })
        }
        #expect(states[1] == states[0] && states[2] == states[0])
    }
}
