import CKernels
import Recipes
import Tensors

/// Schedule-free optimisation takes the gradient at `y = (1 - beta) z + beta x`, between the average x, which is the
/// network's parameters, and the last step z (Defazio et al. 2024, arXiv:2405.15682, equation 2). Nothing but x and z is
/// state: y is computed anew before each forward pass of a step, one walk through three flat buffers.
final class GradientPoint: TiledWork {
    private static let chunk = 1 << 15
    private let memory: StateMemory
    private let point: FloatMemory
    private let kernels: Kernels
    var beta: Float = 0

    /// Nil where the gradient is taken at the parameters.
    init?(memory: StateMemory, kernels: Kernels) {
        guard let point = memory.point else { return nil }
        self.memory = memory
        self.point = point
        self.kernels = kernels
        super.init(tileCount: (point.count + Self.chunk - 1) / Self.chunk)
    }

    override func run(tile: Int, thread: Int) {
        let first = tile * Self.chunk
        kernels.table.pointee.mix(
            point.base + first, memory.parameters.base + first, memory.moments[0].base + first,
            min(Self.chunk, point.count - first), beta)
    }
}
