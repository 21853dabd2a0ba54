/// The permutation of columns that makes the sum of the chosen cells largest.
enum BestPermutation {
    /// The column of each row. Hungarian method with potentials (Kuhn 1955; Jonker and Volgenant's shortest augmenting
    /// paths, Computing 38, 1987): of the order of n³.
    /// - Parameter gains: a square matrix.
    static func columns(_ gains: [[Int]]) -> [Int] {
        let size = gains.count
        guard size > 0, gains.allSatisfy({ $0.count == size }) else { return [] }
        // Rows and columns from 1; 0 is the row that is being placed.
        var rowPotential = [Int](repeating: 0, count: size + 1)
        var columnPotential = rowPotential
        var rowOf = rowPotential
        for row in 1...size {
            rowOf[0] = row
            var column = 0
            var least = [Int](repeating: .max, count: size + 1)
            var before = [Int](repeating: 0, count: size + 1)
            var isUsed = [Bool](repeating: false, count: size + 1)
            repeat {
                isUsed[column] = true
                var (step, next) = (Int.max, 0)
                for other in 1...size where !isUsed[other] {
                    let cost =
                        -gains[rowOf[column] - 1][other - 1] - rowPotential[rowOf[column]] - columnPotential[other]
                    if cost < least[other] {
                        least[other] = cost
                        before[other] = column
                    }
                    if least[other] < step { (step, next) = (least[other], other) }
                }
                for other in 0...size {
                    if isUsed[other] {
                        rowPotential[rowOf[other]] += step
                        columnPotential[other] -= step
                    } else if least[other] < .max {
                        least[other] -= step
                    }
                }
                column = next
            } while rowOf[column] != 0
            while column != 0 {
                rowOf[column] = rowOf[before[column]]
                column = before[column]
            }
        }
        var result = [Int](repeating: 0, count: size)
        for column in 1...size { result[rowOf[column] - 1] = column - 1 }
        return result
    }
}
