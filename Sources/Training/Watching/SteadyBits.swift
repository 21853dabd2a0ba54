import Networks
import Recipes
import Tensors

/// W13: memory that changes by itself, and arithmetic that does not come out the same twice. Every thousandth update the
/// weights are read when an update ends and again when the next one begins, and the gradient of a batch is computed twice:
/// a thousandth of the time.
struct SteadyBits {
    static let every = 1_000

    private var weights: UInt64?
    private var gradient: UInt64?
    private(set) var looks = 0
    private(set) var differences = 0

    static func isDue(_ step: Int) -> Bool { step > 0 && step % every == 0 }

    /// Weights and moments after an update.
    mutating func keepWeights(_ network: Network) { weights = Self.digest(network) }

    /// - Returns: whether they are still the same; nil where none were kept.
    mutating func findWeights(_ network: Network) -> Bool? {
        guard let weights else { return nil }
        self.weights = nil
        looks += 1
        let isSame = Self.digest(network) == weights
        if !isSame { differences += 1 }
        return isSame
    }

    /// A batch's gradient, the first time.
    mutating func keepGradient(_ network: Network) { gradient = Self.gradientDigest(network) }

    /// The second time.
    mutating func findGradient(_ network: Network) -> Bool? {
        guard let gradient else { return nil }
        self.gradient = nil
        let isSame = Self.gradientDigest(network) == gradient
        if !isSame { differences += 1 }
        return isSame
    }

    private static func digest(_ network: Network) -> UInt64 {
        let count = network.plan.parameterFloats
        var digest = BitDigest.of(network.parameters, count: count)
        for moment in network.moments { digest = BitDigest.of(moment, count: count, seed: digest) }
        return digest
    }

    private static func gradientDigest(_ network: Network) -> UInt64 {
        BitDigest.of(network.gradients, count: network.plan.parameterFloats)
    }

    func result(_ verdict: CheckVerdict, _ message: String, step: Int) -> CheckResult {
        CheckResult(
            "W13", verdict, .invariant, message,
            numbers: [
                CheckNumber("looks", Double(looks)), CheckNumber("differences", Double(differences)),
            ],
            action: verdict == .pass
                ? nil
                : "Suspect the machine: test its memory (memtest86+) and its processor, and do not overclock. Checkpoints "
                    + "are read back and stay good.", step: step)
    }
}
