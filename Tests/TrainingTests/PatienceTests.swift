import Datasets
import Recipes
import Testing
import Training

/// What a run does by itself: lower the rate on a plateau, end where nothing gets better.
@Suite struct PatienceTests {
    /// A rate of next to nothing: nothing changes, and so nothing gets better.
    private func still(_ change: (inout Recipe) -> Void) -> Recipe {
        digits([.flatten, .linear(units: .count(8)), .relu, head]) { recipe in
            recipe.optimizer = Optimizer(kind: .sgd, rate: 1e-12)
            recipe.evaluate = .steps(2)
            change(&recipe)
        }
    }

    @Test func theRateFallsWhereTheLossDoesNot() throws {
        let recipe = still { recipe in
            recipe.schedule = [Segment(shape: .warmup, length: .steps(4)), Segment(shape: .plateau, length: .forever)]
            recipe.schedule[1].window = 5
            recipe.schedule[1].by = 0.5
            recipe.schedule[1].least = 0.2
        }
        let dataset = try Dataset.open(recipe, files: [])
        let outcome = try train(recipe, dataset)
        // Evaluations at 4, 6, 8, 10 and 12 are the first five on the plateau; five more each time; a third fall would
        // go below 0.2.
        let rates = outcome.values("rate")
        #expect(
            [4, 6, 12, 14, 22, 24, 40].map { rates[$0] ?? 0 } == [1, 1, 1, 0.5, 0.5, 0.25, 0.25].map { $0 * 1e-12 })
        let state = try outcome.last.snapshot.state
        #expect(state.contains("\"falls\":[12,22]"), "\(state)")
        // Stopped between two falls, it keeps the first and finds the second where it was.
        let half = try train(recipe, dataset, orders: [17: [.stop]]).last
        let rest = try train(recipe, dataset, from: half)
        #expect(rest.values("rate")[24] == 0.25e-12)
        #expect(try rest.last.future.differences(to: outcome.last.future) == [])
        #expect(
            outcome.events.contains {
                if case .log(_, 12, let text) = $0 { text.contains("5 evaluations") } else { false }
            })
    }

    @Test func aFallingLossKeepsTheRateUp() throws {
        let recipe = still { recipe in
            recipe.optimizer.rate = 0.05
            recipe.schedule = [Segment(shape: .plateau, length: .forever)]
        }
        let outcome = try train(recipe, Dataset.open(recipe, files: []))
        #expect(Set(outcome.values("rate").values) == [0.05])
    }

    @Test(arguments: Stop.Test.allCases) func nothingBetterEndsTheRun(_ test: Stop.Test) throws {
        let recipe = still { recipe in
            recipe.stop.patience = .steps(9)
            recipe.stop.test = test
        }
        let dataset = try Dataset.open(recipe, files: [])
        let outcome = try train(recipe, dataset)
        // The first evaluation is the best moment; the fifth after it is the first that is nine steps later. A loss
        // that falls by the last bits may put `value` off.
        let end = try #require(outcome.finished)
        #expect(end.reachedEnd && (test == .value || end.step == 12), "\(end)")
        #expect(try outcome.last.snapshot.cause == .end)
        // An ended run stays ended; with more time given to it, it waits as long again.
        #expect(try train(recipe, dataset, from: outcome.last).finished?.step == end.step)
        let more = HotChange(step: end.step, values: ["until": "60 steps"])
        let longer = try train(recipe, dataset, from: outcome.last, changes: [more])
        #expect(longer.finished.map { $0.step > end.step && $0.step <= 60 } == true)
        if test == .paired { #expect(longer.finished?.step == 22) }
    }

    @Test func aRunThatLearnsGoesOn() throws {
        let recipe = still { recipe in
            recipe.optimizer.rate = 0.05
            recipe.stop.patience = .steps(30)
        }
        let outcome = try train(recipe, Dataset.open(recipe, files: []))
        #expect(outcome.finished?.step == 40)
        // The reference has moved with what was learned.
        let state = try outcome.last.snapshot.state
        #expect(state.contains("\"reference\":{") && !state.contains("\"step\":2}"), "\(state)")
    }

    /// scipy.stats.t.ppf(0.975, n).
    @Test(arguments: [(7, 2.364624), (23, 2.068658), (99, 1.984217), (199, 1.971957)])
    func studentsPoint(_ freedom: Int, _ point: Double) {
        #expect(abs(GroupMeans.point(Double(freedom)) - point) < 0.002)
    }

    @Test func lessIsMoreThanChance() {
        let before = GroupMeans((0..<100).map(Double.init), examples: 50)
        #expect(before.values.count == 50 && before.values[0] == 0.5 && before.values[49] == 98.5)
        // 97 answers in 10 groups: each example in one group and no other.
        let uneven = GroupMeans([Double](repeating: 1, count: 970), examples: 970)
        #expect(uneven.values == [Double](repeating: 1, count: GroupMeans.most))
        // Differences of 1 ± 3: t = sqrt(50) / 3.03 = 2.33; of 0.5 ± 3 half of that.
        func shifted(_ by: Double) -> GroupMeans {
            GroupMeans(values: before.values.enumerated().map { $1 - by + ($0.isMultiple(of: 2) ? 3 : -3) })
        }
        #expect(shifted(1).isLess(than: before) && !shifted(0.5).isLess(than: before))
        #expect(!before.isLess(than: before) && !shifted(-1).isLess(than: before))
        // Seven examples say nothing.
        let few = GroupMeans([1, 2, 3, 4, 5, 6, 7], examples: 7)
        #expect(!GroupMeans([0, 0, 0, 0, 0, 0, 0], examples: 7).isLess(than: few))
    }
}
