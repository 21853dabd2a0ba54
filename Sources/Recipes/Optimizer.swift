/// How gradients become steps.
public struct Optimizer: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case sgd, adam, adamw
        case scheduleFreeAdamw = "schedule-free-adamw"
        case rmsprop, adagrad
    }
    public var kind: Kind = .adam
    public var rate: Double = 3e-4
    /// sgd, rmsprop.
    public var momentum: Double = 0
    /// sgd.
    public var nesterov: Bool = false
    /// rmsprop: the part of the mean square kept each step.
    public var alpha: Double = 0.99
    /// adam, adamw: decays of the two moments; schedule-free-adamw: the average's share in the point of the gradient, and
    /// the decay of the mean square.
    public var betas: [Double] = [0.9, 0.999]
    public var epsilon: Double = 1e-8
    /// Added to the gradient (L2); adamw, schedule-free-adamw: decoupled, not on biases and norms.
    public var decay: Double = 0

    public init(kind: Kind = .adam, rate: Double = 3e-4) {
        self.kind = kind
        self.rate = rate
    }

    /// Moment buffers that it keeps, by the prefix of their tensors' names. A moment's tensor is
    /// `<prefix>.<tensor name>`.
    public var momentNames: [String] {
        switch kind {
        case .adam, .adamw: ["adam.m", "adam.v"]
        case .scheduleFreeAdamw: ["schedule_free.z", "schedule_free.v"]
        case .sgd: momentum == 0 ? [] : ["sgd.momentum"]
        case .rmsprop: momentum == 0 ? ["rmsprop.v"] : ["rmsprop.v", "rmsprop.momentum"]
        case .adagrad: ["adagrad.sum"]
        }
    }
}

/// Limits on the gradient before the step.
public struct Clip: Codable, Sendable, Equatable {
    /// Largest norm over all gradients together; nil for none.
    public var gradientNorm: Double?
    /// Largest absolute value of each gradient, after the norm's limit; nil for none.
    public var value: Double?

    public init(gradientNorm: Double? = nil, value: Double? = nil) {
        self.gradientNorm = gradientNorm
        self.value = value
    }
}
