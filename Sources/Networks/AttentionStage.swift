import CKernels
import Tensors

/// Causal multi-head self-attention between its two projections: Vaswani et al. 2017, section 3.2
/// (<https://arxiv.org/abs/1706.03762>), by blocks of rows whose scores are not kept but made again in the backward pass
/// from each row's largest score and sum (Dao et al. 2022, <https://arxiv.org/abs/2205.14135>).
///
/// Shapes: queries, keys and values side by side `[batch, positions, 3 · width]`, `y` `[batch, positions, width]`, each
/// head some neighbouring columns. Cost: about 2 · positions² · width flops an example forward, blocks behind the
/// diagonal left out, and two and a half times that backward.
final class AttentionStage: Stage {
    private let positions: Int
    private let width: Int
    private let heads: Int
    private let depth: Int
    private let scale: Float
    /// Rows of queries at a time.
    private let blockRows: Int
    /// Two numbers a row: `[heads][positions]` of an example.
    private let statistics: Slot
    private let memory: [FloatMemory]

    init(
        input: Slot, positions: Int, heads: Int, batch: Int, threads: Int, inputGradient: Slot?, before: Stage?,
        pass: Pass
    ) {
        self.positions = positions
        self.heads = heads
        width = input.units / positions / 3
        depth = width / heads
        scale = 1 / Float(depth).squareRoot()
        blockRows = positions >= 128 ? 64 : 32
        statistics = Slot(units: 2 * heads * positions, base: pass.gradients)
        let scratch = 2 * min(blockRows, positions) * positions
        memory = (0..<threads).map { _ in FloatMemory(count: scratch) }
        super.init(
            input: input, output: Slot(units: positions * width, base: pass.gradients), inputGradient: inputGradient,
            before: before, pass: pass)
        needs.append(MemoryNeed(floats: batch * statistics.units, lastsUntilBackward: true, slot: statistics))
        let forward = Heads(self, batch: batch) { $0.forward($1, $2, $3) }
        trainingForward = [forward]
        evaluationForward = [forward]
        if inputGradient != nil { backward = [Heads(self, batch: batch) { $0.backward($1, $2, $3) }] }
    }

    /// One head of one example a tile.
    private final class Heads: TiledWork {
        unowned let stage: AttentionStage
        let body: (AttentionStage, Int, Int, Int) -> Void

        init(_ stage: AttentionStage, batch: Int, _ body: @escaping (AttentionStage, Int, Int, Int) -> Void) {
            self.stage = stage
            self.body = body
            super.init(tileCount: batch * stage.heads)
        }

        override func run(tile: Int, thread: Int) {
            let example = tile / stage.heads
            if example < stage.pass.count { body(stage, example, tile % stage.heads, thread) }
        }
    }

    private func statistics(_ example: Int, _ head: Int) -> UnsafeMutablePointer<Float> {
        statistics.row(example) + 2 * head * positions
    }

    /// Scores of the rows from `first` on with the keys that any of them sees.
    private func score(
        _ queries: UnsafePointer<Float>, _ first: Int, _ rows: Int, into scores: UnsafeMutablePointer<Float>,
        _ thread: Int
    ) {
        let stride = 3 * width
        pass.multiply(
            queries + first * stride, lda: stride, queries + width, ldb: stride, bTransposed: true, into: scores,
            ldc: first + rows, m: rows, n: first + rows, k: depth, thread: thread)
    }

    private func forward(_ example: Int, _ head: Int, _ thread: Int) {
        let stride = 3 * width
        let queries = input.row(example) + head * depth
        let values = queries + 2 * width
        let y = output.row(example) + head * depth
        let weights = memory[thread].base
        let statistics = statistics(example, head)
        for first in Swift.stride(from: 0, to: positions, by: blockRows) {
            let rows = min(blockRows, positions - first)
            score(queries, first, rows, into: weights, thread)
            pass.table.pointee.attend(weights, first + rows, rows, first, scale, statistics + 2 * first)
            pass.multiply(
                weights, lda: first + rows, values, ldb: stride, into: y + first * width, ldc: width, m: rows,
                n: depth, k: first + rows, thread: thread)
        }
    }

    private func backward(_ example: Int, _ head: Int, _ thread: Int) {
        guard let inputGradient else { return }
        let stride = 3 * width
        let queries = input.row(example) + head * depth
        let keys = queries + width
        let values = queries + 2 * width
        let dy = outputGradient.row(example) + head * depth
        let dQueries = inputGradient.row(example) + head * depth
        let dKeys = dQueries + width
        let dValues = dQueries + 2 * width
        let weights = memory[thread].base
        let slopes = weights + min(blockRows, positions) * positions
        let statistics = statistics(example, head)
        // From the last block, which sees every key: it writes what those before it add to.
        var first = (positions - 1) / blockRows * blockRows
        var adds = false
        while first >= 0 {
            let rows = min(blockRows, positions - first)
            let seen = first + rows
            score(queries, first, rows, into: weights, thread)
            pass.table.pointee.attend_again(weights, seen, rows, first, scale, statistics + 2 * first)
            let dBlock = dy + first * width
            pass.multiply(
                weights, lda: seen, aTransposed: true, dBlock, ldb: width, into: dValues, ldc: stride, m: seen,
                n: depth, k: rows, adds: adds, thread: thread)
            pass.multiply(
                dBlock, lda: width, values, ldb: stride, bTransposed: true, into: slopes, ldc: seen, m: rows, n: seen,
                k: depth, thread: thread)
            pass.table.pointee.attend_back(slopes, weights, seen, rows, scale)
            pass.multiply(
                slopes, lda: seen, keys, ldb: stride, into: dQueries + first * stride, ldc: stride, m: rows, n: depth,
                k: seen, thread: thread)
            pass.multiply(
                slopes, lda: seen, aTransposed: true, queries + first * stride, ldb: stride, into: dKeys,
                ldc: stride, m: seen, n: depth, k: rows, adds: adds, thread: thread)
            adds = true
            first -= blockRows
        }
        // The projection before it has no activation that the gradient would have to go through.
    }
}
