import Recipes
import Tensors

/// Turns a plan's layers into stages: neighbours that can share a pass over memory are fused, buffers are placed by how
/// long they live. Done once, when the network is made.
struct Compiler {
    let plan: Plan
    let pass: Pass
    let squares: SquareSums
    let threads: Int
    /// Outputs of fewer floats are kept for the backward pass even where they could be made again.
    let repeatsFrom: Int
    /// Where the first stage reads; set to the batch's memory before each pass.
    let input: Slot
    private(set) var stages: [Stage] = []
    /// Of each layer: the stage in whose output its work ends; -1 where that is the inputs.
    private(set) var places: [Int] = []
    /// Of each layer: the last operation of its stage's chain that it has a part in; nil where the stage is no chain.
    private(set) var ends: [Int?] = []
    private var operations: [SampleOperation] = []
    /// Whether a layer up to here has parameters: only then a gradient is wanted.
    private var learns = false
    /// What made the value that the next layer gets; nil for the inputs.
    private var current: Stage?
    /// Residual blocks that have begun and not ended, the innermost last.
    private var blocks: [OpenBlock] = []
    private var order = RowOrder()

    private struct OpenBlock {
        let fork: ForkStage
        /// Whether anything before the block learns.
        let learns: Bool
        /// Once the shortcut has begun: its beginning, the end of the block's layers, whether any of them learns.
        var shortcut: (begin: ShortcutStage, body: Stage, bodyLearns: Bool)?
    }

    /// Tiles of a chain of per-example operations: enough for any pool of sensible size to stay busy.
    static func tileCount(_ batch: Int) -> Int { min(batch, ResolvedLayer.mostParts) }

    /// 4 MiB: smaller ones are read back from a cache.
    static let largeOutput = 1 << 20

    init(plan: Plan, pass: Pass, squares: SquareSums, threads: Int, repeatsFrom: Int) {
        self.plan = plan
        self.pass = pass
        self.squares = squares
        self.threads = threads
        self.repeatsFrom = repeatsFrom
        input = Slot(units: plan.inputShape.reduce(1, *), base: pass.gradients)
    }

