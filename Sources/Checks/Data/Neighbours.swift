import Tensors

/// For every row the nearest training examples, by the distance of sketches. Among at most 10,000 training examples at
/// equal distances of each other; MNIST takes two seconds of two threads.
package struct Neighbours {
    /// cleanlab's.
    static let count = 10
    static let mostReferences = 10_000

    /// Neighbours of a row: fewer than ten where there are no more training examples.
    let width: Int
    /// Rows of the survey that are searched.
    let references: [Int]
    /// `[rows, width]`: places in `references`, the nearest first. A row is no neighbour of its own.
    let places: [Int32]
    /// `[rows, width]`.
    let distances: [Float]

    /// nil where there are fewer than two training examples, or no numbers to compare.
    init?(_ survey: Survey, _ pool: ThreadPool) {
        let training = survey.training.rows
        let size = survey.sketchWidth
        guard training.count > 1, size > 0 else { return nil }
        let sampled = min(training.count, Self.mostReferences)
        references = (0..<sampled).map { training.lowerBound + $0 * training.count / sampled }
        width = min(Self.count, sampled - 1)
        let width = width
        let rows = survey.rowCount
        var known = [Float](repeating: 0, count: sampled * size)
        var squares = [Float](repeating: 0, count: sampled)
        for (place, row) in references.enumerated() {
            for index in 0..<size {
                let value = survey.sketches[row * size + index]
                known[place * size + index] = value
                squares[place] += value * value
            }
        }
        var isReference = [Int32](repeating: -1, count: rows)
        for (place, row) in references.enumerated() { isReference[row] = Int32(place) }
        var places = [Int32](repeating: 0, count: rows * width)
        var distances = [Float](repeating: .infinity, count: rows * width)
        let block = 64
        let chunk = 1_024
        survey.sketches.withUnsafeBufferPointer { sketches in
            known.withUnsafeBufferPointer { known in
                places.withUnsafeMutableBufferPointer { places in
                    distances.withUnsafeMutableBufferPointer { distances in
                        guard let sketches = sketches.baseAddress, let known = known.baseAddress,
                            let places = places.baseAddress, let distances = distances.baseAddress
                        else { return }
                        // Each tile writes its own rows.
                        pool.run((rows + block - 1) / block) { tile in
                            let first = tile * block
                            let count = min(block, rows - first)
                            let products = FloatMemory(count: block * chunk)
                            let scratch = FloatMemory(count: Streams.productScratch)
                            for start in stride(from: 0, to: sampled, by: chunk) {
                                let columns = min(chunk, sampled - start)
                                Streams.innerProducts(
                                    sketches + first * size, rows: count, known + start * size, columns: columns,
                                    width: size, into: products.base, scratch: scratch.base)
                                for row in 0..<count {
                                    let own = Int(isReference[first + row]) - start
                                    Self.insert(
                                        products.base + row * columns, columns, squares, start, except: own,
                                        places + (first + row) * width, distances + (first + row) * width, width)
                                }
                            }
                            // So far half of the square without the row's own part.
                            for row in first..<first + count {
                                var square: Float = 0
                                for index in 0..<size {
                                    square += sketches[row * size + index] * sketches[row * size + index]
                                }
                                for index in row * width..<(row + 1) * width {
                                    distances[index] = max(square + distances[index], 0).squareRoot()
                                }
                            }
                        }
                    }
                }
            }
        }
        self.places = places
        self.distances = distances
    }

    /// Puts what is nearer among the nearest so far, which are kept in order.
    private static func insert(
        _ products: UnsafeMutablePointer<Float>, _ columns: Int, _ squares: [Float], _ start: Int, except own: Int,
        _ places: UnsafeMutablePointer<Int32>, _ distances: UnsafeMutablePointer<Float>, _ width: Int
    ) {
        squares.withUnsafeBufferPointer { squares in
            var limit = distances[width - 1]
            for column in 0..<columns {
                let distance = squares[start + column] - 2 * products[column]
                guard distance < limit, column != own else { continue }
                var place = width - 1
                while place > 0, distances[place - 1] > distance {
                    distances[place] = distances[place - 1]
                    places[place] = places[place - 1]
                    place -= 1
                }
                distances[place] = distance
                places[place] = Int32(start + column)
                limit = distances[width - 1]
            }
        }
    }

    /// To the nearest neighbour.
    func nearest(_ row: Int) -> Double { Double(distances[row * width]) }

    /// To the farthest of the ten.
    func farthest(_ row: Int) -> Double { Double(distances[row * width + width - 1]) }

    /// The survey's row of a neighbour.
    func row(_ row: Int, _ index: Int = 0) -> Int { references[Int(places[row * width + index])] }
}

extension Bench {
    /// Made when first asked for; nil where there is nothing to compare.
    package func neighbours() throws -> Neighbours? {
        if let known = shared.neighbours { return known }
        let neighbours = Neighbours(try survey(), pool)
        shared.neighbours = .some(neighbours)
        return neighbours
    }
}
