import Recipes

/// Counts on how many examples each unit behind a relu is active: which of them have died. A channel of an image is one
/// unit, active where any of its pixels is; so is a feature at any position of a sequence.
///
/// Costs a look at every value of those layers, on one thread, for the examples that are given to it.
public final class UnitActivity {
    /// One layer that is counted.
    public struct Layer {
        /// Place in the plan.
        var place: Int
        public var name: String
        /// Of each unit: on how many examples it was active.
        public fileprivate(set) var active: [Int]
    }

    public internal(set) var layers: [Layer] = []
    public internal(set) var examples = 0

    /// - Parameter places: relus, as places in the plan, whose values can be told apart by unit where their stage ends.
    init(_ plan: Plan, places: [Int]) {
        for place in places {
            let shape = plan.layers[place].outputShape
            let units = shape.count == 3 ? shape[0] : shape.last ?? 0
            guard units > 0 else { continue }
            layers.append(
                Layer(place: place, name: plan.layers[place].layer.name, active: [Int](repeating: 0, count: units)))
        }
    }

    /// Begins anew.
    public func clear() {
        examples = 0
        for index in layers.indices {
            layers[index].active = [Int](repeating: 0, count: layers[index].active.count)
        }
    }

    /// - Parameters:
    ///   - values: `[examples, positions, units]`, channels last.
    ///   - perExample: numbers of one example.
    func add(_ values: UnsafeBufferPointer<Float>, perExample: Int, to index: Int) {
        let units = layers[index].active.count
        guard perExample > 0, perExample % units == 0 else { return }
        layers[index].active.withUnsafeMutableBufferPointer { active in
            let starts = stride(from: 0, to: values.count - perExample + 1, by: perExample)
            if perExample == units {
                // The usual case without a branch a value: many times as fast.
                for start in starts {
                    for unit in 0..<units { active[unit] &+= values[start + unit] > 0 ? 1 : 0 }
                }
                return
            }
            for start in starts {
                for unit in 0..<units {
                    // The first active place is enough.
                    for place in stride(from: start + unit, to: start + perExample, by: units) where values[place] > 0 {
                        active[unit] += 1
                        break
                    }
                }
            }
        }
    }
}
