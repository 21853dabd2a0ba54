import Glibc
import Recipes
import Tensors

/// What one column alone says of the class: its values in bins, the class of a bin learned on one half of the examples and
/// asked of the other.
struct BinnedColumn {
    let name: String
    /// Of each example.
    let bins: [Int]
    let count: Int

    /// Values, or words of which each is its own bin.
    /// - Parameter most: bins at most.
    init(_ name: String, _ values: [Double], most: Int) {
        self.name = name
        let sorted = values.filter(\.isFinite).sorted()
        var edges: [Double] = []
        let distinct = Set(sorted)
        if distinct.count <= most {
            edges = Array(distinct.sorted().dropFirst())
        } else {
            for bin in 1..<max(most, 2) {
                let edge = sorted.sortedQuantile(Double(bin) / Double(max(most, 2)))
                if edge > edges.last ?? -.infinity { edges.append(edge) }
            }
        }
        // What is missing has a bin of its own.
        let missing = edges.count + 1
        bins = values.map { value in
            guard value.isFinite else { return missing }
            var (low, high) = (0, edges.count)
            while low < high {
                let middle = (low + high) / 2
                if edges[middle] <= value { low = middle + 1 } else { high = middle }
            }
            return low
        }
        count = missing + 1
    }
}

/// Guesses of the class from a few columns as if they were independent (naive Bayes), each half of the examples guessed by
/// what the other half taught.
struct OutOfFold {
    let hits: Int
    let count: Int
    /// Share of the most frequent class: what a guess without any column gets.
    let prior: Double

    var accuracy: Double { Double(hits) / Double(max(count, 1)) }
    /// How much more than the prior, and how sure that is.
    var gain: Double { accuracy - prior }
    var z: Double { Certainty.excess(hits, of: count, above: min(prior, 0.999)) }

    init(_ columns: [BinnedColumn], _ labels: [Int32], classes: Int, seed: UInt64) {
        let random = Philox(seed: seed, purpose: .checks)
        // By chance, so that no order of the file decides the halves.
        let halves = labels.indices.map { Int(random.word(step: 3 << 40, index: UInt64($0)) >> 31) }
        var totals = [[Double]](repeating: [Double](repeating: 1, count: classes), count: 2)
        var counts = columns.map { column in
            [[Double]](repeating: [Double](repeating: 1, count: column.count * classes), count: 2)
        }
        for (row, label) in labels.enumerated() where Int(label) < classes {
            totals[halves[row]][Int(label)] += 1
            for (index, column) in columns.enumerated() {
                counts[index][halves[row]][column.bins[row] * classes + Int(label)] += 1
            }
        }
        var hits = 0
        for (row, label) in labels.enumerated() where Int(label) < classes {
            let other = 1 - halves[row]
            var best = (-Double.infinity, 0)
            for guess in 0..<classes {
                var score = log(totals[other][guess])
                for (index, column) in columns.enumerated() {
                    score +=
                        log(counts[index][other][column.bins[row] * classes + guess])
                        - log(totals[other][guess] + Double(column.count - 1))
                }
                if score > best.0 { best = (score, guess) }
            }
            if best.1 == Int(label) { hits += 1 }
        }
        self.hits = hits
        count = labels.count
        var own = [Int](repeating: 0, count: classes)
        for label in labels where Int(label) < classes { own[Int(label)] += 1 }
        prior = Double(own.max() ?? 0) / Double(max(labels.count, 1))
    }
}
