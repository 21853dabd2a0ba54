extension ResolvedLayer {
    /// Most examples' worth of partial sums that a layer's gradient is added up from.
    public static let mostParts = 16
    /// Floats of the widest vector of any CPU level.
    private static let lanes = 16
    /// Floats of scratch memory that a product takes on one thread, at most.
    public static let productScratch = 144 * 1024

    /// Floats that training holds for the layer beside its parameters, at most: outputs of a batch and their gradients,
    /// packed weights, the parts that gradients are added up from, the threads' scratch memory.
    public func workFloats(batch: Int, threads: Int) -> Int {
        guard mark == nil || mark == .join else { return 0 }
        let units = outputShape.reduce(1, *)
        let floats = 2 * batch * units + 4 * threads * units
        switch layer.kind {
        case .attention: return floats + 8 * batch * units + threads * 128 * inputShape[0]
        case .lstm, .gru:
            let recurrent = parameters[1]
            let packed = 2 * (recurrent.count + 2 * Self.lanes * recurrent.shape[0])
            return floats + batch * recurrentFloats + packed + threads * 8 * (2 * recurrent.shape[0] + 64)
        case .conv2d(_, _, _, _, _, let groups):
            return floats + convolutionFloats(batch, threads, groups)
        default: return floats
        }
    }

    private func convolutionFloats(_ batch: Int, _ threads: Int, _ groups: Int) -> Int {
        guard mark == nil, let weight = parameters.first, weight.shape.count == 4 else { return 0 }
        let (kernel, inputs, outputs) = (weight.shape[2], weight.shape[1], weight.shape[0] / groups)
        let isDepthwise = inputs == 1 && groups > 1
        func padded(_ columns: Int) -> Int {
            isDepthwise ? columns : (columns + Self.lanes - 1) / Self.lanes * Self.lanes
        }
        // Winograd's products are 16 where the kernel has 9 places.
        let places = kernel == 3 ? 16 : kernel * kernel
        let panels = groups * places * (inputs * padded(outputs) + outputs * padded(inputs))
        let sums = places == 16 && inputs * outputs > 1 << 16 ? 9 : places
        let part = groups * (sums * inputs * padded(outputs) + outputs + Self.lanes)
        let (wide, wideOut) = (groups * inputs, groups * padded(outputs))
        let (height, width) = (max(inputShape[1], outputShape[1]), max(inputShape[2], outputShape[2]))
        // Padded images in and out, and what lies between the steps of Winograd's algorithm.
        let image = (height + 2 * kernel) * (width + 2 * kernel) * (wide + wideOut)
        let tiles = max(3072, width * (wide + wideOut) / 2) + 2 * Self.lanes
        return panels + min(batch, Self.mostParts) * part + threads * (image + (kernel == 3 ? 16 * tiles : 0))
    }
}
