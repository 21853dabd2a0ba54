import CKernels
import Tensors

/// A part of the plan between two values that hold the whole batch. Its work is lists of tiles, run one after another.
class Stage {
    /// The value before it: the batch's inputs for the first stage.
    let input: Slot
    let output: Slot
    /// Gradients of the loss with respect to both; the first stage has none before it.
    let inputGradient: Slot?
    private(set) var outputGradient: Slot
    /// The stage that made `input`: a gradient just written goes through that stage's activation at once.
    let before: Stage?
    let pass: Pass
    var trainingForward: [TiledWork] = []
    var evaluationForward: [TiledWork] = []
    var backward: [TiledWork] = []
    /// Makes `output` again, bit for bit, from what the backward pass has anyway and at little cost; empty where that is
    /// not so.
    var again: [TiledWork] = []
    /// Whether the backward pass does so.
    var isMadeAgain = false
    /// Memory that lives with the stage: (floats, where it goes, whether until the backward pass).
    var needs: [MemoryNeed] = []

    /// Memory for one pass.
    struct MemoryNeed {
        var floats: Int
        /// False for what only the stage's own forward pass reads.
        var lastsUntilBackward: Bool
        var slot: Slot
    }

    /// Further values and gradients of the whole batch that the stage reads or writes.
    var others: (forward: [Slot], backward: [Slot]) { ([], []) }
    /// Whether the backward pass leaves `outputGradient` as it finds it.
    var keepsGradient: Bool { true }

    /// - Parameter outputGradient: another stage's gradient slot to share; nil for one of its own.
    init(
        input: Slot, output: Slot, inputGradient: Slot?, outputGradient: Slot? = nil, before: Stage?, pass: Pass
    ) {
        self.input = input
        self.output = output
        self.inputGradient = inputGradient
        self.before = before
        self.pass = pass
        self.outputGradient = outputGradient ?? Slot(units: output.units, base: pass.gradients)
    }

    /// Takes the gradient of a stage behind as its own, instead of a copy. Before memory is placed.
    func share(_ gradient: Slot) { outputGradient = gradient }

    /// Takes the gradient just written to a part of `outputGradient` through the activation that the stage has fused
    /// behind it.
    func unfinish(_ block: Block) {}

    /// A part of a value of the whole batch, as whoever writes it sees it: rows of some width.
    struct Block {
        /// Floats from the value's beginning to the block's.
        var offset: Int
        /// Floats from one row to the next.
        var stride: Int
        var rows: Int, columns: Int

        /// All of these examples.
        init(_ examples: Range<Int>, units: Int) {
            offset = examples.lowerBound * units
            stride = units
            rows = examples.count
            columns = units
        }

        init(offset: Int, stride: Int, rows: Int, columns: Int) {
            self.offset = offset
            self.stride = stride
            self.rows = rows
            self.columns = columns
        }
    }

    /// Writes the buffers' new values (running statistics) of a step that is kept.
    /// - Parameter share: what the newest batch counts in them; nil for the recipe's momentum.
    func commit(buffers: UnsafeMutablePointer<Float>, share: Float?) {}
}

/// What a stage does to its values before it writes them.
struct Activation: Equatable {
    var kind: Kind = .none
    /// A dropout behind a relu (or behind nothing): probability as a threshold on 16 random bits, 0 for none.
    var threshold: UInt32 = 0

    enum Kind: Equatable {
        case none, relu, tanh
        /// Its gradient is computed from its argument, which is kept.
        case curve(Curve.Function)
    }

    /// Of what the kernels fuse; a curve is applied by itself.
    var code: Int32 {
        switch kind {
        case .none, .curve: Int32(CK_NONE)
        case .relu: Int32(CK_RELU)
        case .tanh: Int32(CK_TANH)
        }
    }
    /// 1 / (1 - the rounded probability).
    var scale: Float { 65536 / Float(65536 - threshold) }

    /// The threshold of a probability in 0 ..< 1, in 65536ths.
    static func threshold(_ probability: Double) -> UInt32 {
        UInt32(min(65535, max(0, (probability * 65536).rounded())))
    }
}
