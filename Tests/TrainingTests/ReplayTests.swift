import Datasets
import Recipes
import Testing
import Training

/// Steps that are done again must come to the same bits, and must not where something is left out.
@Suite struct ReplayTests {
    private static let change = HotChange(step: 20, values: ["rate": "0.02", "evaluate": "7"])
    private static let recipe = digits(convolutional) { recipe in
        recipe.optimizer = Optimizer(kind: .adam, rate: 3e-3)
        recipe.averages.ema = [0.9]
        recipe.averages.lawa.every = 4
        recipe.averages.lawa.last = 3
        recipe.averages.swa.from = .steps(18)
        recipe.averages.swa.every = .steps(3)
        recipe.data.augment = [.shift(pixels: 1)]
        recipe.checkpoint.every = .steps(5)
    }

    /// Replays in this process; the default with all that the run had.
    private func replay(
        _ recipe: Recipe, _ dataset: Dataset, from start: Kept?, to end: Int, marks: [Kept], changes: [HotChange] = [],
        layer: Int? = nil, threads: Int = 1
    ) throws -> (comparisons: [ReplayComparison], steps: [ReplayedStep]) {
        let trainer = try Trainer(
            Trainer.Setup(recipe: recipe, changes: changes, dataset: dataset, threads: threads),
            clock: SteppingClock(tick: 5), orders: PlannedOrders([:], from: 0), sink: NoSnapshots(), report: { _ in })
        if let start = try start?.sent() {
            try start.bytes.withUnsafeBytes { bytes in try trainer.restore(start.snapshot, bytes) }
        }
        var steps: [ReplayedStep] = []
        let memory = marks.map { kept in
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: kept.bytes.count, alignment: 64)
            buffer.copyBytes(from: kept.bytes)
            return buffer
        }
        defer { for buffer in memory { buffer.deallocate() } }
        let found = zip(marks, memory).map {
            ReplayMark(checkpoint: "at \($0.step)", snapshot: $0.snapshot, bytes: UnsafeRawBufferPointer($1))
        }
        let comparisons = try trainer.replay(to: end, layer: layer, marks: found) { steps.append($0) }
        return (comparisons, steps)
    }

    @Test(arguments: [1, 2, 3]) func comesToTheSameBitsOverAChange(_ threads: Int) throws {
        let dataset = try Dataset.open(Self.recipe, files: [])
        let run = try train(Self.recipe, dataset, changes: [Self.change])
        #expect(run.kept.map(\.step).contains(15) && run.kept.contains { $0.snapshot.cause == .best })
        for start in run.kept.dropLast() {
            let marks = run.kept.filter { $0.step > start.step }
            let (comparisons, steps) = try replay(
                Self.recipe, dataset, from: start, to: 40, marks: marks, changes: [Self.change], layer: 6,
                threads: threads)
            #expect(comparisons.map(\.step) == marks.map(\.step))
            #expect(comparisons.allSatisfy { $0.same && $0.differences == [] && $0.stateSame }, "from \(start.step)")
            #expect(steps.map(\.step) == Array(start.step + 1...40))
            #expect(steps.allSatisfy { $0.rate == ($0.step > 20 ? 0.02 : 3e-3) })
        }
        // From the first weights as well.
        let all = try replay(Self.recipe, dataset, from: nil, to: 40, marks: run.kept, changes: [Self.change])
        #expect(all.comparisons.count == run.kept.count && all.comparisons.allSatisfy(\.same))
    }

    @Test func aChangeThatIsLeftOutShows() throws {
        let dataset = try Dataset.open(Self.recipe, files: [])
        let run = try train(Self.recipe, dataset, changes: [Self.change])
        let marks = try [run.kept(at: 20), run.kept(at: 25)]
        let (comparisons, _) = try replay(Self.recipe, dataset, from: run.kept(at: 15), to: 25, marks: marks)
        #expect(comparisons.map(\.same) == [true, false])
        let names = comparisons[1].differences.map(\.name)
        for name in ["6.weight", "adam.m.6.weight", "ema_0.9.6.weight", "lawa_4x3.6.weight", "swa.6.weight"] {
            #expect(names.contains(name), "\(name)")
        }
        let weight = try #require(comparisons[1].differences.first { $0.name == "6.weight" })
        let (then, now) = try (run.kept(at: 25), train(Self.recipe, dataset).kept(at: 25))
        let largest = try zip(then.tensor("6.weight"), now.tensor("6.weight")).map { abs(Double($0) - Double($1)) }
            .max()
        #expect(weight.kind == "changed" && weight.maxAbsolute == largest && (weight.changedCount ?? 0) > 100)
        // A change of what is measured alone is one of the state, or of nothing.
        let measured = try replay(
            Self.recipe, dataset, from: run.kept(at: 15), to: 25, marks: marks,
            changes: [HotChange(step: 20, values: ["rate": "0.02"])])
        #expect(
            measured.comparisons[1].differences == []
                && measured.comparisons[1].same == measured.comparisons[1].stateSame)
    }

    @Test func anEndedRunThatWasExtendedIsReplayedOverItsEnd() throws {
        let dataset = try Dataset.open(Self.recipe, files: [])
        let first = try train(Self.recipe, dataset)
        let longer = HotChange(step: 40, values: ["until": "60"])
        let rest = try train(Self.recipe, dataset, from: first.last, changes: [longer])
        let marks = try [first.last, rest.kept(at: 50), rest.last]
        let (comparisons, _) = try replay(
            Self.recipe, dataset, from: first.kept(at: 30), to: 60, marks: marks, changes: [longer])
        #expect(comparisons.map(\.step) == [40, 50, 60] && comparisons.allSatisfy(\.same))
    }

    /// One batch of all examples and sgd: what is traced follows from the snapshots and the inputs.
    @Test func aTraceIsWhatTheNumbersSay() throws {
        let recipe = digits([.flatten, .linear(units: .count(6)), .relu, head]) { recipe in
            recipe.batch = 216
            recipe.optimizer = Optimizer(kind: .sgd, rate: 0.5)
            recipe.until = .steps(3)
            recipe.checkpoint.every = .steps(1)
        }
        let dataset = try Dataset.open(recipe, files: [])
        let run = try train(recipe, dataset, orders: [0: [.checkpoint]])
        let (_, steps) = try replay(recipe, dataset, from: nil, to: 3, marks: [], layer: 1)
        let count = dataset.training.count
        let inputs = UnsafeMutablePointer<Float>.allocate(capacity: count * 784)
        defer { inputs.deallocate() }
        dataset.training.fill(inputs: inputs, ArraySlice((0..<UInt32(count)).map { $0 }))
        for step in steps {
            let (before, after) = try (run.kept(at: step.step - 1), run.kept(at: step.step))
            let (weight, bias) = try (before.tensor("1.weight"), before.tensor("1.bias"))
            var values: [Double] = []
            for example in 0..<count {
                for unit in 0..<6 {
                    var sum = Double(bias[unit])
                    for place in 0..<784 {
                        sum += Double(weight[unit * 784 + place]) * Double(inputs[example * 784 + place])
                    }
                    values.append(max(0, sum))
                }
            }
            let mean = values.reduce(0, +) / Double(values.count)
            let spread = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
            let trace = try #require(step.layer)
            #expect(abs(try #require(trace.activationMean) - mean) < 1e-5)
            #expect(abs(try #require(trace.activationDeviation) - spread.squareRoot()) < 1e-5)
            #expect(abs(trace.zeroShare - Double(values.count { $0 == 0 }) / Double(values.count)) < 1e-3)
            #expect(trace.zeroShare > 0.05 && trace.zeroShare < 0.95)
            let old = (weight + bias).map(Double.init)
            let new = try (after.tensor("1.weight") + after.tensor("1.bias")).map(Double.init)
            let norm = old.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let change = zip(old, new).reduce(0) { $0 + ($1.1 - $1.0) * ($1.1 - $1.0) }.squareRoot()
            #expect(abs(try #require(trace.weightNorm) - norm) < 1e-6 * norm)
            #expect(abs(try #require(trace.updateRatio) - change / norm) < 1e-9)
            // Plain sgd: the change is the gradient times the rate.
            #expect(abs(try #require(trace.gradientNorm) - change / 0.5) < 1e-3 * change)
        }
        #expect(steps.count == 3)
        // The run told their mean.
        let told = try #require(run.values("train.loss")[3])
        #expect(abs(steps.reduce(0) { $0 + $1.loss } / 3 - told) < 1e-12)
    }

    @Test func layersThatAreComputedAsOneAreNamed() throws {
        let dataset = try Dataset.open(Self.recipe, files: [])
        let trainer = try Trainer(
            Trainer.Setup(recipe: Self.recipe, dataset: dataset, threads: 1), clock: SteppingClock(tick: 1),
            orders: PlannedOrders([:], from: 0), sink: NoSnapshots(), report: { _ in })
        #expect(try trainer.layersTraced(with: 0) == ["0"])
        #expect(try trainer.layersTraced(with: 1).contains("2"))
        #expect(try trainer.layersTraced(with: 10) == ["10"])
        let flat = digits([.flatten, head])
        let plain = try Trainer(
            Trainer.Setup(recipe: flat, dataset: try Dataset.open(flat, files: []), threads: 1),
            clock: SteppingClock(tick: 1), orders: PlannedOrders([:], from: 0), sink: NoSnapshots(), report: { _ in })
        #expect(throws: TrainingFailure.self) { try plain.layersTraced(with: 0) }
    }
}
