extension ONNXBuilder {
    /// Adds the nodes that compute one layer as an evaluation does: `value` goes in, `value` comes out. Values have
    /// PyTorch's layout, `[batch]` and then the layer's shapes, as the tensors have.
    ///
    /// - Throws: `SimmerError.incompatible` naming a layer that cannot be written: `throw refusal("why")`.
    mutating func add(_ layer: ResolvedLayer) throws {
        enter(layer)
        switch layer.layer.kind {
        case .linear(_, let bias):
            var inputs = [value, try parameter("weight")]
            if bias { inputs.append(try parameter("bias")) }
            value = apply("Gemm", inputs, [("transB", .integer(1))])
        case .conv2d(_, let kernel, let stride, let padding, let bias):
            var inputs = [value, try parameter("weight")]
            if bias { inputs.append(try parameter("bias")) }
            let pixels = padding.pixels(kernel: kernel)
            value = apply(
                "Conv", inputs, Self.windows(kernel, stride) + [("pads", .integers([pixels, pixels, pixels, pixels]))])
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
        case .layernorm(let epsilon):
            value = apply(
                "LayerNormalization", [value, try parameter("weight"), try parameter("bias")],
                [("axis", .integer(-1)), ("epsilon", .single(Float(epsilon)))])
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
        case .flatten: value = apply("Flatten", [value], [("axis", .integer(1))])
        }
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
