import Foundation
import Recipes
import Testing

/// Schedules against values computed by hand.
@Suite struct ScheduleTests {
    static func recipe(_ segments: [Segment], until: Amount = .steps(1000), rate: Double = 2) -> Recipe {
        var recipe = Recipe(
            name: "a", data: DataSource(format: .digits), model: Model(layers: []), optimizer: Optimizer(rate: rate))
        recipe.schedule = segments
        recipe.until = until
        return recipe
    }

    @Test func warmsUpHoldsAndCoolsDown() throws {
        let schedule = try Schedule(
            recipe: Self.recipe([
                Segment(shape: .warmup, length: .steps(10)), Segment(shape: .hold, length: .epochs(4)),
                Segment(shape: .linear, length: .share(0.1), to: 0.5),
                Segment(shape: .oneMinusSqrt, length: .steps(400)),
            ]), stepsPerEpoch: 10)
        #expect(schedule.totalSteps == 1000 && schedule.totalSeconds == nil)
        #expect(schedule.pieces.map(\.start) == [0, 10, 50, 150] && schedule.pieces.map(\.end) == [10, 50, 150, 550])
        #expect(schedule.factor(at: 0) == 0.1 && schedule.factor(at: 8) == 0.9 && schedule.factor(at: 9) == 1)
        #expect(schedule.factor(at: 49) == 1 && schedule.factor(at: 50) == 1 && schedule.factor(at: 100) == 0.75)
        // 1 - sqrt(1/4) of the factor 0.5; 1 - sqrt(9/16).
        #expect(
            schedule.factor(at: 150) == 0.5 && schedule.factor(at: 250) == 0.25 && schedule.factor(at: 375) == 0.125)
        #expect(schedule.factor(at: 550) == 0 && schedule.factor(at: 999) == 0)
        #expect(schedule.rate(at: 100) == 1.5)
    }

    @Test func followsTheCosine() throws {
        let schedule = try Schedule(
            recipe: Self.recipe([Segment(shape: .cosine, length: .steps(1000), to: 0.2)]), stepsPerEpoch: 10)
        for step in stride(from: 0, through: 1000, by: 7) {
            let expected = 0.2 + 0.8 * 0.5 * (1 + cos(Double.pi * Double(step) / 1000))
            #expect(abs(schedule.factor(at: step) - expected) < 1e-14, "step \(step)")
        }
        #expect(schedule.factor(at: 5000) == 0.2)
    }

    @Test func previewsTheRun() throws {
        let warm = [Segment(shape: .warmup, length: .steps(100)), Segment(shape: .hold, length: .forever)]
        var recipe = Self.recipe(warm)
        recipe.batch = 10
        let facts = DataFacts(
            inputShape: [1], target: .numbers(1), trainingCount: 95, validationCount: 0, testCount: 0, mean: [],
            deviation: [])
        let points = try Schedule(recipe: recipe, stepsPerEpoch: 10).preview(of: recipe, facts: facts)
        #expect(points.map(\.step) == [0, 10, 50, 100, 250, 500, 750, 900, 999])
        #expect(points.map(\.share) == [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 1])
        #expect(points[2].rate == 2 * 51.0 / 100 && points[8].rate == 2)
        // The last batch of an epoch has five examples.
        #expect(points[4].epoch == 25 && points[4].examples == 25 * 95 && points[8].examples == 99 * 95 + 90)
        recipe.until = .forever
        let endless = try Schedule(recipe: recipe, stepsPerEpoch: 10)
        #expect(endless.totalSteps == nil)
        #expect(endless.preview(of: recipe, facts: facts).map(\.step) == [0, 100])
    }

    @Test func goesDownInSteps() throws {
        let (recipe, findings) = Recipe.read(
            sampleHead + "schedule:\n  - hold: 10\n  - step: {every: 2 epochs, by: 0.5, length: 70}\n  - linear: 30\n")
        let schedule = try Schedule(recipe: #require(recipe, "\(findings)"), stepsPerEpoch: 10)
        #expect(
            [9, 10, 29, 30, 49, 50, 70, 79].map { schedule.factor(at: $0) } == [1, 1, 1, 0.5, 0.5, 0.25, 0.125, 0.125])
        // What follows starts from there.
        #expect(schedule.factor(at: 80) == 0.125 && schedule.factor(at: 95) == 0.0625)
        let endless = try Schedule(
            recipe: #require(Recipe.read(sampleHead + "schedule: [step: 100]\n").0), stepsPerEpoch: 10)
        #expect(endless.factor(at: 99) == 1 && endless.factor(at: 100) == 0.1)
        // 0.1^k by squaring, far out: no product of a million factors.
        #expect(endless.factor(at: 1 << 50) == 0)
        // A harvest begins anywhere on a stair.
        let plan = try Cooldown(share: 0.5, shape: .linear).plan(of: endless, at: 150)
        #expect(plan.overrides["schedule"]?.hasPrefix("[{step: {every: 100 steps, by: 0.1, length: 150}}") == true)
        let branch = try #require(Recipe.read(sampleHead, overrides: plan.overrides).0)
        let down = try Schedule(recipe: branch, stepsPerEpoch: 10)
        #expect([99, 149, 150].map { down.factor(at: $0) } == [1, 0.1, 0.1] && down.factor(at: 225) == 0)
    }

    @Test func aPlateauTakesWhatWasMeasured() throws {
        let recipe = try #require(
            Recipe.read(sampleHead + "schedule: [warmup: 10, plateau: {length: 90, by: 0.5}, linear: 20]\n").0)
        let schedule = try Schedule(recipe: recipe, stepsPerEpoch: 10)
        #expect(schedule.hasPlateau && schedule.plateau(at: 9) == nil && schedule.plateau(at: 100) == nil)
        #expect(schedule.plateau(at: 10)?.window == 10 && schedule.plateau(at: 99)?.by == 0.5)
        #expect(
            [30, 31, 60].map { schedule.rate(at: $0, falls: [31, 60]) / recipe.optimizer.rate } == [1, 0.5, 0.25])
        #expect(schedule.rate(at: 110, falls: [31, 60]) / recipe.optimizer.rate == 0.125)
    }

    /// By hand: ten values have 45 pairs and a variance of 125; a fall needs a sum of -20 or less, by the normal's 5 % point.
    @Test func aFallIsMoreThanANoisyNumber() {
        let down = (0..<10).map { Double(-$0) }
        #expect(FallTest.falls(down) && !FallTest.falls(down.reversed()))
        #expect(!FallTest.falls([Double](repeating: 1, count: 10)))
        // One wild value at the end: 9 of 45 pairs turn, -45 + 18 = -27.
        #expect(FallTest.falls(down.dropLast() + [1e9]))
        // -19 is chance, -21 is not.
        let nearly: [Double] = [6, 7, 9, 5, 3, 8, 0, 2, 1, 4]
        let just: [Double] = [9, 7, 8, 2, 6, 3, 0, 4, 1, 5]
        #expect(Self.sum(nearly) == -19 && !FallTest.falls(nearly))
        #expect(Self.sum(just) == -21 && FallTest.falls(just))
    }

    private static func sum(_ values: [Double]) -> Int {
        values.indices.reduce(0) { sum, i in
            values[(i + 1)...].reduce(sum) { $1 > values[i] ? $0 + 1 : $1 < values[i] ? $0 - 1 : $0 }
        }
    }

    @Test(arguments: [
        ("schedule: [step: {length: 10}]", "schedule.every"), ("schedule: [step: 0]", "value.range"),
        ("schedule: [step: {every: 5, by: 1}]", "value.range"), ("schedule: [plateau: {window: 2}]", "value.range"),
        ("schedule: [plateau]\nevaluate: forever", "schedule.plateau"),
        ("stop: 100\nevaluate: forever", "stop.evaluate"), ("stop: {test: never}", "value.choice"),
        ("stop: 5 minutes", "value.range"),
    ]) func wrongSegmentsAndStopsAreNamed(_ lines: String, _ code: String) {
        #expect(Recipe.read(sampleHead + lines + "\n").1.map(\.code).contains(code))
    }

    @Test func changesTakeEffectAtTheirStep() throws {
        let changes = [
            HotChange(step: 100, values: ["rate": "1"]), HotChange(step: 200, values: ["until": "2000"]),
            HotChange(step: 300, values: ["optimizer.rate": "4e0"]),
        ]
        let recipe = Self.recipe([
            Segment(shape: .hold, length: .share(0.5)), Segment(shape: .linear, length: .share(0.5)),
        ])
        let schedule = try Schedule(recipe: recipe, stepsPerEpoch: 10, changes: changes)
        #expect(schedule.totalSteps == 2000)
        #expect([99, 100, 299, 300].map { schedule.rate(at: $0) } == [2, 1, 1, 4])
        // The shares are of the total as submitted: the decay is over when that ends.
        #expect(schedule.pieces[1].end == 1000 && schedule.factor(at: 1500) == 0)
        #expect(try recipe.applying(changes, upTo: 199).until == .steps(1000))
        #expect(try recipe.applying(changes, upTo: 200).until == .steps(2000))
    }

    @Test func epochsAndTimeEndRuns() throws {
        #expect(try Schedule(recipe: Self.recipe([], until: .epochs(2.5)), stepsPerEpoch: 10).totalSteps == 25)
        let timed = try Schedule(recipe: Self.recipe([], until: .seconds(60)), stepsPerEpoch: 10)
        #expect(timed.totalSteps == nil && timed.totalSeconds == 60 && timed.factor(at: 7) == 1)
        #expect(throws: SimmerError.self) {
            try Schedule(
                recipe: Self.recipe([Segment(shape: .cosine, length: .share(0.5))], until: .forever), stepsPerEpoch: 10)
        }
    }

    @Test(arguments: [
        ["rate": "1e-3"], ["optimizer.rate": "1e-3"], ["clip": "none"], ["clip.gradient_norm": "2"],
        ["until": "forever"],
        ["until": "{epochs: 3}"], ["until.steps": "7"], ["evaluate": "100"], ["evaluate.every": "1 epoch"],
        ["checkpoint.every": "5 minutes"], ["checkpoint.keep.last": "9", "checkpoint.keep.best": "0"],
    ]) func mayChange(_ values: [String: String]) {
        #expect(Recipe.validateChange(values) == [])
    }

    @Test(arguments: [
        (["seed": "1"], "change.frozen", "submit a new job"), (["batch": "1"], "change.frozen", "simmer branch"),
        (["schedule": "[hold]"], "change.frozen", "simmer branch"), (["rat": "1"], "key.unknown", "`rate`"),
        (["rate": "fast"], "value.type", ""), (["rate": "-1"], "value.range", ""), (["rate": "0"], "value.range", ""),
        (["rate": "&a 1"], "yaml.anchor", ""), (["until": "10 %"], "value.range", ""), ([:], "change.empty", ""),
        (["checkpoint.keep.last": "0"], "value.range", ""), (["rate": "[1"], "yaml.syntax", ""),
    ]) func mayNotChange(_ values: [String: String], _ code: String, _ hint: String) throws {
        let findings = Recipe.validateChange(values)
        #expect(findings.map(\.code) == [code])
        #expect(hint.isEmpty || findings[0].hint?.contains(hint) == true, "\(findings)")
        let recipe = Self.recipe([])
        #expect(throws: SimmerError.self) { try recipe.applying([HotChange(step: 0, values: values)], upTo: 0) }
    }
}

private let sampleHead = """
    recipe: 1
    name: sample
    data: {format: digits}
    model: {layers: [flatten, {linear: classes}]}

    """
