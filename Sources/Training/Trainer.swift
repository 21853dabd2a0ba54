import Datasets
import Networks
import Recipes
import Tensors

/// Trains a recipe from its first step, or from a snapshot, to its end. Data in, events out.
///
/// Between two updates, at the boundary of step s, in this order: train metrics, evaluation, snapshot, orders, changes
/// of hot keys that take effect with update s. A snapshot at s therefore holds all that was measured at s, and a run
/// that goes on from it does nothing twice.
public final class Trainer {
    /// What a run is made of.
    public struct Setup {
        public var recipe: Recipe
        /// Committed changes of hot keys, oldest first.
        public var changes: [HotChange]
        public var dataset: Dataset
        /// Whose answers the network learns, in the recipe's order; none unless the recipe distills.
        public var teachers: [TeacherSource]
        /// What they have answered, in place of them.
        public var answers: SavedAnswers?
        public var threads: Int
        /// What decides the bits; copied into every snapshot.
        public var environment: [String: String]
        public var watching = Watching.off

        public init(
            recipe: Recipe, changes: [HotChange] = [], dataset: Dataset, teachers: [TeacherSource] = [],
            answers: SavedAnswers? = nil, threads: Int,
            environment: [String: String] = [:]
        ) {
            self.recipe = recipe
            self.changes = changes
            self.dataset = dataset
            self.teachers = teachers
            self.answers = answers
            self.threads = threads
            self.environment = environment
        }
    }

    /// How much of the watchers a run has.
    public enum Watching: Sendable {
        /// A trial: nothing.
        case off
        /// Steps done again: what enters the state.
        case remembers
        /// A job.
        case tells
    }

    let setup: Setup
    let model: Model
    let clock: any TrainingClock
    let orders: any OrderSource
    let sink: any SnapshotSink
    let report: (TrainingEvent) -> Void

    var changes: [HotChange]
    /// How many of them are in force.
    private var changesInForce = 0
    /// The recipe with the changes that are in force for the next update.
    var recipe: Recipe {
        didSet {
            wanted = WantedWatchers(recipe.watch)
            evaluationInterval = interval(recipe.evaluate)
        }
    }
    private(set) var wanted: WantedWatchers
    /// Updates from one evaluation to the next; nil where there is none.
    private(set) var evaluationInterval: Int?
    var schedule: Schedule
    /// Updates done.
    var step = 0
    var state: ControllerState
    var latest: [String: MetricValue] = [:]
    /// Of the newest epoch that examples were taken from.
    private var order: EpochOrder?
    let feed: BatchFeed
    private let mixup: Mixup?
    let teachers: [Teacher]
    var pace: Pace
    let metricInterval: Int
    let stepsPerEpoch: Int
    let turns: [Turn]
    /// Looks at every update; nil for none.
    var observation: StepObservation?
    /// Nil where nobody watches.
    let watchers: Watchers?
    /// Of the losses so far; nil where neither watchers nor the state want it.
    var spikes: SpikeWatch?
    var watching: Watching { setup.watching }
    /// The step of the newest evaluation of this run in this process.
    var evaluatedAt: Int?
    /// Of that evaluation: the validation loss, and what `stop` goes by.
    var lossNow: Double?
    var judgedNow: GroupMeans?

