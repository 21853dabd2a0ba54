extension Model {
    /// Gives every layer its shapes, or says which does not fit, at which shape, why, and what to do.
    ///
    /// - Parameters:
    ///   - input: shape of one example, `[features]` or `[channels, height, width]`.
    ///   - outputs: numbers that the last layer must give (`DataFacts.outputCount`); `linear: classes` has that many.
    /// - Returns: the layers up to the first misfit, and what is wrong; all layers when no finding is an error.
    public func resolve(input: [Int], outputs: Int) -> (layers: [ResolvedLayer], findings: [Finding]) {
        var shape = input
        var resolved: [ResolvedLayer] = []
        guard !layers.isEmpty else {
            return ([], [finding("model.empty", "The model has no layers.", hint: "Add `- linear: classes`.")])
        }
        for (index, layer) in layers.enumerated() {
            switch layer.resolve(index: index, input: shape, outputs: outputs) {
            case .success(let next):
                resolved.append(next)
                shape = next.outputShape
            case .failure(let misfit):
                let what =
                    "Layer \(index) (\(layer.title)) cannot take the shape \(shape)"
                    + (index == 0 ? " of the data" : " that layer \(index - 1) (\(layers[index - 1].title)) gives")
                return (
                    resolved,
                    [
                        finding(
                            "model.shape", "\(what): \(misfit.why)", at: index, line: layer.line, hint: misfit.remedy)
                    ]
                )
            }
        }
        let last = layers.count - 1
        guard shape == [outputs] else {
            let remedy =
                shape.count > 1 ? "End with `- flatten` and `- linear: classes`." : "End with `- linear: classes`."
            return (
                resolved,
                [
                    finding(
                        "model.outputs",
                        "The last layer, \(last) (\(layers[last].title)), gives \(shape); "
                            + "the data needs \(outputs) number\(outputs == 1 ? "" : "s").",
                        at: last, line: layers[last].line, hint: remedy)
                ]
            )
        }
        return (resolved, warnings(resolved))
    }

    private func finding(
        _ code: String, _ message: String, at index: Int? = nil, line: Int? = nil, hint: String?,
        severity: Severity = .error
    ) -> Finding {
        Finding(
            severity: severity, code: code, message: message,
            path: "/model/layers" + (index.map { "/\($0)" } ?? ""), line: line, hint: hint)
    }

    private func warnings(_ resolved: [ResolvedLayer]) -> [Finding] {
        guard let last = resolved.last else { return [] }
        var findings: [Finding] = []
        switch last.layer.kind {
        case .relu, .tanh, .leakyrelu, .gelu, .silu, .sigmoid, .dropout, .dropout2d:
            findings.append(
                finding(
                    "model.last_layer", "The last layer is \(last.layer.title): it limits what the network can say.",
                    at: last.index, line: last.layer.line,
                    hint: "End with `- linear: classes`; the loss does the rest.",
                    severity: .warning))
        default: break
        }
        for (one, next) in zip(resolved, resolved.dropFirst()) {
            if case .linear = one.layer.kind, case .linear = next.layer.kind {
                findings.append(
                    finding(
                        "model.no_activation",
                        "Layers \(one.index) and \(next.index) are both linear: together they are no more than one.",
                        at: next.index, line: next.layer.line, hint: "Put `- relu` between them.", severity: .warning))
            }
        }
        return findings
    }
}

extension Layer {
    struct Misfit: Error {
        var why: String
        var remedy: String
    }

    /// How messages call the layer: its kind, and its name where it was given one.
    var title: String { Int(name) == nil ? "\(kind.word) `\(name)`" : kind.word }

