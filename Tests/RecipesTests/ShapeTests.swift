import Recipes
import Testing

/// The rule of shapes, against PyTorch's.
@Suite struct ShapeTests {
    static func model(_ kinds: Layer.Kind...) -> Model {
        Model(layers: kinds.enumerated().map { Layer(kind: $1, name: "\($0)", line: $0 + 10) })
    }

    /// A network for MNIST: 1 199 882 parameters, as `sum(p.numel() for p in model.parameters())` has it in PyTorch.
    static let convolutional = model(
        .conv2d(channels: 32, kernel: 3), .relu, .conv2d(channels: 64, kernel: 3), .relu,
        .maxpool2d(size: 2, stride: 2),
        .dropout2d(0.25), .flatten, .linear(units: .count(128)), .relu, .dropout(0.5), .linear(units: .classes))

    @Test func resolvesTheConvolutionalNetwork() {
        let (layers, findings) = Self.convolutional.resolve(input: [1, 28, 28], outputs: 10)
        #expect(findings == [])
        #expect(
            layers.map(\.outputShape) == [
                [32, 26, 26], [32, 26, 26], [64, 24, 24], [64, 24, 24], [64, 12, 12], [64, 12, 12], [9216], [128],
                [128],
                [128], [10],
            ])
        #expect(
            layers.flatMap(\.parameters).map(\.name) == [
                "0.weight", "0.bias", "2.weight", "2.bias", "7.weight", "7.bias", "10.weight", "10.bias",
            ])
        #expect(layers[2].parameters[0].shape == [64, 32, 3, 3] && layers[2].parameters[0].fanIn == 288)
        #expect(layers[7].parameters[0].shape == [128, 9216] && layers[7].parameters[1].shape == [128])
        #expect(layers.flatMap(\.parameters).reduce(0) { $0 + $1.count } == 1_199_882)
    }

    @Test func estimatesWhatARunTakes() throws {
        var recipe = Recipe(
            name: "a", data: DataSource(format: .digits), model: Self.convolutional, optimizer: Optimizer())
        recipe.averages.ema = [0.999]
        let facts = DataFacts(
            inputShape: [1, 28, 28], target: .classes((0..<10).map(String.init)), trainingCount: 100,
            validationCount: 1,
            testCount: 0, mean: [], deviation: [])
        let estimate = try recipe.estimate(for: facts)
        #expect(estimate.parameterCount == 1_199_882 && estimate.weightBytes == 4_799_528)
        // Weights, two moments, one average.
        #expect(estimate.snapshotBytes == 4 * 4_799_528)
        #expect(estimate.memoryBytes > 3 * estimate.snapshotBytes + estimate.activationBytes)
        // A window of four and its mean, and a mean of the end.
        recipe.averages.lawa.every = 100
        recipe.averages.lawa.last = 4
        recipe.averages.swa.from = .steps(50)
        #expect(try recipe.estimate(for: facts).averageBytes == 7 * 4_799_528)
        recipe.optimizer.kind = .sgd
        #expect(try recipe.estimate(for: facts).momentBytes == 0)
        recipe.optimizer.momentum = 0.9
        #expect(try recipe.estimate(for: facts).momentBytes == 4_799_528)
    }

    /// The dropout masks count 2^20 rows of an update; each position of a sequence is one.
    @Test func dropoutsOverSequencesCountPositions() {
        func findings(batch: Int, dropout: Bool) -> [String] {
            var layers: [Layer.Kind] = [.embedding(units: .count(4)), .linear(units: .classes)]
            if dropout { layers.insert(.dropout(0.1), at: 1) }
            var recipe = Recipe(
                name: "a", data: DataSource(format: .text),
                model: Model(layers: layers.enumerated().map { Layer(kind: $1, name: String($0), line: 0) }),
                optimizer: Optimizer())
            recipe.batch = batch
            var facts = DataFacts(
                inputShape: [1024], target: .classes(["a", "b"]), trainingCount: 9999, validationCount: 1,
                testCount: 0, mean: [], deviation: [])
            facts.vocabulary = ["a", "b"]
            facts.targetsPerExample = 1024
            return recipe.resolve(for: facts).findings.filter { $0.severity == .error }.map(\.code)
        }
        #expect(findings(batch: 1024, dropout: true) == [])
        #expect(findings(batch: 1025, dropout: true) == ["batch.too_large"])
        #expect(findings(batch: 1025, dropout: false) == [])
    }

    @Test func aGroupHasItsOwnChannelsOnly() {
        let (layers, findings) = Self.model(
            .conv2d(channels: 12, kernel: 3, groups: 4), .conv2d(channels: 24, kernel: 5, groups: 12), .flatten
        ).resolve(input: [8, 7, 7], outputs: 24)
        #expect(findings == [])
        #expect(layers[0].parameters.map(\.shape) == [[12, 2, 3, 3], [12]] && layers[0].parameters[0].fanIn == 18)
        #expect(layers[1].parameters.map(\.shape) == [[24, 1, 5, 5], [24]])
    }

    @Test func ownsPyTorchsBuffers() {
        let (layers, _) = Self.model(.batchnorm(), .flatten, .linear(units: .classes)).resolve(
            input: [3, 4, 4], outputs: 2)
        let parameters = layers[0].parameters
        #expect(
            parameters.map(\.name) == [
                "0.weight", "0.bias", "0.running_mean", "0.running_var", "0.num_batches_tracked",
            ])
        #expect(parameters.map(\.shape) == [[3], [3], [3], [3], []])
        #expect(parameters.map(\.role) == [.weight, .weight, .buffer, .buffer, .buffer])
        #expect(parameters.map(\.byteCount) == [12, 12, 12, 12, 8])
    }

    /// Names and shapes of `torch.nn.LSTM(6, 5).state_dict()` and of `GRU`.
    @Test func ownsWhatPyTorchsRecurrentLayersOwn() {
        let (layers, findings) = Self.model(
            .embedding(units: .count(6)), .lstm(units: .count(5)), .gru(units: .count(3), output: .last),
            .linear(units: .classes)
        ).resolve(input: [9], outputs: 2, vocabulary: 4)
        #expect(findings == [])
        #expect(layers.map(\.outputShape) == [[9, 6], [9, 5], [3], [2]])
        #expect(
            layers[1].parameters.map(\.name) == ["1.weight_ih_l0", "1.weight_hh_l0", "1.bias_ih_l0", "1.bias_hh_l0"])
        #expect(layers[1].parameters.map(\.shape) == [[20, 6], [20, 5], [20], [20]])
        #expect(layers[2].parameters.map(\.shape) == [[9, 5], [9, 3], [9], [9]])
        #expect(layers[1].parameters.map(\.fanIn) == [5, 5, 5, 5])
    }

    /// Sizes as `torch.nn.Conv2d` and `MaxPool2d` give them for an image of 11 by 8.
    @Test(arguments: [
        (Layer.Kind.conv2d(channels: 5, kernel: 3), [5, 9, 6]),
        (.conv2d(channels: 5, kernel: 3, padding: .same), [5, 11, 8]),
        (.conv2d(channels: 5, kernel: 4, stride: 3, padding: .pixels(2)), [5, 4, 3]),
        (.conv2d(channels: 5, kernel: 8), [5, 4, 1]), (.maxpool2d(size: 2, stride: 2), [2, 5, 4]),
        (.maxpool2d(size: 3, stride: 1), [2, 9, 6]), (.maxpool2d(size: 3, stride: 2), [2, 5, 3]),
        (.conv2d(channels: 6, kernel: 3, stride: 2, padding: .pixels(1), groups: 2), [6, 6, 4]), (.flatten, [176]),
    ]) func sizesImages(_ kind: Layer.Kind, _ output: [Int]) {
        let (layers, _) = Self.model(kind).resolve(input: [2, 11, 8], outputs: 1)
        #expect(layers.map(\.outputShape) == [output])
    }

    @Test(
        arguments: [
            (
                model(.linear(units: .classes)), [1, 28, 28], "model.shape",
                "Layer 0 (linear) cannot take the shape [1, 28, 28]", "flatten"
            ),
            (
                model(.flatten, .conv2d(channels: 3, kernel: 3)), [1, 28, 28], "model.shape",
                "Layer 1 (conv2d) cannot take the shape [784]", "flatten"
            ),
            (
                model(.conv2d(channels: 3, kernel: 9)), [1, 8, 8], "model.shape", "8 × 8, smaller than the kernel 9",
                "smaller"
            ),
            (model(.maxpool2d(size: 9, stride: 9)), [1, 8, 8], "model.shape", "smaller than the window 9", "smaller"),
            (model(.conv2d(channels: 3, kernel: 4, padding: .same)), [1, 8, 8], "model.shape", "odd kernel", "pixels"),
            (model(.conv2d(channels: 3, kernel: 3, padding: .pixels(3))), [1, 8, 8], "model.shape", "padding 3", "2"),
            (
                model(.conv2d(channels: 9, kernel: 3, groups: 2)), [4, 8, 8], "model.shape",
                "4 channels in and 9 out are not both cut into 2 equal groups", "divides both"
            ),
            (model(.softmax), [3, 5, 6], "model.shape", "over the last dimension", "flatten"),
            (model(.dropout2d(0.5)), [7], "model.shape", "dropout2d needs images", "linear"),
            (model(.lstm(units: .count(4))), [7], "model.shape", "lstm needs a sequence", "embedding"),
            (model(.gru(units: .count(4))), [1, 8, 8], "model.shape", "gru needs a sequence", "embedding"),
            (
                model(.linear(units: .count(7))), [5], "model.outputs", "gives [7]; the data needs 10 numbers",
                "linear: classes"
            ),
            (model(.relu), [1, 2, 5], "model.outputs", "gives [1, 2, 5]", "flatten"),
            (model(), [5], "model.empty", "no layers", "linear: classes"),
            (
                model(.linear(units: .count(1_000_000)), .linear(units: .count(1_000_000))), [5], "model.shape",
                "more than", "smaller"
            ),
        ] as [(Model, [Int], String, String, String)])
    func saysWhatDoesNotFit(_ model: Model, _ input: [Int], _ code: String, _ message: String, _ hint: String) throws {
        let (_, findings) = model.resolve(input: input, outputs: 10)
        let finding = try #require(findings.first)
        #expect(finding.code == code && finding.severity == .error)
        #expect(finding.message.contains(message), "\(finding)")
        #expect(finding.hint?.contains(hint) == true, "\(finding)")
        if let last = model.layers.last, findings.count == 1 { #expect(finding.line == last.line) }
    }

    @Test func warnsOfWhatLearnsBadly() {
        #expect(
            Self.model(.linear(units: .count(4)), .linear(units: .classes)).resolve(input: [3], outputs: 2).findings
                .map(\.code) == ["model.no_activation"])
        #expect(
            Self.model(.linear(units: .classes), .relu).resolve(input: [3], outputs: 2).findings.map(\.code)
                == ["model.last_layer"])
    }
}

