import Recipes
import Tensors

/// What decides the bits of a run in this process. The same two on another machine give the same digest.
public enum TrainingEnvironment {
    /// `simmer`, `cpuLevel`.
    public static var current: [String: String] {
        ["simmer": SimmerVersion.current, "cpuLevel": Kernels.current.level.rawValue]
    }
}
