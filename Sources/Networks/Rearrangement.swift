import Tensors

/// The same numbers in another order: `reshape` and `transpose`, in PyTorch's order of elements, whatever the order in
/// memory is on either side.
final class Rearrangement: SampleOperation {
    /// For each number in memory, where it lies in the input.
    private let sources: UnsafeMutablePointer<Int32>

    /// - Parameter sources: a permutation of all places of an example.
    init(sources: [Int], pass: Pass) {
        self.sources = .allocate(capacity: sources.count)
        for (place, source) in sources.enumerated() { self.sources[place] = Int32(source) }
        super.init(inputUnits: sources.count, outputUnits: sources.count, pass: pass)
    }

    deinit { sources.deallocate() }

    override func forward(
        _ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>, example: Int,
        inner: UnsafeMutablePointer<Float>
    ) {
        for place in 0..<outputUnits { y[place] = x[Int(sources[place])] }
    }

    override func backward(
        x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, example: Int, part: Int, inner: UnsafeMutablePointer<Float>
    ) {
        guard let dx else { return }
        for place in 0..<outputUnits { dx[Int(sources[place])] = dy[place] }
    }

    /// Where each element lies in memory, in PyTorch's order: images are `[height, width, channels]` there.
    static func places(_ shape: [Int]) -> [Int] {
        guard shape.count == 3 else { return Array(0..<shape.reduce(1, *)) }
        let pixels = shape[1] * shape[2]
        return (0..<shape[0] * pixels).map { $0 % pixels * shape[0] + $0 / pixels }
    }
}
