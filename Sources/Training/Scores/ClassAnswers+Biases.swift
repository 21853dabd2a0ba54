import Glibc
import Recipes

/// Biases of some classes, for a network whose training examples lacked them, or had them in other shares.
extension ClassAnswers {
    /// The numbers that the logits of `classes` are to be raised by for the mean -log(probability of the true class) to be
    /// least; they add up to 0 where all classes are named. There the mean probability of each of them is its share of
    /// these answers, so that fitting by likelihood and matching frequencies are one.
    ///
    /// That mean is convex in them: Newton's steps find it, halved while they do not pay. Each costs, for every answer,
    /// the square of the number of the classes named.
    /// - Precondition: classes that differ, each with an answer whose true class it is, and one whose is not.
    public func fittedBiases(of classes: [Int]) -> [Double] {
        // All together may be raised at will; the first stays where it is.
        let free = classes.count == width ? Array(classes.dropFirst()) : classes
        var biases = [Double](repeating: 0, count: free.count)
        var loss = derivatives(free, biases)
        for _ in 0..<100 {
            guard let step = Self.solve(loss.curvature, loss.slope) else { break }
            var share = 1.0
            var next = loss
            var moved = biases
            repeat {
                for index in biases.indices { moved[index] = biases[index] - share * step[index] }
                next = derivatives(free, moved)
                share /= 2
            } while next.value > loss.value && share > 1e-9
            guard next.value <= loss.value else { break }
            biases = moved
            loss = next
            if step.allSatisfy({ abs($0) < 1e-10 }) { break }
        }
        guard free.count < classes.count else { return biases }
        let mean = biases.reduce(0, +) / Double(width)
        return [-mean] + biases.map { $0 - mean }
    }

    /// The answers with the biases added.
    public func adding(_ biases: [Double], to classes: [Int]) -> ClassAnswers {
        var answers = self
        for row in 0..<count {
            for (bias, index) in zip(biases, classes) { answers.logits[row * width + index] += Float(bias) }
        }
        return answers
    }

    /// The mean loss with the biases, its slope by each, and its curvature by each two, row by row.
    private func derivatives(
        _ classes: [Int], _ biases: [Double]
    ) -> (value: Double, slope: [Double], curvature: [Double]) {
        let size = classes.count
        var value = 0.0
        var slope = [Double](repeating: 0, count: size)
        var curvature = [Double](repeating: 0, count: size * size)
        var shares = [Double](repeating: 0, count: width)
        forEach { logits, label in
            for index in 0..<width { shares[index] = Double(logits[index]) }
            for (bias, index) in zip(biases, classes) { shares[index] += bias }
            let own = shares[label]
            let top = shares.max() ?? 0
            var total = 0.0
            for index in 0..<width {
                shares[index] = exp(shares[index] - top)
                total += shares[index]
            }
            value += log(total) + top - own
            for (row, index) in classes.enumerated() {
                let share = shares[index] / total
                slope[row] += share - (index == label ? 1 : 0)
                curvature[row * size + row] += share
                for (column, other) in classes.enumerated() {
                    curvature[row * size + column] -= share * shares[other] / total
                }
            }
        }
        let part = 1 / Double(max(count, 1))
        return (value * part, slope.map { $0 * part }, curvature.map { $0 * part })
    }

    /// x of A x = b for a positive definite A, by Cholesky's decomposition; nil where rounding has made it none.
    private static func solve(_ matrix: [Double], _ right: [Double]) -> [Double]? {
        let size = right.count
        var lower = [Double](repeating: 0, count: size * size)
        for row in 0..<size {
            for column in 0...row {
                var sum = matrix[row * size + column]
                for k in 0..<column { sum -= lower[row * size + k] * lower[column * size + k] }
                if row == column {
                    guard sum > 0 else { return nil }
                    lower[row * size + row] = sum.squareRoot()
                } else {
                    lower[row * size + column] = sum / lower[column * size + column]
                }
            }
        }
        var x = right
        for row in 0..<size {
            for k in 0..<row { x[row] -= lower[row * size + k] * x[k] }
            x[row] /= lower[row * size + row]
        }
        for row in (0..<size).reversed() {
            for k in row + 1..<max(size, row + 1) { x[row] -= lower[k * size + row] * x[k] }
            x[row] /= lower[row * size + row]
        }
        return x
    }
}
