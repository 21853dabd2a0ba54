import CKernels
import Tensors

/// Adds up the gradients of several batches, each a mean over its own examples: `(w1 g1 + w2 g2 + ...) / (w1 + w2 + ...)`
/// is the mean over all of them. In chunks of the flat buffers, batch by batch in order.
final class GradientSum: TiledWork {
    private enum Way { case begin, add, finish }

    private static let chunk = 1 << 15
    private let gradients: FloatMemory
    private let sum: FloatMemory
    private let kernels: Kernels
    private let squares: UnsafeMutablePointer<Double>
    private var way = Way.begin
    private var weight: Float = 1
    private var scale: Float = 1

    init(gradients: FloatMemory, kernels: Kernels) {
        self.gradients = gradients
        self.kernels = kernels
        sum = FloatMemory(count: gradients.count)
        let tiles = (gradients.count + Self.chunk - 1) / Self.chunk
        squares = .allocate(capacity: tiles)
        squares.initialize(repeating: 0, count: tiles)
        super.init(tileCount: tiles)
    }

    deinit { squares.deallocate() }

    /// Takes in the gradient that lies in the buffer.
    /// - Parameter isFirst: of an update.
    func add(weight: Double, isFirst: Bool, _ pool: ThreadPool) {
        way = isFirst ? .begin : .add
        self.weight = Float(weight)
        pool.run(self)
    }

    /// Takes in the last gradient and leaves the mean in the buffer.
    /// - Returns: its sum of squares.
    func finish(weight: Double, total: Double, _ pool: ThreadPool) -> Double {
        way = .finish
        self.weight = Float(weight)
        scale = Float(1 / total)
        pool.run(self)
        return (0..<tileCount).reduce(0.0) { $0 + squares[$1] }
    }

    override func run(tile: Int, thread: Int) {
        let first = tile * Self.chunk
        let count = min(Self.chunk, gradients.count - first)
        let table = kernels.table
        switch way {
        case .begin: table.pointee.accumulate(sum.base + first, gradients.base + first, count, weight, 1)
        case .add: table.pointee.accumulate(sum.base + first, gradients.base + first, count, weight, 0)
        case .finish:
            squares[tile] = table.pointee.finish_sum(gradients.base + first, sum.base + first, count, weight, scale)
        }
    }
}
