import CKernels
import Tensors

/// Normalises each example by its own statistics: over all features (Ba et al. 2016, arXiv:1607.06450), over groups of an
/// image's channels (Wu and He 2018, arXiv:1803.08494), or by the root of the mean square alone (Zhang and Sennrich
/// 2019, arXiv:1910.07467). `y = (x - mean) / sqrt(variance + epsilon) · weight + bias`; the variance is the biased one.
///
/// Shapes: `x` and `y` `[units, rows, channels]` an example, each unit (a position of a sequence; else there is one)
/// normalised by itself; weight and bias `[channels]`.
final class Normalization: SampleOperation {
    struct Places {
        var weight: Int
        var bias: Int?
    }

    private let units: Int
    private let shape: ck_norm
    private let places: Places
    private let channels: Int
    /// Mean and 1 / deviation of each group of each example.
    private let statistics: Slot
    /// For each part of the batch: the weight's gradient, then the bias's.
    private let parts: FloatMemory

    /// - Parameter isCentred: whether the mean is subtracted.
    init(
        units: Int, rows: Int, channels: Int, groups: Int, isCentred: Bool, epsilon: Double, places: Places,
        parts count: Int,
        pass: Pass
    ) {
        shape = ck_norm(
            rows: rows, channels: channels, groups: groups, epsilon: Float(epsilon), centred: isCentred ? 1 : 0)
        self.places = places
        self.channels = channels
        self.units = units
        statistics = Slot(units: 2 * groups * units, base: pass.gradients)
        parts = FloatMemory(count: 2 * count * channels)
        super.init(inputUnits: units * rows * channels, outputUnits: units * rows * channels, pass: pass)
    }

    override var readsInput: Bool { true }
    override var hasParameters: Bool { true }
    override var isRepeatable: Bool { true }
    override var slots: [(Slot, Bool)] { [(statistics, true)] }

    override func forward(
        _ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>, example: Int,
        inner: UnsafeMutablePointer<Float>
    ) {
        let statistics = statistics.row(example)
        withUnsafePointer(to: shape) {
            for unit in 0..<units {
                let place = unit * shape.rows * channels
                pass.table.pointee.normalize(
                    $0, x + place, pass.parameters + places.weight, places.bias.map { pass.parameters + $0 }, y + place,
                    statistics + 2 * unit * shape.groups)
            }
        }
    }

    override func beginPart(_ part: Int) {
        (parts.base + 2 * part * channels).update(repeating: 0, count: 2 * channels)
    }

    override func backward(
        x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, example: Int, part: Int, inner: UnsafeMutablePointer<Float>
    ) {
        let sums = parts.base + 2 * part * channels
        let statistics = statistics.row(example)
        withUnsafePointer(to: shape) {
            for unit in 0..<units {
                let place = unit * shape.rows * channels
                pass.table.pointee.normalize_back(
                    $0, x + place, statistics + 2 * unit * shape.groups, pass.parameters + places.weight, dy + place,
                    dx.map { $0 + place }, sums, places.bias == nil ? nil : sums + channels)
            }
        }
    }

    override func reduction(parts: Int, examplesPerPart: Int, squares: SquareSums) -> TiledWork? {
        Reduction(self, examplesPerPart: examplesPerPart, squares: squares)
    }

    /// Adds the parts in order.
    private final class Reduction: TiledWork {
        unowned let layer: Normalization
        let examplesPerPart: Int
        let squares: UnsafeMutablePointer<Double>

        init(_ layer: Normalization, examplesPerPart: Int, squares: SquareSums) {
            self.layer = layer
            self.examplesPerPart = examplesPerPart
            self.squares = squares.reserve(1)
            super.init(tileCount: 1)
        }

        override func run(tile: Int, thread: Int) {
            let pass = layer.pass
            let channels = layer.channels
            let table = pass.table
            let sums = layer.parts.base
            let used = (pass.count + examplesPerPart - 1) / examplesPerPart
            for part in 1..<max(1, used) { table.pointee.add(sums, sums + 2 * part * channels, 2 * channels) }
            (pass.gradients + layer.places.weight).update(from: sums, count: channels)
            squares[0] = table.pointee.sum_of_squares(sums, channels)
            guard let bias = layer.places.bias else { return }
            (pass.gradients + bias).update(from: sums + channels, count: channels)
            squares[0] += table.pointee.sum_of_squares(sums + channels, channels)
        }
    }
}