    /// Compiles the model and starts at first weights.
    /// - Parameter pool: threads to use; nil for its own.
    /// - Throws: `TrainingFailure` where the model does not fit the data.
    public init(
        _ setup: Setup, pool: ThreadPool? = nil, clock: any TrainingClock, orders: any OrderSource,
        sink: any SnapshotSink, report: @escaping (TrainingEvent) -> Void
    ) throws(TrainingFailure) {
        self.setup = setup
        self.clock = clock
        self.orders = orders
        self.sink = sink
        self.report = report
        model = try Model(
            recipe: setup.recipe, facts: setup.dataset.facts, pool: pool ?? ThreadPool(threads: setup.threads))
        feed = BatchFeed(model, setup.dataset.learned, Augmenter(setup.recipe, setup.dataset))
        mixup = Mixup(setup.recipe)
        teachers = try Self.teachers(setup, model.network.pool)
        changes = setup.changes
        recipe = setup.recipe
        wanted = WantedWatchers(setup.recipe.watch)
        stepsPerEpoch = model.facts.stepsPerEpoch(of: setup.recipe)
        turns = Self.turns(setup, model, stepsPerEpoch)
        schedule = try Self.schedule(setup.recipe, stepsPerEpoch, setup.changes)
        state = ControllerState(mean: model.facts.mean, deviation: model.facts.deviation)
        if setup.recipe.optimizer.kind == .scheduleFreeAdamw { state.rateSquares = 0 }
        pace = Pace(now: clock.seconds)
        metricInterval = Pace.metricInterval(
            examples: setup.recipe.examplesPerUpdate,
            multiplyAdds: model.network.plan.layers.reduce(0) { $0 + $1.multiplyAdds })
        watchers = setup.watching == .tells ? Watchers(model.network) : nil
        spikes = setup.watching == .off ? nil : SpikeWatch()
        evaluationInterval = interval(recipe.evaluate)
        model.initialize()
    }

    /// Bytes of memory that one snapshot takes.
    public var snapshotByteCount: Int { model.layout.byteCount }

