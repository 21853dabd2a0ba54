import Recipes
import Tensors

/// A network in memory that trains and evaluates; used by one thread, which lends its pool.
///
/// Everything that a resume needs is in `parameters`, `moments`, `buffers` and `counters`: copy them out between two
/// steps, write them back to go on. Dropout and initial values are functions of the seed and the step alone.
public final class Network {
    public let plan: Plan
    public let pool: ThreadPool
    public let seed: UInt64
    /// May be changed between steps (hot keys), but for its kind and whether sgd has momentum.
    public var optimizer: Optimizer
    /// May be changed between steps.
    public var clip: Clip
    /// `plan.parameterFloats` floats: what an evaluation takes and a checkpoint keeps.
    public var parameters: UnsafeMutablePointer<Float> { memory.parameters.base }
    /// `plan.parameterFloats` floats: of the newest step, before clipping.
    public var gradients: UnsafeMutablePointer<Float> { memory.gradients.base }
    /// One buffer of `plan.parameterFloats` floats for each of `optimizer.momentNames`.
    public let moments: [UnsafeMutablePointer<Float>]
    /// `plan.bufferFloats` floats.
    public var buffers: UnsafeMutablePointer<Float> { memory.buffers.base }
    /// `plan.counterCount` integers.
    public let counters: UnsafeMutablePointer<Int64>

    private let memory: StateMemory
    private let arena: FloatMemory
    private let pass: Pass
    private let squares = SquareSums()
    private let input: Slot
    private let stages: [Stage]
    /// Of each layer of the plan: the stage in whose output its work ends.
    private let places: [Int]
    /// Of each layer: the last operation of its stage's chain that it has a part in; nil where the stage is no chain.
    private let ends: [Int?]
    /// Adds up what a layer gives in the passes of updates; nil costs nothing.
    public var probe: ActivationProbe?
    /// Counts which units are active in evaluations; nil costs nothing.
    public var activity: UnitActivity?
    private let lossWork: LossWork
    private let update: Update
    private let point: GradientPoint?
    private let sum: GradientSum?
    /// The buffers as they were before an update of several batches.
    private let buffersBefore: FloatMemory?
    /// What the update to come has taken in so far.
    private var pending = Pending()
    private let trainingForward: [TiledWork]
    private let evaluationForward: [TiledWork]
    private let backward: [TiledWork]

    /// Allocates everything that training needs; values are zero until `initialize` or a load.
    /// - Parameter kernels: other than the process's own only in tests.
    public convenience init(
        plan: Plan, optimizer: Optimizer, clip: Clip = Clip(), seed: UInt64, pool: ThreadPool,
        kernels: Kernels = .current
    ) {
        self.init(
            plan: plan, optimizer: optimizer, clip: clip, seed: seed, pool: pool, kernels: kernels,
            repeatsFrom: Compiler.largeOutput)
    }

    /// - Parameter repeatsFrom: floats of an output from which on it is made again rather than kept, where it can be.
    package init(
        plan: Plan, optimizer: Optimizer, clip: Clip, seed: UInt64, pool: ThreadPool, kernels: Kernels,
        repeatsFrom: Int
    ) {
        self.plan = plan
        self.optimizer = optimizer
        self.clip = clip
        self.seed = seed
        self.pool = pool
        memory = StateMemory(plan: plan, optimizer: optimizer)
        moments = memory.moments.map(\.base)
        counters = .allocate(capacity: max(plan.counterCount, 1))
        counters.initialize(repeating: 0, count: max(plan.counterCount, 1))
        pass = Pass(kernels: kernels, seed: seed, memory: memory, threads: pool.threadCount)
        var compiler = Compiler(
            plan: plan, pass: pass, squares: squares, threads: pool.threadCount, repeatsFrom: repeatsFrom)
        compiler.compile()
        let repeated = compiler.repeated()
        arena = compiler.allocate(repeated)
        input = compiler.input
        stages = compiler.stages
        for i in repeated { stages[i].isMadeAgain = true }
        places = compiler.places
        ends = compiler.ends
        lossWork = LossWork(
            loss: plan.loss, last: stages[stages.count - 1], batch: plan.batch, targets: plan.targetsPerExample,
            pass: pass)
        update = Update(plan: plan, memory: memory, kernels: kernels)
        point = GradientPoint(memory: memory, kernels: kernels)
        sum = plan.accumulate > 1 ? GradientSum(gradients: memory.gradients, kernels: kernels) : nil
        buffersBefore = plan.accumulate > 1 ? FloatMemory(count: plan.bufferFloats) : nil
        trainingForward = stages.flatMap(\.trainingForward)
        evaluationForward = stages.flatMap(\.evaluationForward)
        let stages = stages
        backward = stages.indices.reversed().flatMap { i in
            (repeated.contains(i - 1) ? stages[i - 1].again : []) + stages[i].backward
        }
    }

