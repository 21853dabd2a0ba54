/// What a run will take, from the recipe and the shapes alone; bytes.
public struct Estimate: Codable, Sendable, Equatable {
    /// Trained numbers, without buffers.
    public var parameterCount: Int
    public var weightBytes: Int
    public var gradientBytes: Int
    /// Optimizer moments.
    public var momentBytes: Int
    /// Averages, with the weights that a window is the mean of and the running statistics that they own.
    public var averageBytes: Int
    /// Outputs of every layer and their gradients for one batch, and the threads' scratch memory.
    public var activationBytes: Int
    /// One checkpoint: weights, buffers, moments, averages.
    public var snapshotBytes: Int
    /// All of it, with the two snapshot copies.
    public var memoryBytes: Int
}

extension Recipe {
    /// What training on this data will take, without the data itself.
    /// - Throws: `SimmerError.recipeInvalid` where the layers do not fit.
    public func estimate(for facts: DataFacts) throws -> Estimate {
        let (layers, findings) = resolve(for: facts)
        let errors = findings.filter { $0.severity == .error }
        guard errors.isEmpty else { throw SimmerError.recipeInvalid(findings: errors) }
        return estimate(for: layers)
    }

    /// The same for layers that are resolved already.
    public func estimate(for layers: [ResolvedLayer]) -> Estimate {
        var weights = 0
        var buffers = 0
        var statistics = 0
        // As many threads as a run has by default on most machines.
        let threads = resources.threads ?? 2
        var work = threads * ResolvedLayer.productScratch
        for layer in layers {
            for parameter in layer.parameters {
                if parameter.role == .weight {
                    weights += parameter.count
                } else {
                    buffers += parameter.byteCount
                    if parameter.dtype == "F32" { statistics += parameter.byteCount }
                }
            }
            work += layer.workFloats(batch: batch, threads: threads)
        }
        let input = layers.first?.inputShape.reduce(1, *) ?? 0
        let weightBytes = weights * 4
        let moments = optimizer.momentNames.count * weightBytes
        let average = averages.all.reduce(0) { sum, average in
            sum + average.copies * weightBytes + (average.ownsStatistics ? statistics : 0)
        }
        let snapshot = weightBytes + buffers + moments + average
        let gradients =
            weightBytes * (1 + (accumulate > 1 ? 1 : 0) + (optimizer.kind == .scheduleFreeAdamw ? 1 : 0))
        let activation = 4 * (batch * input + work)
        return Estimate(
            parameterCount: weights, weightBytes: weightBytes, gradientBytes: weightBytes, momentBytes: moments,
            averageBytes: average, activationBytes: activation, snapshotBytes: snapshot,
            memoryBytes: 3 * snapshot + gradients + activation)
    }
}
