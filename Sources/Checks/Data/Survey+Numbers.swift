import Datasets
import Recipes
import Tensors

extension Survey {
    /// Examples of one tile.
    private static let block = 128

    /// One pass over images or rows of a table.
    init(numbers bench: Bench) {
        let facts = bench.facts
        let dataset = bench.dataset
        let elements = max(dataset.training.elementCount, 1)
        let subsets = [("training", dataset.training), ("validation", dataset.validation), ("test", dataset.test)]
        let total = subsets.reduce(0) { $0 + ($1.1.labelledCount ?? $1.1.count) }
        // A table's columns are kept, 400 MB of them.
        let kept = bench.kind == .table ? 50_000_000 / min(elements, ExampleTable.mostInputs) : Self.mostRows
        let most = min(Self.mostNumbers / elements, Self.mostRows, kept)
        isSample = total > most
        var parts: [Part] = []
        for (name, subset) in subsets {
            let count = subset.labelledCount ?? subset.count
            let share = isSample ? max(count * most / max(total, 1), min(count, 1)) : count
            parts.append(
                Part(
                    name: name, subset: subset, positions: (0..<share).map { UInt32($0 * count / max(share, 1)) },
                    firstRow: parts.last.map { $0.firstRow + $0.count } ?? 0, text: nil, count: share))
        }
        self.parts = parts
        kind = bench.kind
        classNames = if case .classes(let names) = facts.target { names } else { [] }
        let rows = parts.reduce(0) { $0 + $1.count }
        (labels, targets) = Self.targets(parts, hasClasses: !classNames.isEmpty)

        let training = parts[0]
        let shown = min(training.count, 64)
        let sample = training.subset.stored((0..<shown).map { training.positions[$0 * training.count / shown] })
        let look = ImageLook(facts, sample: kind == .images ? sample : [])
        let columns = kind == .images ? ImageLook.columns : []
        let projection = Projection(elements, bench, isTable: kind == .table)
        sketchWidth = projection.width
        var sketches = [Float](repeating: 0, count: rows * sketchWidth)
        var hashes = [ExampleHash](repeating: ExampleHash(), count: rows)
        var values = [Double](repeating: .nan, count: rows * columns.count)
        var isFinite = [Bool](repeating: true, count: rows)
        let tiles = parts.flatMap { part in
            stride(from: 0, to: part.count, by: Self.block).map { start in
                (part: part, range: start..<min(start + Self.block, part.count))
            }
        }
        // Each tile writes the rows of its own range, and no other.
        sketches.withUnsafeMutableBufferPointer { sketches in
            hashes.withUnsafeMutableBufferPointer { hashes in
                values.withUnsafeMutableBufferPointer { values in
                    isFinite.withUnsafeMutableBufferPointer { isFinite in
                        bench.pool.run(tiles.count) { index in
                            let (part, range) = tiles[index]
                            let memory = FloatMemory(count: range.count * elements)
                            part.subset.fill(stored: memory.base, part.positions[range])
                            for (offset, place) in range.enumerated() {
                                let row = part.firstRow + place
                                let inputs = UnsafeBufferPointer(
                                    start: memory.base + offset * elements, count: elements)
                                var hash = ExampleHash()
                                var sum: Float = 0
                                for value in inputs {
                                    hash.add(value)
                                    sum += value * 0
                                }
                                hashes[row] = hash
                                isFinite[row] = sum == 0
                                if !columns.isEmpty {
                                    look.measure(
                                        inputs,
                                        into: UnsafeMutableBufferPointer(
                                            rebasing: values[row * columns.count..<(row + 1) * columns.count]))
                                }
                            }
                            let first = (part.firstRow + range.lowerBound) * projection.width
                            if let base = sketches.baseAddress {
                                projection.apply(memory.base, count: range.count, to: base + first)
                            }
                        }
                    }
                }
            }
        }
        self.sketches = sketches
        self.hashes = hashes
        let bad = isFinite.indices.filter { !isFinite[$0] }
        notFinite = (Array(bad.prefix(24)), bad.count)
        statistics = columns.enumerated().map { index, column in
            (column.name, column.doc, column.unit, (0..<rows).map { values[$0 * columns.count + index] })
        }
    }

