import Networks
import Recipes
import Tensors
import Testing

/// A small network for checks that need no foreign numbers.
struct SmallNetwork: Sendable, CustomTestStringConvertible {
    var name: String
    var inputShape: [Int]
    var layers: [Layer.Kind]
    var loss = Loss(kind: .crossEntropy)
    /// Token ids, and targets of one example, where the inputs are those.
    var vocabulary = 0
    var targets = 1

    var testDescription: String { name }

    /// With random weights and a random batch; sgd, so that a rate of 0 changes nothing.
    func make(
        level: CPULevel, threads: Int = 1, batch: Int = 5, accumulate: Int = 1,
        optimizer: Optimizer = Optimizer(kind: .sgd, rate: 0), kernels: Kernels? = nil, repeatsFrom: Int = .max
    ) throws -> (Network, Batch) {
        let plan = try Plan(
            model: Model(layers: Self.named(layers)), inputShape: inputShape, outputCount: 3, batch: batch,
            accumulate: accumulate, loss: loss, vocabulary: vocabulary, targetsPerExample: targets)
        let network = Network(
            plan: plan, optimizer: optimizer, clip: Clip(), seed: 11, pool: ThreadPool(threads: threads),
            kernels: try kernels ?? #require(Kernels(level: level)), repeatsFrom: repeatsFrom)
        network.initialize(headBias: nil)
        let batch = network.makeBatch()
        let random = Philox(seed: 4, purpose: .noise)
        for i in 0..<batch.capacity * batch.exampleCount {
            batch.inputs[i] =
                vocabulary > 0
                ? Float(random.below(vocabulary, step: 0, index: UInt64(i)))
                : 2 * random.uniform(step: 0, index: UInt64(i)) - 1
        }
        for i in 0..<batch.capacity * targets { batch.classes[i] = Int32(random.below(3, step: 1, index: UInt64(i))) }
        for i in 0..<batch.capacity * batch.targetCount {
            batch.numbers[i] = random.uniform(step: 2, index: UInt64(i))
        }
        if let soft = batch.soft {
            for row in 0..<batch.capacity * targets {
                let parts = (0..<3).map { 0.01 + random.uniform(step: 3, index: UInt64(3 * row + $0)) }
                for i in 0..<3 { soft[3 * row + i] = parts[i] / (parts[0] + parts[1] + parts[2]) }
            }
        }
        return (network, batch)
    }

    private static func change(_ loss: Loss, _ body: (inout Loss) -> Void) -> Loss {
        var loss = loss
        body(&loss)
        return loss
    }

    static func named(_ kinds: [Layer.Kind]) -> [Layer] {
        kinds.enumerated().map { Layer(kind: $1, name: String($0)) }
    }

    static func residual(_ layers: [Layer.Kind], shortcut: [Layer.Kind] = []) -> Layer.Kind {
        .residual(layers: named(layers), shortcut: named(shortcut))
    }

    static let head = Layer.Kind.linear(units: .classes)
    static let all: [SmallNetwork] = [
        .init(name: "linear", inputShape: [5], layers: [head]),
        .init(
            name: "linear, mse", inputShape: [5], layers: [.linear(units: .count(4)), head],
            loss: Loss(kind: .mse)),
        .init(
            name: "linear, huber", inputShape: [5], layers: [.linear(units: .count(4)), head],
            loss: change(Loss(kind: .huber)) { $0.delta = 0.3 }),
        .init(
            name: "linear, binary", inputShape: [5], layers: [.linear(units: .count(4)), head],
            loss: change(Loss(kind: .binaryCrossEntropy)) { $0.positiveWeights = [0.5, 1, 3] }),
        .init(
            name: "linear, soft targets", inputShape: [5], layers: [.linear(units: .count(4)), head],
            loss: change(Loss(kind: .crossEntropy)) { loss in
                loss.smoothing = 0.2
                loss.classWeights = [1, 0.3, 4]
            }),
        .init(
            name: "linear, teachers", inputShape: [5], layers: [.linear(units: .count(4)), .tanh, head],
            loss: change(Loss(kind: .crossEntropy)) { loss in
                loss.smoothing = 0.2
                loss.classWeights = [1, 0.3, 4]
                loss.soft = SoftTargets(temperature: 3, hard: 0.2)
            }),
        .init(
            name: "linear without bias", inputShape: [5], layers: [.linear(units: .count(4), bias: false), .tanh, head]),
        .init(
            name: "relu and dropout", inputShape: [6], layers: [.linear(units: .count(9)), .relu, .dropout(0.4), head]),
        .init(
            name: "tanh, then dropout", inputShape: [6],
            layers: [.linear(units: .count(9)), .tanh, .dropout(0.4), head]),
        .init(
            name: "dropout alone", inputShape: [6],
            layers: [.dropout(0.2), .linear(units: .count(7)), .dropout(0.5), head]),
        .init(
            name: "convolution", inputShape: [2, 6, 5],
            layers: [.conv2d(channels: 3, kernel: 3), .tanh, .flatten, head]),
        .init(
            name: "stride and padding", inputShape: [2, 7, 6],
            layers: [
                .conv2d(channels: 3, kernel: 3, stride: 2, padding: .pixels(1)), .tanh,
                .conv2d(channels: 2, kernel: 3, padding: .same), .flatten, head,
            ]),
        .init(
            name: "groups and depthwise", inputShape: [4, 7, 6],
            layers: [
                .conv2d(channels: 6, kernel: 3, padding: .pixels(1), groups: 2), .tanh,
                .conv2d(channels: 6, kernel: 3, stride: 2, groups: 6), .tanh,
                .conv2d(channels: 12, kernel: 2, padding: .pixels(1), bias: false, groups: 6), .flatten, head,
            ]),
        .init(
            name: "convolution, relu, pool, dropout2d", inputShape: [2, 8, 8],
            layers: [
                .conv2d(channels: 4, kernel: 3), .relu, .conv2d(channels: 3, kernel: 2), .relu,
                .maxpool2d(size: 2, stride: 2), .dropout2d(0.3), .flatten, head,
            ], loss: Loss(kind: .mse)),
        .init(
            name: "overlapping pool and dropout", inputShape: [1, 9, 9],
            layers: [
                .conv2d(channels: 3, kernel: 3), .maxpool2d(size: 3, stride: 2), .tanh, .dropout(0.3), .flatten, head,
            ]),
        .init(
            name: "a one by one kernel between others", inputShape: [2, 6, 6],
            layers: [
                .conv2d(channels: 5, kernel: 3), .tanh, .conv2d(channels: 2, kernel: 1),
                .conv2d(channels: 3, kernel: 2), .tanh, .flatten, head,
            ]),
        .init(
            name: "curves", inputShape: [5],
            layers: [
                .linear(units: .count(7)), .gelu, .linear(units: .count(6)), .silu, .dropout(0.3),
                .linear(units: .count(5)), .sigmoid, .leakyrelu(slope: 0.1), head,
            ]),
        .init(
            name: "curves in a row", inputShape: [5],
            layers: [
                .linear(units: .count(9)), .tanh, .gelu, .leakyrelu(slope: 0.3), .dropout(0.3), .silu, .tanh, head,
            ]),
        .init(
            name: "softmax", inputShape: [5],
            layers: [
                .linear(units: .count(9)), .softmax, .dropout(0.3), .linear(units: .count(4)), .tanh, .softmax, head,
                .softmax,
            ], loss: Loss(kind: .mse)),
        .init(
            name: "average pools", inputShape: [2, 10, 11],
            layers: [
                .conv2d(channels: 3, kernel: 3), .silu, .avgpool2d(size: 3, stride: 2), .leakyrelu(slope: 0.2),
                .conv2d(channels: 4, kernel: 2), .avgpool2d(size: 2, stride: 1), .gelu, .globalaveragepool, .tanh, head,
            ]),
        .init(
            name: "layernorm and rmsnorm", inputShape: [5],
            layers: [
                .layernorm(), .linear(units: .count(7)), .layernorm(), .tanh, .linear(units: .count(6)), .rmsnorm(),
                .tanh, .dropout(0.3), head,
            ]),
        .init(
            name: "groupnorm", inputShape: [2, 6, 6],
            layers: [
                .conv2d(channels: 4, kernel: 3), .groupnorm(groups: 2), .tanh, .conv2d(channels: 3, kernel: 2),
                .groupnorm(groups: 1), .flatten, head,
            ]),
        .init(
            name: "residual blocks", inputShape: [5],
            layers: [
                .linear(units: .count(6)), .relu,
                residual([.linear(units: .count(6)), .tanh, .linear(units: .count(6))]),
                residual([.linear(units: .count(6)), .relu, .dropout(0.3)]), .relu,
                residual(
                    [.layernorm(), residual([.linear(units: .count(6)), .gelu]), .linear(units: .count(4))],
                    shortcut: [.dropout(0.2), .linear(units: .count(4))]), head,
            ]),
        .init(
            name: "residual images", inputShape: [2, 6, 6],
            layers: [
                residual([.conv2d(channels: 2, kernel: 3, padding: .same), .tanh]),
                residual(
                    [.conv2d(channels: 4, kernel: 3, stride: 2, padding: .pixels(1)), .batchnorm()],
                    shortcut: [.avgpool2d(size: 1, stride: 2), .padchannels(channels: 4)]), .relu, .globalaveragepool,
                head,
            ]),
        .init(
            name: "transformer", inputShape: [6],
            layers: [
                .embedding(units: .count(4), places: true),
                .repeated(
                    times: 2,
                    layers: named([
                        residual([.layernorm(), .attention(heads: 2), .dropout(0.2)]),
                        residual([
                            .rmsnorm(), .linear(units: .count(8)), .gelu, .linear(units: .count(4), bias: false),
                        ]),
                    ])), .layernorm(bias: false), .linear(units: .count(5)), .relu, .dropout(0.3), head,
            ], vocabulary: 5, targets: 6),
        .init(
            name: "tied embedding", inputShape: [40],
            layers: [
                .embedding(units: .count(4)), .attention(heads: 1), .linear(units: .classes, bias: false, tied: "0"),
            ], vocabulary: 3, targets: 40),
        .init(
            name: "lstm behind a gru", inputShape: [6],
            layers: [
                .embedding(units: .count(4)), .dropout(0.2), .gru(units: .count(5)), .lstm(units: .count(3)),
                .dropout(0.2), head,
            ], vocabulary: 5, targets: 6),
        .init(
            name: "last position of an lstm", inputShape: [7],
            layers: [.embedding(units: .count(4)), .lstm(units: .count(5), output: .last), .tanh, head], vocabulary: 3),
        .init(
            name: "tied gru", inputShape: [7],
            layers: [
                .embedding(units: .count(4)), .gru(units: .count(4)), .linear(units: .classes, bias: false, tied: "0"),
            ], vocabulary: 3, targets: 7),
        .init(
            name: "reshape and transpose", inputShape: [12],
            layers: [
                .reshape(shape: [3, 2, 2]), .conv2d(channels: 4, kernel: 2, padding: .pixels(1)), .tanh, .flatten,
                .reshape(shape: [6, 6]), .linear(units: .count(4)), .transpose, .tanh, .flatten, head,
            ]),
        .init(name: "batchnorm", inputShape: [4], layers: [.linear(units: .count(6)), .batchnorm(), .relu, head]),
        .init(
            name: "batchnorm of images", inputShape: [2, 6, 6],
            layers: [.conv2d(channels: 3, kernel: 3), .batchnorm(), .tanh, .flatten, .batchnorm(), head]),
    ]
}

/// Gradients against central differences of the loss, in training mode with the step's own dropout masks.
@Suite struct GradientTests {
    @Test(arguments: SmallNetwork.all, Kernels.available)
    func agreeWithFiniteDifferences(_ small: SmallNetwork, _ level: CPULevel) throws {
        let (network, batch) = try small.make(level: level)
        batch.count = 4  // a short batch
        _ = network.trainStep(batch, step: 3, rate: 0)
        let analytic = (0..<network.plan.parameterFloats).map { Double(network.gradients[$0]) }
        let norm = analytic.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let h: Float = 1e-3
        var distance = 0.0
        for tensor in network.plan.tensors where tensor.storage == .parameters {
            for i in tensor.offset..<tensor.offset + tensor.count {
                let value = network.parameters[i]
                network.parameters[i] = value + h
                let above = network.trainStep(batch, step: 3, rate: 0).loss
                network.parameters[i] = value - h
                let below = network.trainStep(batch, step: 3, rate: 0).loss
                network.parameters[i] = value
                let numeric = (above - below) / Double(2 * h)
                distance += (numeric - analytic[i]) * (numeric - analytic[i])
            }
        }
        #expect(norm > 1e-2)
        // What is left is the third derivative, kinks crossed by the step, and rounding of the loss.
        #expect(distance.squareRoot() < 5e-3 * norm, "\(distance.squareRoot()) of \(norm)")
    }

