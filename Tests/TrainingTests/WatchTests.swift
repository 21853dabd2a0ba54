import Datasets
import Recipes
import Testing

@testable import Training

/// Watchers in whole runs: they change nothing, speak where something is wrong, and are quiet beside it.
@Suite struct WatchTests {
    // MARK: They read

    @Test(arguments: [1, 2, 3]) func weightsAndStateAreTheSameWithWatchers(_ threads: Int) throws {
        let recipe = digits(convolutional) { recipe in
            recipe.until = .steps(60)
            recipe.evaluate = .steps(7)
            recipe.accumulate = threads
            recipe.clip.gradientNorm = 1
        }
        let dataset = try Dataset.open(recipe, files: [])
        let without = try train(recipe, dataset, threads: 1)
        let with = try train(recipe, dataset, threads: threads, watching: .tells)
        #expect(try with.last.future.differences(to: without.last.future).isEmpty)
        #expect(with.watched.allSatisfy { $0.verdict == .pass || $0.verdict == .skip }, "\(with.watched)")
        #expect(try without.last.snapshot.watch == nil && with.last.snapshot.watch != nil)
    }

    /// Every thousandth update is computed twice and the weights are read around it: with all that a batch can bring.
    @Test func updatesThatAreComputedTwiceChangeNothing() throws {
        let recipe = digits(convolutional) { recipe in
            recipe.until = .steps(1_010)
            recipe.evaluate = .steps(1_005)
            recipe.accumulate = 2
            recipe.data.augment = [.shift(pixels: 1)]
        }
        let dataset = try Dataset.open(recipe, files: [])
        let without = try train(recipe, dataset)
        let with = try train(recipe, dataset, watching: .tells)
        #expect(try with.last.future.differences(to: without.last.future).isEmpty)
        let word = try #require(with.lastWord("W13"))
        #expect(word.verdict == .pass && word.numbers.first { $0.name == "looks" }?.value == 1, "\(word)")
    }

    @Test func whatTheyRememberOutlivesTheProcess() throws {
        let recipe = digits([.flatten, .linear(units: .count(20)), .relu, head]) { recipe in
            recipe.until = .steps(160)
            recipe.evaluate = .steps(5)
            recipe.checkpoint.every = .steps(80)
        }
        let dataset = try Dataset.open(recipe, files: [])
        let whole = try train(recipe, dataset, watching: .tells)
        let rest = try train(recipe, dataset, from: whole.kept(at: 80), watching: .tells)
        #expect(try rest.last.future.differences(to: whole.last.future).isEmpty)
        #expect(try rest.last.snapshot.watch == whole.last.snapshot.watch)
        #expect(rest.lastWord("W8") == whole.lastWord("W8") && whole.lastWord("W8")?.verdict == .pass)
    }

    // MARK: W1

    /// Data with a row whose number is so large that its square is none.
    private func broken(_ change: (inout Recipe) -> Void = { _ in }) throws -> (Recipe, Dataset) {
        let recipe = tabular([.linear(units: .count(8)), head]) { recipe in
            recipe.optimizer = Optimizer(kind: .sgd, rate: 1e-3)
            recipe.data.target = "y"
            recipe.data.normalize = .none
            recipe.data.validation = .fraction(0)
            recipe.until = .steps(60)
            change(&recipe)
        }
        let rows = (0..<240).map { "\($0 == 77 ? 1e30 : Double($0 % 7)),\($0 % 11),\(Double($0 % 5) + 0.5)\n" }
        return (recipe, try table("a,b,y\n" + rows.joined(), recipe))
    }

