extension Model {
    /// Gives every layer its shapes, or says which does not fit, at which shape, why, and what to do.
    ///
    /// - Parameters:
    ///   - input: shape of one example, `[features]` or `[channels, height, width]`; `[positions]` for token ids.
    ///   - outputs: numbers that the last layer must give (`DataFacts.outputCount`); `linear: classes` has that many.
    ///   - vocabulary: how many token ids there are; 0 where the inputs are numbers.
    ///   - targets: targets of one example: where there are several, the last layer gives a row for each.
    /// - Returns: the layers up to the first misfit, and what is wrong; all layers when no finding is an error.
    public func resolve(
        input: [Int], outputs: Int, vocabulary: Int = 0, targets: Int = 1
    ) -> (layers: [ResolvedLayer], findings: [Finding]) {
        guard !layers.isEmpty else {
            return ([], [finding("model.empty", "The model has no layers.", hint: "Add `- linear: classes`.")])
        }
        var walk = ShapeWalk(outputs: outputs, vocabulary: vocabulary)
        let shape: [Int]
        do throws(ShapeWalk.Stop) {
            shape = try walk.walk(layers, input)
        } catch {
            return (walk.resolved, [error.finding])
        }
        let wanted = targets > 1 ? [targets, outputs] : [outputs]
        guard shape == wanted else {
            let last = layers.count - 1
            let remedy =
                targets > 1
                ? "End with `- linear: classes`, without a `flatten`: every position has a target."
                : shape.count > 1 ? "End with `- flatten` and `- linear: classes`." : "End with `- linear: classes`."
            let need = targets > 1 ? "\(wanted)" : "\(outputs) number\(outputs == 1 ? "" : "s")"
            return (
                walk.resolved,
                [
                    finding(
                        "model.outputs",
                        "The last layer, \(last) (\(layers[last].title)), gives \(shape); the data needs \(need).",
                        at: last, line: layers[last].line, hint: remedy)
                ]
            )
        }
        return (walk.resolved, warnings(walk.resolved))
    }

    private func finding(
        _ code: String, _ message: String, at index: Int? = nil, line: Int? = nil, hint: String?,
        severity: Severity = .error
    ) -> Finding {
        Finding(
            severity: severity, code: code, message: message,
            path: "/model/layers" + (index.map { "/\($0)" } ?? ""), line: line, hint: hint)
    }

    /// Where among the recipe's own layers one stands, or the block that it is in.
    private func index(of layer: ResolvedLayer) -> Int? {
        let top = layer.layer.name.prefix { $0 != "." }
        return layers.firstIndex { $0.name == top }
    }

    private func warnings(_ resolved: [ResolvedLayer]) -> [Finding] {
        guard let last = resolved.last else { return [] }
        var findings: [Finding] = []
        switch last.layer.kind {
        case .relu, .tanh, .leakyrelu, .gelu, .silu, .sigmoid, .dropout, .dropout2d, .lstm, .gru:
            findings.append(
                finding(
                    "model.last_layer", "The last layer is \(last.layer.title): it limits what the network can say.",
                    at: index(of: last), line: last.layer.line,
                    hint: "End with `- linear: classes`; the loss does the rest.",
                    severity: .warning))
        default: break
        }
        for (one, next) in zip(resolved, resolved.dropFirst()) {
            if case .linear = one.layer.kind, case .linear = next.layer.kind {
                findings.append(
                    finding(
                        "model.no_activation",
                        "Layers \(one.layer.name) and \(next.layer.name) are both linear: together they are no more than "
                            + "one.", at: index(of: next), line: next.layer.line, hint: "Put `- relu` between them.",
                        severity: .warning))
            }
        }
        return findings
    }
}

extension Recipe {
    /// Rows of one update that the counter of the dropout masks has room for.
    static let mostRowsPerUpdate = 1 << 20

