import Foundation
import Testing

/// Means of the weights through the programs.
@Suite(.serialized)
struct AverageTests {
    private static let averages = "average: {ema: [0.99], lawa: {every: 20, last: 3}, swa: {from: 50 %, every: 15}}"

    private static func recipe(steps: Int, threads: Int = 1, every: String = "25") -> String {
        SmallRecipe.convolutional(steps: steps, threads: threads, every: every)
            .replacing("average: {ema: [0.99]}", with: averages)
    }

    private func trained(_ daemon: PrivateDaemon, steps: Int = 200) throws {
        _ = try daemon.json("submit", try daemon.write("r.yaml", Self.recipe(steps: steps)))
        try daemon.waitState("small", "succeeded", seconds: 180)
    }

    /// A worker that is killed takes in again what its checkpoint has not, and nothing twice.
    @Test func killsCountNothingTwice() throws {
        let steps = 3000
        var digests: Set<String> = []
        for threads in 1...3 {
            let daemon = try PrivateDaemon()
            _ = try daemon.json("submit", try daemon.write("r.yaml", Self.recipe(steps: steps, threads: threads)))
            var kills = 0
            // The first thread count is left alone. The mean has begun at the third.
            for step in threads == 1 ? [] : [300, 1100, 1700, 2200] {
                try daemon.wait("step \(step)") { try daemon.step("small") >= step }
                guard let worker = daemon.workers.first, try daemon.step("small") < steps - 300 else { continue }
                kill(worker, SIGKILL)
                if step == 1700 {
                    daemon.end(SIGKILL)
                    try daemon.start()
                }
                kills += 1
            }
            try daemon.waitState("small", "succeeded", seconds: 180)
            #expect(threads == 1 || kills >= 3, "\(kills) kills landed")
            digests.insert(try daemon.json("checkpoint", "show", "small@last")["digest"].string)
            let names = try daemon.json("checkpoint", "show", "small@last", "--tensors")["tensors"].list.map {
                $0["name"].string
            }
            #expect(names.contains("swa.1.running_mean") && names.contains("lawa_20x3_2.0.weight"), "\(names)")
        }
        #expect(digests.count == 1 && digests.first?.isEmpty == false)
    }

    @Test func theyAreMeasuredExportedAndAsked() throws {
        let daemon = try PrivateDaemon()
        try trained(daemon)
        let metrics = try daemon.json("checkpoint", "show", "small@last")["metrics"].list
        for name in ["ema-0.99", "lawa-20x3", "swa"] {
            let told = try #require(metrics.first { $0["name"].string == "validation.loss@\(name)" })
            let measured = try daemon.json("evaluate", "small@last", "--average", name)
            #expect(told["value"].double == measured["loss"].double && measured["average"].string == name)
            #expect(try daemon.json("evaluate", "small@last/\(name)")["loss"].double == measured["loss"].double)
            let file = daemon.folder.appendingPathComponent("\(name).safetensors").path
            #expect(try daemon.simmer("checkpoint", "export", "small@last", "--average", name, "-o", file).status == 0)
            // A file of the average is one of the network: its answers are the average's.
            let from = Self.recipe(steps: 1).replacing("name: small", with: "name: from-\(name)")
                .replacing("model:\n", with: "model:\n  from: \(name).safetensors\n")
                .replacing("{kind: adam, rate: 1e-3}", with: "{kind: sgd, rate: 1e-12}")
            _ = try daemon.json("submit", try daemon.write("from.yaml", from))
            try daemon.waitState("from-\(name)", "succeeded")
            let tensors = try daemon.json("checkpoint", "show", "from-\(name)@last", "--tensors")["tensors"].list
            let own = try daemon.json("checkpoint", "show", "small@last", "--tensors")["tensors"].list
            let prefix = name.replacing("-", with: "_") + "."
            let first = tensors.first { $0["name"].string == "0.weight" }?["digest"].string
            #expect(first != nil && own.first { $0["name"].string == prefix + "0.weight" }?["digest"].string == first)
        }
        let twice = try daemon.simmer("evaluate", "small@last/swa", "--average", "ema-0.99")
        #expect(twice.status == 2 && twice.errors.contains("average"), "\(twice.errors)")
    }

