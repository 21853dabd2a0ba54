import Foundation
import Testing

/// `model.from`: a job that starts at a checkpoint's or a file's weights, with a step of its own and fresh moments.
@Suite(.serialized)
struct FirstWeightsTests {
    /// One step that is too small to move any weight of the first layer.
    private func recipe(_ from: String, _ change: (String) -> String = { $0 }) -> String {
        change(SmallRecipe.convolutional(steps: 1, name: "next"))
            .replacing("optimizer: {kind: adam, rate: 1e-3}", with: "optimizer: {kind: sgd, rate: 1e-12}")
            .replacing("schedule: [{warmup: 20}, {cosine: 60 %}]\n", with: "")
            .replacing("model:\n", with: "model:\n  from: \(from)\n")
    }

    private func changed(_ daemon: PrivateDaemon, _ job: String) throws -> [String] {
        try daemon.json("checkpoint", "diff", "small@last", "\(job)@last")["differences"].list.map { $0["name"].string }
    }

    @Test func aCheckpointsWeightsAreTheFirst() throws {
        let daemon = try CheckpointTests.trained()
        _ = try daemon.json("submit", try daemon.write("next.yaml", recipe("small@last")))
        try daemon.waitState("next", "succeeded")
        #expect(try daemon.step("next") == 1)
        let differences = try changed(daemon, "next")
        // The running statistics have seen one batch more.
        #expect(differences.contains("1.running_mean"))
        #expect(!differences.contains("0.weight") && !differences.contains("6.weight"), "\(differences)")

        // The same from a file, under other names.
        let out = daemon.folder.appendingPathComponent("w.safetensors").path
        #expect(try daemon.simmer("checkpoint", "export", "small@last", "-o", out).status == 0)
        let named = recipe("w.safetensors") { text in
            text.replacing("name: next", with: "name: named")
                .replacing("- conv2d: {", with: "- name: stem\n      conv2d: {")
                .replacing("model:\n", with: "model:\n  map: {0.: stem.}\n")
        }
        _ = try daemon.json("submit", try daemon.write("named.yaml", named))
        try daemon.waitState("named", "succeeded")
        let moved = try changed(daemon, "named")
        #expect(moved.contains("stem.weight") && !moved.contains("6.weight"), "\(moved)")
        let tensors = try daemon.json("checkpoint", "show", "named@last", "--tensors")["tensors"].list
        let digests = try daemon.json("checkpoint", "show", "small@last", "--tensors")["tensors"].list
        let stem = try #require(tensors.first { $0["name"].string == "stem.weight" })
        let first = try #require(digests.first { $0["name"].string == "0.weight" })
        #expect(stem["digest"].string == first["digest"].string && !stem["digest"].string.isEmpty)
    }

    @Test func whatDoesNotFitIsSaid() throws {
        let daemon = try CheckpointTests.trained()
        let nobody = try daemon.simmer("submit", try daemon.write("a.yaml", recipe("nobody@last")))
        #expect(nobody.status == 3 && nobody.errors.contains("nobody"), "\(nobody.errors)")
        let wide = try daemon.write("b.yaml", recipe("small@last") { $0.replacing("linear: 24", with: "linear: 25") })
        let checked = try daemon.simmer("check", wide)
        #expect(checked.status == 8)
        #expect(checked.errors.contains("[24, 216]") && checked.errors.contains("[25, 216]"), "\(checked.errors)")
        let fine = try daemon.simmer("check", try daemon.write("c.yaml", recipe("small@last")))
        #expect(fine.status == 0, "\(fine.errors)")
    }
}
