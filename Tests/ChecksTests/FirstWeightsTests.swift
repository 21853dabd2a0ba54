import Datasets
import Foundation
import Recipes
import Testing
import Training

@testable import Checks

/// S6, on a file of weights that a small run has left.
@Suite struct FirstWeightsTests {
    private let recipe = smallRecipe { $0.optimizer.rate = 3e-3 }

    /// The weights of a few updates as a file, with this in its metadata.
    /// - Parameter leaving: names of tensors that the file lacks.
    private func file(_ metadata: [String: String], leaving: Set<String> = [], trains: Bool = true) throws
        -> WeightsFile
    {
        let bench = try SkeletonBench(recipe).bench
        let trial = try Trial(recipe, bench.dataset, pool: bench.pool)
        if trains { try trial.train(to: 120) }
        let saved = try trial.save()
        let tensors = saved.snapshot.tensors.filter { $0.role == .weight && !leaving.contains($0.name) }
        let header = try SafetensorsHeader(
            tensors: tensors.map { ($0.name, $0.dtype, $0.shape) }, metadata: metadata)
        let bytes = header.encoded() + tensors.flatMap { saved.bytes[$0.offset..<$0.offset + $0.byteCount] }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("simmer-first-\(UUID().uuidString)")
        try Data(bytes).write(to: url)
        // The descriptor keeps the file; left over, the name would harm nobody.
        defer { try? FileManager.default.removeItem(at: url) }
        let descriptor = open(url.path, O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        return try WeightsFile(SourceFile(path: "w.safetensors", descriptor: descriptor))
    }

    private func metadata(_ change: (inout InputScaling) -> Void = { _ in }) throws -> [String: String] {
        var scaling = InputScaling(try SkeletonBench(recipe).bench.facts)
        change(&scaling)
        return [InputScaling.metadataKey: scaling.metadataText]
    }

    private func verdict(
        _ weights: WeightsFile?, _ change: (inout Recipe) -> Void = { _ in }
    ) throws -> CheckResult {
        var recipe = recipe
        recipe.model.from = "w.safetensors"
        change(&recipe)
        return try SkeletonBench(recipe, weights: weights).run(FirstWeights.self, "S6")
    }

    @Test func theSameScaleHolds() throws {
        let result = try verdict(try file(try metadata()))
        #expect(
            result.verdict == .pass && result.message.contains("as those of the first weights were"),
            "\(result.message)")
        // As another split of the same data measures it.
        let near = try verdict(try file(try metadata { $0.mean[0] *= 1.02 }))
        #expect(near.verdict == .pass, "\(near.message)")
    }

    @Test func anotherScaleFails() throws {
        let weights = try file(try metadata())
        for normalize in [DataSource.Normalize.none, .fixed(mean: [0.8], deviation: [0.05])] {
            let result = try verdict(weights) { $0.data.normalize = normalize }
            #expect(result.verdict == .fail, "\(normalize): \(result.message)")
            let losses = result.numbers.filter { $0.name.hasPrefix("loss") }.compactMap(\.value)
            #expect(losses.count == 2 && losses[0] > losses[1] + 0.1, "\(losses)")
            #expect(result.action?.contains("mean:") == true, "\(result.action ?? "")")
        }
        // A shift that these weights do not mind fails nothing.
        let slight = try verdict(weights) { $0.data.normalize = .fixed(mean: [0.16], deviation: [0.3]) }
        #expect(slight.verdict != .fail, "\(slight.message)")
    }

