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

extension ExampleRows {
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
