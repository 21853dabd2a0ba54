import Recipes
import Tensors

/// Turns a plan's layers into stages: neighbours that can share a pass over memory are fused, buffers are placed by how
/// long they live. Done once, when the network is made.
struct Compiler {
    let plan: Plan
    let pass: Pass
    let squares: SquareSums
    let threads: Int
    /// Where the first stage reads; set to the batch's memory before each pass.
    let input: Slot
    private(set) var stages: [Stage] = []
    private var operations: [SampleOperation] = []
    /// Whether a layer up to here has parameters: only then a gradient is wanted.
    private var learns = false

    /// Tiles of a chain of per-example operations: enough for any pool of sensible size to stay busy.
    static func tileCount(_ batch: Int) -> Int { min(batch, 16) }

    init(plan: Plan, pass: Pass, squares: SquareSums, threads: Int) {
        self.plan = plan
        self.pass = pass
        self.squares = squares
        self.threads = threads
        input = Slot(units: plan.inputShape.reduce(1, *), base: pass.gradients)
    }

    mutating func compile() {
        var i = 0
        while i < plan.layers.count { i += add(i) }
        flush()
        if stages.isEmpty {
            // Nothing but flatten: the outputs are the inputs.
            operations = [Dropout(probability: 0, units: input.units, layer: 0, pass: pass)]
            flush()
        }
    }

    private func kind(_ index: Int) -> Layer.Kind? {
        index < plan.layers.count ? plan.layers[index].layer.kind : nil
    }

    private func parameters(_ index: Int) -> [ParameterTensor] { plan.tensors.filter { $0.layer == index } }

    private var value: Slot { stages.last?.output ?? input }
    private var gradient: Slot? { learns ? stages.last?.outputGradient : nil }

    /// Adds the layer at `i` and those fused with it; how many layers that were.
    private mutating func add(_ i: Int) -> Int {
        let layer = plan.layers[i]
        let units = layer.inputShape.reduce(1, *)
        switch layer.layer.kind {
        case .flatten: return 1
        case .linear: return addLinear(i)
        case .batchnorm(let momentum, let epsilon): return addNorm(i, momentum: momentum, epsilon: epsilon)
        case .conv2d(_, let kernel, let stride, let padding, _, let groups):
            return addConvolution(i, kernel: kernel, stride: stride, padding: padding, groups: groups)
        case .maxpool2d(let size, let stride):
            let isRectified = kind(i + 1) == .relu
            addPooling(layer, size: size, stride: stride, activation: isRectified ? .relu : .none)
            return isRectified ? 2 : 1
        case .relu:
            // relu and max commute: behind the pooling there is less to do.
            if case .maxpool2d(let size, let stride) = kind(i + 1) {
                addPooling(plan.layers[i + 1], size: size, stride: stride, activation: .relu)
                return 2
            }
            operations.append(Elementwise(.relu, units: units, pass: pass))
        case .tanh: operations.append(Elementwise(.tanh, units: units, pass: pass))
        case .leakyrelu(let slope): operations.append(Curve(.leakyRelu(slope: slope), units: units, pass: pass))
        case .gelu: operations.append(Curve(.gelu, units: units, pass: pass))
        case .silu: operations.append(Curve(.silu, units: units, pass: pass))
        case .sigmoid: operations.append(Curve(.sigmoid, units: units, pass: pass))
        case .softmax:
            operations.append(Softmax(features: layer.inputShape.last ?? units, units: units, pass: pass))
        case .avgpool2d(let size, let stride): addAverage(layer, windowHeight: size, windowWidth: size, stride: stride)
        case .globalaveragepool:
            addAverage(layer, windowHeight: layer.inputShape[1], windowWidth: layer.inputShape[2], stride: 1)
        case .layernorm(let epsilon): addNormalization(i, groups: 1, epsilon: epsilon)
        case .rmsnorm(let epsilon): addNormalization(i, groups: 1, isCentred: false, epsilon: epsilon)
        case .groupnorm(let groups, let epsilon): addNormalization(i, groups: groups, epsilon: epsilon)
        case .dropout(let probability):
            guard Activation.threshold(probability) > 0 else { return 1 }
            operations.append(Dropout(probability: probability, units: units, layer: i, pass: pass))
        case .dropout2d(let probability):
            guard Activation.threshold(probability) > 0 else { return 1 }
            operations.append(
                Dropout2d(
                    probability: probability, channels: layer.inputShape[0], units: units, layer: i, pass: pass))
        }
        return 1
    }

    private mutating func addLinear(_ i: Int) -> Int {
        flush()
        var activation = Activation()
        var used = 1
        switch kind(i + 1) {
        case .relu:
            activation.kind = .relu
            used = 2
            // Where the result of relu and dropout is positive the gradient passes: the mask need not be kept.
            if case .dropout(let probability) = kind(i + 2) {
                activation.threshold = Activation.threshold(probability)
                used = 3
            }
        case .tanh:
            activation.kind = .tanh
            used = 2
        default: break
        }
        let own = parameters(i)
        stages.append(
            LinearStage(
                input: value, outputs: plan.layers[i].outputShape.reduce(1, *), weight: own[0].offset,
                bias: own.count > 1 ? own[1].offset : nil, activation: activation, layer: i + used - 1,
                batch: plan.batch, inputGradient: gradient, before: stages.last, pass: pass, squares: squares))
        learns = true
        return used
    }