/// Sequences and blocks that do not fit: which layer, which shape, why, and what to do.
@Suite struct BlockShapeTests {
    struct Misfit: Sendable, CustomTestStringConvertible {
        var layers: [Layer.Kind]
        var says: String
        var hint: String
        var input = [6]
        var vocabulary = 5
        var targets = 6
        var testDescription: String { says }
    }

    private static func named(_ kinds: [Layer.Kind]) -> [Layer] {
        kinds.enumerated().map { Layer(kind: $1, name: String($0), line: 7 + $0) }
    }

    private static let table = Layer.Kind.embedding(units: .count(8))
    private static let head = Layer.Kind.linear(units: .classes)
    private static let tied = Layer.Kind.linear(units: .classes, tied: "0")
    private static func residual(_ layers: [Layer.Kind], _ shortcut: [Layer.Kind] = []) -> Layer.Kind {
        .residual(layers: named(layers), shortcut: named(shortcut))
    }

    static let misfits = [
        Misfit(
            layers: [head], says: "Layer 0 (linear) cannot take the shape [6] of the data: the data are token ids",
            hint: "embedding"),
        Misfit(layers: [residual([.relu]), head], says: "cannot begin with token ids", hint: "embedding"),
        Misfit(layers: [table, table, head], says: "embedding needs token ids", hint: "data.format: text"),
        Misfit(layers: [table, head], says: "embedding needs token ids", hint: "linear", vocabulary: 0),
        Misfit(
            layers: [.padchannels(channels: 2_000_000_002), .flatten, .linear(units: .classes)],
            says: "more than", hint: "smaller", input: [2, 4, 4], vocabulary: 0),
        Misfit(
            layers: [table, .attention(heads: 3), head], says: "8 features are not cut into 3 equal heads",
            hint: "divides"),
        Misfit(layers: [table, .flatten, .attention(heads: 2)], says: "[48]", hint: "before any `flatten`"),
        Misfit(layers: [table, .batchnorm(), head], says: "batchnorm takes no sequences", hint: "layernorm"),
        Misfit(layers: [table, .flatten, head], says: "gives [5]; the data needs [6, 5]", hint: "without a `flatten`"),
        Misfit(
            layers: [table, residual([.linear(units: .count(4))]), head],
            says: "Layer 1 (residual): its layers give [6, 4] and its shortcut [6, 8]", hint: "shortcut"),
        Misfit(
            layers: [table, .repeated(times: 2, layers: named([.relu, residual([.attention(heads: 5)])])), head],
            says: "Layer 1.1.0 (attention) cannot take the shape [6, 8]", hint: "divides"),
        Misfit(
            layers: [table, .linear(units: .classes, tied: "other")], says: "no embedding named `other`",
            hint: "name: other"),
        Misfit(
            layers: [table, .linear(units: .count(4)), tied], says: "its weight would be [5, 4], that of `0` is [5, 8]",
            hint: "width"),
        Misfit(
            layers: [.embedding(units: .count(5)), tied, tied], says: "layer 1 is tied to `0` already",
            hint: "one of them"),
        Misfit(
            layers: [.padchannels(channels: 5), .globalaveragepool, .linear(units: .classes)],
            says: "2 channels cannot become 5",
            hint: "even", input: [2, 4, 4], vocabulary: 0, targets: 1),
        Misfit(
            layers: [.reshape(shape: [4, 2]), head], says: "[4, 2] has another number of elements", hint: "6",
            vocabulary: 0, targets: 1),
        Misfit(layers: [.transpose, head], says: "two dimensions", hint: "reshape", vocabulary: 0, targets: 1),
        Misfit(
            layers: [
                table, .repeated(times: 1_000, layers: named([.repeated(times: 1_000, layers: named([.relu]))])), head,
            ],
            says: "more than 4000 layers", hint: "fewer"),
    ]

    @Test(arguments: misfits)
    func areNamed(_ misfit: Misfit) throws {
        let (_, findings) = Model(layers: Self.named(misfit.layers)).resolve(
            input: misfit.input, outputs: 5, vocabulary: misfit.vocabulary, targets: misfit.targets)
        let finding = try #require(findings.first { $0.severity == .error }, "\(findings)")
        #expect(finding.message.contains(misfit.says))
        #expect(finding.hint?.contains(misfit.hint) == true, "\(finding)")
        #expect(finding.line != nil)
    }

    /// A warning names layers as the recipe counts them, whatever blocks stand before.
    @Test func warningsCountAsTheRecipeDoes() throws {
        let model = Model(
            layers: Self.named([
                Self.residual([.linear(units: .count(4)), .tanh]), .linear(units: .count(3)), Self.head,
            ]))
        let (_, findings) = model.resolve(input: [4], outputs: 5)
        #expect(findings.map(\.code) == ["model.no_activation"])
        #expect(findings.first?.message.hasPrefix("Layers 1 and 2 are") == true)
        #expect(findings.first?.path == "/model/layers/2")
    }
}
