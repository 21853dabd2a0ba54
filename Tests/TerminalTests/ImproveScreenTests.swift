import Recipes
import Terminal
import Testing

@Suite struct ImproveScreenTests {
    private func round(_ curve: LearningCurve?, found: Double = 0.01) -> Improvement {
        var round = Improvement(
            steps: 400, seeds: 3, trainingLoss: 0.1, validationLoss: 0.4, tried: [],
            outcome: ImprovementOutcome(
                proposal: Proposal("R12", "dropout", "dropout of 0.2", ["model.layers": "[…]"]), expected: 0.02,
                gain: found, low: found / 2, high: 2 * found, verdict: .better, before: 0.4, after: 0.4 - found))
        round.learningCurve = curve
        return round
    }

    private func curve(high: Double?, seeds: Int = 3) -> LearningCurve {
        LearningCurve(
            counts: [100, 200, 400], losses: [0.6, 0.5, 0.4], fitted: 0.4, twice: 0.3, low: high.map { _ in 0.25 },
            high: high, seeds: seeds, wantedSeeds: 3)
    }

    /// More data is said first where it is more than what was found, and more than chance.
    @Test func moreDataComesFirst() throws {
        let first = { (round: Improvement) in ImproveScreen.lines(round).first?.text ?? "" }
        #expect(first(round(curve(high: 0.35))).hasPrefix("More data first"))
        #expect(!first(round(curve(high: 0.41))).hasPrefix("More data first"))
        #expect(!first(round(curve(high: 0.35), found: 0.2)).hasPrefix("More data first"))
        #expect(!first(round(nil)).hasPrefix("More data first"))
    }

    /// A line each on a narrow screen, and whole elsewhere.
    @Test func whatWasTriedFitsItsScreen() {
        var round = round(nil)
        let long = "three blocks more, each with a skip around it and half the rate"
        round.tried = [
            TriedProposal(Proposal("O5", "adam", "Adam at 3e-4", [:]), expected: 0.0123, cost: 1.26),
            TriedProposal(Proposal("R12", "residual-blocks", long, [:]), expected: -0.000123, cost: 3.1),
            TriedProposal(
                Proposal("R12", "dropout", long, [:]), refusal: String(repeating: "no room for it ", count: 9)),
        ]
        func lines(_ width: Int?) -> [String] {
            ImproveScreen.lines(round, width: width).map(\.text).filter {
                $0.hasPrefix("  O5") || $0.hasPrefix("  R12")
            }
        }
        #expect(lines(80).count == 3 && lines(80).allSatisfy { $0.columns <= 80 }, "\(lines(80))")
        #expect(lines(80)[0].contains("Adam at 3e-4") && lines(80)[0].hasSuffix("times the work"), "\(lines(80))")
        #expect(lines(nil)[1].contains(long) && lines(nil)[2].hasSuffix("no room for it "))
    }

    /// Fewer seeds than were wanted are told of.
    @Test func aShortBudgetIsSaid() {
        let text = { (round: Improvement) in ImproveScreen.lines(round).map(\.text).joined(separator: "\n") }
        #expect(text(round(curve(high: nil, seeds: 1))).contains("the budget had no room for 3"))
        #expect(!text(round(curve(high: 0.35))).contains("budget"))
    }

    @Test func whatWasMeasuredBesideIsShown() {
        var round = round(nil)
        round.inputs = [
            InputGain(columns: ["a"], loss: 0.5, gain: 0.2, low: 0.1, high: 0.3, verdict: .better),
            InputGain(columns: ["b", "c"], loss: 0.6, gain: -0.1, low: -0.2, high: -0.05, verdict: .worse),
        ]
        round.ensemble = EnsembleTrial(
            single: 0.08, isShare: true,
            gains: [EnsembleGain(members: 2, error: 0.07, gain: 0.01, low: 0.005, high: 0.02)],
            proposal: Proposal("Q1", "ensemble", "2 networks", ["kind": "ensemble", "members": "2"]))
        round.stopping = StoppingGain(step: 200, gain: 0.03, low: 0.01, high: 0.05)
        round.notes = ["something was left out"]
        let text = ImproveScreen.lines(round).map(\.text).joined(separator: "\n")
        for word in [
            "b … c", "worse: leave it out", "--set kind=ensemble --set members=2", "step 200", "left out", "-12.50 %",
        ] {
            #expect(text.contains(word), "\(word) in \(text)")
        }
    }

    /// O4: the recipe's own model is what has to be better.
    @Test func aHeroIsTold() {
        func text(_ verdict: ImprovementOutcome.Verdict) -> String {
            var round = round(nil)
            round.plain = ImprovementOutcome(
                proposal: Proposal("O4", "plain", "the catalogue's model, `lenet`", ["model": "{preset: lenet}"]),
                expected: 0, gain: 0.1, low: 0.05, high: 0.2, verdict: verdict, before: 0.4, after: 0.3)
            return ImproveScreen.lines(round).map(\.text).joined(separator: "\n")
        }
        #expect(text(.better).contains("do not be a hero") && text(.better).contains("--set 'model={preset: lenet}'"))
        #expect(text(.same).contains("take the plain one"))
        #expect(text(.worse).contains("the recipe's own is better") && !text(.worse).contains("preset: lenet}'"))
    }

    /// R5: the real examples alone are what made data has to beat; the ledger has it beside the best change.
    @Test func madeDataIsJudged() {
        func round(_ verdict: ImprovementOutcome.Verdict, alone: Bool = false) -> Improvement {
            var round = self.round(nil)
            if alone { round.outcome = nil }
            round.made = ImprovementOutcome(
                proposal: Proposal("R5", "made", "60 made examples beside the real ones", [:]), expected: 0.1,
                gain: 0.1,
                low: 0.05, high: 0.2, verdict: verdict, before: 0.4, after: 0.3)
            return round
        }
        func text(_ round: Improvement) -> String {
            ImproveScreen.lines(round).map(\.text).joined(separator: "\n")
        }
        #expect(text(round(.better)).contains("60 made examples beside the real ones"))
        #expect(text(round(.better)).contains(": better") && !text(round(.better)).contains("data.made=none"))
        #expect(text(round(.same)).contains("no difference beyond chance"))
        #expect(text(round(.worse)).contains("worse") && text(round(.worse)).contains("--set data.made=none"))
        // Nothing else was asked for.
        #expect(!text(round(.better, alone: true)).contains("No change was expected"))
        let ledger = ImproveScreen.ledger([("taste", round(.worse)), ("taste", self.round(nil))], now: 0)
        #expect(ledger.rows.map { $0[2].text } == ["dropout", "made", "dropout"])
        #expect(TrackRecord([round(.better)]) == TrackRecord(held: 2, known: 2))
    }

    /// An expectation came true where it lies in the interval of what came.
    @Test func expectationsAreCounted() {
        let rounds = [round(nil), round(nil, found: 0.2), round(nil, found: 0.015)]
        let calibration = TrackRecord(rounds)
        #expect(calibration == TrackRecord(held: 2, known: 3))
        // statsmodels.stats.proportion.proportion_confint(2, 3, method="wilson"): 0.2077 to 0.9385.
        #expect(abs(calibration.interval.low - 0.2077) < 1e-4 && abs(calibration.interval.high - 0.9385) < 1e-4)
        #expect(ImproveScreen.calibration(rounds).contains("2 of 3 (67 %, 95 % interval 21 % to 94 %)"))
        #expect(
            ImproveScreen.calibration(ofRecipes: TrackRecord(held: 0, known: 0), open: 2).contains("2 not known yet"))
    }
}
