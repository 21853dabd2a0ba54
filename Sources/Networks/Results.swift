/// What one training step reports.
public struct StepResult: Sendable, Equatable {
    /// Mean loss over the targets of the update's own examples, before it.
    public var loss: Double
    /// Targets whose largest output is their class; for binary cross-entropy outputs on their target's side of 0; 0 for
    /// numbers.
    public var correct: Int
    /// Euclidean norm over all gradients together, before clipping.
    public var gradientNorm: Double
    /// False when the loss or a gradient is infinite or not a number: then nothing was changed, neither weights,
    /// moments nor running statistics.
    public var isFinite: Bool
}

/// What a forward pass in evaluation mode adds up over the targets of one batch, in a fixed order.
public struct BatchScore: Sendable, Equatable {
    /// Sum over the targets of each one's loss (for numbers and binary cross-entropy: its mean over the outputs).
    public var lossSum: Double
    /// As in `StepResult`.
    public var correct: Int
    /// Sum over the examples of the mean absolute error over the outputs; 0 for classes.
    public var absoluteErrorSum: Double
    /// Targets: examples, times the positions that have one each.
    public var count: Int
}
