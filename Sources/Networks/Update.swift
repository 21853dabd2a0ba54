import CKernels
import Glibc
import Recipes
import Tensors

/// The optimiser's step over the flat buffers, in chunks of at most 16,384 values of one tensor.
///
/// sgd (with momentum, Nesterov's too), Adam (Kingma & Ba 2015), AdamW (Loshchilov & Hutter 2019), RMSprop (Hinton 2012)
/// and Adagrad (Duchi et al. 2011), each in PyTorch's order of operations; schedule-free AdamW (Defazio et al. 2024). The
/// decay of both AdamWs leaves biases and norms alone.
final class Update: TiledWork {
    private struct Chunk {
        var first: Int, count: Int
        var decays: Bool
    }

    private let chunks: [Chunk]
    private let memory: StateMemory
    private let kernels: Kernels
    private var optimizer = Optimizer()
    private var rate: Float = 0
    private var adam = ck_adam()
    private var sgd = ck_sgd()
    private var rms = ck_rms()
    private var scheduleFree = ck_schedule_free()

    init(plan: Plan, memory: StateMemory, kernels: Kernels) {
        let size = 1 << 14
        chunks = plan.tensors.filter { $0.storage == .parameters }.flatMap { tensor in
            stride(from: 0, to: tensor.count, by: size).map {
                Chunk(first: tensor.offset + $0, count: min(size, tensor.count - $0), decays: tensor.decays)
            }
        }
        self.memory = memory
        self.kernels = kernels
        super.init(tileCount: chunks.count)
        isSmall = plan.parameterFloats < Self.fewNumbers
    }

    /// - Parameters:
    ///   - updates: how many updates the moments will have seen after this one, from 1.
    ///   - gradientScale: clipping by norm.
    ///   - limit: clipping by value.
    ///   - averageShare: schedule-free: of the newest step in the average.
    func prepare(
        _ optimizer: Optimizer, rate: Double, updates: Int, gradientScale: Float, limit: Double?, averageShare: Double
    ) {
        let limit = limit.map { Float($0) } ?? .infinity
        self.optimizer = optimizer
        let beta1 = optimizer.betas.first ?? 0.9
        let beta2 = optimizer.betas.count > 1 ? optimizer.betas[1] : 0.999
        switch optimizer.kind {
        case .sgd:
            sgd = ck_sgd(
                gradient_scale: gradientScale, limit: limit, decay: Float(optimizer.decay),
                momentum: Float(optimizer.momentum), rate: Float(rate), nesterov: optimizer.nesterov ? 1 : 0)
        case .scheduleFreeAdamw:
            scheduleFree = ck_schedule_free(
                gradient_scale: gradientScale, limit: limit, decay: Float(optimizer.decay), beta2: Float(beta2),
                new2: Float(1 - beta2), epsilon: Float(optimizer.epsilon),
                root_correction: Float((1 - pow(beta2, Double(updates))).squareRoot()), rate: Float(rate),
                share: Float(averageShare))
        case .adam, .adamw:
            let isDecoupled = optimizer.kind == .adamw
            adam = ck_adam(
                gradient_scale: gradientScale, limit: limit, decay: isDecoupled ? 0 : Float(optimizer.decay),
                keep: isDecoupled ? Float(1 - rate * optimizer.decay) : 1, beta2: Float(beta2),
                share1: Float(1 - beta1), share2: Float(1 - beta2),
                epsilon: Float(optimizer.epsilon), step_size: Float(rate / (1 - pow(beta1, Double(updates)))),
                root_correction: Float((1 - pow(beta2, Double(updates))).squareRoot()))
        case .rmsprop, .adagrad:
            let isAverage = optimizer.kind == .rmsprop
            rms = ck_rms(
                gradient_scale: gradientScale, limit: limit, decay: Float(optimizer.decay),
                keep: isAverage ? Float(optimizer.alpha) : 1, share: isAverage ? Float(1 - optimizer.alpha) : 1,
                epsilon: Float(optimizer.epsilon), momentum: Float(optimizer.momentum), rate: Float(rate))
        }
    }

    override func run(tile: Int, thread: Int) {
        let chunk = chunks[tile]
        let p = memory.parameters.base + chunk.first
        let g = memory.gradients.base + chunk.first
        switch optimizer.kind {
        case .sgd:
            let velocity = memory.moments.first.map { $0.base + chunk.first }
            withUnsafePointer(to: sgd) { kernels.table.pointee.sgd(p, g, velocity, chunk.count, $0) }
        case .rmsprop, .adagrad:
            let velocity = memory.moments.count > 1 ? memory.moments[1].base + chunk.first : nil
            withUnsafePointer(to: rms) {
                kernels.table.pointee.rms(p, g, memory.moments[0].base + chunk.first, velocity, chunk.count, $0)
            }
        case .scheduleFreeAdamw:
            guard let point = memory.point else { return }
            var scalars = scheduleFree
            if !chunk.decays { scalars.decay = 0 }
            kernels.table.pointee.schedule_free(
                p, point.base + chunk.first, g, memory.moments[0].base + chunk.first,
                memory.moments[1].base + chunk.first, chunk.count, &scalars)
        case .adam, .adamw:
            var scalars = adam
            if !chunk.decays && optimizer.kind == .adamw { scalars.keep = 1 }
            kernels.table.pointee.adam(
                p, g, memory.moments[0].base + chunk.first, memory.moments[1].base + chunk.first, chunk.count,
                &scalars)
        }
    }
}
