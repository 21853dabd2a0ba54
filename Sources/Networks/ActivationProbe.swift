/// Adds up what one layer gives to the next while a network learns.
public final class ActivationProbe {
    /// Place of the layer in the plan.
    public let layer: Int
    public private(set) var count = 0
    public private(set) var sum = 0.0
    public private(set) var squares = 0.0
    public private(set) var zeros = 0

    public init(layer: Int) {
        self.layer = layer
    }

    /// Begins anew.
    public func clear() {
        count = 0
        sum = 0
        squares = 0
        zeros = 0
    }

    /// In order, on one thread: the sums do not depend on how many there are.
    func add(_ values: UnsafeBufferPointer<Float>) {
        count += values.count
        for value in values {
            let value = Double(value)
            sum += value
            squares += value * value
            if value == 0 { zeros += 1 }
        }
    }

    public var mean: Double { count > 0 ? sum / Double(count) : 0 }

    /// Of all values; 0 for none.
    public var deviation: Double {
        let spread = count > 0 ? squares / Double(count) - mean * mean : 0
        // max would hide a NaN.
        return spread < 0 ? 0 : spread.squareRoot()
    }

    public var zeroShare: Double { count > 0 ? Double(zeros) / Double(count) : 0 }
}
