import Recipes

/// Gives every tensor of the layers its place in the flat buffers and says how it is stored.
///
/// Images are `[height, width, channels]` in memory where PyTorch has `[channels, height, width]`: convolutions, and
/// whatever follows a flatten, are stored accordingly.
struct TensorLayout {
    private(set) var tensors: [ParameterTensor] = []
    private(set) var parameterFloats = 0
    private(set) var bufferFloats = 0
    private(set) var counterCount = 0
    private(set) var order = RowOrder()

    mutating func add(_ layer: ResolvedLayer) {
        for spec in layer.parameters {
            var tensor = ParameterTensor(
                name: spec.name,
                storage: spec.dtype == "I64" ? .counters : spec.role == .weight ? .parameters : .buffers,
                offset: 0, count: spec.count, shape: spec.shape, storedShape: nil, permutation: nil,
                decays: spec.shape.count > 1, layer: layer.index)
            setStorage(&tensor, of: layer)
            place(&tensor)
            tensors.append(tensor)
        }
        order.pass(layer)
    }

    private func setStorage(_ tensor: inout ParameterTensor, of layer: ResolvedLayer) {
        switch layer.layer.kind {
        case .conv2d(_, _, _, _, _, let groups) where tensor.shape.count == 4 && groups > 1 && tensor.shape[1] > 1:
            let s = tensor.shape
            tensor.storedShape = [groups, s[2], s[3], s[1], s[0] / groups]
            tensor.permutation = [0, 4, 3, 1, 2]
        case .conv2d where tensor.shape.count == 4:
            let s = tensor.shape
            tensor.storedShape = [s[2], s[3], s[1], s[0]]
            tensor.permutation = [3, 2, 0, 1]
        case .linear where tensor.shape.count == 2:
            guard let image = order.image else { return }
            tensor.storedShape = [tensor.shape[0], image[1], image[2], image[0]]
            tensor.permutation = [0, 3, 1, 2]
        case .batchnorm where tensor.shape.count == 1, .layernorm, .rmsnorm:
            guard let image = order.image, layer.inputShape.count == 1 else { return }
            tensor.storedShape = [image[1], image[2], image[0]]
            tensor.permutation = [2, 0, 1]
        default: return
        }
    }

    private mutating func place(_ tensor: inout ParameterTensor) {
        switch tensor.storage {
        case .parameters:
            tensor.offset = parameterFloats
            parameterFloats += (tensor.count + 15) & ~15
        case .buffers:
            tensor.offset = bufferFloats
            bufferFloats += (tensor.count + 15) & ~15
        case .counters:
            tensor.offset = counterCount
            counterCount += tensor.count
        }
    }
}

/// In which order the numbers of a row lie in memory. Images are `[height, width, channels]` there, so that flattened ones
/// have another order than PyTorch's, until a linear has mixed them.
struct RowOrder {
    /// The image whose order the next layer's input still has; nil for PyTorch's own.
    private(set) var image: [Int]?
    /// Residual blocks around the next layer. Both ways of a block must agree: within one, rows have PyTorch's order.
    private(set) var depth = 0

    mutating func pass(_ layer: ResolvedLayer) {
        switch layer.mark {
        case .fork: depth += 1
        case .join: depth -= 1
        case .shortcut, nil: break
        }
        guard layer.mark == nil else {
            image = nil
            return
        }
        switch layer.layer.kind {
        case .flatten:
            if Self.matters(layer.inputShape) { image = depth == 0 ? layer.inputShape : nil }
        case .linear, .reshape, .transpose: image = nil
        default: break
        }
    }

    /// One channel, or one pixel, is in the same order either way.
    static func matters(_ shape: [Int]) -> Bool { shape.count == 3 && shape[0] > 1 && shape[1] * shape[2] > 1 }
}
