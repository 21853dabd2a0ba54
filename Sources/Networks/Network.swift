import Recipes
import Tensors

/// A network in memory that trains and evaluates; used by one thread, which lends its pool.
///
/// Everything that a resume needs is in `parameters`, `moments`, `buffers` and `counters`: copy them out between two
/// steps, write them back to go on. Dropout and initial values are functions of the seed and the step alone.
public final class Network {
    public let plan: Plan
    public let pool: ThreadPool
    public let seed: UInt64
    /// May be changed between steps (hot keys), but for its kind and whether sgd has momentum.
    public var optimizer: Optimizer
    /// Largest norm over all gradients together; nil for none. May be changed between steps.
    public var clipNorm: Double?
    /// `plan.parameterFloats` floats.
    public let parameters: UnsafeMutablePointer<Float>
    /// `plan.parameterFloats` floats: of the newest step, before clipping.
    public let gradients: UnsafeMutablePointer<Float>
    /// One buffer of `plan.parameterFloats` floats for each of `Plan.momentNames(optimizer)`.
    public let moments: [UnsafeMutablePointer<Float>]
    /// `plan.bufferFloats` floats.
    public let buffers: UnsafeMutablePointer<Float>
    /// `plan.counterCount` integers.
    public let counters: UnsafeMutablePointer<Int64>

    /// Allocates everything that training needs; values are zero until `initialize` or a load.
    public init(plan: Plan, optimizer: Optimizer, clip: Clip = Clip(), seed: UInt64, pool: ThreadPool) {
        self.plan = plan
        self.optimizer = optimizer
        self.clipNorm = clip.gradientNorm
        self.seed = seed
        self.pool = pool
        parameters = .allocate(capacity: max(plan.parameterFloats, 1))
        gradients = .allocate(capacity: max(plan.parameterFloats, 1))
        moments = Plan.momentNames(optimizer).map { _ in .allocate(capacity: max(plan.parameterFloats, 1)) }
        buffers = .allocate(capacity: max(plan.bufferFloats, 1))
        counters = .allocate(capacity: max(plan.counterCount, 1))
    }

    /// A batch of the right size for `trainStep` and `evaluate`.
    public func makeBatch() -> Batch {
        Batch(
            capacity: plan.batch, exampleCount: plan.inputShape.reduce(1, *),
            targetCount: plan.loss == .crossEntropy ? 1 : plan.outputCount)
    }

    /// First values: weights and biases of linear and conv2d uniform in ±1/sqrt(fan in), PyTorch's default (He et al.
    /// 2015 with a = sqrt(5)); norms 1 and 0; running statistics 0 and 1; moments 0.
    /// - Parameter headBias: the last linear's bias, `plan.outputCount` values (log priors, or the targets' means);
    ///   nil leaves it as drawn.
    public func initialize(headBias: [Float]?) {}

    /// One update: forward, loss, backward, norm and finiteness, then the optimiser, unless something is not finite.
    /// - Parameters:
    ///   - step: the update's index from 0. Decides the dropout masks.
    ///   - rate: the learning rate of this step.
    ///   - momentStep: updates that the moments have seen; nil for `step` (they began with the run).
    public func trainStep(_ batch: Batch, step: Int, rate: Double, momentStep: Int? = nil) -> StepResult {
        StepResult(loss: 0, correct: 0, gradientNorm: 0, isFinite: true)
    }

    /// A forward pass in evaluation mode: no dropout, running statistics.
    /// - Parameter parameters: other weights in the layout of `self.parameters` (an average); nil for the network's.
    public func evaluate(_ batch: Batch, parameters: UnsafePointer<Float>? = nil) -> BatchScore {
        BatchScore(lossSum: 0, correct: 0, absoluteErrorSum: 0, count: batch.count)
    }

    /// `[batch, outputs]` of the newest pass: logits for cross-entropy, predictions for mse.
    public var outputs: UnsafePointer<Float> { UnsafePointer(parameters) }
}