    private mutating func addNorm(_ i: Int, momentum: Double, epsilon: Double) -> Int {
        flush()
        let isRectified = kind(i + 1) == .relu
        let own = parameters(i)
        stages.append(
            BatchNormStage(
                input: value, channels: plan.layers[i].inputShape[0],
                places: .init(
                    weight: own[0].offset, bias: own[1].offset, mean: own[2].offset, variance: own[3].offset),
                momentum: momentum, epsilon: epsilon, activation: isRectified ? .relu : .none, batch: plan.batch,
                inputGradient: gradient, before: stages.last, pass: pass, squares: squares))
        learns = true
        return isRectified ? 2 : 1
    }

    private mutating func addConvolution(
        _ i: Int, kernel: Int, stride: Int, padding: Layer.Padding, groups: Int
    ) -> Int {
        let layer = plan.layers[i]
        var isRectified = kind(i + 1) == .relu
        if case .maxpool2d = kind(i + 2) { isRectified = false }
        let (before, total) =
            switch padding {
            case .valid: (0, 0)
            case .same: ((kernel - 1) / 2, kernel - 1)
            case .pixels(let pixels): (pixels, 2 * pixels)
            }
        let own = parameters(i)
        let tiles = Self.tileCount(plan.batch)
        let shape = Convolution.Shape(
            height: layer.inputShape[1], width: layer.inputShape[2], channels: layer.inputShape[0],
            outHeight: layer.outputShape[1], outWidth: layer.outputShape[2], outChannels: layer.outputShape[0],
            kernel: kernel, stride: stride, padding: before, paddingTotal: total)
        let weight = own[0].offset
        let bias = own.count > 1 ? own[1].offset : nil
        let activation: Activation.Kind = isRectified ? .relu : .none
        if groups == 1 {
            operations.append(
                Convolution(
                    shape: shape, weight: weight, bias: bias, activation: activation, parts: tiles, pass: pass))
        } else if groups == shape.channels {
            operations.append(
                DepthwiseConvolution(
                    shape: shape, weight: weight, bias: bias, activation: activation, parts: tiles, pass: pass))
        } else {
            operations.append(
                GroupedConvolution(
                    shape: shape, groups: groups, weight: weight, bias: bias, activation: activation, parts: tiles,
                    pass: pass))
        }
        return isRectified ? 2 : 1
    }

    private mutating func addPooling(_ layer: ResolvedLayer, size: Int, stride: Int, activation: Activation.Kind) {
        operations.append(
            MaxPooling(
                channels: layer.inputShape[0], height: layer.inputShape[1], width: layer.inputShape[2], size: size,
                stride: stride, outHeight: layer.outputShape[1], outWidth: layer.outputShape[2],
                activation: activation, pass: pass))
    }

    private mutating func addNormalization(_ i: Int, groups: Int, isCentred: Bool = true, epsilon: Double) {
        let shape = plan.layers[i].inputShape
        let own = parameters(i)
        operations.append(
            Normalization(
                rows: shape.dropFirst().reduce(1, *), channels: shape[0], groups: groups, isCentred: isCentred,
                epsilon: epsilon, places: .init(weight: own[0].offset, bias: own.count > 1 ? own[1].offset : nil),
                parts: Self.tileCount(plan.batch), pass: pass))
    }

    private mutating func addAverage(_ layer: ResolvedLayer, windowHeight: Int, windowWidth: Int, stride: Int) {
        let isGlobal = layer.outputShape.count == 1
        operations.append(
            AveragePooling(
                .init(
                    channels: layer.inputShape[0], width: layer.inputShape[2], windowHeight: windowHeight,
                    windowWidth: windowWidth, stride: stride, outHeight: isGlobal ? 1 : layer.outputShape[1],
                    outWidth: isGlobal ? 1 : layer.outputShape[2]),
                inputUnits: layer.inputShape.reduce(1, *), pass: pass))
    }

    /// Ends the chain of per-example operations, if there is one.
    private mutating func flush() {
        guard !operations.isEmpty else { return }
        stages.append(
            SampleStage(
                input: value, operations: operations, batch: plan.batch, tiles: Self.tileCount(plan.batch),
                threads: threads, inputGradient: gradient, before: stages.last, pass: pass, squares: squares))
        learns = learns || operations.contains { $0.hasParameters }
        operations = []
    }

    /// Places every value and gradient by its life: stage `i` runs forward at time i, the loss at `count`, stage `i`
    /// backward at 2 · count - i.
    func allocate() -> FloatMemory {
        let count = stages.count
        var layout = ArenaLayout()
        var places: [(Slot, Int)] = []
        for (i, stage) in stages.enumerated() {
            let back = 2 * count - i
            // The outputs are read after the pass.
            let life = i...(i == count - 1 ? 2 * count : back)
            places.append((stage.output, layout.place(plan.batch * stage.output.units, life: life)))
            places.append(
                (stage.outputGradient, layout.place(plan.batch * stage.output.units, life: back - 1...back)))
            for need in stage.needs {
                places.append((need.slot, layout.place(need.floats, life: i...(need.lastsUntilBackward ? back : i))))
            }
        }
        let arena = FloatMemory(count: layout.count)
        for (slot, offset) in places { slot.place(at: arena.base + offset) }
        return arena
    }
}