    deinit { counters.deallocate() }

    /// Floats for the layers' values and their gradients.
    package var workFloats: Int { arena.count }

    /// A batch of the right size for `trainStep` and `evaluate`.
    public func makeBatch() -> Batch {
        Batch(
            capacity: plan.batch, exampleCount: plan.inputShape.reduce(1, *),
            targetCount: plan.targetsPerExample * (plan.loss.kind == .crossEntropy ? 1 : plan.outputCount),
            softCount: plan.loss.soft == nil ? 0 : plan.targetsPerExample * plan.outputCount)
    }

    /// Batches whose gradients were added.
    private struct Pending {
        var batches = 0
        var examples = 0
        var lossSum = 0.0
        var correct = 0
        /// What the sum of the losses is divided by: of all batches, and of the newest.
        var divisor = 0.0
        var newest = 0.0
    }

    /// One update by one batch: `addGradient`, then `finishStep`.
    public func trainStep(
        _ batch: Batch, step: Int, rate: Double, momentStep: Int? = nil, averageShare: Double? = nil
    ) -> StepResult {
        addGradient(of: batch, step: step)
        return finishStep(step, rate: rate, momentStep: momentStep, averageShare: averageShare)
    }

    /// Forward, loss and backward of one of the `plan.accumulate` batches of an update.
    /// - Parameter step: the update's index from 0. Decides the dropout masks, with the example's place in the update.
    public func addGradient(of batch: Batch, step: Int) {
        precondition(pending.batches < plan.accumulate, "an update of more than \(plan.accumulate) batches")
        if pending.batches > 0 { keepPending() }
        begin(batch, isTraining: true)
        if let point, pending.batches == 0 {
            point.beta = Float(optimizer.betas.first ?? 0.9)
            pool.run(point)
        }
        pass.step = UInt64(step)
        pass.position = pending.examples
        if let probe { run(probe) } else { for work in trainingForward { pool.run(work) } }
        lossWork.prepare()
        pool.run(lossWork)
        for work in backward { pool.run(work) }
        let score = lossWork.score
        pending.batches += 1
        pending.examples += batch.count
        pending.lossSum += score.lossSum
        pending.correct += score.correct
        pending.divisor += lossWork.divisor
        pending.newest = lossWork.divisor
    }

    /// The forward pass, stopped behind the probe's layer: what it gives may be gone when the pass is over.
    private func run(_ probe: ActivationProbe) {
        for (index, stage) in stages.enumerated() {
            for work in stage.trainingForward { pool.run(work) }
            guard index == places[probe.layer] else { continue }
            probe.add(UnsafeBufferPointer(start: stage.output.base, count: pass.count * stage.output.units))
        }
    }

    /// The losses of the newest pass, one for each target of its batch, in their order.
    public var losses: UnsafeBufferPointer<Float> { lossWork.perTarget }

    /// Gives up the one batch that the update to come has taken in: as if it had not been added.
    public func dropGradient() {
        guard pending.batches == 1 else { return }
        pending = Pending()
    }

    /// Measures a batch in training mode (dropout, the batch's own statistics) by the plain loss. Nothing that a run goes
    /// on from changes; gradients are left as they are.
    /// - Parameter step: decides the dropout masks.
    public func measureInTraining(_ batch: Batch, step: Int) -> BatchScore {
        begin(batch, isTraining: true)
        pass.step = UInt64(step)
        pass.position = 0
        for work in trainingForward { pool.run(work) }
        pass.isTraining = false
        lossWork.prepare()
        pool.run(lossWork)
        return lossWork.score
    }

    /// The layers, as places in the plan, whose work ends in the same value as this one's: itself and those fused with it.
    /// Empty for one before which nothing is computed, so that its value is the inputs.
    public func layers(fusedWith layer: Int) -> [Int] {
        guard places.indices.contains(layer), places[layer] >= 0 else { return [] }
        return places.indices.filter { places[$0] == places[layer] && plan.layers[$0].mark == nil }
    }