    @Test func withoutALastLayerItIsTheDistanceThatCounts() throws {
        let weights = try file(try metadata(), leaving: ["3.weight", "3.bias"])
        let far = try verdict(weights) {
            $0.model.partial = true
            $0.data.normalize = .none
        }
        #expect(far.verdict == .fail && !far.numbers.contains { $0.name.hasPrefix("loss") }, "\(far.message)")
        let near = try verdict(try file(try metadata { $0.mean[0] += 0.05 }, leaving: ["3.weight", "3.bias"])) {
            $0.model.partial = true
        }
        #expect(near.verdict == .warn, "\(near.message)")
        // Weights that know nothing of the targets say nothing about their inputs either.
        let fresh = try verdict(try file(try metadata { $0.mean[0] += 0.05 }, trains: false))
        #expect(fresh.verdict == .warn, "\(fresh.message)")
    }

    @Test func bytesAndBrightnessAreOne() throws {
        // Bytes by 255 there, brightness in 0 to 1 here: the same inputs.
        let theirs = InputScaling(shape: [1, 2, 2], scale: 255, mean: [0.13], deviation: [0.31])
        var ours = InputScaling(shape: [1, 2, 2], scale: 1, mean: [0.13], deviation: [0.31])
        #expect(try ScalingChange(from: theirs, to: ours, largest: 1).isNothing)
        // Bytes as they are, with the statistics of bytes: the same again, but for what is written.
        ours.mean = [0.13 * 255]
        ours.deviation = [0.31 * 255]
        #expect(try ScalingChange(from: theirs, to: ours, largest: 255).isNothing)
        #expect(try ScalingChange(from: ours, to: theirs, largest: 255).isNothing)
        // Bytes as they are, without statistics.
        ours.mean = [0]
        ours.deviation = [1]
        #expect(try ScalingChange(from: theirs, to: ours, largest: 255).isLarge)
        #expect(throws: CheckSkip.self) { try ScalingChange(from: ours, to: theirs, largest: 255) }
        // x = 0.5 · 255 of a byte is (0.5 - 0.13) / 0.31 to the weights, by hand 1.193548.
        ours.scale = 255
        var inputs: [Float] = [0.5]
        try ScalingChange(from: theirs, to: ours, largest: 255).undo(&inputs)
        #expect(abs(inputs[0] - 1.193548) < 1e-5)
    }

    @Test func tokensMustStandForTheSame() {
        func scaling(_ words: [String]) -> InputScaling { InputScaling(shape: [8], scale: 1, vocabulary: words) }
        #expect(FirstWeights.tokens(scaling(["a", "b"]), scaling(["a", "b"])).verdict == .pass)
        #expect(FirstWeights.tokens(scaling(["a", "b"]), scaling(["a", "c"])).verdict == .fail)
        #expect(FirstWeights.tokens(scaling(["a", "b"]), scaling(["a", "b", "c"])).verdict == .fail)
        #expect(FirstWeights.tokens(scaling([]), scaling(["a"])).verdict == .skip)
    }

    @Test func whatIsNotKnownIsSkipped() throws {
        #expect(try SkeletonBench(recipe).run(FirstWeights.self, "S6").verdict == .skip)
        #expect(try verdict(nil).verdict == .skip)
        #expect(try verdict(try file(["format": "pt"])).verdict == .skip)
        let garbled = [
            "", "no JSON", "[1]", #"{"shape":[1]}"#, #"{"shape":[1,28,28],"scale":255,"mean":[0],"deviation":[0]}"#,
            #"{"shape":[1,28,28],"scale":-1,"mean":[0],"deviation":[1],"vocabulary":[]}"#,
            #"{"shape":[1,28,28],"scale":255,"mean":[0,0],"deviation":[1],"vocabulary":[]}"#,
        ]
        for text in garbled {
            let result = try verdict(try file([InputScaling.metadataKey: text], trains: false))
            #expect(result.verdict == .skip && result.message.contains("cannot be read"), "\(text): \(result.message)")
        }
        let other = InputScaling(shape: [3, 28, 28], scale: 255, mean: [0, 0, 0], deviation: [1, 1, 1])
        let result = try verdict(try file([InputScaling.metadataKey: other.metadataText], trains: false))
        #expect(result.verdict == .skip && result.message.contains("cannot be compared"), "\(result.message)")
    }
}
