extension ONNXBuilder {
    /// Adds the nodes that compute one layer as an evaluation does: `value` goes in, `value` comes out. Values have
    /// PyTorch's layout, `[batch]` and then the layer's shapes, as the tensors have.
    ///
    /// - Throws: `SimmerError.incompatible` naming a layer that cannot be written: `throw refusal("why")`.
    mutating func add(_ layer: ResolvedLayer) throws {
        enter(layer)
        if let mark = layer.mark { return try self.mark(mark) }
        switch layer.layer.kind {
        case .linear(_, let bias, let tied):
            let weight = try parameter("weight", of: tied)
            value = try project(value, weight, bias: bias ? "bias" : nil, isRow: layer.inputShape.count == 1)
        case .embedding(_, let places):
            value = apply("Gather", [try parameter("weight"), value])
            if places { value = apply("Add", [value, try parameter("position")]) }
        case .attention(let heads, let bias):
            value = try attend(value, positions: layer.inputShape[0], width: layer.inputShape[1], heads, bias)
        case .lstm(_, let output):
            // PyTorch's gates are i, f, g, o; the operator's are i, o, f, g.
            value = try recur(value, "LSTM", gates: [0, 3, 1, 2], layer, isWhole: output == .all)
        case .gru(_, let output):
            // r, z, n; and z, r, n.
            value = try recur(value, "GRU", gates: [1, 0, 2], layer, isWhole: output == .all)
        case .padchannels(let channels):
            let zeros = (channels - layer.inputShape[0]) / 2
            value = apply("Pad", [value, constant("pads", integers: [0, zeros, 0, 0, 0, zeros, 0, 0])])
        case .residual, .repeated: throw refusal("its layers do not stand by themselves")
        case .conv2d(_, let kernel, let stride, let padding, let bias, let groups):
            var inputs = [value, try parameter("weight")]
            if bias { inputs.append(try parameter("bias")) }
            let pixels = padding.pixels(kernel: kernel)
            value = apply(
                "Conv", inputs,
                Self.windows(kernel, stride)
                    + [("pads", .integers([pixels, pixels, pixels, pixels])), ("group", .integer(groups))])
        case .maxpool2d(let size, let stride): value = apply("MaxPool", [value], Self.windows(size, stride))
        case .avgpool2d(let size, let stride): value = apply("AveragePool", [value], Self.windows(size, stride))
        case .globalaveragepool:
            value = apply("GlobalAveragePool", [value])
            value = apply("Flatten", [value], [("axis", .integer(1))])
        case .batchnorm(_, let epsilon):
            value = apply(
                "BatchNormalization",
                [
                    value, try parameter("weight"), try parameter("bias"), try parameter("running_mean"),
                    try parameter("running_var"),
                ], [("epsilon", .single(Float(epsilon)))])
        case .layernorm(let epsilon, let bias):
            var inputs = [value, try parameter("weight")]
            if bias { inputs.append(try parameter("bias")) }
            value = apply(
                "LayerNormalization", inputs, [("axis", .integer(-1)), ("epsilon", .single(Float(epsilon)))])
        case .rmsnorm(let epsilon): value = try rootMeanSquareNorm(value, epsilon)
        case .groupnorm(let groups, let epsilon): value = try groupNorm(value, layer.inputShape, groups, epsilon)
        case .dropout, .dropout2d: break
        case .relu: value = apply("Relu", [value])
        case .tanh: value = apply("Tanh", [value])
        case .leakyrelu(let slope): value = apply("LeakyRelu", [value], [("alpha", .single(Float(slope)))])
        case .gelu:
            // x · (1 + erf(x / √2)) / 2
            let root = constant("root", [Float(0.5.squareRoot())])
            let share = apply("Erf", [apply("Mul", [value, root])])
            let twice = apply("Add", [share, constant("one", [1])])
            value = apply("Mul", [apply("Mul", [value, twice]), constant("half", [0.5])])
        case .silu: value = apply("Mul", [value, apply("Sigmoid", [value])])
        case .sigmoid: value = apply("Sigmoid", [value])
        case .softmax: value = apply("Softmax", [value], [("axis", .integer(-1))])
        case .reshape(let shape): value = apply("Reshape", [value, constant("shape", integers: [0] + shape)])
        case .transpose: value = apply("Transpose", [value], [("perm", .integers([0, 2, 1]))])
        case .flatten: value = apply("Flatten", [value], [("axis", .integer(1))])
        }
    }

    /// `x Wᵀ + b`, of one row or of each position's.
    private mutating func project(_ x: String, _ weight: String, bias: String?, isRow: Bool) throws -> String {
        let bias = try bias.map { try parameter($0) }
        if isRow { return apply("Gemm", [x, weight] + (bias.map { [$0] } ?? []), [("transB", .integer(1))]) }
        let product = apply("MatMul", [x, apply("Transpose", [weight], [("perm", .integers([1, 0]))])])
        return bias.map { apply("Add", [product, $0]) } ?? product
    }