    /// Before the next batch writes its own: adds the newest gradient, takes over the running statistics.
    private func keepPending() {
        if pending.batches == 1 { buffersBefore?.base.update(from: memory.buffers.base, count: plan.bufferFloats) }
        sum?.add(weight: pending.newest, isFirst: pending.batches == 1, pool)
        commitStages()
    }

    private func commitStages(share: Float? = nil) {
        for stage in stages { stage.commit(buffers: memory.buffers.base, share: share) }
        for counter in 0..<plan.counterCount { counters[counter] += 1 }
    }

    /// The rest of an update: norm and finiteness, then the optimiser, unless something is not finite.
    /// - Parameters:
    ///   - rate: the learning rate of this step.
    ///   - momentStep: updates that the moments have seen; nil for `step` (they began with the run).
    ///   - averageShare: schedule-free-adamw: this step's part of the average, its squared rate divided by the sum of all
    ///     until now; nil where the rate has always been the same.
    public func finishStep(
        _ step: Int, rate: Double, momentStep: Int? = nil, averageShare: Double? = nil
    ) -> StepResult {
        let done = pending
        pending = Pending()
        var squaredNorm = squares.total
        if done.batches > 1, let sum { squaredNorm = sum.finish(weight: done.newest, total: done.divisor, pool) }
        let norm = squaredNorm.squareRoot()
        let loss = done.lossSum / done.divisor
        let isFinite = loss.isFinite && norm.isFinite
        if isFinite {
            let updates = (momentStep ?? step) + 1
            update.prepare(
                optimizer, rate: rate, updates: updates, gradientScale: clipFactor(norm), limit: clip.value,
                averageShare: averageShare ?? 1 / Double(updates))
            pool.run(update)
            commitStages()
        } else if done.batches > 1, let buffersBefore {
            memory.buffers.base.update(from: buffersBefore.base, count: plan.bufferFloats)
            for counter in 0..<plan.counterCount { counters[counter] -= Int64(done.batches - 1) }
        }
        return StepResult(loss: loss, correct: done.correct, gradientNorm: norm, isFinite: isFinite)
    }

    /// PyTorch's `clip_grad_norm_`: limit / (norm + 1e-6), at most 1.
    private func clipFactor(_ norm: Double) -> Float {
        guard let limit = clip.gradientNorm else { return 1 }
        return Float(min(1, limit / (norm + 1e-6)))
    }

    /// Takes a batch into the running statistics, which then are the mean over the batches 0 to `index`: PyTorch's
    /// `update_bn`, for weights that no step has made. Nothing else changes. Costs a forward pass in training mode; dropout
    /// is on.
    /// - Parameters:
    ///   - parameters: other weights in the layout of `self.parameters` (an average); nil for the network's.
    ///   - buffers: where the statistics go, in the layout of `self.buffers`; nil for the network's, whose batches are
    ///     counted.
    public func measureStatistics(
        _ batch: Batch, index: Int, parameters: UnsafePointer<Float>? = nil,
        buffers: UnsafeMutablePointer<Float>? = nil
    ) {
        begin(batch, isTraining: true)
        if let parameters { pass.parameters = parameters }
        pass.step = UInt64(index)
        pass.position = 0
        for work in trainingForward { pool.run(work) }
        let share = 1 / Float(index + 1)
        guard let buffers else { return commitStages(share: share) }
        for stage in stages { stage.commit(buffers: buffers, share: share) }
    }

    /// A forward pass in evaluation mode: no dropout, running statistics.
    /// - Parameters:
    ///   - parameters: other weights in the layout of `self.parameters` (an average); nil for the network's.
    ///   - buffers: other running statistics likewise.
    public func evaluate(
        _ batch: Batch, parameters: UnsafePointer<Float>? = nil, buffers: UnsafePointer<Float>? = nil
    ) -> BatchScore {
        begin(batch, isTraining: false)
        if let parameters { pass.parameters = parameters }
        if let buffers { pass.buffers = buffers }
        if let activity { run(activity) } else { for work in evaluationForward { pool.run(work) } }
        lossWork.prepare()
        pool.run(lossWork)
        return lossWork.score
    }

    /// What counts the units of all relus. The backward pass reads their signs, so that their values are still there when
    /// their stage has run, or what was made of them in the same memory: a pooled image, and what leaves signs as they
    /// are (`SampleOperation.overwrites`). Layers that only name the numbers anew, as flatten does, make nothing of them.
    public func makeActivity() -> UnitActivity {
        UnitActivity(
            plan,
            places: plan.layers.indices.filter { place in
                let layer = plan.layers[place]
                return layer.mark == nil && layer.layer.kind == .relu && value(behind: place) != nil
            })
    }

