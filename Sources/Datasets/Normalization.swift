import Recipes

/// How stored values become the network's inputs: `(stored / scale - mean) / deviation`, by channel or feature.
///
/// `scale` is 255 for bytes, so that means and deviations are those of brightness in 0 to 1, as PyTorch's users write
/// them; 1 for everything else, and for bytes with `normalize: none`.
struct Normalization: Sendable, Equatable {
    var scale: Double
    var mean: [Double]
    var deviation: [Double]

    /// Measures `rows` of the examples, and nothing else.
    init(_ examples: ExampleSet, rows: [UInt32], _ normalize: DataSource.Normalize) throws(DataFault) {
        let channels = examples.channelCount
        let isBytes = examples.isBytes
        scale = isBytes && normalize != .none ? 255 : 1
        mean = [Double](repeating: 0, count: channels)
        deviation = [Double](repeating: 1, count: channels)
        switch normalize {
        case .none: break
        case .unit:
            if !isBytes { setRange(examples, rows) }
        case .standard:
            setMoments(examples, rows)
        case .fixed(let means, let deviations):
            guard [1, channels].contains(means.count), [1, channels].contains(deviations.count) else {
                throw DataFault(
                    .shape,
                    "`normalize` gives \(means.count) means and \(deviations.count) deviations, but the data has "
                        + "\(channels) channel\(channels == 1 ? "" : "s").", key: "data.normalize",
                    hint: "Give one for each, or a single one for all.")
            }
            mean = means.count == channels ? means : [Double](repeating: means[0], count: channels)
            deviation = deviations.count == channels ? deviations : [Double](repeating: deviations[0], count: channels)
        }
    }

    private mutating func setMoments(_ examples: ExampleSet, _ rows: [UInt32]) {
        let channels = mean.count
        let size = examples.elementCount
        let count = Double(rows.count * (size / channels))
        switch examples.inputs {
        case .bytes(let values):
            values.withUnsafeBufferPointer { values in
                guard let start = values.baseAddress else { return }
                setMoments(rows, size, count) { start + $0 * size }
            }
        case .mapped(let values): setMoments(rows, size, count) { values.row($0) }
        case .floats(let values):
            // Two passes, in the order of the rows: the second has no cancellation.
            for row in rows {
                for index in 0..<size { mean[index % channels] += Double(values[Int(row) * size + index]) }
            }
            for channel in 0..<channels { mean[channel] /= count }
            var squares = [Double](repeating: 0, count: channels)
            for row in rows {
                for index in 0..<size {
                    let distance = Double(values[Int(row) * size + index]) - mean[index % channels]
                    squares[index % channels] += distance * distance
                }
            }
            for channel in 0..<channels {
                let variance = squares[channel] / count
                // A constant feature leaves only rounding here, which must not be blown up to noise.
                let floor = max(mean[channel] * mean[channel] * 1e-24, Double.leastNormalMagnitude)
                deviation[channel] = variance > floor ? variance.squareRoot() : 1
            }
        }
    }

    /// Of bytes: whole numbers, exact in any order.
    @inline(__always)
    private mutating func setMoments(
        _ rows: [UInt32], _ size: Int, _ count: Double, _ row: (Int) -> UnsafePointer<UInt8>
    ) {
        let channels = mean.count
        var sums = [Int](repeating: 0, count: channels)
        var squares = [Int](repeating: 0, count: channels)
        for index in rows {
            let values = row(Int(index))
            for index in 0..<size {
                let value = Int(values[index])
                let channel = index % channels
                sums[channel] &+= value
                squares[channel] &+= value &* value
            }
        }
        for channel in 0..<channels {
            let average = Double(sums[channel]) / count
            let variance = max(Double(squares[channel]) / count - average * average, 0)
            mean[channel] = average / 255
            deviation[channel] = variance > 0 ? variance.squareRoot() / 255 : 1
        }
    }

    private mutating func setRange(_ examples: ExampleSet, _ rows: [UInt32]) {
        guard case .floats(let values) = examples.inputs else { return }
        let channels = mean.count
        let size = examples.elementCount
        var low = [Float](repeating: .infinity, count: channels)
        var high = [Float](repeating: -.infinity, count: channels)
        for row in rows {
            for index in 0..<size {
                let value = values[Int(row) * size + index]
                low[index % channels] = min(low[index % channels], value)
                high[index % channels] = max(high[index % channels], value)
            }
        }
        for channel in 0..<channels where low[channel] < .infinity {
            mean[channel] = Double(low[channel])
            deviation[channel] = high[channel] > low[channel] ? Double(high[channel]) - Double(low[channel]) : 1
        }
    }
}
