import Recipes
import Tensors

/// What decides the bits of a run in this process, beside its recipe's own numbers. The same on another machine gives the
/// same digest.
public enum TrainingEnvironment {
    /// `simmer`, `cpuLevel`, `precision`.
    public static func of(_ recipe: Recipe) -> [String: String] {
        [
            "simmer": SimmerVersion.current, "cpuLevel": Kernels.current.level.rawValue,
            "precision": recipe.precision.rawValue,
        ]
    }
}
