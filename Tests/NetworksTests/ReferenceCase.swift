import FoundationEssentials
import Networks
import Recipes
import Tensors
import Testing

/// A network that PyTorch trained for a few steps; a script in Tests/Reference printed it.
struct ReferenceCase: Decodable, Sendable, CustomTestStringConvertible {
    struct OptimizerValues: Decodable, Sendable {
        var kind: Optimizer.Kind
        var rate: Double
        var momentum: Double?
        var nesterov: Bool?
        var decay: Double?
        var epsilon: Double?
        var alpha: Double?

        var optimizer: Optimizer {
            var optimizer = Optimizer(kind: kind, rate: rate)
            optimizer.momentum = momentum ?? 0
            optimizer.nesterov = nesterov ?? false
            optimizer.decay = decay ?? 0
            if let epsilon { optimizer.epsilon = epsilon }
            if let alpha { optimizer.alpha = alpha }
            return optimizer
        }
    }

    var name: String
    var layers: [ReferenceLayer]
    var inputShape: [Int]
    var outputs: Int
    var vocabulary: Int?
    var targets: Int?
    var loss: Loss.Kind
    var smoothing: Double?
    var classWeights: [Double]?
    var positiveWeights: [Double]?
    var delta: Double?
    var temperature: Double?
    var hard: Double?
    var soft: [Float]?
    var share: Float?
    var otherClasses: [Int32]?
    var optimizer: OptimizerValues
    var clip: Double?
    var clipValue: Double?
    var weights: [String: [Float]]
    var inputs: [Float]
    var classes: [Int32]
    var numbers: [Float]
    var losses: [Double]
    /// Where `losses` are those of rounded operands: those of none.
    var exactLosses: [Double]?
    var norms: [Double]
    var firstOutputs: [Float]
    var gradients: [String: [Float]]
    var finalWeights: [String: [Float]]
    var buffers: [String: [Float]]
    var finalOutputs: [Float]

    var testDescription: String { name }

    var batchCount: Int { inputs.count / inputShape.reduce(1, *) }

    var model: Model {
        Model(layers: layers.enumerated().map { Layer(kind: $1.kind, name: String($0)) })
    }

    var criterion: Loss {
        var criterion = Loss(kind: loss)
        criterion.smoothing = smoothing ?? 0
        criterion.classWeights = classWeights ?? []
        criterion.positiveWeights = positiveWeights ?? []
        if let delta { criterion.delta = delta }
        if let temperature, let hard { criterion.soft = SoftTargets(temperature: temperature, hard: hard) }
        return criterion
    }

    /// Every case of the files.
    static func all() throws -> [ReferenceCase] {
        try ["networks", "outputs_and_groups", "sequences", "distillation"].flatMap(read)
    }

    /// The cases of one file.
    static func read(_ name: String) throws -> [ReferenceCase] {
        struct File: Decodable { var cases: [ReferenceCase] }
        let path = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let data = try Data(contentsOf: URL(filePath: "/\(path)/Reference/\(name).json"))
        return try JSONDecoder().decode(File.self, from: data).cases
    }