    /// Causal self-attention between its projections, from operators that all runtimes have: Attention came with
    /// operator set 23.
    private mutating func attend(
        _ x: String, positions: Int, width: Int, _ heads: Int, _ bias: Bool
    ) throws -> String {
        let depth = width / heads
        let all = try project(
            x, try parameter("in_proj_weight"), bias: bias ? "in_proj_bias" : nil, isRow: false)
        let cut = constant("heads", integers: [0, positions, heads, depth])
        let parts = zip(
            apply("Split", [all], [("axis", .integer(-1))], results: 3), [[0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]]
        ).map { part, order in
            apply("Transpose", [apply("Reshape", [part, cut])], [("perm", .integers(order))])
        }
        let scale = constant("scale", [1 / Float(depth).squareRoot()])
        let scores = apply("Mul", [apply("MatMul", [parts[0], parts[1]]), scale])
        // Above the diagonal -∞, elsewhere 0: no position sees those behind it.
        let square = apply(
            "Expand", [constant("blind", [-.infinity]), constant("square", integers: [positions, positions])])
        let mask = apply("Trilu", [square, constant("above", integer: 1)], [("upper", .integer(1))])
        let weights = apply("Softmax", [apply("Add", [scores, mask])], [("axis", .integer(-1))])
        let seen = apply("Transpose", [apply("MatMul", [weights, parts[2]])], [("perm", .integers([0, 2, 1, 3]))])
        let joined = apply("Reshape", [seen, constant("joined", integers: [0, positions, width])])
        return try project(
            joined, try parameter("out_proj.weight"), bias: bias ? "out_proj.bias" : nil, isRow: false)
    }

    /// A recurrent layer from states of zero. The operators take positions before examples, and both biases in one.
    private mutating func recur(
        _ x: String, _ operation: String, gates: [Int], _ layer: ResolvedLayer, isWhole: Bool
    ) throws -> String {
        let features = layer.inputShape[1]
        let units = layer.outputShape[layer.outputShape.count - 1]
        let rows = gates.count * units
        let input = try reordered("weight_ih_l0", gates, [1, rows, features])
        let state = try reordered("weight_hh_l0", gates, [1, rows, units])
        let biases = [
            try reordered("bias_ih_l0", gates, [1, rows]), try reordered("bias_hh_l0", gates, [1, rows]),
        ]
        let both = apply("Concat", biases, [("axis", .integer(1))])
        let steps = apply("Transpose", [x], [("perm", .integers([1, 0, 2]))])
        var attributes: [(name: String, value: ONNXGraph.Attribute)] = [("hidden_size", .integer(units))]
        // PyTorch's reset gate is behind the product and its bias.
        if operation == "GRU" { attributes.append(("linear_before_reset", .integer(1))) }
        // Two results: every position's, [positions, 1, batch, units], and the last one's, [1, batch, units].
        let results = apply(operation, [steps, input, state, both], attributes, results: 2)
        guard isWhole else { return apply("Squeeze", [results[1], constant("directions", integers: [0])]) }
        let positions = apply("Squeeze", [results[0], constant("directions", integers: [1])])
        return apply("Transpose", [positions], [("perm", .integers([1, 0, 2]))])
    }

    /// A tensor of equal blocks of rows, the blocks in another order.
    private mutating func reordered(_ part: String, _ order: [Int], _ shape: [Int]) throws -> String {
        let blocks = apply("Split", [try parameter(part)], [("axis", .integer(0))], results: order.count)
        let joined = apply("Concat", order.map { blocks[$0] }, [("axis", .integer(0))])
        return apply("Reshape", [joined, constant("shape", integers: shape)])
    }

    private static func windows(_ size: Int, _ stride: Int) -> [(name: String, value: ONNXGraph.Attribute)] {
        [("kernel_shape", .integers([size, size])), ("strides", .integers([stride, stride]))]
    }

    /// `x / sqrt(mean(x²) + epsilon) · weight`: the operator of this name came with operator set 23.
    private mutating func rootMeanSquareNorm(_ x: String, _ epsilon: Double) throws -> String {
        let mean = apply(
            "ReduceMean", [apply("Mul", [x, x])], [("axes", .integers([-1])), ("keepdims", .integer(1))])
        let root = apply("Sqrt", [apply("Add", [mean, constant("epsilon", [Float(epsilon)])])])
        return apply("Mul", [apply("Div", [x, root]), try parameter("weight")])
    }

    /// Instance normalisation with the groups as channels; then each channel's weight and bias. Operator set 18 has the
    /// operator, with a weight for each group until 21.
    private mutating func groupNorm(_ x: String, _ shape: [Int], _ groups: Int, _ epsilon: Double) throws -> String {
        // In a Reshape 0 keeps the batch, -1 is what is left.
        let grouped = apply("Reshape", [x, constant("groups", integers: [0, groups, -1])])
        let ones = constant("ones", [Float](repeating: 1, count: groups), shape: [groups])
        let zeros = constant("zeros", [Float](repeating: 0, count: groups), shape: [groups])
        let normal = apply("InstanceNormalization", [grouped, ones, zeros], [("epsilon", .single(Float(epsilon)))])
        let image = apply("Reshape", [normal, constant("image", integers: [0] + shape)])
        let channels = [shape[0]] + [Int](repeating: 1, count: shape.count - 1)
        let scaled = apply("Mul", [image, try parameter("weight", shape: channels)])
        return apply("Add", [scaled, try parameter("bias", shape: channels)])
    }
}
