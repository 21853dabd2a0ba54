import Foundation
import Testing

/// Calibration and ensembles of checkpoints through the programs.
@Suite(.serialized)
struct EnsembleTests {
    /// Three clouds that overlap; a table that a fixed rule makes, the same on every machine.
    private static func table(_ count: Int, from start: Int) -> String {
        var state = UInt64(start) &* 0x9e37_79b9_7f4a_7c15 &+ 1
        func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 40) / 16_777_216
        }
        // The sum of twelve is nearly normal.
        func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + uniform() } }
        let rows = (0..<count).map { index -> String in
            let place = index % 3
            let inputs = (0..<6).map { String(normal() + ($0 % 3 == place ? 1.1 : 0)) }
            return inputs.joined(separator: ",") + ",\(["red", "green", "blue"][place])"
        }
        return "a,b,c,d,e,f,kind\n" + rows.joined(separator: "\n") + "\n"
    }

    private static func recipe(
        _ name: String, seed: Int, layers: String = "[{linear: 48}, relu, {linear: 48}, relu, {linear: classes}]",
        more: String = "",
        data: String = "", target: String = "kind"
    ) -> String {
        """
        recipe: 1
        name: \(name)
        seed: \(seed)
        data:
          format: csv
          train: {inputs: train.csv}
          validation: {inputs: validation.csv}
          test: {inputs: test.csv}
          target: \(target)
          \(data)
        model: {layers: \(layers)}
        optimizer: {kind: adam, rate: 1e-2}
        batch: 16
        until: {steps: 400}
        evaluate: {every: 100}
        checkpoint: {every: 100, keep: {last: 4, best: 1}}
        \(more)
        """
    }

    private func daemon() throws -> PrivateDaemon {
        let daemon = try PrivateDaemon()
        _ = try daemon.write("train.csv", Self.table(240, from: 1))
        _ = try daemon.write("validation.csv", Self.table(150, from: 2))
        _ = try daemon.write("test.csv", Self.table(600, from: 3))
        return daemon
    }

    private func train(_ daemon: PrivateDaemon, _ name: String, _ recipe: String) throws {
        _ = try daemon.json("submit", try daemon.write("\(name).yaml", recipe))
        try daemon.waitState(name, "succeeded")
    }

    private func refusal(_ daemon: PrivateDaemon, _ arguments: String...) throws -> String {
        let outcome = try daemon.simmer(["ensemble"] + arguments)
        #expect(outcome.status != 0, "\(outcome.output)")
        return outcome.errors
    }

    @Test func membersAreBetterTogetherAndWhatDoesNotFitIsNamed() throws {
        let daemon = try daemon()
        for (name, seed) in [("a", 1), ("b", 2), ("c", 3)] {
            try train(daemon, name, Self.recipe(name, seed: seed))
        }
        let members = ["a@last", "b@last", "c@last"]

        // One alone: the numbers of `evaluate`, and a temperature that mends what is too sure.
        let alone = try daemon.json("evaluate", "a@last", "--split", "test", "--calibrate")
        #expect(alone["classes"]["accuracy"].double == alone["accuracy"].double)
        let nll = try #require(alone["classes"]["nll"].double)
        #expect(abs(nll - (alone["loss"].double ?? 0)) < 1e-5)
        #expect(try #require(alone["calibration"]["temperature"].double) > 1.1)
        #expect(try #require(alone["calibration"]["scores"]["nll"].double) < nll)
        #expect(
            try #require(alone["calibration"]["scores"]["ece"].double) < (alone["classes"]["ece"].double ?? 0))
        #expect(alone["calibration"]["scores"]["accuracy"].double == alone["accuracy"].double)
        // The temperature is of the validation split, whichever is measured.
        let validation = try daemon.json("evaluate", "a@last", "--calibrate")
        #expect(validation["calibration"]["temperature"].double == alone["calibration"]["temperature"].double)
        #expect(try daemon.json("evaluate", "a@last")["calibration"].value == nil)
        let words = try daemon.simmer("evaluate", "a@last", "--calibrate").output
        #expect(words.contains("ece") && words.contains("temperature"), "\(words)")

        for combination in ["probabilities", "logits", "vote"] {
            let report = try daemon.json(
                "ensemble", members[0], members[1], members[2], "--on", "test", "--combine", combination)
            let own = report["members"].list.compactMap { $0["classes"]["accuracy"].double }
            let steps = report["steps"].list
            #expect(own.count == 3 && steps.count == 3 && report["count"].int == 600)
            #expect(own[0] == alone["accuracy"].double)
            let together = try #require(steps[2]["classes"]["accuracy"].double)
            #expect(together >= own.reduce(0, +) / 3, "\(combination): \(together) of \(own)")
            #expect(together > 0.6 && together < 0.95)
            #expect(steps[0]["classes"]["accuracy"].double == own[0] && steps[0]["comparison"].value == nil)
            let difference = (steps[2]["comparison"]["better"].int ?? 0) - (steps[2]["comparison"]["worse"].int ?? 0)
            let before = try #require(steps[1]["classes"]["accuracy"].double)
            #expect(abs(Double(difference) / 600 - (together - before)) < 1e-9)
            #expect(steps.filter { $0["stopsPaying"].bool == true }.count <= 1)
            #expect((steps[2]["classes"]["nll"].value == nil) == (combination == "vote"))
        }

        // The greedy order begins with the best on validation.
        let greedy = try daemon.json(
            "ensemble", members[0], members[1], members[2], "--on", "test", "--greedy", "--calibrate")
        let losses = try members.map { try daemon.json("evaluate", $0)["loss"].double ?? 9 }
        #expect(greedy["steps"][0]["added"].int == losses.indices.min { losses[$0] < losses[$1] })
        #expect(Set(greedy["steps"].list.compactMap { $0["added"].int }) == [0, 1, 2])
        #expect(
            try #require(greedy["steps"][2]["calibration"]["scores"]["nll"].double)
                <= (greedy["steps"][2]["classes"]["nll"].double ?? 0) + 0.01)
        let table = try daemon.simmer("ensemble", members[0], members[1], members[2], "--on", "test")
        #expect(table.status == 0 && table.output.contains("b@last") && table.output.contains("ACCURACY"))

        #expect(try refusal(daemon, "a@last").contains("one"))
        #expect(try refusal(daemon, "a@last", "a@best", "a@last").contains("same checkpoint"))
        #expect(try refusal(daemon, "a@last", "nobody@last").contains("nobody"))
        #expect(try refusal(daemon, "a@last", "b@last", "--combine", "vote", "--greedy").contains("likelihood"))
        let apart = try refusal(daemon, "a@last", "b@last", "--combine", "average_weights")
        #expect(apart.contains("ancestor"), "\(apart)")

        try train(daemon, "raw", Self.recipe("raw", seed: 1, data: "normalize: none"))
        let raw = try refusal(daemon, "a@last", "raw@last")
        #expect(raw.contains("`raw@last` sees its inputs differently"), "\(raw)")
        try train(daemon, "number", Self.recipe("number", seed: 1, target: "a"))
        let number = try refusal(daemon, "a@last", "number@last")
        #expect(number.contains("number@last"), "\(number)")
    }

    /// Chosen from all that the run has kept: the best on validation first, and each one that is added by what it leaves.
    @Test func snapshotsOfOneRunAreChosen() throws {
        let daemon = try daemon()
        try train(
            daemon, "a",
            Self.recipe("a", seed: 1).replacing("keep: {last: 4, best: 1}", with: "keep: {last: 12, best: 1}")
                .replacing("checkpoint: {every: 100", with: "checkpoint: {every: 50"))
        let report = try daemon.json("ensemble", "a", "--snapshots", "3", "--on", "test")
        let members = report["members"].list.map { $0["name"].string }
        #expect(members.count > 2 && members.allSatisfy { $0.hasPrefix("a@") })
        let losses = try members.map { try daemon.json("evaluate", $0)["loss"].double ?? 9 }
        let steps = report["steps"].list
        #expect(steps.count == 3 && steps[0]["added"].int == losses.indices.min { losses[$0] < losses[$1] })
        let chosen = steps.compactMap { $0["added"].int }
        #expect(Set(chosen).count == 3)
        let differing = report["disagreement"].list.compactMap(\.double)
        #expect(differing.count == 9)
        for i in 0..<3 {
            for j in 0..<3 {
                #expect(differing[3 * i + j] == differing[3 * j + i] && differing[3 * i + j] < 0.9)
                #expect((differing[3 * i + j] == 0) == (i == j))
            }
        }
        // No other second one would have left a smaller loss on validation than the one that was taken.
        func pair(_ second: Int) throws -> Double {
            try daemon.json("ensemble", members[chosen[0]], members[second])["steps"][1]["classes"]["nll"].double ?? 9
        }
        let taken = try pair(chosen[1])
        for other in members.indices where other != chosen[0] { #expect(try pair(other) >= taken) }
        let shown = try daemon.simmer("ensemble", "a", "--snapshots", "2")
        #expect(shown.output.contains("DISAGREES") && shown.errors.contains("--on test"), "\(shown.errors)")

        try train(
            daemon, "once",
            Self.recipe("once", seed: 1).replacing("checkpoint: {every: 100", with: "checkpoint: {every: forever")
                .replacing("until: {steps: 400}", with: "until: {steps: 1}"))
        let refused = try refusal(daemon, "once", "--snapshots", "2")
        #expect(refused.contains("one complete checkpoint") && refused.contains("keep more"), "\(refused)")
        #expect(try refusal(daemon, "a", "--snapshots", "1").contains("2 to 64"))
        #expect(try refusal(daemon, "a", "once", "--snapshots", "2").contains("one job"))
    }

    @Test func aMemberThatIsBetterAloneIsNamed() throws {
        let daemon = try PrivateDaemon()
        let recipe = try daemon.write("j.yaml", SmallRecipe.spirals(steps: "{steps: 2000}", name: "j"))
        _ = try daemon.json("submit", recipe, "--wait")
        _ = try daemon.json("submit", recipe, "--name", "young", "--set", "until=60", "--wait")
        let worse = try daemon.simmer("ensemble", "j@last", "young@last")
        #expect(worse.errors.contains("worse than j@2000 alone"), "\(worse.errors)")
        let better = try daemon.simmer("ensemble", "young@last", "young@last")
        #expect(!better.errors.contains("alone"), "\(better.errors)")
    }

    @Test func weightsOfOneLineageHaveAMean() throws {
        let daemon = try daemon()
        try train(daemon, "a", Self.recipe("a", seed: 1, more: "average: {ema: [0.9]}"))
        for (side, batch) in [("left", 8), ("right", 24)] {
            #expect(
                try daemon.simmer(
                    "branch", "a@last", "--name", side, "--set", "batch=\(batch)", "--set", "until=500", "--wait"
                ).status == 0)
        }
        let report = try daemon.json(
            "ensemble", "left@last", "a@last", "right@last", "--on", "test", "--combine", "average_weights")
        let own = report["members"].list.compactMap { $0["classes"]["nll"].double }
        #expect(own.count == 3)
        #expect(report["steps"][0]["classes"]["nll"].double == own[0])
        #expect(try #require(report["steps"][2]["classes"]["nll"].double) < own.max() ?? 0)

        try train(
            daemon, "normed",
            Self.recipe("normed", seed: 1, layers: "[{linear: 8}, batchnorm, relu, {linear: classes}]"))
        #expect(
            try daemon.simmer("branch", "normed@last", "--name", "more", "--set", "until=450", "--wait").status == 0)
        let mean = try daemon.json(
            "ensemble", "normed@last", "more@last", "--on", "test", "--combine", "average_weights")
        #expect(try #require(mean["steps"][1]["classes"]["accuracy"].double) > 0.6)
        #expect(try daemon.simmer("ensemble", "normed@last", "more@last").status == 0)
    }

    /// Several fine-tunings of one network, as in Wortsman et al. 2022 (arXiv:2203.05482): what they began with is their
    /// ancestor, and so it is when its job is gone.
    @Test func fineTuningsOfOneNetworkHaveAMean() throws {
        let daemon = try daemon()
        try train(daemon, "base", Self.recipe("base", seed: 1))
        try train(daemon, "other", Self.recipe("other", seed: 2))
        for (name, start, seed) in [("ft1", "base", 3), ("ft2", "base", 4), ("odd", "other", 5)] {
            let text = Self.recipe(name, seed: seed)
                .replacing("model: {layers:", with: "model: {from: \(start)@last, layers:")
            try train(daemon, name, text)
        }
        #expect(
            try daemon.simmer("branch", "ft2@last", "--name", "more", "--set", "until=450", "--wait").status == 0)
        func mean(_ members: String...) throws -> Programs.Outcome {
            try daemon.simmer(["ensemble"] + members + ["--on", "test", "--combine", "average_weights"])
        }
        for members in [["ft1@last", "ft2@last"], ["base@last", "ft1@last"], ["more@last", "ft1@last"]] {
            let made = try mean(members[0], members[1])
            #expect(made.status == 0, "\(members): \(made.errors)")
        }
        let refused = try mean("ft1@last", "odd@last")
        #expect(refused.status != 0 && refused.errors.contains("no ancestor in common"), "\(refused)")
        #expect(try daemon.simmer("delete", "base", "--yes").status == 0)
        #expect(try mean("ft1@last", "ft2@last").status == 0)
        #expect(try mean("ft1@last", "odd@last").status != 0)
    }

    @Test func numbersHaveAMean() throws {
        let daemon = try daemon()
        for (name, seed) in [("n1", 1), ("n2", 2)] {
            try train(daemon, name, Self.recipe(name, seed: seed, target: "a"))
        }
        let report = try daemon.json("ensemble", "n1@last", "n2@last", "--on", "test", "--greedy")
        let own = report["members"].list.compactMap { $0["numbers"]["mse"].double }
        let together = try #require(report["steps"][1]["numbers"]["mse"].double)
        #expect(own.count == 2 && together < (own[0] + own[1]) / 2)
        let alone = try daemon.json("evaluate", "n1@last", "--split", "test")
        #expect(abs((alone["mae"].double ?? 0) - (report["members"][0]["numbers"]["mae"].double ?? 1)) < 1e-5)
        #expect(try refusal(daemon, "n1@last", "n2@last", "--calibrate").contains("numbers"))
        #expect(try daemon.simmer("evaluate", "n1@last", "--calibrate").errors.contains("probabilities"))
    }
}
