import CKernels
import Tensors

/// Memory of one thread while it takes an example through a chain of operations.
struct Scratch {
    /// For values that only the next operation reads, and the gradients between operations; used in turn.
    let even: UnsafeMutablePointer<Float>
    let odd: UnsafeMutablePointer<Float>
    /// For the inside of one operation.
    let inner: UnsafeMutablePointer<Float>
}

/// A chain of operations that treat each example by itself: one tile takes a few examples through the whole chain, so
/// that what lies between two operations stays in the cache, and what no backward step reads is never kept.
final class SampleStage: Stage {
    let operations: [SampleOperation]
    /// Where each operation's result is kept for the whole batch; nil for what stays in a thread's scratch memory, or
    /// where the operation works in place.
    private let kept: [Slot?]
    private let isInPlace: [Bool]
    /// The first operation with parameters; before it a first stage needs no gradient.
    private let firstLearning: Int
    let examplesPerTile: Int
    let batch: Int
    private let scratchFloats: Int
    private let innerFloats: Int
    private let memory: [FloatMemory]

    /// - Parameter threads: of the pool, for scratch memory.
    init(
        input: Slot, operations: [SampleOperation], batch: Int, tiles: Int, threads: Int, inputGradient: Slot?,
        before: Stage?, pass: Pass, squares: SquareSums
    ) {
        self.operations = operations
        self.batch = batch
        examplesPerTile = (batch + tiles - 1) / tiles
        let last = operations.count - 1
        var kept: [Slot?] = []
        var inPlace: [Bool] = []
        var chainIsRead = false
        for (i, operation) in operations.enumerated() {
            // Overwriting keeps signs, but no other property of a value that the backward pass reads.
            let overwrites = i > 0 && operation.overwrites && !chainIsRead
            inPlace.append(overwrites)
            chainIsRead = operation.reading == .output || (overwrites && chainIsRead)
            kept.append(nil)
        }
        // An in-place chain shares the memory of its first operation, which is kept if any member needs it.
        let output = Slot(units: operations[last].outputUnits, base: pass.gradients)
        var i = 0
        while i <= last {
            var end = i
            while end < last && inPlace[end + 1] { end += 1 }
            let isRead = (i...end).contains { operations[$0].reading != .nothing }
            let nextReads = end < last && operations[end + 1].readsInput
            if end == last {
                kept[i] = output
            } else if isRead || nextReads {
                kept[i] = Slot(units: operations[i].outputUnits, base: pass.gradients)
            }
            i = end + 1
        }
        self.kept = kept
        isInPlace = inPlace
        firstLearning = inputGradient != nil ? 0 : operations.firstIndex { $0.hasParameters } ?? operations.count
        scratchFloats =
            ((operations.map { max($0.outputUnits, $0.inputUnits) }.max() ?? 0) + 15) & ~15
        innerFloats = ((operations.map(\.scratchFloats).max() ?? 0) + 15) & ~15
        let perThread = 2 * scratchFloats + innerFloats
        memory = (0..<threads).map { _ in FloatMemory(count: perThread) }
        super.init(input: input, output: output, inputGradient: inputGradient, before: before, pass: pass)
        for slot in kept.compactMap({ $0 }) where slot !== output {
            needs.append(MemoryNeed(floats: batch * slot.units, lastsUntilBackward: true, slot: slot))
        }
        for operation in operations {
            for (slot, lasts) in operation.slots {
                needs.append(MemoryNeed(floats: batch * slot.units, lastsUntilBackward: lasts, slot: slot))
            }
        }
        let tileCount = (batch + examplesPerTile - 1) / examplesPerTile
        let prepare = operations.compactMap { $0.preparation() }
        let forward = Forward(self, tileCount: tileCount)
        let isSmall = operations.reduce(0) { $0 + $1.cost } * batch < TiledWork.fewNumbers
        forward.isSmall = isSmall
        trainingForward = prepare + [forward]
        evaluationForward = prepare + [forward]
        if operations.count == 1, operations[0].isRepeatable { again = [forward] }
        if firstLearning < operations.count {
            let back = Backward(self, tileCount: tileCount)
            back.isSmall = isSmall
            backward = [back]
            for operation in operations {
                if let reduction = operation.reduction(
                    parts: tileCount, examplesPerPart: examplesPerTile, squares: squares)
                {
                    backward.append(reduction)
                }
            }
        }
    }

    /// Where an operation's result lies when the stage has run, or what those behind it have made of it in place; nil where
    /// it is gone.
    func result(of operation: Int) -> Slot? {
        var first = operation
        while isInPlace[first] { first -= 1 }
        return kept[first]
    }

    override var keepsGradient: Bool {
        guard let last = operations.last else { return true }
        // Alone, an operation that could work in place has two memories to work between.
        return last.keepsGradient && (operations.count == 1 || !last.overwrites)
    }

    private func scratch(_ thread: Int) -> Scratch {
        let base = memory[thread].base
        return Scratch(even: base, odd: base + scratchFloats, inner: base + 2 * scratchFloats)
    }