    @Test func anAverageIsATeacherAMemberAndABeginning() throws {
        let daemon = try PrivateDaemon()
        try trained(daemon)
        let members = ["small@last", "small@last/ema-0.99", "small@last/lawa-20x3", "small@last/swa"]
        let report = try daemon.json("ensemble", members[0], members[1], members[2], members[3])
        let losses = report["members"].list.compactMap { $0["classes"]["nll"].double }
        #expect(losses.count == 4 && Set(losses).count == 4, "\(losses)")
        #expect(report["members"].list.map { $0["name"].string }.suffix(1) == ["small@200/swa"])
        for (place, name) in [(1, "ema-0.99"), (3, "swa")] {
            let alone = try daemon.json("evaluate", "small@last", "--average", name)["classes"]["nll"].double
            #expect(abs((alone ?? 0) - losses[place]) < 1e-6, "\(name)")
        }
        #expect(try daemon.simmer("ensemble", members[1], members[3], "--combine", "average_weights").status == 0)
        let same = try daemon.simmer("ensemble", members[1], members[1])
        #expect(same.status != 0 && same.errors.contains("same average"), "\(same.errors)")

        let student = try daemon.write("s.yaml", DistillTests.student(steps: 60))
        let reply = try daemon.json("distill", student, "--teacher", "small@last/swa", "small@last")
        let said = reply["findings"].list.map { $0["message"].string }
        #expect(said.contains { $0.hasPrefix("The teacher `small@last/swa` is small@200/swa,") }, "\(said)")
        try daemon.waitState("student", "succeeded")
        let written = "kind: distill\nteachers: [small@last/ema-0.99]"
        _ = try daemon.json(
            "submit", try daemon.write("t.yaml", DistillTests.student("other", steps: 60, written)))
        try daemon.waitState("other", "succeeded")
        let digests = try ["student", "other"].map {
            try daemon.json("checkpoint", "show", "\($0)@last")["digest"].string
        }
        #expect(digests[0] != digests[1])

        let next = Self.recipe(steps: 1).replacing("name: small", with: "name: next")
            .replacing("model:\n", with: "model:\n  from: small@last/swa\n")
            .replacing("{kind: adam, rate: 1e-3}", with: "{kind: sgd, rate: 1e-12}")
        _ = try daemon.json("submit", try daemon.write("n.yaml", next))
        try daemon.waitState("next", "succeeded")
        func tensor(_ job: String, _ name: String) throws -> String? {
            try daemon.json("checkpoint", "show", "\(job)@last", "--tensors")["tensors"].list
                .first { $0["name"].string == name }?["digest"].string
        }
        let first = try tensor("next", "0.weight")
        #expect(try first != nil && first == tensor("small", "swa.0.weight"))

        // What a checkpoint lacks is said with what it has.
        let early = Self.recipe(steps: 25).replacing("name: small", with: "name: early")
            .replacing("from: 50 %", with: "from: 40")
        _ = try daemon.json("submit", try daemon.write("e.yaml", early))
        try daemon.waitState("early", "succeeded")
        for arguments in [
            ["ensemble", "early@last/swa", "small@last"], ["distill", student, "--teacher", "early@last/swa"],
            ["evaluate", "early@last/swa"], ["evaluate", "early@last", "--average", "swa"],
            ["checkpoint", "export", "early@last/swa", "-o", daemon.folder.appendingPathComponent("x.onnx").path],
        ] {
            let refused = try daemon.simmer(arguments)
            #expect(refused.status != 0, "\(arguments)")
            #expect(
                refused.errors.contains("holds no average 'swa'")
                    && refused.errors.contains("it holds ema-0.99, lawa-20x3"), "\(arguments): \(refused.errors)")
        }
        let slip = try daemon.simmer("evaluate", "small@last/eam-0.99")
        #expect(slip.status != 0 && slip.errors.contains("eam-0.99"), "\(slip.errors)")
    }
}