    @Test func theGuiltyExampleIsNamed() throws {
        let (recipe, dataset) = try broken()
        let outcome = try train(recipe, dataset, watching: .tells)
        #expect(outcome.failure?.code == .nanLoss)
        let fault = try #require(outcome.failure?.fault)
        #expect(fault.watcher == "W1" && fault.step < 15)
        let result = try #require(outcome.lastWord("W1"))
        #expect(result.verdict == .fail && result.step == fault.step)
        let place = try #require(result.places.first)
        #expect(place.hasPrefix("table.csv row 77 ") && place.contains("loss inf"), "\(result.places)")
        #expect(!result.places.dropFirst().contains { $0.contains("row 77 ") || $0.contains("loss inf") })
        #expect(result.places.count == 16)
        let shown = outcome.events.compactMap { event -> [UInt32]? in
            if case .shown("W1", _, let positions) = event { positions } else { nil }
        }
        // Without a validation split the places are the rows.
        #expect(shown.count == 1 && shown[0].first == 77 && Set(shown[0]).count == 16)
    }

    @Test func examplesThatAreLeftOutAreNotLearnedFrom() throws {
        let (recipe, dataset) = try broken { $0.data.shuffle = false }
        let fault = try #require(try train(recipe, dataset, watching: .tells).failure?.fault)
        #expect(fault.step == 4)  // 77 / 16
        // Without the five updates up to there; an epoch later it is in a batch again.
        let skip = HotChange(step: 4, values: ["watch.skip": "1"])
        let next = try train(recipe, dataset, changes: [skip], watching: .tells)
        #expect(next.failure?.fault?.step == 15 + 4 - 1)
        let short = try broken { recipe in
            recipe.data.shuffle = false
            recipe.until = .steps(18)
            recipe.checkpoint.every = .steps(6)
        }
        let whole = try train(short.0, short.1, changes: [skip], watching: .tells)
        #expect(whole.finished?.reachedEnd == true && whole.lastWord("W1")?.verdict == .pass)
        // It is part of the state: a run that goes on from it needs nobody to say it again.
        let rest = try train(short.0, short.1, from: whole.kept(at: 6), watching: .tells)
        #expect(try rest.last.future.differences(to: whole.last.future).isEmpty)
        #expect(try whole.kept(at: 6).snapshot.state.contains("\"skipped\":1"))
        #expect(try !train(short.0, short.1, orders: [3: [.stop]]).last.snapshot.state.contains("skipped"))
    }

    // MARK: W2

    /// A table in its order: easy rows, then rows that nothing explains.
    private func turning(_ change: (inout Recipe) -> Void) throws -> (Recipe, Dataset) {
        let recipe = tabular([head]) { recipe in
            recipe.optimizer = Optimizer(kind: .sgd, rate: 0.01)
            recipe.data.target = "y"
            recipe.data.shuffle = false
            recipe.data.validation = .fraction(0)
            recipe.batch = 8
            recipe.until = .steps(1_500)
            recipe.evaluate = .forever
            recipe.checkpoint.every = .steps(500)
            change(&recipe)
        }
        let rows = (0..<12_000).map { row in
            let noise = Double((row * 7919) % 201 - 100) / 100
            return "\(row % 7),\(row % 11),\(Double(row % 7) + noise * (row < 6_400 ? 0.5 : 3))\n"
        }
        return (recipe, try table("a,b,y\n" + rows.joined(), recipe))
    }

    @Test func aLossThatStaysUpAsksForARollback() throws {
        let (recipe, dataset) = try turning { $0.watch.actions = ["W2": .rollback] }
        let outcome = try train(recipe, dataset, watching: .tells)
        #expect(outcome.failure?.code == .lossSpike)
        let fault = try #require(outcome.failure?.fault)
        #expect(fault.watcher == "W2" && (800...820).contains(fault.since) && fault.step == fault.since + 500)
        #expect(outcome.watched.last?.verdict == .fail)
        // Killed on the way, with all that it knew: the same at the same step.
        let again = try train(recipe, dataset, from: outcome.kept(at: 1_000), watching: .tells)
        #expect(again.failure?.fault == fault)
        // A replay has the same state and goes on: what followed is among its changes.
        #expect(try outcome.kept(at: 1_000).snapshot.state.contains("\"spikes\""))
        let replay = try train(recipe, dataset, from: outcome.kept(at: 500), watching: .remembers)
        #expect(replay.failure == nil)
        #expect(try replay.kept(at: 1_000).snapshot.state == outcome.kept(at: 1_000).snapshot.state)
    }

