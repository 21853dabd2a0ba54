import Recipes

/// What training costs, in multiply-adds by the shapes: what decides how many steps a check may do. It knows no clock, so
/// that a check does the same on every machine.
struct Effort {
    /// Of one example, forward.
    let forward: Double

    /// - Throws: `CheckSkip` where the layers do not fit the data.
    init(_ recipe: Recipe, _ facts: DataFacts) throws(CheckSkip) {
        let (layers, findings) = recipe.resolve(for: facts)
        if let error = findings.first(where: { $0.severity == .error }) { throw CheckSkip(error.message) }
        forward = layers.reduce(0.0) {
            // What is not a product costs about as much as four multiply-adds a number.
            $0 + Double($1.multiplyAdds) + 4 * Double($1.outputShape.reduce(1, *))
        }
    }

    /// Of one update: forward, and twice that backward. What an update costs whatever its size is about a million.
    func update(_ batch: Int) -> Double { 3 * forward * Double(batch) + 1e6 }

    /// How many updates fit into so many thousand millions of multiply-adds (a second or two hundredths of it on two
    /// cores), within limits.
    func steps(_ budget: Double, batch: Int, _ limits: ClosedRange<Int>) -> Int {
        let count = min(budget * 1e9 / update(batch), Double(limits.upperBound))
        return max(Int(count), limits.lowerBound)
    }

    /// How many examples fit into so many thousand millions of multiply-adds, forward alone.
    func examples(_ budget: Double, _ limits: ClosedRange<Int>) -> Int {
        let count = min(budget * 1e9 / (forward + 1), Double(limits.upperBound))
        return max(Int(count), limits.lowerBound)
    }
}

extension Bench {
    /// Likely seconds of an update of so many examples.
    func seconds(batch: Int) -> Double {
        (stepSeconds ?? 0) * Double(batch) / Double(max(recipe.examplesPerUpdate, 1))
    }
}
