import Recipes

extension Recipe {
    /// The recipe without what stands between a network and its data, trained by adam at a rate that is safe for nearly
    /// everything (the seed's 3e-4), for as long as somebody trains it.
    func plain(rate: Double = 3e-4) -> Recipe {
        var plain = simplified().recipe
        plain.optimizer = Optimizer(kind: .adam, rate: rate)
        plain.accumulate = 1
        plain.kind = .train
        plain.teachers = []
        return plain
    }

    /// Every hidden width times a factor; nil where no layer has one, or the layers no longer fit.
    func widened(_ factor: Double, for facts: DataFacts) -> Recipe? {
        let step = model.layers.reduce(1) { $1.widthStep($0) }
        var wider = self
        let last = model.layers.lastIndex { if case .linear = $0.kind { true } else { false } }
        wider.model.layers = model.layers.enumerated().map { index, layer in
            index == last ? layer : layer.widened(factor, step: step)
        }
        guard wider.model != model else { return nil }
        return wider.resolve(for: facts).findings.contains { $0.severity == .error } ? nil : wider
    }
}

extension Layer {
    /// What widths must be multiples of: heads and groups.
    fileprivate func widthStep(_ step: Int) -> Int {
        switch kind {
        case .attention(let heads, _): return Self.commonMultiple(step, heads)
        case .groupnorm(let groups, _): return Self.commonMultiple(step, groups)
        case .conv2d(_, _, _, _, _, let groups): return Self.commonMultiple(step, groups)
        case .residual(let body, let shortcut): return (body + shortcut).reduce(step) { $1.widthStep($0) }
        case .repeated(_, let layers): return layers.reduce(step) { $1.widthStep($0) }
        default: return step
        }
    }

    private static func commonMultiple(_ a: Int, _ b: Int) -> Int {
        var (x, y) = (a, max(b, 1))
        while y > 0 { (x, y) = (y, x % y) }
        return a / max(x, 1) * max(b, 1)
    }

    fileprivate func widened(_ factor: Double, step: Int) -> Layer {
        func wide(_ count: Int) -> Int {
            let units = Int((Double(count) * factor / Double(step)).rounded()) * step
            return max(units, step)
        }
        func wide(_ units: Units) -> Units {
            if case .count(let count) = units { .count(wide(count)) } else { units }
        }
        var layer = self
        switch kind {
        case .linear(let units, let bias, let tied): layer.kind = .linear(units: wide(units), bias: bias, tied: tied)
        case .conv2d(let channels, let kernel, let stride, let padding, let bias, let groups):
            layer.kind = .conv2d(
                channels: wide(channels), kernel: kernel, stride: stride, padding: padding, bias: bias, groups: groups)
        case .embedding(let units, let places): layer.kind = .embedding(units: wide(units), places: places)
        case .lstm(let units, let output): layer.kind = .lstm(units: wide(units), output: output)
        case .gru(let units, let output): layer.kind = .gru(units: wide(units), output: output)
        case .padchannels(let channels): layer.kind = .padchannels(channels: wide(channels))
        case .residual(let body, let shortcut):
            layer.kind = .residual(
                layers: body.map { $0.widened(factor, step: step) },
                shortcut: shortcut.map { $0.widened(factor, step: step) })
        case .repeated(let times, let layers):
            layer.kind = .repeated(times: times, layers: layers.map { $0.widened(factor, step: step) })
        default: break
        }
        return layer
    }
}

extension Model {
    /// Layers with those in blocks and repetitions, in order.
    var allLayers: [Layer] { Self.flat(layers) }

    private static func flat(_ layers: [Layer]) -> [Layer] {
        layers.flatMap { layer -> [Layer] in
            switch layer.kind {
            case .residual(let body, let shortcut): return [layer] + flat(body) + flat(shortcut)
            case .repeated(_, let inner): return flat(inner)
            default: return [layer]
            }
        }
    }
}
