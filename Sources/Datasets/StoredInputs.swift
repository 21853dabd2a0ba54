extension Subset {
    /// Writes the inputs of the examples at `positions` as their file holds them, before anything is normalised: bytes as
    /// 0 to 255, missing values as what stands for them, text as its token ids. Examples that were made in memory are
    /// written as they are.
    /// - Precondition: `destination` has room for `positions.count * elementCount` numbers.
    public func fill(stored destination: UnsafeMutablePointer<Float>, _ positions: ArraySlice<UInt32>) {
        switch source {
        case .rows(let rows): rows.fill(stored: destination, positions)
        case .joined(let rows, _):
            // Unlabelled examples are no part of what is looked at.
            rows.fill(stored: destination, ArraySlice(positions.filter { Int($0) < rows.count }))
        case .text, .held: fill(inputs: destination, positions)
        }
    }
}

extension Subset {
    /// Which inputs of an example its file left empty, ascending; they have been filled in.
    public func missing(of position: Int) -> [Int] {
        switch source {
        case .rows(let rows), .joined(let rows, _): rows.missing(of: position)
        case .text, .held: []
        }
    }
}

extension ExampleRows {
    fileprivate func missing(of position: Int) -> [Int] {
        let filled = examples.filled
        guard !filled.isEmpty, rows.indices.contains(position) else { return [] }
        let start = Int(rows[position]) * elementCount
        // The first place at or behind the row's start.
        var (low, high) = (0, filled.count)
        while low < high {
            let middle = (low + high) / 2
            if filled[middle] < start { low = middle + 1 } else { high = middle }
        }
        return filled[low...].prefix { $0 < start + elementCount }.map { $0 - start }
    }

    fileprivate func fill(stored destination: UnsafeMutablePointer<Float>, _ positions: ArraySlice<UInt32>) {
        let size = elementCount
        var target = destination
        switch examples.inputs {
        case .bytes(let values):
            for position in positions {
                let start = Int(rows[Int(position)]) * size
                for index in 0..<size { target[index] = Float(values[start + index]) }
                target += size
            }
        case .mapped(let mapped):
            for position in positions {
                let source = mapped.row(Int(rows[Int(position)]))
                for index in 0..<size { target[index] = Float(source[index]) }
                target += size
            }
        case .floats(let values):
            for position in positions {
                let start = Int(rows[Int(position)]) * size
                for index in 0..<size { target[index] = values[start + index] }
                target += size
            }
        }
    }
}