    /// The model's layers on data that have been measured.
    public func resolve(for facts: DataFacts) -> (layers: [ResolvedLayer], findings: [Finding]) {
        var (layers, findings) = model.resolve(
            input: facts.inputShape, outputs: facts.outputCount(for: loss), vocabulary: facts.vocabulary.count,
            targets: facts.targetsPerExample)
        // Each position of a sequence is a row of its own.
        let positions = layers.filter(\.dropsPositions).map { $0.inputShape[0] }.max() ?? 1
        if positions > Self.mostRowsPerUpdate / max(examplesPerUpdate, 1) {
            findings.append(
                Finding(
                    severity: .error, code: "batch.too_large",
                    message:
                        "A step has `batch` × `accumulate` × positions = \(examplesPerUpdate) × \(positions) rows for "
                        + "a dropout; at most \(Self.mostRowsPerUpdate) are counted.", path: "/batch",
                    hint: "Accumulate fewer batches, or take smaller ones or a shorter window."))
        }
        return (layers, findings)
    }
}

extension ResolvedLayer {
    /// Whether it is a dropout whose rows are the positions of a sequence.
    fileprivate var dropsPositions: Bool {
        if case .dropout = layer.kind { inputShape.count == 2 } else { false }
    }
}

extension Layer {
    struct Misfit: Error {
        var why: String
        var remedy: String
    }

    /// How messages call the layer: its kind, and its name where it was given one.
    var title: String { name.contains { $0.isLetter } ? "\(kind.word) `\(name)`" : kind.word }

