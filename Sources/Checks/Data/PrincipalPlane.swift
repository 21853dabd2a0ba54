import Tensors

/// Examples laid into the plane in which they differ most: their scores on the first two principal components.
///
/// By the products of the examples with each other, which is cheaper than by the covariance of their numbers where these
/// are many: 2,000 images of 784 pixels take 3 Gflop.
struct PrincipalPlane {
    /// One of each example; a component's sign is that of its largest score.
    let points: [(x: Double, y: Double)]
    /// Of the variance, by each component.
    let shares: (Double, Double)

    private static let rounds = 60

    /// - Parameters:
    ///   - inputs: `[count, width]`.
    ///   - scales: whether each number is divided by its deviation, as columns of a table need it.
    /// - Returns: nil for fewer than three examples, and for such as do not differ.
    init?(_ inputs: [Float], count: Int, width: Int, scales: Bool, pool: ThreadPool) {
        guard count > 2, width > 0, inputs.count == count * width else { return nil }
        var centred = inputs
        var variance = 0.0
        for column in 0..<width {
            let values = stride(from: column, to: inputs.count, by: width).map { Double(inputs[$0]) }
            let (mean, spread) = (values.average, values.spread)
            guard mean.isFinite, spread.isFinite else { return nil }
            let scale = scales && spread > 0 ? 1 / spread : 1
            variance += spread * spread * scale * scale
            for (row, value) in values.enumerated() { centred[row * width + column] = Float((value - mean) * scale) }
        }
        guard variance > 0 else { return nil }
        // Of unit trace, so that single precision does for numbers of any size.
        let unit = Float(1 / (variance * Double(count)).squareRoot())
        for index in centred.indices { centred[index] *= unit }
        let products = Self.products(centred, count, width, pool)
        // Two directions at once; each keeps out of the other's.
        var first = (0..<count).map { Float($0 % 7) - 3 }
        var second = (0..<count).map { Float($0 % 5) - 2 }
        for _ in 0..<Self.rounds {
            guard let (one, other) = Self.apart(first, second) else { return nil }
            (first, second) = (one, other)
            let next = Self.applied(products, [first, second], count)
            (first, second) = (next[0], next[1])
        }
        // The lengths that one more application gives are the eigenvalues.
        // What single precision leaves of a direction that is none is no component.
        let values = [first, second].map { Self.length($0) }.map { $0 < 1e-5 ? 0 : $0 }
        guard let (one, other) = Self.apart(first, second), values[0] > 0 else { return nil }
        shares = (min(values[0], 1), min(values[1], 1))
        let scores = [(one, values[0]), (other, values[1])].map { direction, value -> [Double] in
            let largest = direction.max { abs($0) < abs($1) } ?? 1
            let scale = (value * variance * Double(count)).squareRoot() * (largest < 0 ? -1 : 1)
            return direction.map { Double($0) * scale }
        }
        points = zip(scores[0], scores[1]).map { ($0, $1) }
    }

    /// `[count, count]`: every example by every other.
    private static func products(_ rows: [Float], _ count: Int, _ width: Int, _ pool: ThreadPool) -> [Float] {
        var products = [Float](repeating: 0, count: count * count)
        let block = 64
        rows.withUnsafeBufferPointer { rows in
            products.withUnsafeMutableBufferPointer { products in
                guard let rows = rows.baseAddress, let products = products.baseAddress else { return }
                // Each tile writes its own rows.
                pool.run((count + block - 1) / block) { tile in
                    let scratch = FloatMemory(count: Streams.productScratch)
                    let first = tile * block
                    Streams.innerProducts(
                        rows + first * width, rows: min(block, count - first), rows, columns: count, width: width,
                        into: products + first * count, scratch: scratch.base)
                }
            }
        }
        return products
    }

    /// The products by each of the directions.
    private static func applied(_ products: [Float], _ directions: [[Float]], _ count: Int) -> [[Float]] {
        var results = [Float](repeating: 0, count: directions.count * count)
        let scratch = FloatMemory(count: Streams.productScratch)
        directions.flatMap { $0 }.withUnsafeBufferPointer { directions in
            products.withUnsafeBufferPointer { products in
                results.withUnsafeMutableBufferPointer { results in
                    guard let directions = directions.baseAddress, let products = products.baseAddress,
                        let results = results.baseAddress
                    else { return }
                    Streams.innerProducts(
                        directions, rows: 2, products, columns: count, width: count, into: results,
                        scratch: scratch.base)
                }
            }
        }
        return (0..<directions.count).map { Array(results[$0 * count..<($0 + 1) * count]) }
    }

    /// Both of length 1 and at a right angle; nil where one is nothing.
    private static func apart(_ first: [Float], _ second: [Float]) -> ([Float], [Float])? {
        let size = length(first)
        guard size > 0, size.isFinite else { return nil }
        let one = first.map { Float(Double($0) / size) }
        let inner = zip(one, second).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        let rest = zip(one, second).map { Float(Double($1) - inner * Double($0)) }
        let left = length(rest)
        guard left.isFinite else { return nil }
        // Examples on a line have no second direction: what is left of one then is rounding, along the first.
        return (one, left > 1e-5 * length(second) ? rest.map { Float(Double($0) / left) } : rest.map { _ in 0 })
    }

    private static func length(_ values: [Float]) -> Double {
        values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
}
