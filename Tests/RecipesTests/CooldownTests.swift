import Recipes
import Testing

@Suite struct CooldownTests {
    private func schedule(_ segments: [Segment], rate: Double = 0.1, _ changes: [HotChange] = []) throws -> Schedule {
        var recipe = try #require(Recipe.read(Sample.small).recipe)
        recipe.optimizer.rate = rate
        recipe.schedule = segments
        recipe.until = .forever
        return try Schedule(recipe: recipe, stepsPerEpoch: 10, changes: changes)
    }

    /// The branch's rates: the trunk's up to where it leaves, then 1 - sqrt(t), and nothing at the end.
    @Test(arguments: [0.01, 0.1, 0.2, 1, 3], [100, 999, 1_000, 40_000])
    func leavesTheTrunkWhereItIsAndEndsAtZero(_ share: Double, _ step: Int) throws {
        let trunk = try schedule([
            Segment(shape: .warmup, length: .steps(100)), Segment(shape: .hold, length: .forever),
        ])
        let plan = try Cooldown(share: share, shape: .oneMinusSqrt).plan(of: trunk, at: step)
        #expect(plan.totalSteps == step + max(1, Int((Double(step) * share).rounded())))
        let branch = try schedule(plan.segments)
        for place in [0, 50, 99, step - 1] { #expect(branch.rate(at: place) == trunk.rate(at: place)) }
        #expect(branch.rate(at: step) == 0.1)
        let middle = step + (plan.totalSteps - step) / 4
        let part = Double(middle - step) / Double(plan.totalSteps - step)
        #expect(abs(branch.rate(at: middle) - 0.1 * (1 - part.squareRoot())) < 1e-12)
        #expect(branch.rate(at: plan.totalSteps) == 0)
    }

    /// A schedule in epochs and parts, said in steps, has the same rates.
    @Test func aScheduleIsSaidInSteps() throws {
        var recipe = try #require(Recipe.read(Sample.small).recipe)
        recipe.until = .epochs(20)
        recipe.schedule = [
            Segment(shape: .warmup, length: .epochs(1.5)), Segment(shape: .hold, length: .share(0.4)),
            Segment(shape: .cosine, length: .share(0.3), to: 0.1), Segment(shape: .hold, length: .forever),
        ]
        let schedule = try Schedule(recipe: recipe, stepsPerEpoch: 10)
        let plan = Cooldown.Plan(schedule, until: try #require(schedule.totalSteps))
        let twin = try #require(Recipe.read(Sample.small, overrides: plan.overrides).recipe)
        #expect(twin.until == .steps(200))
        var other = recipe
        other.until = twin.until
        other.schedule = twin.schedule
        let again = try Schedule(recipe: other, stepsPerEpoch: 33)
        for step in 0..<200 { #expect(again.rate(at: step) == schedule.rate(at: step), "step \(step)") }
    }

    /// What is written as overrides is read as the same segments.
    @Test(arguments: Cooldown.shapes) func theOverridesAreRead(_ shape: Segment.Shape) throws {
        let trunk = try schedule([
            Segment(shape: .warmup, length: .steps(10)), Segment(shape: .linear, length: .steps(20), to: 0.5),
            Segment(shape: .hold, length: .forever),
        ])
        let plan = try Cooldown(share: 0.5, shape: shape).plan(of: trunk, at: 200)
        let (recipe, findings) = Recipe.read(Sample.small, overrides: plan.overrides)
        #expect(findings.filter { $0.severity == .error } == [])
        #expect(recipe?.schedule == plan.segments && recipe?.until == .steps(300))
        #expect(plan.segments.map(\.shape) == [.warmup, .linear, .hold, shape])
    }

    /// A rate that moves has no constant trunk to leave.
    @Test func aRateOnItsWayIsNoTrunk() throws {
        let warming = try schedule([Segment(shape: .warmup, length: .steps(100))])
        let decayed = try schedule([Segment(shape: .cosine, length: .steps(100))])
        for (trunk, step) in [(warming, 50), (decayed, 50), (decayed, 100), (decayed, 500)] {
            #expect(throws: SimmerError.self) { try Cooldown().plan(of: trunk, at: step) }
        }
        #expect(try Cooldown().plan(of: warming, at: 100).segments.count == 2)
        let none = try Cooldown().plan(of: try schedule([]), at: 70)
        #expect(none.segments.map(\.shape) == [.hold, .oneMinusSqrt] && none.totalSteps == 84)
    }

    /// A longer run holds the rate for longer, and takes it down over the same part of itself.
    @Test func aStretchedScheduleFallsAtItsOwnEnd() throws {
        var recipe = try #require(Recipe.read(Sample.small).recipe)
        recipe.until = .steps(1_000)
        recipe.schedule = [
            Segment(shape: .warmup, length: .steps(50)), Segment(shape: .hold, length: .share(0.65)),
            Segment(shape: .oneMinusSqrt, length: .share(0.3)),
        ]
        let schedule = try Schedule(recipe: recipe, stepsPerEpoch: 10)
        #expect(schedule.decayStart == 700)
        let plan = try #require(schedule.stretched(to: 3_000))
        #expect(plan.totalSteps == 3_000 && plan.segments.map(\.shape) == [.warmup, .hold, .oneMinusSqrt])
        #expect(plan.segments.map(\.length) == [.steps(50), .steps(2_050), .steps(900)])
        // There would be no time to hold what has been held already.
        #expect(schedule.stretched(to: 999) == nil && schedule.stretched(to: 1_000) != nil)
        recipe.schedule = [Segment(shape: .warmup, length: .steps(50)), Segment(shape: .cosine, length: .share(0.95))]
        let cosine = try Schedule(recipe: recipe, stepsPerEpoch: 10)
        #expect(cosine.decayStart == nil && cosine.stretched(to: 3_000) == nil)
    }

    /// What went down by itself before the decay is a trunk as well, where a part of the run worth going back to lies in it.
    @Test func stairsAndPlateausAreHeldForLonger() throws {
        func made(_ segments: [Segment], until steps: Int = 2_000) throws -> Schedule {
            var recipe = try #require(Recipe.read(Sample.small).recipe)
            recipe.until = .steps(steps)
            recipe.schedule = segments
            return try Schedule(recipe: recipe, stepsPerEpoch: 10)
        }
        let warmup = Segment(shape: .warmup, length: .steps(20))
        let fall = Segment(shape: .linear, length: .steps(780))
        let plateau = try made([warmup, Segment(shape: .plateau, length: .steps(1_200)), fall])
        #expect(plateau.decayStart == 1_220)
        let longer = try #require(plateau.stretched(to: 4_000))
        #expect(longer.segments.map(\.length) == [.steps(20), .steps(2_420), .steps(1_560)])
        #expect(longer.segments.map(\.shape) == [.warmup, .plateau, .linear])

        var stairs = Segment(shape: .step, length: .steps(1_200))
        (stairs.every, stairs.by) = (.steps(400), 0.5)
        let stepped = try made([warmup, stairs, fall])
        let held = try #require(stepped.stretched(to: 4_000))
        #expect(stepped.decayStart == 1_220 && held.segments[1].every == .steps(400))
        // Up to where it leaves the rates are the same.
        let again = try made(held.segments, until: 4_000)
        #expect([0, 19, 419, 820, 1_219].allSatisfy { again.rate(at: $0) == stepped.rate(at: $0) })

        let short = try made([warmup, Segment(shape: .plateau, length: .steps(50)), fall])
        let stair = try made([warmup, stairs])
        #expect(short.decayStart == nil && stair.decayStart == nil)
    }

    /// Up to half of what it was, over a hundredth of the run, and down again as before.
    @Test func aRateThatIsGoneIsWarmedUpAgain() throws {
        let segments = [Segment(shape: .warmup, length: .steps(50)), Segment(shape: .cosine, length: .steps(750))]
        let cosine = try schedule(segments)
        let plan = try #require(cosine.rewarmed(at: 800, to: 1_600))
        #expect(plan.segments.map(\.shape) == [.warmup, .cosine, .linear, .cosine] && plan.totalSteps == 1_600)
        let again = try schedule(plan.segments)
        #expect([0, 49, 400, 799].allSatisfy { again.rate(at: $0) == cosine.rate(at: $0) })
        #expect(again.rate(at: 800) == 0 && again.rate(at: 808) == 0.025 && abs(again.rate(at: 816) - 0.05) < 1e-12)
        #expect(again.rate(at: 1_599) > 0 && again.rate(at: 1_600) == 0 && again.fall(from: 800) == 816)
        #expect((0..<1_600).allSatisfy { again.rate(at: $0) > 0 || $0 == 800 })
        let (read, findings) = Recipe.read(Sample.small, overrides: plan.overrides)
        #expect(read?.schedule == plan.segments && !findings.contains { $0.severity == .error }, "\(findings)")

        // A fall in two parts ends where the last one does.
        let parts = try schedule([
            Segment(shape: .hold, length: .steps(400)), Segment(shape: .linear, length: .steps(200), to: 0.5),
            Segment(shape: .linear, length: .steps(200), to: 0),
        ])
        let both = try #require(parts.rewarmed(at: 800, to: 1_600))
        #expect(both.segments.suffix(2).map(\.to) == [0.5, 0], "\(both.segments)")
        #expect(try schedule(both.segments).fall(from: 800) == 816)
        // What has only come down to 0.8 of it does not rise and cannot fall.
        let little = try schedule([
            Segment(shape: .hold, length: .steps(400)), Segment(shape: .linear, length: .steps(400), to: 0.8),
        ])
        #expect(little.rewarmed(at: 800, to: 1_600) == nil)

        // On its way down with more than half it only falls more slowly.
        let slower = try #require(cosine.rewarmed(at: 200, to: 1_600))
        #expect(slower.segments.map(\.shape) == [.warmup, .linear, .cosine])
        #expect(abs(try schedule(slower.segments).rate(at: 200) - cosine.rate(at: 200)) < 1e-12)
        // Nothing has fallen yet, or there is no time.
        #expect(cosine.rewarmed(at: 50, to: 1_600) == nil && cosine.rewarmed(at: 800, to: 805) == nil)
        #expect(try schedule([Segment(shape: .hold, length: .forever)]).rewarmed(at: 800, to: 900) == nil)
    }

    @Test func aRateThatIsGoneTooEarlyIsSaid() {
        func codes(_ schedule: String) -> [String] {
            Recipe.read(Sample.small.replacing("until: 100", with: "until: 10000\nschedule: \(schedule)")).findings
                .map(\.code)
        }
        #expect(codes("[{cosine: {length: 4000, to: 0.001}}]") == ["schedule.too_early"])
        #expect(codes("[{warmup: 10}, {linear: {length: 3000, to: 0.005}}, {hold: forever}]") == ["schedule.too_early"])
        // A near miss of each: slower, or not so deep.
        #expect(codes("[{cosine: {length: 9000, to: 0.001}}]") == [])
        #expect(codes("[{linear: {length: 3000, to: 0.02}}, {hold: forever}]") == [])
    }

    @Test func harvestsComeFartherAndFartherApart() throws {
        var harvest = Harvest()
        func isDue(_ step: Int, after last: Int?, hoursAgo: Double = 0, minute: Int = 0) -> Bool {
            harvest.isDue(
                Harvest.Moment(step: step, last: last.map { ($0, hoursAgo * 3_600) }, minute: minute), stepsPerEpoch: 10
            )
        }
        #expect(!isDue(1_000, after: nil))
        harvest.every = Harvest.Every("1.5x")
        #expect(!isDue(9, after: nil))
        #expect(isDue(10, after: nil))
        #expect(!isDue(14, after: 10))
        #expect(isDue(15, after: 10))
        harvest.every = Harvest.Every("2 epochs")
        #expect(!isDue(29, after: 10))
        #expect(isDue(30, after: 10))
        // Whatever a row says of the last one.
        #expect(isDue(10, after: .min) && !isDue(10, after: .max))
        harvest.every = Harvest.Every("1 day")
        #expect(isDue(10, after: nil) && !isDue(9, after: nil))
        #expect(!isDue(5_000, after: 10, hoursAgo: 23.9) && isDue(5_000, after: 10, hoursAgo: 24))
        // Nothing has been learned since.
        #expect(!isDue(10, after: 10, hoursAgo: 48))
        harvest.hours = DayHours("22:00-06:00")
        #expect(
            !isDue(5_000, after: 10, hoursAgo: 30, minute: 720) && isDue(5_000, after: 10, hoursAgo: 30, minute: 1_380))
        #expect(!isDue(10, after: nil, minute: 720))
        for text in ["1x", "x", "-2x", "nanx", "0", "59 seconds", "50 %", "forever", "2000x"] {
            #expect(Harvest.Every(text) == nil, "\(text)")
        }
    }
}