    /// The network with the case's first weights.
    func network(threads: Int = 1, level: CPULevel, batch: Int? = nil) throws -> Network {
        try network(threads: threads, kernels: try #require(Kernels(level: level)), batch: batch)
    }

    func network(threads: Int = 1, kernels: Kernels, batch: Int? = nil) throws -> Network {
        let plan = try Plan(
            model: model, inputShape: inputShape, outputCount: outputs, batch: batch ?? batchCount,
            loss: criterion, vocabulary: vocabulary ?? 0, targetsPerExample: targets ?? 1)
        let network = Network(
            plan: plan, optimizer: optimizer.optimizer, clip: Clip(gradientNorm: clip, value: clipValue), seed: 1,
            pool: ThreadPool(threads: threads), kernels: kernels)
        network.initialize(headBias: nil)
        for tensor in plan.tensors where tensor.storage == .parameters {
            network.write(try #require(weights[tensor.name]), to: tensor)
        }
        return network
    }

    func fill(_ batch: Batch) {
        let size = inputShape.reduce(1, *)
        for example in 0..<batchCount {
            let values = Array(inputs[example * size..<(example + 1) * size])
            let stored = inputShape.count == 3 ? channelsLast(values, inputShape) : values
            for (i, value) in stored.enumerated() { batch.inputs[example * size + i] = value }
        }
        for (i, value) in classes.enumerated() { batch.classes[i] = value }
        for (i, value) in numbers.enumerated() { batch.numbers[i] = value }
        for (i, value) in (otherClasses ?? []).enumerated() { batch.otherClasses[i] = value }
        batch.share = share
        for (i, value) in (soft ?? []).enumerated() { batch.soft?[i] = value }
        batch.count = batchCount
    }
}

/// `["conv2d", {"channels": 3, "kernel": 3}]`, `["linear", 7]`, `["linear", "classes"]`, `["relu"]`.
struct ReferenceLayer: Decodable, Sendable {
    struct Values: Decodable {
        var channels: Int?, kernel: Int?, size: Int?, stride: Int?, padding: Int?, groups: Int?
        var bias: Bool?
        var units: Units?
        var tied: String?
        var places: Bool?
        var heads: Int?, times: Int?
        var output: Layer.SequenceOutput?
        var layers: [ReferenceLayer]?, shortcut: [ReferenceLayer]?
    }
    /// A number, or the word `classes`.
    struct Units: Decodable {
        var units: Layer.Units
        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let count = try? value.decode(Int.self) {
                units = .count(count)
            } else {
                guard try value.decode(String.self) == "classes" else { throw Unknown(name: "units") }
                units = .classes
            }
        }
    }
    struct Unknown: Error { var name: String }

    var kind: Layer.Kind

    private static func named(_ layers: [ReferenceLayer]?) -> [Layer] {
        (layers ?? []).enumerated().map { Layer(kind: $1.kind, name: String($0)) }
    }

    init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        let name = try list.decode(String.self)
        func values() throws -> Values { try list.decode(Values.self) }
        switch name {
        case "linear":
            if let units = try? list.decode(Units.self) {
                kind = .linear(units: units.units)
            } else {
                let values = try values()
                kind = .linear(units: values.units?.units ?? .classes, bias: values.bias ?? true, tied: values.tied)
            }
        case "conv2d":
            let values = try values()
            kind = .conv2d(
                channels: values.channels ?? 0, kernel: values.kernel ?? 0, stride: values.stride ?? 1,
                padding: values.padding.map { .pixels($0) } ?? .valid, bias: values.bias ?? true,
                groups: values.groups ?? 1)
        case "maxpool2d":
            let values = try values()
            kind = .maxpool2d(size: values.size ?? 0, stride: values.stride ?? 0)
        case "avgpool2d":
            let values = try values()
            kind = .avgpool2d(size: values.size ?? 0, stride: values.stride ?? 0)
        case "globalaveragepool": kind = .globalaveragepool
        case "leakyrelu": kind = list.isAtEnd ? .leakyrelu() : .leakyrelu(slope: try list.decode(Double.self))
        case "gelu": kind = .gelu
        case "silu": kind = .silu
        case "sigmoid": kind = .sigmoid
        case "softmax": kind = .softmax
        case "batchnorm": kind = .batchnorm()
        case "layernorm": kind = .layernorm(bias: list.isAtEnd ? true : try values().bias ?? true)
        case "rmsnorm": kind = .rmsnorm()
        case "groupnorm": kind = .groupnorm(groups: try list.decode(Int.self))
        case "relu": kind = .relu
        case "tanh": kind = .tanh
        case "flatten": kind = .flatten
        case "embedding":
            let values = try values()
            kind = .embedding(units: values.units?.units ?? .classes, places: values.places ?? false)
        case "attention":
            let values = try values()
            kind = .attention(heads: values.heads ?? 0, bias: values.bias ?? true)
        case "lstm", "gru":
            let values = try values()
            let units = values.units?.units ?? .classes
            let output = values.output ?? .all
            kind = name == "lstm" ? .lstm(units: units, output: output) : .gru(units: units, output: output)
        case "residual":
            let values = try values()
            kind = .residual(layers: Self.named(values.layers), shortcut: Self.named(values.shortcut))
        case "repeat":
            let values = try values()
            kind = .repeated(times: values.times ?? 0, layers: Self.named(values.layers))
        case "reshape": kind = .reshape(shape: try list.decode([Int].self))
        case "transpose": kind = .transpose
        case "padchannels": kind = .padchannels(channels: try list.decode(Int.self))
        default: throw Unknown(name: name)
        }
    }
}

/// `[channels, height, width]` to `[height, width, channels]`.
func channelsLast(_ values: [Float], _ shape: [Int]) -> [Float] {
    let pixels = shape[1] * shape[2]
    return (0..<values.count).map { values[$0 % shape[0] * pixels + $0 / shape[0]] }
}

extension ParameterTensor {
    /// For each element in PyTorch's order, its place among the stored ones.
    var storedIndices: [Int] {
        guard let storedShape, let permutation else { return Array(0..<count) }
        let exported = permutation.map { storedShape[$0] }
        var strides = [Int](repeating: 1, count: storedShape.count)
        for axis in stride(from: storedShape.count - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] * storedShape[axis + 1]
        }
        return (0..<count).map { index in
            var rest = index
            var place = 0
            for axis in exported.indices.reversed() {
                place += rest % exported[axis] * strides[permutation[axis]]
                rest /= exported[axis]
            }
            return place
        }
    }
}

extension Network {
    /// Writes values in PyTorch's order.
    func write(_ values: [Float], to tensor: ParameterTensor) {
        let base = tensor.storage == .buffers ? buffers : parameters
        for (value, place) in zip(values, tensor.storedIndices) { base[tensor.offset + place] = value }
    }

    /// Values of a flat buffer in PyTorch's order.
    func read(_ tensor: ParameterTensor, from base: UnsafeMutablePointer<Float>) -> [Float] {
        tensor.storedIndices.map { base[tensor.offset + $0] }
    }
}

/// Distance of two lists relative to the norm of the second; infinite where their lengths differ.
func relativeDistance(_ a: [Float], _ b: [Float]) -> Double {
    guard a.count == b.count else { return .infinity }
    var distance = 0.0
    var norm = 0.0
    for (x, y) in zip(a, b) {
        distance += (Double(x) - Double(y)) * (Double(x) - Double(y))
        norm += Double(y) * Double(y)
    }
    return (distance / max(norm, 1e-12)).squareRoot()
}