    /// By itself it is told and nothing more, and the state knows nothing of it.
    @Test func aLossThatStaysUpIsTold() throws {
        let (recipe, dataset) = try turning { _ in }
        let outcome = try train(recipe, dataset, watching: .tells)
        #expect(outcome.finished?.reachedEnd == true && outcome.lastWord("W2")?.verdict == .fail)
        #expect(try !outcome.last.snapshot.state.contains("spikes"))
        #expect(try outcome.last.future.differences(to: train(recipe, dataset).last.future).isEmpty)
    }

    // MARK: Rates

    @Test func aRateOfZeroIsSaid() throws {
        let recipe = digits([.flatten, head]) { recipe in
            recipe.until = .steps(1_500)
            recipe.evaluate = .forever
            recipe.schedule = [Segment(shape: .linear, length: .steps(400)), Segment(shape: .hold, length: .forever)]
        }
        let outcome = try train(recipe, try Dataset.open(recipe, files: []), watching: .tells)
        #expect(outcome.lastWord("W3")?.verdict == .fail && outcome.lastWord("W20")?.verdict == .fail)
        // Told when it became so, and once more in the end.
        #expect(outcome.watched.count { $0.id == "W3" } == 2 && outcome.watched.count { $0.id == "W20" } == 2)
    }

    /// A rate that ends at 0, as it should.
    @Test func aDecayToTheEndIsFine() throws {
        let recipe = digits([.flatten, .linear(units: .count(16)), .relu, head]) { recipe in
            recipe.until = .steps(1_500)
            recipe.evaluate = .steps(100)
            recipe.schedule = [
                Segment(shape: .warmup, length: .steps(100)), Segment(shape: .cosine, length: .steps(1_400)),
            ]
        }
        let outcome = try train(recipe, try Dataset.open(recipe, files: []), watching: .tells)
        #expect(outcome.watched.allSatisfy { $0.verdict == .pass || $0.verdict == .skip }, "\(outcome.watched)")
    }

    @Test func updatesFarTooLargeAreSaid() throws {
        let recipe = digits([.flatten, .linear(units: .count(16)), .tanh, head]) { recipe in
            recipe.until = .steps(800)
            recipe.evaluate = .forever
            // A decay that halves the weights in every update, and a rate that makes them anew.
            recipe.optimizer = Optimizer(kind: .adamw, rate: 0.5)
            recipe.optimizer.decay = 1
        }
        let outcome = try train(recipe, try Dataset.open(recipe, files: []), watching: .tells)
        #expect([CheckVerdict.warn, .fail].contains(outcome.lastWord("W3")?.verdict), "\(outcome.watched)")
    }

    @Test func tensorsThatCannotMoveAreSaid() throws {
        let recipe = digits([.flatten, head]) { recipe in
            recipe.until = .steps(50)
            recipe.evaluate = .steps(5)
            recipe.optimizer = Optimizer(kind: .sgd, rate: 1e-12)
        }
        let dataset = try Dataset.open(recipe, files: [])
        let outcome = try train(recipe, dataset, watching: .tells)
        let word = try #require(outcome.lastWord("W4"))
        #expect(word.verdict == .fail && word.places.contains("1.weight"), "\(word)")
        let off = digits([.flatten, head]) { recipe in
            recipe.until = .steps(50)
            recipe.evaluate = .steps(5)
            recipe.optimizer = Optimizer(kind: .sgd, rate: 1e-12)
            recipe.watch.actions = ["W4": .off, "W3": .log]
        }
        #expect(try train(off, dataset, watching: .tells).lastWord("W4") == nil)
    }