    /// Where operation `index` writes the result of this example, given where its input lies.
    @inline(__always)
    private func place(
        _ index: Int, _ example: Int, _ scratch: Scratch, _ input: UnsafeMutablePointer<Float>
    ) -> UnsafeMutablePointer<Float> {
        if isInPlace[index] { return input }
        if let slot = kept[index] { return slot.row(example) }
        return input == scratch.even ? scratch.odd : scratch.even
    }

    private func examples(_ tile: Int) -> Range<Int> {
        let first = tile * examplesPerTile
        return first..<max(first, min(first + examplesPerTile, pass.count))
    }

    private final class Forward: TiledWork {
        unowned let stage: SampleStage

        init(_ stage: SampleStage, tileCount: Int) {
            self.stage = stage
            super.init(tileCount: tileCount)
        }

        override func run(tile: Int, thread: Int) {
            let scratch = stage.scratch(thread)
            for example in stage.examples(tile) {
                var x = stage.input.row(example)
                for (i, operation) in stage.operations.enumerated() {
                    let y = stage.place(i, example, scratch, x)
                    operation.forward(x, y, example: example, inner: scratch.inner)
                    x = y
                }
            }
        }
    }

    private final class Backward: TiledWork {
        unowned let stage: SampleStage

        init(_ stage: SampleStage, tileCount: Int) {
            self.stage = stage
            super.init(tileCount: tileCount)
        }

        override func run(tile: Int, thread: Int) {
            let stage = stage
            let scratch = stage.scratch(thread)
            let examples = stage.examples(tile)
            for operation in stage.operations { operation.beginPart(tile) }
            for example in examples {
                var dy = stage.outputGradient.row(example)
                var i = stage.operations.count - 1
                while i >= stage.firstLearning {
                    let operation = stage.operations[i]
                    let wantsGradient = i > stage.firstLearning || stage.inputGradient != nil
                    var dx: UnsafeMutablePointer<Float>?
                    if i == 0 {
                        dx = stage.inputGradient?.row(example)
                    } else if wantsGradient {
                        dx = operation.overwrites ? dy : dy == scratch.even ? scratch.odd : scratch.even
                    }
                    operation.backward(
                        x: stage.value(before: i, example), y: stage.value(after: i, example), dy: dy, dx: dx,
                        example: example, part: tile, inner: scratch.inner)
                    if let dx { dy = dx }
                    i -= 1
                }
                if stage.inputGradient != nil {
                    stage.before?.unfinish(Block(example..<example + 1, units: stage.input.units))
                }
            }
        }
    }

    /// The kept result of operation `index`; any pointer where none is kept, which no operation then reads.
    @inline(__always)
    private func value(after index: Int, _ example: Int) -> UnsafeMutablePointer<Float> {
        var i = index
        while i > 0 && isInPlace[i] { i -= 1 }
        return (kept[i] ?? output).row(example)
    }

    @inline(__always)
    private func value(before index: Int, _ example: Int) -> UnsafeMutablePointer<Float> {
        index == 0 ? input.row(example) : value(after: index - 1, example)
    }
}

/// One operation on one example.
class SampleOperation {
    /// What the backward step reads of its own result.
    enum Reading { case nothing, outputSign, output }

    let inputUnits: Int
    let outputUnits: Int
    let pass: Pass

    init(inputUnits: Int, outputUnits: Int, pass: Pass) {
        self.inputUnits = inputUnits
        self.outputUnits = outputUnits
        self.pass = pass
    }

    var reading: Reading { .nothing }
    /// Whether the backward step reads the input.
    var readsInput: Bool { false }
    /// Whether result and input, and their gradients, may be the same memory. Such an operation leaves a positive value
    /// positive or makes it and its gradient zero, so that a relu before it can still read its own signs.
    var overwrites: Bool { false }
    var hasParameters: Bool { false }
    /// Whether a second forward step gives the same and changes nothing else, and is cheap.
    var isRepeatable: Bool { false }
    /// Steps of a forward pass of one example: numbers written, or multiply-adds where those are more.
    var cost: Int { outputUnits }
    /// Whether the backward step leaves its result's gradient as it is.
    var keepsGradient: Bool { true }
    /// Floats of a thread's memory that one call uses.
    var scratchFloats: Int { 0 }
    /// Memory for the whole batch, and whether the backward pass reads it.
    var slots: [(Slot, Bool)] { [] }

    /// Work before the first example of a pass (packing weights).
    func preparation() -> TiledWork? { nil }
    func forward(
        _ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>, example: Int,
        inner: UnsafeMutablePointer<Float>
    ) {}
    /// Before the first example of a part of the batch: clears the part's own sums.
    func beginPart(_ part: Int) {}
    /// - Parameter dx: nil where nobody wants the input's gradient.
    func backward(
        x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, example: Int, part: Int, inner: UnsafeMutablePointer<Float>
    ) {}
    /// Adds the parts' gradients in order.
    func reduction(parts: Int, examplesPerPart: Int, squares: SquareSums) -> TiledWork? { nil }
}