    /// - Parameters:
    ///   - tokens: how many ids there are where the input is token ids, else 0.
    ///   - before: the layers before it, for a head that is tied to an embedding.
    func resolve(
        index: Int, input: [Int], outputs: Int, tokens: Int = 0, before: [ResolvedLayer] = []
    ) -> Result<ResolvedLayer, Misfit> {
        var output = input
        if tokens > 0 {
            guard case .embedding = kind else {
                return .failure(
                    Misfit(
                        why: "the data are token ids, whose size means nothing.",
                        remedy: "Begin with `- embedding: 64`."))
            }
        }
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
        case .linear(let units, let bias, let tied):
            guard input.count < 3, let width = input.last else {
                return .failure(
                    Misfit(
                        why: "linear needs a row of numbers.",
                        remedy: "`flatten` is missing before `linear`: add `- flatten`."))
            }
            let count = units.count(outputs)
            guard let weights = product([count, width]), weights <= Self.mostNumbers,
                let numbers = product(input.dropLast() + [count]), numbers <= Self.mostNumbers
            else { return .failure(tooLarge) }
            if let tied {
                let table = before.first { if case .embedding = $0.layer.kind { $0.layer.name == tied } else { false } }
                guard let table = table?.parameters.first else {
                    return .failure(
                        Misfit(
                            why: "there is no embedding named `\(tied)` before it.",
                            remedy: "Give the embedding a name: `- {embedding: 64, name: \(tied)}`."))
                }
                if let other = before.first(where: { $0.layer.kind.tied == tied }) {
                    return .failure(
                        Misfit(
                            why: "layer \(other.layer.name) is tied to `\(tied)` already; one linear can be.",
                            remedy: "Leave `tied` out of one of them."))
                }
                guard table.shape == [count, width] else {
                    return .failure(
                        Misfit(
                            why: "its weight would be \([count, width]), that of `\(tied)` is \(table.shape).",
                            remedy: "A tied linear goes from the embedding's width to `classes`."))
                }
            } else {
                own("weight", [count, width], fanIn: width)
            }
            if bias { own("bias", [count], fanIn: width) }
            output = input.dropLast() + [count]
        case .embedding(let units, let places):
            guard tokens > 0 else {
                return .failure(
                    Misfit(
                        why: "embedding needs token ids, and stands first.",
                        remedy: "Token ids come from `data.format: text`; use `linear` for numbers."))
            }
            let width = units.count(outputs)
            guard let weights = product([tokens, width]), weights <= Self.mostNumbers,
                let numbers = product([input[0], width]), numbers <= Self.mostNumbers
            else { return .failure(tooLarge) }
            own("weight", [tokens, width])
            if places { own("position", [input[0], width]) }
            output = [input[0], width]
        case .attention(let heads, let bias):
            guard input.count == 2 else {
                return .failure(
                    Misfit(
                        why: "attention needs a sequence, [positions, features].",
                        remedy: "Put it behind an `embedding`, before any `flatten`."))
            }
            let width = input[1]
            guard width % heads == 0 else {
                return .failure(
                    Misfit(
                        why: "\(width) features are not cut into \(heads) equal heads.",
                        remedy: "Give a number of heads that divides the features."))
            }
            guard let weights = product([3 * width, width]), weights <= Self.mostNumbers,
                let numbers = product([input[0], 3 * width]), numbers <= Self.mostNumbers
            else { return .failure(tooLarge) }
            own("in_proj_weight", [3 * width, width], fanIn: width)
            if bias { own("in_proj_bias", [3 * width], fanIn: width) }
            own("out_proj.weight", [width, width], fanIn: width)
            if bias { own("out_proj.bias", [width], fanIn: width) }
        case .lstm(let units, let shown), .gru(let units, let shown):
            guard input.count == 2 else {
                return .failure(
                    Misfit(
                        why: "\(kind.word) needs a sequence, [positions, features].",
                        remedy: "Put it behind an `embedding`, before any `flatten`."))
            }
            let count = units.count(outputs)
            let gates = if case .lstm = kind { 4 } else { 3 }
            guard let weights = product([gates * count, max(input[1], count)]), weights <= Self.mostNumbers,
                let numbers = product([input[0], gates * count]), numbers <= Self.mostNumbers
            else { return .failure(tooLarge) }
            own("weight_ih_l0", [gates * count, input[1]], fanIn: count)
            own("weight_hh_l0", [gates * count, count], fanIn: count)
            own("bias_ih_l0", [gates * count], fanIn: count)
            own("bias_hh_l0", [gates * count], fanIn: count)
            output = shown == .all ? [input[0], count] : [count]
        case .padchannels(let channels):
            if let misfit = image(kind.word) { return .failure(misfit) }
            guard channels >= input[0], (channels - input[0]) % 2 == 0 else {
                return .failure(
                    Misfit(
                        why: "\(input[0]) channels cannot become \(channels) with as many zeros before as behind.",
                        remedy: "Give as many channels, or an even number more."))
            }
            output = [channels, input[1], input[2]]
            guard let numbers = product(output), numbers <= Self.mostNumbers else { return .failure(tooLarge) }
        case .residual, .repeated: break  // ShapeWalk takes them apart
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
            guard input.count != 2 else {
                return .failure(
                    Misfit(why: "batchnorm takes no sequences.", remedy: "Use `layernorm` or `rmsnorm`."))
            }
            let channels = input[0]
            own("weight", [channels])
            own("bias", [channels])
            own("running_mean", [channels], .buffer)
            own("running_var", [channels], .buffer)
            own("num_batches_tracked", [], .buffer, "I64")
        case .layernorm, .rmsnorm:
            guard input.count < 3, let width = input.last else {
                return .failure(
                    Misfit(why: "\(kind.word) needs a row of numbers.", remedy: "Use `groupnorm` for images."))
            }
            own("weight", [width])
            if case .layernorm(_, let bias) = kind, bias { own("bias", [width]) }
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
        case .reshape(let shape):
            guard let before = product(input), let after = product(shape), before == after else {
                return .failure(
                    Misfit(
                        why: "\(shape) has another number of elements.",
                        remedy: "Give sizes whose product is \(product(input) ?? 0)."))
            }
            output = shape
        case .transpose:
            guard input.count == 2 else {
                return .failure(
                    Misfit(
                        why: "transpose needs two dimensions, [positions, features].",
                        remedy: "Use `reshape` first, or leave it out."))
            }
            output = [input[1], input[0]]
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

    /// Numbers of one tensor: what 32-bit indices can address.
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
        case .reshape: "reshape"
        case .transpose: "transpose"
        case .embedding: "embedding"
        case .attention: "attention"
        case .lstm: "lstm"
        case .gru: "gru"
        case .residual: "residual"
        case .repeated: "repeat"
        case .padchannels: "padchannels"
        }
    }
}

extension Layer {
    /// Whether it is, or holds, one that looks at the whole batch.
    var hasBatchNorm: Bool {
        switch kind {
        case .batchnorm: true
        case .residual(let layers, let shortcut): (layers + shortcut).contains(where: \.hasBatchNorm)
        case .repeated(_, let layers): layers.contains(where: \.hasBatchNorm)
        default: false
        }
    }
}

extension Layer.Kind {
    /// The embedding whose weight a linear shares.
    fileprivate var tied: String? { if case .linear(_, _, let tied) = self { tied } else { nil } }
}

extension Layer.Units {
    /// Numbers that go out, where the data needs this many.
    func count(_ outputs: Int) -> Int { if case .count(let count) = self { count } else { outputs } }
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