    func resolve(index: Int, input: [Int], outputs: Int) -> Result<ResolvedLayer, Misfit> {
        var output = input
        var parameters: [ParameterSpec] = []
        func own(
            _ part: String, _ shape: [Int], fanIn: Int = 1, _ role: TensorRecord.Role = .weight, _ dtype: String = "F32"
        ) {
            parameters.append(
                ParameterSpec(name: "\(name).\(part)", shape: shape, fanIn: fanIn, role: role, dtype: dtype))
        }
        func image(_ layer: String) -> Misfit? {
            if input.count == 3 { return nil }
            return Misfit(
                why: "\(layer) needs images, [channels, height, width].",
                remedy: "Move it before `flatten`, or use `linear`.")
        }
        switch kind {
        case .linear(let units, let bias):
            guard input.count == 1 else {
                return .failure(
                    Misfit(
                        why: "linear needs a row of numbers.",
                        remedy: "`flatten` is missing before `linear`: add `- flatten`."))
            }
            let count = if case .count(let count) = units { count } else { outputs }
            guard let weights = product([count, input[0]]), weights <= Self.mostNumbers else {
                return .failure(tooLarge)
            }
            own("weight", [count, input[0]], fanIn: input[0])
            if bias { own("bias", [count], fanIn: input[0]) }
            output = [count]
        case .conv2d(let channels, let kernel, let stride, let padding, let bias, let groups):
            if let misfit = image("conv2d") { return .failure(misfit) }
            guard input[0] % groups == 0, channels % groups == 0 else {
                return .failure(
                    Misfit(
                        why: "\(input[0]) channels in and \(channels) out are not both cut into \(groups) equal "
                            + "groups.",
                        remedy: "Give a number of groups that divides both."))
            }
            let inGroup = input[0] / groups
            if padding == .same, stride != 1 || kernel % 2 == 0 {
                return .failure(
                    Misfit(
                        why: "padding `same` needs stride 1 and an odd kernel, not stride \(stride), kernel \(kernel).",
                        remedy: "Give the padding in pixels."))
            }
            let pixels = padding.pixels(kernel: kernel)
            guard pixels < kernel else {
                return .failure(
                    Misfit(
                        why: "padding \(pixels) is as large as the kernel \(kernel), so that windows see only zeros.",
                        remedy: "Use at most \(kernel - 1)."))
            }
            guard let size = windows(input, kernel, stride, pixels) else {
                return .failure(tooSmall(input, "kernel \(kernel)", padding: pixels))
            }
            guard let weights = product([channels, inGroup, kernel, kernel]), weights <= Self.mostNumbers,
                let numbers = product([channels] + size), numbers <= Self.mostNumbers
            else { return .failure(tooLarge) }
            let fanIn = inGroup * kernel * kernel
            own("weight", [channels, inGroup, kernel, kernel], fanIn: fanIn)
            if bias { own("bias", [channels], fanIn: fanIn) }
            output = [channels] + size
        case .maxpool2d(let size, let stride), .avgpool2d(let size, let stride):
            if let misfit = image(kind.word) { return .failure(misfit) }
            guard let windows = windows(input, size, stride, 0) else {
                return .failure(tooSmall(input, "window \(size)", padding: 0))
            }
            output = [input[0]] + windows
        case .globalaveragepool:
            if let misfit = image(kind.word) { return .failure(misfit) }
            output = [input[0]]
        case .batchnorm:
            let channels = input[0]
            own("weight", [channels])
            own("bias", [channels])
            own("running_mean", [channels], .buffer)
            own("running_var", [channels], .buffer)
            own("num_batches_tracked", [], .buffer, "I64")
        case .layernorm, .rmsnorm:
            guard input.count == 1 else {
                return .failure(
                    Misfit(why: "\(kind.word) needs a row of numbers.", remedy: "Use `groupnorm` for images."))
            }
            own("weight", input)
            if case .layernorm = kind { own("bias", input) }
        case .groupnorm(let groups, _):
            if let misfit = image(kind.word) { return .failure(misfit) }
            guard input[0] % groups == 0 else {
                return .failure(
                    Misfit(
                        why: "\(input[0]) channels are not cut into \(groups) equal groups.",
                        remedy: "Give a number of groups that divides the channels."))
            }
            own("weight", [input[0]])
            own("bias", [input[0]])
        case .dropout2d:
            if let misfit = image("dropout2d") { return .failure(misfit) }
        case .flatten:
            guard let count = product(input), count <= Self.mostNumbers else { return .failure(tooLarge) }
            output = [count]
        case .softmax:
            guard input.count < 3 else {
                return .failure(
                    Misfit(
                        why: "softmax is over the last dimension, and here that is the image's width.",
                        remedy: "Move it behind `flatten` or `globalaveragepool`."))
            }
        case .dropout, .relu, .tanh, .leakyrelu, .gelu, .silu, .sigmoid: break
        }
        return .success(
            ResolvedLayer(layer: self, index: index, inputShape: input, outputShape: output, parameters: parameters))
    }

    /// Numbers of one tensor: what 32-bit indices of BLAS can address.
    static let mostNumbers = Int(Int32.max)

    private var tooLarge: Misfit {
        Misfit(why: "a tensor would have more than \(Self.mostNumbers) numbers.", remedy: "Make the layer smaller.")
    }

    private func tooSmall(_ input: [Int], _ window: String, padding: Int) -> Misfit {
        let size = "\(input[1]) × \(input[2])"
        return Misfit(
            why: "the image is \(size)\(padding > 0 ? " (padded by \(padding))" : ""), smaller than the \(window).",
            remedy: "Use a smaller one, or fewer layers that shrink the image.")
    }

    private func windows(_ input: [Int], _ kernel: Int, _ stride: Int, _ padding: Int) -> [Int]? {
        let sizes = [input[1] + 2 * padding - kernel, input[2] + 2 * padding - kernel]
        return sizes.allSatisfy { $0 >= 0 } ? sizes.map { $0 / stride + 1 } : nil
    }

    private func product(_ shape: [Int]) -> Int? {
        var total = 1
        for size in shape {
            let (product, overflow) = total.multipliedReportingOverflow(by: size)
            if overflow { return nil }
            total = product
        }
        return total
    }
}

extension Layer.Kind {
    /// The layer's name in a recipe.
    public var word: String {
        switch self {
        case .linear: "linear"
        case .conv2d: "conv2d"
        case .maxpool2d: "maxpool2d"
        case .avgpool2d: "avgpool2d"
        case .globalaveragepool: "globalaveragepool"
        case .batchnorm: "batchnorm"
        case .layernorm: "layernorm"
        case .rmsnorm: "rmsnorm"
        case .groupnorm: "groupnorm"
        case .dropout: "dropout"
        case .dropout2d: "dropout2d"
        case .relu: "relu"
        case .tanh: "tanh"
        case .leakyrelu: "leakyrelu"
        case .gelu: "gelu"
        case .silu: "silu"
        case .sigmoid: "sigmoid"
        case .softmax: "softmax"
        case .flatten: "flatten"
        }
    }
}

extension Layer.Padding {
    /// Zeros on each side for a kernel of this size.
    public func pixels(kernel: Int) -> Int {
        switch self {
        case .valid: 0
        case .same: (kernel - 1) / 2
        case .pixels(let count): count
        }
    }
}