    /// Goes on from a snapshot instead of the first weights.
    /// - Parameter startsMoments: whether the optimiser begins as in a new run; else it does so only where the snapshot has
    ///   no moments.
    /// - Throws: `TrainingFailure` where the snapshot does not fit the model.
    public func restore(
        _ snapshot: Snapshot, _ bytes: UnsafeRawBufferPointer, startsMoments: Bool = false
    ) throws(TrainingFailure) {
        let missing = try model.layout.read(snapshot, bytes)
        state = try ControllerState(snapshot.state, mean: model.facts.mean, deviation: model.facts.deviation)
        if missing.moments || startsMoments { startMoments(at: snapshot.step) }
        if setup.recipe.optimizer.kind == .scheduleFreeAdamw, state.rateSquares == nil {
            throw TrainingFailure(
                code: .internal, message: "The checkpoint's state lacks the sum of the squared rates.")
        }
        restoreAverages(missing, step: snapshot.step)
        step = snapshot.step
        recall(snapshot)
        latest = Dictionary(snapshot.metrics.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
        pace.activeBefore = snapshot.activeSeconds
    }

    /// Without moments to go on from the optimiser begins as in a new run.
    private func startMoments(at step: Int) {
        model.network.resetMoments()
        state.momentsSince = step
        state.rateSquares = setup.recipe.optimizer.kind == .scheduleFreeAdamw ? 0 : nil
    }

    /// Takes the first weights from a file, by the tensors' names after `model.map`.
    public func start(from file: WeightsFile) throws(TrainingFailure) {
        try file.load(into: model)
        startMoments(at: 0)
        model.averages.begin()
    }

    /// Trains to the end, or until told to stop. The last event is `.finished`.
    /// - Throws: `TrainingFailure`, with `nan_loss` where a loss or gradient is not finite; snapshots that were
    ///   submitted before stay good.
    public func run() throws(TrainingFailure) {
        try applyChanges()
        pace.start(clock.seconds, step: step)
        report(.started(step: step, plan: planFacts))
        watchBeginning()
        var reachedEnd = isAtEnd
        while !reachedEnd {
            if try takeOrders() == .stop { return try finish(.stop) }
            try applyChanges()
            reachedEnd = isAtEnd
            if reachedEnd { break }
            try update()
            tellProgress()
            try boundary()
            reachedEnd = isAtEnd
        }
        try finish(.end)
    }

    @discardableResult
    func update() throws(TrainingFailure) -> StepResult {
        let positions = positions(of: step)
        try watchBefore(positions)
        var isFirst = true
        try takeGradients(of: positions) { _ throws(TrainingFailure) in
            if isFirst { try watchGradient() }
            isFirst = false
        }
        let rate = schedule.rate(at: step, falls: state.falls)
        let rateSquares = state.rateSquares.map { $0 + rate * rate }
        // A rate of zero moves nothing, and a first one leaves nothing to divide by.
        let averageShare = rateSquares.map { $0 > 0 ? rate * rate / $0 : 0 }
        observation?.willChange(model.network)
        watchUpdate()
        var result = model.network.finishStep(
            step, rate: rate, momentStep: step - state.momentsSince, averageShare: averageShare)
        if !result.isFinite { result = try again(positions, result, rate: rate, averageShare: averageShare) }
        state.rateSquares = rateSquares
        takeAverages(after: step + 1)
        state.window.steps += 1
        state.window.targets += labelled(positions) * model.facts.targetsPerExample
        state.window.correct += result.correct
        state.window.loss += result.loss
        state.window.gradientNorm += result.gradientNorm
        step += 1
        observation?.didChange(model.network, step: step, result, rate: rate)
        try watchAfter(result, rate: rate)
        return result
    }

    /// Adds up the gradient of an update, batch after batch.
    /// - Parameter look: called after each of them.
    func takeGradients(
        of positions: ArraySlice<UInt32>, look: (ArraySlice<UInt32>) throws(TrainingFailure) -> Void
    ) throws(TrainingFailure) {
        var start = positions.startIndex
        var part = 0
        while start < positions.endIndex {
            let end = min(start + setup.recipe.batch, positions.endIndex)
            takeGradient(of: positions[start..<end], part: part) {
                guard feed.worksAhead else { return }
                if end < positions.endIndex {
                    feed.begin(positions[end...].prefix(setup.recipe.batch), step: step)
                } else if step + 1 < schedule.totalSteps ?? .max {
                    feed.begin(self.positions(of: step + 1).prefix(setup.recipe.batch), step: step + 1)
                }
            }
            try look(positions[start..<end])
            start = end
            part += 1
        }
    }

    /// Adds the gradient of one of an update's batches.
    /// - Parameter prepare: called when the batch is filled: the next one may be.
    func takeGradient(of positions: ArraySlice<UInt32>, part: Int, prepare: () -> Void = {}) {
        feed.take(positions, step: step)
        prepare()
        if let mixup { model.mix(mixup.draw(count: positions.count, step: step, part: part)) }
        askTeachers(positions)
        model.network.addGradient(of: model.batch, step: step)
    }

    /// The examples of an update, by their places among the training examples.
    private func positions(of step: Int) -> ArraySlice<UInt32> {
        let place = step + state.skipped
        let epoch = place / stepsPerEpoch
        let order: EpochOrder
        if let known = self.order, known.epoch == epoch {
            order = known
        } else {
            order = EpochOrder(
                setup.dataset.learned, seed: setup.recipe.seed, epoch: epoch, shuffle: setup.recipe.data.shuffle,
                transfer: setup.recipe.data.transfer)
            self.order = order
            watchEpoch(order)
        }
        return order.batch(place % stepsPerEpoch, size: setup.recipe.examplesPerUpdate)
    }

    /// How many of the examples have labels that an answer can be right by.
    private func labelled(_ positions: ArraySlice<UInt32>) -> Int {
        guard let count = setup.dataset.learned.labelledCount else { return positions.count }
        return positions.count { $0 < count }
    }

    func notFinite(_ result: StepResult, _ rate: Double) -> TrainingFailure {
        let loss = result.loss
        report(
            .metrics([
                metric("train.loss", loss), metric("train.gradient_norm", result.gradientNorm), metric("rate", rate),
            ]))
        return TrainingFailure(
            code: .nanLoss,
            message: "Step \(step): \(loss.isFinite ? "a gradient" : "the loss") is not finite (loss "
                + "\(Self.word(loss)), gradient norm \(Self.word(result.gradientNorm)), rate \(rate)). The weights were "
                + "not changed, and no checkpoint holds what is not finite. Lower `optimizer.rate`, add "
                + "`clip: {gradient_norm: 1.0}` or a warmup, and branch from the last checkpoint, or "
                + "submit it anew where there is none.")
    }

    /// A NaN's sign depends on the processor and means nothing to a reader.
    private static func word(_ value: Double) -> String { value.isNaN ? "nan" : "\(value)" }

    /// What is due after an update: metrics, evaluation, snapshot.
    func boundary() throws(TrainingFailure) {
        let evaluates = isDue(recipe.evaluate) && setup.dataset.validation.count > 0
        if evaluates || step % metricInterval == 0 { tellTrainMetrics() }
        var isBest = false
        if evaluates {
            isBest = evaluateValidation()
            watchPlateau()
            watchPatience()
            watchEvaluation()
        }
        // The end has a snapshot of its own, after the final evaluation.
        if isAtEnd { return }
        if step == schedule.decayStart {
            try snapshot(.decay)
        } else if isBest {
            try snapshot(.best)
        } else if let seconds = recipe.checkpoint.every.seconds {
            if clock.seconds - pace.lastSnapshot >= seconds { try snapshot(.time) }
        } else if isDue(recipe.checkpoint.every) {
            try snapshot(.step)
        }
    }

    /// Whether something that happens every `amount` happens after the update just done.
    private func isDue(_ amount: Amount) -> Bool {
        guard let every = interval(amount) else { return false }
        return step % every == 0
    }

    /// Steps between two events; an evaluation by time would make the state depend on the clock and is done each epoch.
    /// A share is one of the run as submitted: a longer `until` must not move what has already happened.
    func interval(_ amount: Amount) -> Int? {
        switch amount {
        case .forever: return nil
        case .seconds: return stepsPerEpoch
        default:
            let total = setup.recipe.until.steps(stepsPerEpoch: stepsPerEpoch)
            return amount.steps(stepsPerEpoch: stepsPerEpoch, total: total).map { max($0, 1) }
        }
    }

    var isAtEnd: Bool {
        if let total = schedule.totalSteps, step >= total { return true }
        if let seconds = schedule.totalSeconds, pace.active(clock.seconds) >= seconds { return true }
        return hasStopped
    }

    /// Brings the recipe in force up to the next update.
    func applyChanges() throws(TrainingFailure) {
        let count = changes.count { $0.step <= step }
        guard count != changesInForce || step == 0 else { return }
        changesInForce = count
        do {
            recipe = try setup.recipe.applying(changes, upTo: step)
        } catch let error as SimmerError {
            throw TrainingFailure(error)
        } catch {
            throw TrainingFailure(code: .internal, message: "\(error)")
        }
        model.network.optimizer = recipe.optimizer
        model.network.clip = recipe.clip
        leaveOut()
    }

    /// Takes over how many updates' examples are left out; what a checkpoint says of it holds where nobody has said
    /// otherwise since.
    private func leaveOut() {
        let isSaid =
            setup.recipe.watch.skip > 0
            || changes.contains { $0.step <= step && $0.values["watch.skip"] != nil }
        guard isSaid, recipe.watch.skip != state.skipped else { return }
        state.skipped = recipe.watch.skip
        // What was filled ahead may be of other examples at the same place of an epoch.
        feed.drop()
    }

    /// Takes in a change that was committed while this run was held.
    func add(_ change: HotChange) throws(TrainingFailure) {
        changes.append(change)
        schedule = try Self.schedule(setup.recipe, stepsPerEpoch, changes)
        try applyChanges()
    }

    private static func schedule(
        _ recipe: Recipe, _ stepsPerEpoch: Int, _ changes: [HotChange]
    ) throws(TrainingFailure) -> Schedule {
        do {
            return try Schedule(recipe: recipe, stepsPerEpoch: stepsPerEpoch, changes: changes)
        } catch let error as SimmerError {
            throw TrainingFailure(error)
        } catch {
            throw TrainingFailure(code: .internal, message: "\(error)")
        }
    }
}