    /// Networks whose products are cut into several tiles, and convolutions between many channels: too large for PyTorch's
    /// numbers to be kept, so that some parameters of each tensor stand for all.
    private static let large = [
        SmallNetwork(
            name: "tiles", inputShape: [150],
            layers: [
                .linear(units: .count(210)), .tanh, .linear(units: .count(170)), .gelu, .linear(units: .count(190)),
                .tanh, SmallNetwork.head,
            ]),
        SmallNetwork(
            name: "tiles of positions", inputShape: [90],
            layers: [
                .embedding(units: .count(96), places: true), .attention(heads: 2),
                SmallNetwork.residual([.linear(units: .count(160)), .tanh, .linear(units: .count(96))]),
                SmallNetwork.head,
            ], vocabulary: 7, targets: 90),
        SmallNetwork(
            name: "many channels", inputShape: [2, 10, 8],
            layers: [
                .conv2d(channels: 32, kernel: 1), .tanh, .conv2d(channels: 64, kernel: 3), .tanh,
                .conv2d(channels: 32, kernel: 3, padding: .same), .relu,
                .conv2d(channels: 32, kernel: 3, padding: .same),
                .tanh, .globalaveragepool, SmallNetwork.head,
            ]),
        SmallNetwork(
            name: "vectors of channels", inputShape: [3, 12, 16],
            layers: [
                .conv2d(channels: 16, kernel: 3, padding: .pixels(1)), .tanh,
                .conv2d(channels: 16, kernel: 3, padding: .pixels(1)), .tanh,
                .conv2d(channels: 48, kernel: 3, stride: 2, padding: .pixels(1)), .tanh,
                .conv2d(channels: 16, kernel: 3, padding: .pixels(1)), .tanh,
                .conv2d(channels: 17, kernel: 5, stride: 3, padding: .pixels(2)), .tanh, .globalaveragepool,
                SmallNetwork.head,
            ]),
        SmallNetwork(
            name: "lstm of many", inputShape: [12],
            layers: [.embedding(units: .count(48)), .lstm(units: .count(96)), SmallNetwork.head], vocabulary: 7,
            targets: 12),
    ]

