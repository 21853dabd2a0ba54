import CKernels
import Tensors

/// A part of the plan between two values that hold the whole batch. Its work is lists of tiles, run one after another.
class Stage {
    /// The value before it: the batch's inputs for the first stage.
    let input: Slot
    let output: Slot
    /// Gradients of the loss with respect to both; the first stage has none before it.
    let inputGradient: Slot?
    let outputGradient: Slot
    /// The stage that made `input`: a gradient just written goes through that stage's activation at once.
    let before: Stage?
    let pass: Pass
    var trainingForward: [TiledWork] = []
    var evaluationForward: [TiledWork] = []
    var backward: [TiledWork] = []
    /// Memory that lives with the stage: (floats, where it goes, whether until the backward pass).
    var needs: [MemoryNeed] = []

    /// Memory for one pass.
    struct MemoryNeed {
        var floats: Int
        /// False for what only the stage's own forward pass reads.
        var lastsUntilBackward: Bool
        var slot: Slot
    }

    init(input: Slot, output: Slot, inputGradient: Slot?, before: Stage?, pass: Pass) {
        self.input = input
        self.output = output
        self.inputGradient = inputGradient
        self.before = before
        self.pass = pass
        outputGradient = Slot(units: output.units, base: pass.gradients)
    }

    /// Takes the gradient just written to `outputGradient` through the activation that the stage has fused behind it.
    func unfinish(examples: Range<Int>, columns: Range<Int>) {}

    /// Writes the buffers' new values (running statistics) of a step that is kept.
    func commit(buffers: UnsafeMutablePointer<Float>) {}
}

/// What a stage does to its values before it writes them.
struct Activation: Equatable {
    var kind: Kind = .none
    /// A dropout behind a relu (or behind nothing): probability as a threshold on 16 random bits, 0 for none.
    var threshold: UInt32 = 0

    enum Kind: Equatable { case none, relu, tanh }

    var code: Int32 {
        switch kind {
        case .none: Int32(CK_NONE)
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