    /// Biases that no step can change, under a rate that a schedule has taken down, or with nothing left to learn: no fault.
    @Test func tensorsThatNeedNotMoveAreFine() throws {
        let recipe = digits([.flatten, head]) { recipe in
            recipe.until = .steps(50)
            recipe.evaluate = .steps(5)
            recipe.optimizer = Optimizer(kind: .sgd, rate: 0.01)
            var decay = Segment(shape: .linear, length: .steps(5))
            decay.to = 1e-10
            recipe.schedule = [decay, Segment(shape: .hold, length: .forever)]
        }
        let outcome = try train(recipe, try Dataset.open(recipe, files: []), watching: .tells)
        #expect(outcome.lastWord("W4")?.verdict != .fail, "\(outcome.watched)")
    }

    // MARK: Histograms

    private func maps(_ outcome: Outcome) -> [Picture] {
        outcome.events.compactMap { event in if case .pictured("W3", let picture) = event { picture } else { nil } }
    }

    /// Every column is of all numbers that were looked at.
    @Test func sizesOfGradientsAndUpdatesAreCounted() throws {
        let recipe = digits([.flatten, .linear(units: .count(20)), .tanh, head]) { recipe in
            recipe.until = .steps(40)
            recipe.evaluate = .steps(10)
            recipe.optimizer = Optimizer(kind: .sgd, rate: 0.0625)
        }
        let dataset = try Dataset.open(recipe, files: [])
        let outcome = try train(recipe, dataset, watching: .tells)
        let pictures = maps(outcome)
        #expect(
            pictures.map(\.name) == [
                "gradients.1.weight", "updates.1.weight", "gradients.3.weight", "updates.3.weight",
            ])
        for picture in pictures {
            let chart = try #require(picture.chart)
            #expect(chart.kind == .map && chart.labels == ["10", "20", "30", "40"] && chart.columns == 4)
            #expect(chart.rowLabels.count == chart.cells.count && chart.cells.allSatisfy { $0.count == 4 })
            for column in 0..<4 {
                // Thousandths, each rounded.
                #expect(abs(chart.cells.reduce(0) { $0 + $1[column] } - 100) < 1.5, "\(picture)")
            }
        }
        let word = try #require(outcome.lastWord("W3"))
        #expect(word.verdict == .skip)
        var off = recipe
        off.watch.actions = ["W3": .off]
        #expect(try maps(train(off, dataset, watching: .tells)).isEmpty)
    }

    /// A long run has as many columns as a short one.
    @Test func neighbouringColumnsBecomeOne() throws {
        let recipe = digits([.flatten, head]) { recipe in
            recipe.until = .steps(700)
            recipe.evaluate = .steps(10)
            recipe.checkpoint.every = .steps(350)
        }
        let dataset = try Dataset.open(recipe, files: [])
        let whole = try train(recipe, dataset, watching: .tells)
        let chart = try #require(maps(whole).first?.chart)
        // 32 became 16, of two each; 16 more of two at 640 became 16 of four; of six evaluations one column and a half.
        #expect(chart.labels == (1...17).map { "\($0 * 40)" } + ["700"], "\(chart.labels)")
        let rest = try train(recipe, dataset, from: whole.kept(at: 350), watching: .tells)
        #expect(maps(rest) == maps(whole))
    }

    // MARK: Epochs

    @Test func anEpochHasEveryExampleOnce() throws {
        let recipe = digits([.flatten, head]) { $0.until = .epochs(3) }
        let dataset = try Dataset.open(recipe, files: [])
        let outcome = try train(recipe, dataset, watching: .tells)
        let word = try #require(outcome.lastWord("W10"))
        #expect(word.verdict == .pass && word.numbers[0].value == 3, "\(word)")
        var epochs = DrawnEpochs()
        let count = dataset.learned.count
        #expect(
            epochs.look(EpochOrder(count: count, seed: 1, epoch: 0, shuffle: true), dataset.learned, step: 0) == nil)
        for other in [count - 1, count + 1] {
            let order = EpochOrder(count: other, seed: 1, epoch: 0, shuffle: true)
            #expect(epochs.look(order, dataset.learned, step: 0)?.verdict == .fail)
        }
    }

    // MARK: Answers

    @Test func deadUnitsAreCounted() throws {
        // A bias far below every input's sum: all units of the first layer are dead, those of the second are not.
        let recipe = digits([
            .flatten, .linear(units: .count(16)), .relu, .linear(units: .count(12)), .tanh, head,
        ]) { recipe in
            recipe.data.examples = 3_000
            recipe.until = .steps(20)
            recipe.evaluate = .steps(5)
            recipe.optimizer = Optimizer(kind: .sgd, rate: 1e-4)
        }
        let dataset = try Dataset.open(recipe, files: [])
        var start = try train(recipe, dataset, orders: [0: [.stop]]).last
        start.snapshot.cause = .step
        let bias = try #require(start.snapshot.tensors.first { $0.name == "1.bias" })
        start.bytes.withUnsafeMutableBytes { bytes in
            for place in 0..<16 {
                bytes.storeBytes(of: -1000, toByteOffset: bias.offset + 4 * place, as: Float.self)
            }
        }
        let outcome = try train(recipe, dataset, from: start, watching: .tells)
        #expect(outcome.lastWord("W5")?.verdict == .fail, "\(outcome.watched)")
        #expect(outcome.lastWord("W5")?.numbers.map(\.value) == [100])
        let clean = try train(recipe, dataset, watching: .tells)
        #expect(clean.lastWord("W5")?.verdict == .pass)
    }

    /// A set of one class in twenty: a network that knows nothing answers with the prior, which is no fault; one that answers
    /// with one class alone, of two that are as many, is.
    @Test func answersAreHeldAgainstThePrior() throws {
        func outcome(_ share: Int, bias: Float) throws -> Outcome {
            let recipe = tabular([.linear(units: .count(4)), head]) { recipe in
                recipe.data.target = "y"
                recipe.data.validation = .fraction(0.4)
                recipe.until = .steps(20)
                recipe.evaluate = .steps(4)
                recipe.optimizer = Optimizer(kind: .sgd, rate: 1e-9)
            }
            let rows = (0..<800).map { "\($0 % 7),\($0 % 11),\($0 % share == 0 ? "rare" : "usual")\n" }
            let dataset = try table("a,b,y\n" + rows.joined(), recipe)
            var start = try train(recipe, dataset, orders: [0: [.stop]]).last
            let tensor = try #require(start.snapshot.tensors.first { $0.name == "1.bias" })
            if bias != 0 {
                start.bytes.withUnsafeMutableBytes {
                    $0.storeBytes(of: bias, toByteOffset: tensor.offset, as: Float.self)
                }
            }
            return try train(recipe, dataset, from: start, watching: .tells)
        }
        #expect(try outcome(20, bias: 0).lastWord("W14")?.verdict == .pass)
        #expect(try outcome(2, bias: 0).lastWord("W14")?.verdict == .pass)
        #expect(try outcome(2, bias: 30).lastWord("W14")?.verdict == .fail)
    }

    /// Running statistics that are wrong raise the loss in evaluation mode; dropout raises the other.
    @Test func modesAreHeldAgainstEachOther() throws {
        func word(_ layers: [Layer.Kind], rate: Double = 0.05) throws -> CheckResult? {
            let recipe = digits(layers) { recipe in
                recipe.until = .steps(2_600)
                recipe.evaluate = .steps(520)
                recipe.optimizer = Optimizer(kind: .sgd, rate: rate)
                recipe.data.examples = 160
                recipe.batch = 144
            }
            return try train(recipe, try Dataset.open(recipe, files: []), watching: .tells).lastWord("W18")
        }
        let dropout = try word([.flatten, .linear(units: .count(20)), .relu, .dropout(0.5), head])
        #expect(dropout?.verdict == .pass, "\(String(describing: dropout))")
        let norm = try word([.flatten, .linear(units: .count(20)), .batchnorm(), .relu, head])
        #expect(norm?.verdict == .pass, "\(String(describing: norm))")
        // Statistics that never move from where they began.
        let still = try word(
            [.flatten, .linear(units: .count(20)), .batchnorm(momentum: 1e-6), .relu, head], rate: 0.01)
        #expect(still?.verdict == .warn, "\(String(describing: still))")
    }
}
