import Foundation
import Testing

/// Exported networks as onnxruntime computes them, beside the worker's own answers.
@Suite(
    .serialized,
    .enabled(if: Programs.python != nil, "SKIPPED: SIMMER_PYTHON names no Python with onnx and onnxruntime"))
struct ONNXTests {
    /// A recipe whose layers are between them all that there are, and how its inputs are made in Python.
    struct Network: Sendable, CustomTestStringConvertible {
        var name: String
        var data: String
        var layers: [String]
        var inputs: String
        var tail = ""
        var testDescription: String { name }

        var recipe: String {
            """
            recipe: 1
            name: \(name)
            seed: 5
            data: \(data)
            model:
              layers:
            \(layers.map { "    - \($0)" }.joined(separator: "\n"))
            optimizer: {kind: adam, rate: 1e-2}
            batch: 32
            until: {steps: 60}
            \(tail)
            """
        }
    }

    /// Images of 7 × 7 blocks.
    private static let blocks = "numpy.kron(r.integers(0, 256, (50, 7, 7)), numpy.ones((4, 4))).astype('uint8')"

    static let networks = [
        Network(
            name: "images", data: "{format: digits, examples: 500}",
            layers: [
                "conv2d: {channels: 6, kernel: 5, padding: same, bias: false}", "batchnorm: {epsilon: 1e-3}", "relu",
                "maxpool2d: {size: 3, stride: 2}", "conv2d: {channels: 8, kernel: 3, stride: 2, padding: 1}",
                "groupnorm: {groups: 4, epsilon: 1e-2}", "gelu", "avgpool2d: {size: 2, stride: 1}", "dropout2d: 0.1",
                "conv2d: {channels: 12, kernel: 3, groups: 2}", "leakyrelu: 0.2", "globalaveragepool", "linear: 16",
                "layernorm",
                "sigmoid", "linear: {units: classes, bias: false}",
            ], inputs: blocks, tail: "average: {ema: [0.9], lawa: {every: 10, last: 3}, swa: {from: 20, every: 7}}"),
        // After flatten the engine's order is not PyTorch's.
        Network(
            name: "flattened", data: "{format: digits, examples: 500, normalize: {mean: 0.3, deviation: 0.4}}",
            layers: [
                "conv2d: {channels: 5, kernel: 4, stride: 3}", "silu", "flatten", "batchnorm", "dropout: 0.1",
                "linear: 20", "tanh", "rmsnorm: {epsilon: 1e-2}", "linear: classes",
            ], inputs: blocks),
        Network(
            name: "raw", data: "{format: digits, examples: 500, normalize: none}",
            layers: ["flatten", "layernorm", "linear: classes"],
            inputs: blocks),
        Network(
            name: "points", data: "{format: spirals, examples: 600}",
            layers: [
                "linear: 32", "layernorm: {epsilon: 0.1}", "gelu", "linear: 32", "rmsnorm", "silu", "linear: classes",
            ],
            inputs: "r.normal(0, 1, (50, 2)).astype('float32')"),
        Network(
            name: "odds", data: "{format: csv, train: pairs.csv}",
            layers: ["linear: 24", "softmax", "linear: 16", "tanh", "linear: classes"],
            inputs: "r.normal(0, 3, (50, 3)).astype('float32')", tail: "loss: binary-cross-entropy"),
        Network(
            name: "numbers", data: "{format: csv, train: table.csv}",
            layers: ["linear: 16", "tanh", "linear: classes"], inputs: "r.normal(0, 3, (50, 3)).astype('float32')",
            tail: "loss: mse"),
    ]

    private func python(_ arguments: String...) throws -> Programs.Outcome {
        try Programs.run(URL(fileURLWithPath: Programs.python ?? ""), arguments)
    }

