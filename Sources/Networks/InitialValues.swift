import Recipes
import Tensors

extension Network {
    /// First values: weights and biases as the layer or the model says, those of lstm and gru uniform in ±1/sqrt(units),
    /// tables N(0, 1) by default; norms 1 and 0; running statistics 0 and 1; moments 0.
    /// - Parameter headBias: the last linear's bias, `plan.outputCount` values (log priors, or the targets' means);
    ///   nil leaves it as drawn.
    public func initialize(headBias: [Float]?) {
        for layer in plan.layers {
            let own = plan.tensors.filter { $0.layer == layer.index }
            switch layer.layer.kind {
            case .embedding: drawTables(own, layer.layer.initial ?? plan.model.initial)
            case .linear, .conv2d, .attention:
                // A matrix, with the bias that follows it, if one does.
                for (i, weight) in own.enumerated() where weight.shape.count > 1 {
                    let bias = own.indices.contains(i + 1) && own[i + 1].shape.count == 1 ? [own[i + 1]] : []
                    draw([weight] + bias, layer.layer.initial ?? plan.model.initial)
                }
                if let alone = own.first, alone.shape.count == 1 { fill(alone) { _ in 0 } }
            case .lstm, .gru:
                guard let spec = layer.parameters.first else { continue }
                for tensor in own { drawUniform(tensor, bound: 1 / Float(spec.fanIn).squareRoot()) }
            case .batchnorm:
                for (tensor, value) in zip(own, [Float(1), 0, 0, 1]) {
                    let base = tensor.storage == .parameters ? parameters : buffers
                    (base + tensor.offset).update(repeating: value, count: tensor.count)
                }
                counters[own[4].offset] = 0
            case .layernorm, .rmsnorm, .groupnorm:
                for (tensor, value) in zip(own, [Float(1), 0]) {
                    (parameters + tensor.offset).update(repeating: value, count: tensor.count)
                }
            default: break
            }
        }
        if let headBias { setHeadBias(headBias) }
        resetMoments()
    }

    /// Moments as before the first update: zero, but for schedule-free's z, which begins at the weights.
    public func resetMoments() {
        for moment in moments { moment.update(repeating: 0, count: plan.parameterFloats) }
        if optimizer.kind == .scheduleFreeAdamw { moments[0].update(from: parameters, count: plan.parameterFloats) }
    }

    /// Tables of embeddings: nothing is added up in them, so that values by the number of inputs mean nothing.
    private func drawTables(_ own: [ParameterTensor], _ initial: InitialValues) {
        let deviation: Double =
            switch initial.kind {
            case .normal: initial.deviation
            case .zero: 0
            default: 1
            }
        for table in own { drawNormal(table, deviation: Float(deviation)) }
    }

    /// Weight and bias of a layer. An output is fed by `count / shape[0]` inputs, and an input feeds as many outputs as
    /// there are, times the kernel's places.
    private func draw(_ own: [ParameterTensor], _ initial: InitialValues) {
        let weight = own[0]
        let inputs = Double(weight.count / weight.shape[0])
        let outputs = Double(weight.shape[0] * weight.shape.dropFirst(2).reduce(1, *))
        guard initial.kind != .standard else {
            for tensor in own { drawUniform(tensor, bound: 1 / Float(inputs).squareRoot()) }
            return
        }
        for bias in own.dropFirst() { (parameters + bias.offset).update(repeating: 0, count: bias.count) }
        switch initial.kind {
        case .kaiming: drawNormal(weight, deviation: Float((2 / inputs).squareRoot()))
        case .lecun: drawNormal(weight, deviation: Float((1 / inputs).squareRoot()))
        case .normal: drawNormal(weight, deviation: Float(initial.deviation))
        case .xavier: drawUniform(weight, bound: Float((6 / (inputs + outputs)).squareRoot()))
        case .zero, .standard: (parameters + weight.offset).update(repeating: 0, count: weight.count)
        }
    }

    /// Number i of the tensor is number offset + i of the stream: no two values of a network share one.
    private func drawUniform(_ tensor: ParameterTensor, bound: Float) {
        let philox = Philox(seed: seed, purpose: .initialValues)
        fill(tensor) { (2 * philox.uniform(step: 0, index: $0) - 1) * bound }
    }

    private func drawNormal(_ tensor: ParameterTensor, deviation: Float) {
        let philox = Philox(seed: seed, purpose: .initialValues)
        fill(tensor) { philox.normal(step: 0, index: $0) * deviation }
    }

    private func fill(_ tensor: ParameterTensor, _ value: @Sendable (UInt64) -> Float) {
        let chunk = 1 << 14
        pool.run((tensor.count + chunk - 1) / chunk) { tile in
            for i in tensor.offset + tile * chunk..<tensor.offset + min((tile + 1) * chunk, tensor.count) {
                self.parameters[i] = value(UInt64(i))
            }
        }
    }

    private func setHeadBias(_ values: [Float]) {
        let isLinear = { (layer: ResolvedLayer) in if case .linear = layer.layer.kind { true } else { false } }
        guard let head = plan.layers.last(where: isLinear) else { return }
        let own = plan.tensors.filter { $0.layer == head.index }
        guard let bias = own.last, bias.name.hasSuffix(".bias"), bias.count == values.count else { return }
        for (i, value) in values.enumerated() { parameters[bias.offset + i] = value }
    }
}
