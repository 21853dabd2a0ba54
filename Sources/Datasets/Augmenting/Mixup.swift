import Recipes
import Tensors

/// Mixes each example of a batch with another one: Zhang, Cisse, Dauphin and Lopez-Paz 2018 (arXiv:1710.09412).
///
/// One share for the whole batch, of Beta(alpha, alpha), and one order of the partners, as PyTorch's users do it: both
/// functions of the seed, the step and the batch's place in the update.
public struct Mixup: Sendable {
    /// What one batch is mixed by: `share` of every example itself, the rest of its partner.
    public struct Draw: Sendable, Equatable {
        public var share: Double
        /// For each example the one that it is mixed with; each is the partner of one.
        public var partners: [Int]
    }
    private let alpha: Double
    private let random: Philox

    public init(alpha: Double, seed: UInt64) {
        self.alpha = alpha
        random = Philox(seed: seed, purpose: .mixup)
    }

    /// nil where the recipe does not mix.
    public init?(_ recipe: Recipe) {
        let alphas = recipe.data.augment.compactMap { augmentation in
            if case .mixup(let alpha) = augmentation { alpha } else { nil }
        }
        guard let alpha = alphas.first else { return nil }
        self.init(alpha: alpha, seed: recipe.seed)
    }

    /// - Parameters:
    ///   - count: examples of the batch.
    ///   - step: the update's index.
    ///   - part: the batch's place in the update.
    public func draw(count: Int, step: Int, part: Int) -> Draw {
        let step = UInt64(step)
        // Even streams are for shares, odd ones for partners.
        let share = random.beta(alpha, step: step, index: UInt64(2 * part))
        var partners = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            let other = random.below(last + 1, step: step, index: UInt64(2 * part + 1) << 32 | UInt64(last))
            partners.swapAt(last, other)
        }
        return Draw(share: share, partners: partners)
    }
}
