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
        let schedule = try Schedule(
            recipe: Self.recipe([Segment(shape: .warmup, length: .steps(100)), Segment(shape: .hold, length: .forever)]
            ),
            stepsPerEpoch: 10)
        #expect(schedule.preview.map(\.step) == [0, 10, 50, 100, 250, 500, 750, 900, 999])
        #expect(schedule.preview[2].rate == 2 * 51.0 / 100 && schedule.preview[8].rate == 2)
        let endless = try Schedule(
            recipe: Self.recipe(
                [Segment(shape: .warmup, length: .steps(100)), Segment(shape: .hold, length: .forever)], until: .forever
            ),
            stepsPerEpoch: 10)
        #expect(endless.totalSteps == nil && endless.preview.map(\.step) == [0, 100])
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
        #expect([99, 100, 299, 300].map(schedule.rate) == [2, 1, 1, 4])
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
