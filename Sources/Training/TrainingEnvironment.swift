import Recipes
import Tensors

/// What decides the bits of a run in this process, beside its recipe's own numbers. The same on another machine gives the
/// same digest.
public enum TrainingEnvironment {
    /// `simmer`, `cpuLevel`, `precision`; where products round to bfloat16, `bfloat16` names what multiplies them.
    public static func of(_ recipe: Recipe) -> [String: String] {
        let rounding = recipe.precision == .bfloat16 ? Kernels.current.withBFloat16Products : nil
        return [
            "simmer": SimmerVersion.current, "cpuLevel": Kernels.current.level.rawValue,
            "precision": recipe.precision.rawValue, "bfloat16": rounding?.bfloat16Unit?.rawValue,
        ].compactMapValues { $0 }
    }
}