    /// Where a layer's result lies when its stage has run; nil where it is gone, or nothing is computed.
    private func value(behind layer: Int) -> Slot? {
        guard places[layer] >= 0 else { return nil }
        let stage = stages[places[layer]]
        guard let chain = stage as? SampleStage, let end = ends[layer] else { return stage.output }
        return chain.result(of: end)
    }

    /// The forward pass of an evaluation, looked at behind each layer that is counted: what it gives may be gone later.
    private func run(_ activity: UnitActivity) {
        for (index, stage) in stages.enumerated() {
            for work in stage.evaluationForward { pool.run(work) }
            for counted in activity.layers.indices {
                let place = activity.layers[counted].place
                guard places[place] == index, let slot = value(behind: place) else { continue }
                activity.add(
                    UnsafeBufferPointer(start: slot.base, count: pass.count * slot.units), perExample: slot.units,
                    to: counted)
            }
        }
        activity.examples += pass.count
    }

    /// A forward pass in evaluation mode, stopped behind some layers: what each gives may be gone when the pass is over.
    /// - Parameters:
    ///   - layers: places in the plan; those whose value is the inputs are left out.
    ///   - show: takes a layer and its values, `[examples, units]`, of images `[examples, height, width, channels]`.
    public func pass(_ batch: Batch, behind layers: [Int], show: (Int, UnsafeBufferPointer<Float>) -> Void) {
        begin(batch, isTraining: false)
        for (index, stage) in stages.enumerated() {
            for work in stage.evaluationForward { pool.run(work) }
            for layer in layers where places.indices.contains(layer) && places[layer] == index {
                show(layer, UnsafeBufferPointer(start: stage.output.base, count: batch.count * stage.output.units))
            }
        }
    }

    /// What this network, a teacher, answers to a batch in evaluation mode, as soft targets of the batch: its
    /// probabilities at a temperature times `share`, which are written there or added.
    /// - Precondition: the batch has room for soft targets of as many classes as the network tells apart.
    public func answer(_ batch: Batch, temperature: Double, share: Double, adds: Bool) {
        guard batch.soft != nil else { return }
        begin(batch, isTraining: false)
        for work in evaluationForward { pool.run(work) }
        soften(outputs, batch, temperature: temperature, share: share, adds: adds)
    }

    /// The same for logits that are known already, `[batch, targets, outputs]`.
    public func soften(
        _ logits: UnsafePointer<Float>, _ batch: Batch, temperature: Double, share: Double, adds: Bool
    ) {
        guard let soft = batch.soft else { return }
        let (width, rows) = (plan.outputCount, batch.count * plan.targetsPerExample)
        let rowsPerTile = max(16, 8192 / width)
        let table = pass.table
        pool.run((rows + rowsPerTile - 1) / rowsPerTile) { tile in
            let first = tile * rowsPerTile
            table.pointee.soften(
                soft + first * width, logits + first * width, min(rowsPerTile, rows - first), width,
                Float(temperature),
                Float(share), adds ? 1 : 0)
        }
    }

    private func begin(_ batch: Batch, isTraining: Bool) {
        precondition(
            batch.capacity >= batch.count && (1...plan.batch).contains(batch.count)
                && batch.exampleCount == input.units,
            "a batch of \(batch.count) examples of \(batch.exampleCount) numbers for a plan of \(plan.batch) of \(input.units)"
        )
        input.place(at: batch.inputs)
        pass.count = batch.count
        pass.isTraining = isTraining
        pass.classes = UnsafePointer(batch.classes)
        pass.numbers = UnsafePointer(batch.numbers)
        pass.soft = batch.soft.map { UnsafePointer($0) }
        pass.mixed = batch.share.map { (UnsafePointer(batch.otherClasses), $0) }
        pass.isLabelled = batch.isLabelled
        let parameters = isTraining ? memory.point ?? memory.parameters : memory.parameters
        pass.parameters = UnsafePointer(parameters.base)
        pass.buffers = UnsafePointer(memory.buffers.base)
    }

    /// `[batch, targets, outputs]` of the newest pass: logits for the cross-entropies, else predictions.
    public var outputs: UnsafePointer<Float> { UnsafePointer(stages[stages.count - 1].output.base) }
}
