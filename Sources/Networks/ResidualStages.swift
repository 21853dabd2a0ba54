import CKernels
import Tensors

/// Where a residual block begins: both ways get the same value, and their gradients are added.
///
/// The layers of the block write the gradient of their way where the sum is wanted; what came along the other way is
/// added to it, a few examples a tile.
final class ForkStage: Stage {
    /// Whose gradient came along the other way: the sum itself, or the shortcut's beginning. nil until the block's end is
    /// known.
    var other: Stage?

    init(input: Slot, inputGradient: Slot?, before: Stage?, batch: Int, tiles: Int, pass: Pass) {
        super.init(
            input: input, output: input, inputGradient: inputGradient, outputGradient: inputGradient, before: before,
            pass: pass)
        if inputGradient != nil {
            backward = [
                ExampleTiles(self, batch: batch, tiles: tiles) { [unowned self] examples in self.addOther(examples) }
            ]
        }
    }

    override var others: (forward: [Slot], backward: [Slot]) { ([], other.map { [$0.outputGradient] } ?? []) }
    override var keepsGradient: Bool { false }

    private func addOther(_ examples: Range<Int>) {
        guard let inputGradient, let other else { return }
        pass.table.pointee.add(
            inputGradient.row(examples.lowerBound), other.outputGradient.row(examples.lowerBound),
            examples.count * input.units)
        before?.unfinish(Block(examples, units: input.units))
    }
}

/// Where the shortcut of a residual block begins; it does nothing, but has a gradient of its own.
final class ShortcutStage: Stage {
    init(fork: ForkStage) {
        super.init(input: fork.output, output: fork.output, inputGradient: nil, before: nil, pass: fork.pass)
    }

    override var keepsGradient: Bool { false }
}

/// Where a residual block ends: `y = act(a + b)`. Both ways get the gradient of the sum.
final class JoinStage: Stage {
    /// The end of one way.
    struct Way {
        var value: Slot
        /// What the gradient is written to; nil where nothing on this way learns.
        var end: Stage?
    }

    private let ways: [Way]
    private let activation: Activation
    /// Ends of ways that take the sum's own gradient, and those that need a copy, since they write to it.
    private let sharing: [Stage]
    private let copies: [Stage]

    init(_ first: Way, _ second: Way, activation: Activation.Kind, batch: Int, tiles: Int, pass: Pass) {
        ways = [first, second]
        self.activation = Activation(kind: activation)
        let ends = ways.compactMap(\.end)
        sharing = ends.filter(\.keepsGradient)
        copies = ends.filter { !$0.keepsGradient }
        super.init(
            input: first.value, output: Slot(units: first.value.units, base: pass.gradients), inputGradient: nil,
            before: nil, pass: pass)
        for end in sharing { end.share(outputGradient) }
        let sum = ExampleTiles(self, batch: batch, tiles: tiles) { [unowned self] examples in self.add(examples) }
        trainingForward = [sum]
        evaluationForward = [sum]
        if !copies.isEmpty {
            backward = [
                ExampleTiles(self, batch: batch, tiles: tiles) { [unowned self] examples in self.copy(examples) }
            ]
        }
    }

    override var others: (forward: [Slot], backward: [Slot]) {
        ([ways[1].value], copies.map(\.outputGradient))
    }
    override var keepsGradient: Bool { activation.kind == .none }

    override func share(_ gradient: Slot) {
        super.share(gradient)
        for end in sharing { end.share(gradient) }
    }

    private func add(_ examples: Range<Int>) {
        let first = examples.lowerBound
        pass.table.pointee.sum(
            output.row(first), ways[0].value.row(first), ways[1].value.row(first), examples.count * output.units,
            activation.code)
    }

    override func unfinish(_ block: Block) {
        guard activation.kind != .none else { return }
        pass.table.pointee.unfinish(
            outputGradient.base + block.offset, output.base + block.offset, block.stride, block.rows, block.columns,
            activation.code, 1)
    }

    private func copy(_ examples: Range<Int>) {
        for end in copies {
            end.outputGradient.row(examples.lowerBound)
                .update(from: outputGradient.row(examples.lowerBound), count: examples.count * output.units)
            end.unfinish(Block(examples, units: output.units))
        }
    }
}

/// Work on a few examples a tile.
final class ExampleTiles: TiledWork {
    private let pass: Pass
    private let step: Int
    private let body: (Range<Int>) -> Void

    /// - Parameter body: made once, when the plan is compiled.
    init(_ stage: Stage, batch: Int, tiles: Int, _ body: @escaping (Range<Int>) -> Void) {
        pass = stage.pass
        step = (batch + tiles - 1) / tiles
        self.body = body
        super.init(tileCount: (batch + step - 1) / step)
        isSmall = batch * stage.output.units < Self.fewNumbers
    }

    override func run(tile: Int, thread: Int) {
        let first = tile * step
        let last = min(first + step, pass.count)
        if first < last { body(first..<last) }
    }
}