    mutating func compile() {
        var i = 0
        while i < plan.layers.count {
            let used = add(i)
            for layer in plan.layers[i..<i + used] { order.pass(layer) }
            // What is in the chain becomes the next stage.
            places += repeatElement(operations.isEmpty ? stages.count - 1 : stages.count, count: used)
            ends += repeatElement(operations.isEmpty ? nil : operations.count - 1, count: used)
            i += used
        }
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

    private var value: Slot { current?.output ?? input }
    private var gradient: Slot? { learns ? current?.outputGradient : nil }

    private mutating func append(_ stage: Stage) {
        stages.append(stage)
        current = stage
    }

    /// Adds the layer at `i` and those fused with it; how many layers that were.
    private mutating func add(_ i: Int) -> Int {
        let layer = plan.layers[i]
        let units = layer.inputShape.reduce(1, *)
        if let mark = layer.mark { return add(mark, i) }
        switch layer.layer.kind {
        case .flatten:
            if order.depth > 0, RowOrder.matters(layer.inputShape) { addOrder(of: layer.inputShape) }
        case .reshape, .transpose: addRearrangement(i)
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
        case .leakyrelu, .gelu, .silu, .sigmoid:
            if let function = Curve.Function(layer.layer.kind) {
                operations.append(Curve(function, units: units, pass: pass))
            }
        case .softmax:
            operations.append(Softmax(features: layer.inputShape.last ?? units, units: units, pass: pass))
        case .embedding: return addEmbedding(i)
        case .attention(let heads, _): addAttention(i, heads: heads)
        case .lstm, .gru: addRecurrent(i)
        case .padchannels(let channels):
            operations.append(ChannelPadding(inputShape: layer.inputShape, channels: channels, pass: pass))
        case .residual, .repeated: break  // marks stand for the one, layers for the other
        case .avgpool2d(let size, let stride): addAverage(layer, windowHeight: size, windowWidth: size, stride: stride)
        case .globalaveragepool:
            addAverage(layer, windowHeight: layer.inputShape[1], windowWidth: layer.inputShape[2], stride: 1)
        case .layernorm(let epsilon, _): addNormalization(i, groups: 1, epsilon: epsilon)
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
        // A weight that is a table's as well has one order.
        if case .linear(_, _, _?) = plan.layers[i].layer.kind, let image = order.image { addOrder(of: image) }
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
        case let next:
            if let function = Curve.Function(next) {
                activation.kind = .curve(function)
                used = 2
            }
        }
        let own = parameters(i)
        var places = LinearStage.Places(weight: own.first?.offset ?? 0, bias: own.count > 1 ? own[1].offset : nil)
        if case .linear(_, let hasBias, let tied?) = plan.layers[i].layer.kind {
            places.bias = hasBias ? own.first?.offset : nil
            places.isTied = true
            places.weight = plan.tensors.first { $0.name == "\(tied).weight" }?.offset ?? 0
        }
        let shape = plan.layers[i].outputShape
        append(
            linear(
                outputs: shape[shape.count - 1], places, activation, positions: shape.count == 2 ? shape[0] : 1,
                mask: i + used - 1))
        return used
    }

    /// - Parameter mask: the layer whose number is in the dropout's masks.
    private mutating func linear(
        outputs: Int, _ places: LinearStage.Places, _ activation: Activation = Activation(), positions: Int, mask: Int
    ) -> LinearStage {
        defer { learns = true }
        return LinearStage(
            input: value, positions: positions, outputs: outputs, places: places, activation: activation, layer: mask,
            batch: plan.batch, inputGradient: gradient, before: current, pass: pass, squares: squares)
    }

    /// Brings the numbers of an image, flattened, into PyTorch's order.
    private mutating func addOrder(of image: [Int]) {
        operations.append(Rearrangement(sources: Rearrangement.places(image), pass: pass))
    }

    private mutating func addRearrangement(_ i: Int) {
        let layer = plan.layers[i]
        // Where PyTorch's elements lie before and after; numbers of an image that was flattened lie as in the image.
        let from = Rearrangement.places(order.image ?? layer.inputShape)
        var order = Array(from.indices)
        if case .transpose = layer.layer.kind {
            let (rows, columns) = (layer.inputShape[0], layer.inputShape[1])
            order = order.map { $0 % rows * columns + $0 / rows }
        }
        var sources = from
        for (element, place) in Rearrangement.places(layer.outputShape).enumerated() {
            sources[place] = from[order[element]]
        }
        if sources != Array(sources.indices) { operations.append(Rearrangement(sources: sources, pass: pass)) }
    }

    private mutating func addEmbedding(_ i: Int) -> Int {
        flush()
        let own = parameters(i)
        let vocabulary = own[0].shape[0]
        let name = plan.layers[i].layer.name
        let isTied = plan.layers.contains {
            if case .linear(_, _, let tied?) = $0.layer.kind { tied == name } else { false }
        }
        var width = own[0].shape[1]
        var projection: TableProjection?
        if own.count == 1, isRecurrent(i + 1), 2 * vocabulary <= plan.batch * input.units {
            let next = parameters(i + 1)
            projection = TableProjection(
                vocabulary: vocabulary, inputs: width, outputs: next[0].shape[0],
                places: .init(table: own[0].offset, weight: next[0].offset, bias: next[2].offset, isTied: isTied),
                pass: pass, squares: squares)
            width = next[0].shape[0]
        }
        let stage = EmbeddingStage(
            input: value, vocabulary: vocabulary, width: width,
            places: .init(table: own[0].offset, position: own.count > 1 ? own[1].offset : nil, isTied: isTied),
            projection: projection, batch: plan.batch, tiles: Self.tileCount(plan.batch), pass: pass, squares: squares)
        learns = true
        guard projection != nil else {
            append(stage)
            return 1
        }
        addRecurrence(i + 1, behind: stage)
        return 2
    }

    private func isRecurrent(_ index: Int) -> Bool {
        switch kind(index) {
        case .lstm, .gru: true
        default: false
        }
    }

    /// Projection to queries, keys and values; the attention; projection back.
    private mutating func addAttention(_ i: Int, heads: Int) {
        flush()
        let own = parameters(i)
        let shape = plan.layers[i].inputShape
        let hasBias = own.count == 4
        append(
            linear(
                outputs: 3 * shape[1],
                .init(weight: own[0].offset, bias: hasBias ? own[1].offset : nil), positions: shape[0], mask: i))
        append(
            AttentionStage(
                input: value, positions: shape[0], heads: heads, batch: plan.batch, threads: threads,
                inputGradient: gradient, before: current, pass: pass))
        append(
            linear(
                outputs: shape[1],
                .init(weight: own[hasBias ? 2 : 1].offset, bias: hasBias ? own[3].offset : nil), positions: shape[0],
                mask: i))
    }

    /// Projection of all positions to what their gates get from them; the recurrence.
    private mutating func addRecurrent(_ i: Int) {
        flush()
        let own = parameters(i)
        addRecurrence(
            i,
            behind: linear(
                outputs: own[0].shape[0], .init(weight: own[0].offset, bias: own[2].offset),
                positions: plan.layers[i].inputShape[0], mask: i))
    }

    /// - Parameter projection: gives each position its gates' arguments, whose gradients take the place of its output.
    private mutating func addRecurrence(_ i: Int, behind projection: Stage) {
        projection.share(projection.output)
        append(projection)
        let layer = plan.layers[i]
        let own = parameters(i)
        append(
            RecurrentStage(
                layer.layer.kind.word == "lstm" ? .lstm : .gru, input: value, units: own[1].shape[1],
                positions: layer.inputShape[0], isWhole: layer.outputShape.count == 2,
                places: .init(weight: own[1].offset, bias: own[3].offset), batch: plan.batch, threads: threads,
                inputGradient: gradient, before: current, pass: pass, squares: squares))
    }

    private mutating func add(_ mark: ResolvedLayer.Mark, _ i: Int) -> Int {
        if let image = order.image { addOrder(of: image) }
        flush()
        let tiles = Self.tileCount(plan.batch)
        switch mark {
        case .fork:
            let fork = ForkStage(
                input: value, inputGradient: gradient, before: current, batch: plan.batch, tiles: tiles, pass: pass)
            append(fork)
            blocks.append(OpenBlock(fork: fork, learns: learns))
        case .shortcut:
            guard let body = current, let block = blocks.last else { break }
            let begin = ShortcutStage(fork: block.fork)
            blocks[blocks.count - 1].shortcut = (begin, body, learns)
            learns = block.learns
            current = begin
        case .join:
            guard let end = current, let block = blocks.popLast() else { break }
            return join(block, end, isRectified: kind(i + 1) == .relu)
        }
        return 1
    }

    /// - Returns: layers used: a relu behind the sum is fused with it.
    private mutating func join(_ block: OpenBlock, _ end: Stage, isRectified: Bool) -> Int {
        let body = block.shortcut?.body ?? end
        let bodyLearns = block.shortcut?.bodyLearns ?? learns
        if let linear = body as? LinearStage, linear.activation.kind == .none, linear.addend == nil,
            block.shortcut == nil, !isRectified
        {
            // The product's tiles take the addition along; the sum's gradient is the linear's own.
            linear.addend = block.fork.output
            block.fork.other = linear
            return 1
        }
        var second = JoinStage.Way(value: block.fork.output)
        if let shortcut = block.shortcut {
            second = .init(value: end.output, end: learns ? end : nil)
            block.fork.other = shortcut.begin
        }
        let join = JoinStage(
            .init(value: body.output, end: bodyLearns ? body : nil), second, activation: isRectified ? .relu : .none,
            batch: plan.batch, tiles: Self.tileCount(plan.batch), pass: pass)
        if block.shortcut == nil { block.fork.other = join }
        append(join)
        learns = learns || bodyLearns
        return isRectified ? 2 : 1
    }

    private mutating func addNorm(_ i: Int, momentum: Double, epsilon: Double) -> Int {
        flush()
        let isRectified = kind(i + 1) == .relu
        let own = parameters(i)
        append(
            BatchNormStage(
                input: value, channels: plan.layers[i].inputShape[0],
                places: .init(
                    weight: own[0].offset, bias: own[1].offset, mean: own[2].offset, variance: own[3].offset),
                momentum: momentum, epsilon: epsilon, activation: isRectified ? .relu : .none, batch: plan.batch,
                inputGradient: gradient, before: current, pass: pass, squares: squares))
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
        let isSequence = shape.count == 2
        operations.append(
            Normalization(
                units: isSequence ? shape[0] : 1, rows: isSequence ? 1 : shape.dropFirst().reduce(1, *),
                channels: isSequence ? shape[1] : shape[0], groups: groups, isCentred: isCentred, epsilon: epsilon,
                places: .init(weight: own[0].offset, bias: own.count > 1 ? own[1].offset : nil),
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
        append(
            SampleStage(
                input: value, operations: operations, batch: plan.batch, tiles: Self.tileCount(plan.batch),
                threads: threads, inputGradient: gradient, before: current, pass: pass, squares: squares))
        learns = learns || operations.contains { $0.hasParameters }
        operations = []
    }
}
