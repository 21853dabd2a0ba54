import Datasets
import Networks
import Recipes
import Training

/// The first updates of the very job, done once, with what several checks read from them.
struct FirstSteps {
    /// Mean loss of each update's own examples, before it.
    var losses: [Double] = []
    /// Everything that goes on after the last update: weights, moments, buffers, counters; all bits.
    var state: TrainingState
    /// Of each parameter: whether its gradient was not zero in one of the first updates.
    var hasLearned: [Bool] = []
    /// How many updates that was looked at in.
    var watched = 0
    /// Of each tensor of the plan: the pull of the decay against that of the data, mean of the later updates.
    var decayRatios: [(name: String, ratio: Double)] = []
    /// What went into the network in the first updates: at most 64 examples of each.
    var taps: [Tap] = []
    var tensors: [ParameterTensor]

    /// Examples as the network got them.
    struct Tap {
        var step: Int
        /// `[examples, elements]`.
        var inputs: [Float]
        var count: Int
        /// One for each target; empty for numbers.
        var classes: [Int32]
        var numbers: [Float]
    }

    static let tappedSteps = 3
    static let watchedSteps = 10

    init(_ bench: Bench, steps: Int) throws(TrainingFailure) {
        let trial = try Trial(bench.recipe, bench.dataset, pool: bench.pool)
        let network = trial.model.network
        let parameters = network.plan.tensors.filter { $0.storage == .parameters }
        tensors = parameters
        var losses: [Double] = []
        var taps: [Tap] = []
        var hasLearned = [Bool](repeating: false, count: network.plan.parameterFloats)
        var watched = 0
        var ratios = [Double](repeating: 0, count: parameters.count)
        var ratioCount = 0
        let optimizer = bench.recipe.optimizer
        let weights = Array(UnsafeBufferPointer(start: network.parameters, count: network.plan.parameterFloats))
        var first = ratios
        try trial.train(to: steps) { step, result in
            losses.append(result.loss)
            if step <= Self.tappedSteps { taps.append(Tap(trial.model, step: step)) }
            if step <= Self.watchedSteps {
                for index in hasLearned.indices where network.gradients[index] != 0 { hasLearned[index] = true }
                watched += 1
            }
            if optimizer.decay > 0, step == 1 {
                first = parameters.map { Self.decayRatio(network, $0, optimizer, first: weights) }
            }
            if optimizer.decay > 0, step > steps / 2 {
                ratioCount += 1
                for (index, tensor) in parameters.enumerated() {
                    ratios[index] += Self.decayRatio(network, tensor, optimizer)
                }
            }
            return true
        }
        self.losses = losses
        self.taps = taps
        self.hasLearned = hasLearned
        self.watched = watched
        // A decay that has done its work leaves no weights to pull at: then the first ones tell.
        decayRatios = parameters.indices.map { index in
            (parameters[index].name, max(first[index], ratios[index] / Double(max(ratioCount, 1))))
        }
        state = TrainingState(network)
    }

    /// Size of what the decay does to a tensor, by what the data does to it. The decay that is added to the gradient is
    /// held against the gradient; the decoupled one against a step of adam, which is about one for each number.
    /// - Parameter first: weights of another time; nil for those of now.
    private static func decayRatio(
        _ network: Network, _ tensor: ParameterTensor, _ optimizer: Optimizer, first: [Float]? = nil
    ) -> Double {
        let isDecoupled = optimizer.kind == .adamw || optimizer.kind == .scheduleFreeAdamw
        if isDecoupled, !tensor.decays { return 0 }
        var weights = 0.0
        var gradients = 0.0
        for index in tensor.offset..<tensor.offset + tensor.count {
            let weight = Double(first?[index] ?? network.parameters[index])
            weights += weight * weight
            gradients += Double(network.gradients[index]) * Double(network.gradients[index])
        }
        let pull = optimizer.decay * weights.squareRoot()
        let other = isDecoupled ? Double(tensor.count).squareRoot() : gradients.squareRoot()
        return other > 0 ? pull / other : 0
    }
}

extension FirstSteps.Tap {
    init(_ model: Training.Model, step: Int) {
        let batch = model.batch
        let count = min(batch.count, 64)
        let hasClasses = if case .classes = model.facts.target { true } else { false }
        self.init(
            step: step, inputs: Array(UnsafeBufferPointer(start: batch.inputs, count: count * batch.exampleCount)),
            count: count,
            classes: hasClasses
                ? Array(UnsafeBufferPointer(start: batch.classes, count: count * model.facts.targetsPerExample)) : [],
            numbers: hasClasses
                ? [] : Array(UnsafeBufferPointer(start: batch.numbers, count: count * batch.targetCount)))
    }
}

/// A copy of all that decides how training goes on.
struct TrainingState {
    var parameters: [Float]
    var moments: [[Float]]
    var buffers: [Float]
    var counters: [Int64]

    init(_ network: Network) {
        let plan = network.plan
        func copy(_ base: UnsafePointer<Float>, _ count: Int) -> [Float] {
            Array(UnsafeBufferPointer(start: base, count: count))
        }
        parameters = copy(network.parameters, plan.parameterFloats)
        moments = network.moments.map { copy($0, plan.parameterFloats) }
        buffers = copy(network.buffers, plan.bufferFloats)
        counters = Array(UnsafeBufferPointer(start: network.counters, count: plan.counterCount))
    }

    /// How many numbers are not the same bits, and the largest relative difference.
    func differences(to other: TrainingState) -> (count: Int, largest: Double) {
        var count = 0
        var largest = 0.0
        func compare(_ one: [Float], _ two: [Float]) {
            count += abs(one.count - two.count)
            for (a, b) in zip(one, two) where a.bitPattern != b.bitPattern {
                count += 1
                let size = max(abs(Double(a)), abs(Double(b)), 1e-30)
                largest = max(largest, abs(Double(a) - Double(b)) / size)
            }
        }
        compare(parameters, other.parameters)
        for (one, two) in zip(moments, other.moments) { compare(one, two) }
        compare(buffers, other.buffers)
        count += zip(counters, other.counters).count { $0 != $1 }
        return (count, largest)
    }
}

extension Bench {
    /// How many updates of the job the checks look at: a hundred, or what costs a few seconds.
    func firstStepCount() throws -> Int {
        try Effort(recipe, facts).steps(100, batch: recipe.examplesPerUpdate, 20...100)
    }

    /// - Throws: `TrainingFailure` where the job's own updates fail.
    func firstSteps() throws -> FirstSteps {
        if let known = shared.skeleton.firstSteps { return known }
        try requireLabels()
        let steps = try FirstSteps(self, steps: firstStepCount())
        shared.skeleton.firstSteps = steps
        return steps
    }
}

/// What the checks of this folder have measured for one another.
package struct SkeletonMeasurements {
    var firstSteps: FirstSteps?
    var contrast: Contrast?
    var overfit: Overfit?
    var baselines: Baselines?
    /// The inner nil: there is none.
    var bigram: Bigram??

    package init() {}
}
