import Recipes
import Tensors

extension Network {
    /// First values: weights and biases of linear and conv2d uniform in ±1/sqrt(fan in), PyTorch's default (He et al.
    /// 2015 with a = sqrt(5)), those of lstm and gru in ±1/sqrt(units); norms 1 and 0; running statistics 0 and 1; moments 0.
    /// - Parameter headBias: the last linear's bias, `plan.outputCount` values (log priors, or the targets' means);
    ///   nil leaves it as drawn.
    public func initialize(headBias: [Float]?) {
        for moment in moments { moment.update(repeating: 0, count: plan.parameterFloats) }
        for layer in plan.layers {
            let own = plan.tensors.filter { $0.layer == layer.index }
            switch layer.layer.kind {
            case .embedding: for tensor in own { drawNormal(tensor) }
            case .attention:
                let fanIn = layer.inputShape[1]
                for tensor in own { drawUniform(tensor, bound: 1 / Float(fanIn).squareRoot()) }
            case .linear, .conv2d, .lstm, .gru:
                guard let spec = layer.parameters.first else { continue }
                let fanIn = spec.fanIn
                for tensor in own { drawUniform(tensor, bound: 1 / Float(fanIn).squareRoot()) }
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
    }

    /// Number i of the tensor is number offset + i of the stream: no two values of a network share one.
    private func drawUniform(_ tensor: ParameterTensor, bound: Float) {
        let philox = Philox(seed: seed, purpose: .initialValues)
        let chunk = 1 << 14
        pool.run((tensor.count + chunk - 1) / chunk) { tile in
            for i in tile * chunk..<min((tile + 1) * chunk, tensor.count) {
                let uniform = philox.uniform(step: 0, index: UInt64(tensor.offset + i))
                self.parameters[tensor.offset + i] = (2 * uniform - 1) * bound
            }
        }
    }

    /// N(0, 1) as the sum of twelve uniform numbers less six: no library function, so the same bits everywhere.
    private func drawNormal(_ tensor: ParameterTensor) {
        let philox = Philox(seed: seed, purpose: .initialValues)
        let chunk = 1 << 12
        pool.run((tensor.count + chunk - 1) / chunk) { tile in
            for i in tile * chunk..<min((tile + 1) * chunk, tensor.count) {
                var sum: Float = -6
                for part in 0..<12 { sum += philox.uniform(step: UInt64(1 + part), index: UInt64(tensor.offset + i)) }
                self.parameters[tensor.offset + i] = sum
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