    private static func targets(_ parts: [Part], hasClasses: Bool) -> (labels: [Int32], targets: [Float]) {
        var labels: [Int32] = []
        var targets: [Float] = []
        for part in parts {
            if hasClasses {
                var own = [Int32](repeating: 0, count: part.count * max(part.subset.targetsPerExample, 1))
                own.withUnsafeMutableBufferPointer { buffer in
                    if let base = buffer.baseAddress { part.subset.fill(classes: base, part.positions[...]) }
                }
                labels += own.prefix(part.count)
            } else {
                let width = max(part.subset.targetWidth, 1)
                var own = [Float](repeating: 0, count: part.count * width)
                own.withUnsafeMutableBufferPointer { buffer in
                    if let base = buffer.baseAddress { part.subset.fill(numbers: base, part.positions[...]) }
                }
                targets += stride(from: 0, to: own.count, by: width).map { own[$0] }
            }
        }
        return (labels, targets)
    }
}

/// Random signs that bring an example to 64 numbers whose distances are those of the inputs within about 20 % (Achlioptas
/// 2003); a narrow table keeps its columns, each in deviations from its median.
struct Projection {
    let width: Int
    private let elements: Int
    /// `[width, elements]`; empty where every input is kept.
    private let signs: [Float]
    private let offset: [Float]
    private let factor: [Float]

    /// - Parameter isTable: whether inputs have units of their own.
    init(_ elements: Int, _ bench: Bench, isTable: Bool) {
        self.elements = elements
        let subset = bench.dataset.training
        if isTable {
            // Medians and quartiles of at most 2,000 rows: one wild number does not make all others equal.
            let count = subset.labelledCount ?? subset.count
            let sampled = min(count, 2_000)
            var sample = [Float](repeating: 0, count: sampled * elements)
            sample.withUnsafeMutableBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                subset.fill(
                    stored: base, ArraySlice((0..<sampled).map { UInt32($0 * count / max(sampled, 1)) }))
            }
            var offset: [Float] = []
            var factor: [Float] = []
            for column in 0..<elements {
                let values = (0..<sampled).map { Double(sample[$0 * elements + column]) }.filter(\.isFinite).sorted()
                let middle = values.sortedQuantile(0.5)
                var spread = (values.sortedQuantile(0.75) - values.sortedQuantile(0.25)) / 1.349
                if !(spread > 0) { spread = values.spread }
                offset.append(middle.isFinite ? Float(middle) : 0)
                factor.append(spread > 0 && spread.isFinite ? Float(1 / spread) : 0)
            }
            self.offset = offset
            self.factor = factor
        } else {
            offset = []
            factor = []
        }
        width = min(elements, Survey.width)
        guard elements > Survey.width else {
            signs = []
            return
        }
        let random = Philox(seed: bench.recipe.seed, purpose: .checks)
        let size = 1 / Float(Survey.width).squareRoot()
        var signs: [Float] = []
        signs.reserveCapacity(Survey.width * elements)
        var word: UInt32 = 0
        for index in 0..<Survey.width * elements {
            if index & 31 == 0 { word = random.word(step: 1 << 40, index: UInt64(index >> 5)) }
            signs.append(word >> UInt32(index & 31) & 1 == 1 ? size : -size)
        }
        self.signs = signs
    }

    /// - Parameter inputs: `[count, elements]`, changed on the way.
    func apply(_ inputs: UnsafeMutablePointer<Float>, count: Int, to sketches: UnsafeMutablePointer<Float>) {
        for index in 0..<count * elements {
            var value = inputs[index]
            if !value.isFinite { value = 0 }
            if !offset.isEmpty {
                let column = index % elements
                value = max(-8, min(8, (value - offset[column]) * factor[column]))
            }
            inputs[index] = value
        }
        guard !signs.isEmpty else {
            sketches.update(from: inputs, count: count * elements)
            return
        }
        let scratch = FloatMemory(count: Streams.productScratch)
        signs.withUnsafeBufferPointer { signs in
            guard let base = signs.baseAddress else { return }
            Streams.innerProducts(
                inputs, rows: count, base, columns: width, width: elements, into: sketches, scratch: scratch.base)
        }
    }
}