    /// Trains the network, exports it and lets both answer.
    private func answers(_ network: Network, average: [String] = []) throws -> (own: JSON, runtime: JSON) {
        let daemon = try PrivateDaemon()
        let rows = (0..<200).map { row -> String in
            let (a, b, c) = (Double(row % 7), Double(row % 11) / 3, Double(row % 5) - 2)
            return "\(a),\(b),\(c),\(a - 0.5 * b * c + 3.25)"
        }
        _ = try daemon.write("table.csv", (["a,b,c,y"] + rows).joined(separator: "\n") + "\n")
        let pairs = rows.enumerated().map { index, row in
            row.split(separator: ",").dropLast().joined(separator: ",") + (index % 7 + index % 5 > 4 ? ",1" : ",0")
        }
        _ = try daemon.write("pairs.csv", (["a,b,c,y"] + pairs).joined(separator: "\n") + "\n")
        _ = try daemon.json("submit", try daemon.write("r.yaml", network.recipe))
        try daemon.waitState(network.name, "succeeded")
        let inputs = daemon.folder.appendingPathComponent("inputs.npy").path
        let made = try python(
            "-c", "import numpy, sys; r = numpy.random.default_rng(1); numpy.save(sys.argv[1], \(network.inputs))",
            inputs
        )
        try #require(made.status == 0, "\(made.errors)")
        let file = daemon.folder.appendingPathComponent("model.onnx").path
        let again = daemon.folder.appendingPathComponent("again").path
        let checkpoint = "\(network.name)@last"
        let exported = try daemon.simmer(["checkpoint", "export", checkpoint, "-o", file] + average)
        try #require(exported.status == 0, "\(exported.errors)")
        try #require(
            try daemon.simmer(["checkpoint", "export", checkpoint, "-o", again, "--format", "onnx"] + average).status
                == 0)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: file)) == Data(contentsOf: URL(fileURLWithPath: again)),
            "exported twice, the bytes are the same")
        let script = Programs.package.appendingPathComponent("Tests/Reference/onnx_answers.py").path
        let ran = try python(script, file, inputs)
        try #require(ran.status == 0, "\(ran.errors)")
        let predicted = try daemon.simmer(["predict", checkpoint, inputs, "--json", "--limit", "50"] + average)
        try #require(predicted.status == 0, "\(predicted.errors)")
        return (try JSON(predicted.output)["predictions"], try JSON(ran.output))
    }

    /// The largest difference, of log-probabilities or of numbers, over all examples.
    private func distance(_ own: JSON, _ runtime: JSON, isClasses: Bool) throws -> Double {
        try #require(own.list.count == 50 && runtime["output"].list.count == 50)
        var largest = 0.0
        for (mine, theirs) in zip(own.list, runtime["output"].list) {
            let values = mine["values"].list.compactMap(\.double)
            var outputs = theirs.list.compactMap(\.double)
            // Log odds: the first class has 0.
            if isClasses, outputs.count == 1 { outputs.insert(0, at: 0) }
            try #require(values.count == outputs.count && !values.isEmpty)
            if isClasses {
                let most = outputs.max() ?? 0
                let total = most + log(outputs.reduce(0) { $0 + exp($1 - most) })
                outputs = outputs.map { $0 - total }
            }
            for (value, output) in zip(values, outputs) {
                let expected = isClasses ? log(value) : value
                largest = max(largest, abs(expected - output) / max(1, abs(expected)))
            }
        }
        return largest
    }

    @Test(arguments: networks) func theRuntimeAnswersAsTheWorkerDoes(_ network: Network) throws {
        let isClasses = network.name != "numbers"
        let (own, runtime) = try answers(network)
        let distance = try distance(own, runtime, isClasses: isClasses)
        #expect(distance < 1e-4, "\(network.name): \(distance)")
        #expect(runtime["producer"].string == "simmer" && runtime["version"].string == "0.1.0")
        #expect(runtime["input"].string == "input" && runtime["shape"][0].string == "batch")
        guard isClasses else {
            #expect(runtime["probabilities"].value == nil && runtime["metadata"]["classes"].value == nil)
            return
        }
        // The network says something: its answers are not alike.
        let first = runtime["output"].list.compactMap { $0[0].double }
        #expect((first.max() ?? 0) - (first.min() ?? 0) > 0.01)
        for (mine, theirs) in zip(own.list, runtime["probabilities"].list) {
            for (value, other) in zip(mine["values"].list, theirs.list) {
                #expect(abs((value.double ?? 9) - (other.double ?? 0)) < 1e-4)
            }
        }
        let classes = try JSON(runtime["metadata"]["classes"].string).list.map(\.string)
        #expect(classes.count == own[0]["values"].list.count && classes.first == "0")
    }

    @Test(arguments: ["ema-0.9", "lawa-10x3", "swa"])
    func anAverageIsExportedInPlaceOfTheWeights(_ average: String) throws {
        let network = Self.networks[0]
        let (own, runtime) = try answers(network, average: ["--average", average])
        #expect(try distance(own, runtime, isClasses: true) < 1e-4)
    }

    @Test func whatCannotBeExportedIsSaidAndLeavesNoFile() throws {
        let daemon = try CheckpointTests.trained()
        let folder = daemon.folder.path
        func refused(_ arguments: String...) throws -> Programs.Outcome {
            let outcome = try daemon.simmer(["checkpoint", "export"] + arguments)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(!left.contains { $0.hasSuffix(".onnx") || $0.hasSuffix(".partial") }, "\(left)")
            return outcome
        }
        let unknown = try refused("small@last", "-o", "\(folder)/a.onnx", "--average", "ema-0.5")
        #expect(unknown.status != 0 && unknown.errors.contains("keeps ema-0.99."), "\(unknown.errors)")
        let other = try refused("small@last", "-o", "\(folder)/a.safetensors", "--average", "ema-0.5")
        #expect(other.status != 0 && other.errors.contains("no average 'ema-0.5'"), "\(other.errors)")
        #expect(try refused("small@last", "-o", "\(folder)/a.onnx", "--full").status == 2)
        #expect(try refused("small@last", "-o", "\(folder)/a.pt").errors.contains(".onnx"))
        // An import has weights and no layers.
        let out = "\(folder)/out.safetensors"
        #expect(try daemon.simmer("checkpoint", "export", "small@last", "-o", out).status == 0)
        let imported = try daemon.json("checkpoint", "import", out, "--name", "back")
        let id = imported["checkpoint"]["id"].string
        #expect(try refused(id, "-o", "\(folder)/b.onnx").errors.contains("no recipe"))
    }

    @Test func wordsAndMissingValuesGoIntoTheFile() throws {
        let daemon = try PrivateDaemon()
        let colors = ["blue", "green", "red"]
        let rows = (0..<120).map { row -> String in
            let size = row % 9 == 4 ? "" : "\(row % 8)"
            return "\(size),\(row % 13 == 5 ? "" : colors[row % 3]),\(Double(row % 8) * 0.5 + Double(row % 3))"
        }
        _ = try daemon.write("train.csv", (["size,color,y"] + rows).joined(separator: "\n") + "\n")
        let network = Network(
            name: "words", data: "{format: csv, train: train.csv, missing: mean}",
            layers: ["linear: 8", "tanh", "linear: classes"], inputs: "", tail: "loss: mse")
        _ = try daemon.json("submit", try daemon.write("r.yaml", network.recipe))
        try daemon.waitState("words", "succeeded")
        let asked = try daemon.write("ask.csv", "size,color\n3,red\n,green\n7.5,\n,\n0,blue\n")
        // The same by hand: a number, then one input for each word.
        let inputs = try daemon.write(
            "ask.json", "[3,0,0,1, NaN,0,1,0, 7.5,NaN,NaN,NaN, NaN,NaN,NaN,NaN, 0,1,0,0]")
        let file = daemon.folder.appendingPathComponent("model.onnx").path
        #expect(try daemon.simmer("checkpoint", "export", "words@last", "-o", file).status == 0)
        let script = Programs.package.appendingPathComponent("Tests/Reference/onnx_answers.py").path
        let ran = try python(script, file, inputs)
        try #require(ran.status == 0, "\(ran.errors)")
        let runtime = try JSON(ran.output)
        let names = try JSON(runtime["metadata"]["inputs"].string).list.map(\.string)
        #expect(names == ["size", "color=blue", "color=green", "color=red"])
        let own = try daemon.json("predict", "words@last", asked)["predictions"].list
        try #require(own.count == 5 && runtime["output"].list.count == 5)
        let answers = own.compactMap { $0["values"][0].double }
        #expect(Set(answers).count == 5)
        for (mine, theirs) in zip(answers, runtime["output"].list.compactMap { $0[0].double }) {
            #expect(abs(mine - theirs) < 1e-4 * max(1, abs(mine)))
        }
    }
}
