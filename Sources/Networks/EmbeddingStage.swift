import CKernels
import Tensors

/// Token ids to rows of a table, with a row for the place added where there is a second table.
///
/// Shapes: ids `[batch, positions]`, table `[vocabulary, width]`, places `[positions, width]`, `y`
/// `[batch, positions, width]`. Where the table goes through a projection first, its rows are those of the product. The
/// backward pass adds rows in the order of the batch, columns cut into tiles.
final class EmbeddingStage: Stage {
    struct Places {
        var table: Int
        /// Where the second table lies.
        var position: Int?
        /// Whether a linear behind has written its part of the table's gradient already.
        var isTied = false
    }

    private let places: Places
    private let projection: TableProjection?
    private let vocabulary: Int
    private let width: Int
    private let positions: Int
    /// Columns of a tile of the backward pass: several cache lines.
    private static let columnStep = 64

    init(
        input: Slot, vocabulary: Int, width: Int, places: Places, projection: TableProjection? = nil, batch: Int,
        tiles: Int, pass: Pass, squares: SquareSums
    ) {
        self.places = places
        self.projection = projection
        self.vocabulary = vocabulary
        self.width = width
        positions = input.units
        super.init(
            input: input, output: Slot(units: input.units * width, base: pass.gradients), inputGradient: nil,
            before: nil, pass: pass)
        let look = ExampleTiles(self, batch: batch, tiles: tiles) { [unowned self] examples in self.look(examples) }
        trainingForward = [look]
        evaluationForward = [look]
        backward = [Gradients(self, squares: squares)]
        if let projection {
            needs.append(
                MemoryNeed(
                    floats: vocabulary * width, lastsUntilBackward: true, slot: projection.rows))
            trainingForward.insert(projection.forward, at: 0)
            evaluationForward.insert(projection.forward, at: 0)
            backward.append(projection.backward)
        }
    }

    private func look(_ examples: Range<Int>) {
        let ids = input.row(examples.lowerBound)
        let y = output.row(examples.lowerBound)
        let table = projection.map { UnsafePointer($0.rows.base) } ?? pass.parameters + places.table
        for row in 0..<examples.count * positions {
            let target = y + row * width
            guard let id = id(ids[row]) else {
                // The data's own check refuses it; here it only must not reach foreign memory.
                target.update(repeating: .nan, count: width)
                continue
            }
            target.update(from: table + id * width, count: width)
            if let position = places.position {
                pass.table.pointee.add(target, pass.parameters + position + row % positions * width, width)
            }
        }
    }

    private func id(_ value: Float) -> Int? {
        value >= 0 && value < Float(vocabulary) ? Int(value) : nil
    }

    private final class Gradients: TiledWork {
        unowned let stage: EmbeddingStage
        let squares: UnsafeMutablePointer<Double>

        init(_ stage: EmbeddingStage, squares: SquareSums) {
            self.stage = stage
            let tiles = (stage.width + EmbeddingStage.columnStep - 1) / EmbeddingStage.columnStep
            self.squares = squares.reserve(tiles)
            super.init(tileCount: tiles)
        }

        override func run(tile: Int, thread: Int) {
            let stage = stage
            let pass = stage.pass
            let width = stage.width
            let first = tile * EmbeddingStage.columnStep
            let columns = min(EmbeddingStage.columnStep, width - first)
            let rows = pass.count * stage.positions
            let dy = stage.outputGradient.base + first
            let table = (stage.projection?.rows.base ?? pass.gradients + stage.places.table) + first
            if !stage.places.isTied || stage.projection != nil { clear(table, stage.vocabulary, columns) }
            for row in 0..<rows {
                guard let id = stage.id(stage.input.base[row]) else { continue }
                pass.table.pointee.add(table + id * width, dy + row * width, columns)
            }
            if stage.projection != nil { return }  // its own gradients count
            var sum = squared(table, stage.vocabulary, columns)
            if let position = stage.places.position {
                let places = pass.gradients + position + first
                clear(places, stage.positions, columns)
                for row in 0..<rows {
                    pass.table.pointee.add(places + row % stage.positions * width, dy + row * width, columns)
                }
                sum += squared(places, stage.positions, columns)
            }
            squares[tile] = sum
        }

        private func clear(_ base: UnsafeMutablePointer<Float>, _ rows: Int, _ columns: Int) {
            for row in 0..<rows { (base + row * stage.width).update(repeating: 0, count: columns) }
        }

        private func squared(_ base: UnsafeMutablePointer<Float>, _ rows: Int, _ columns: Int) -> Double {
            (0..<rows).reduce(0.0) {
                $0 + stage.pass.table.pointee.sum_of_squares(base + $1 * stage.width, columns)
            }
        }
    }
}