    @Test(arguments: large, Kernels.available)
    func largeOnesAgreeInSamples(_ small: SmallNetwork, _ level: CPULevel) throws {
        let (network, batch) = try small.make(level: level, threads: 2, batch: small.inputShape.count == 1 ? 96 : 6)
        batch.count -= 1
        _ = network.trainStep(batch, step: 3, rate: 0)
        let analytic = (0..<network.plan.parameterFloats).map { Double(network.gradients[$0]) }
        let random = Philox(seed: 8, purpose: .noise)
        for (index, tensor) in network.plan.tensors.enumerated() where tensor.storage == .parameters {
            // A direction of random signs within one tensor: its slope is a sum over all of the tensor's gradient.
            let signs = (0..<tensor.count).map { place -> Float in
                random.uniform(step: UInt64(index), index: UInt64(place)) < 0.5 ? -1 : 1
            }
            let base = network.parameters + tensor.offset
            let values = (0..<tensor.count).map { base[$0] }
            let slope = (0..<tensor.count).reduce(0.0) { $0 + analytic[tensor.offset + $1] * Double(signs[$1]) }
            let norm = (0..<tensor.count).reduce(0.0) {
                $0 + analytic[tensor.offset + $1] * analytic[tensor.offset + $1]
            }
            let h = 2e-2 / Float(tensor.count).squareRoot()
            func loss(_ side: Float) -> Double {
                for place in 0..<tensor.count { base[place] = values[place] + side * h * signs[place] }
                defer { for place in 0..<tensor.count { base[place] = values[place] } }
                return network.trainStep(batch, step: 3, rate: 0).loss
            }
            let numeric = (loss(1) - loss(-1)) / Double(2 * h)
            // The slope is a random sum whose deviation is the gradient's norm.
            #expect(abs(numeric - slope) < 3e-2 * norm.squareRoot() + 2e-4, "\(tensor.name): \(numeric), \(slope)")
        }
    }

    @Test(arguments: Kernels.available)
    func normIsTheGradients(_ level: CPULevel) throws {
        for small in SmallNetwork.all {
            let (network, batch) = try small.make(level: level)
            let result = network.trainStep(batch, step: 0, rate: 0)
            let squares = (0..<network.plan.parameterFloats).reduce(0.0) {
                $0 + Double(network.gradients[$1]) * Double(network.gradients[$1])
            }
            #expect(
                abs(result.gradientNorm - squares.squareRoot()) < 1e-9 * max(1, result.gradientNorm), "\(small.name)")
        }
    }
}
