import Recipes
import Tensors

/// What decides the bits of a run in this process. The same four on another machine give the same digest.
public enum TrainingEnvironment {
    /// `simmer`, `cpuLevel`, `openblas`, `openblasCore`.
    public static var current: [String: String] {
        [
            "simmer": SimmerVersion.current, "cpuLevel": Kernels.current.level.rawValue, "openblas": Blas.version,
            "openblasCore": Blas.core,
        ]
    }
}
