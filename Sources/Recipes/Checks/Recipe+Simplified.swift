extension Recipe {
    /// The recipe without what stands between a network and its data (RECIPE.md K8): augmentation, dropout, decay,
    /// schedule, averages, smoothing, clipping, mixing.
    /// - Returns: it, and the keys that were taken back.
    public func simplified() -> (recipe: Recipe, removed: [String]) {
        var plain = self
        var removed: [String] = []
        func remove<Value: Equatable>(_ key: String, _ path: WritableKeyPath<Recipe, Value>, _ value: Value) {
            guard plain[keyPath: path] != value else { return }
            plain[keyPath: path] = value
            removed.append(key)
        }
        remove("data.augment", \.data.augment, [])
        remove("optimizer.decay", \.optimizer.decay, 0)
        remove("schedule", \.schedule, [Segment(shape: .hold, length: .forever)])
        remove("average", \.averages, AveragePolicy())
        remove("harvest", \.harvest, Harvest())
        remove("stop", \.stop, Stop())
        remove("clip", \.clip, Clip())
        if let loss = plain.loss, loss.smoothing > 0 {
            plain.loss?.smoothing = 0
            removed.append("loss.smoothing")
        }
        let layers = plain.model.layers.compactMap(\.withoutDropout)
        if layers != plain.model.layers {
            plain.model.layers = layers
            removed.append("dropout")
        }
        plain.until = .forever
        return (plain, removed)
    }
}

extension Layer {
    /// Nil for a dropout; what is inside of blocks is gone through as well.
    fileprivate var withoutDropout: Layer? {
        var layer = self
        switch kind {
        case .dropout, .dropout2d: return nil
        case .residual(let layers, let shortcut):
            layer.kind = .residual(
                layers: layers.compactMap(\.withoutDropout), shortcut: shortcut.compactMap(\.withoutDropout))
        case .repeated(let times, let layers):
            layer.kind = .repeated(times: times, layers: layers.compactMap(\.withoutDropout))
        default: break
        }
        return layer
    }
}
