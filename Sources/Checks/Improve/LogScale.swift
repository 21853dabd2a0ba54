import Tensors

/// Positive numbers from a least to a greatest one, by their logarithms.
struct LogScale {
    private let low: Double
    private let high: Double

    /// - Precondition: both are above 0.
    init(_ low: Double, _ high: Double) {
        self.low = logarithm(low)
        self.high = logarithm(high)
    }

    /// The number at a place from 0 to 1.
    func value(_ place: Double) -> Double { exponential(low + (high - low) * place) }

    /// With three digits, as a recipe writes it: `3.16e-2`.
    static func word(_ value: Double) -> String {
        guard value > 0, value.isFinite else { return "0" }
        var power = Int((logarithm(value) / logarithm(10)).rounded(.down))
        var digits = Int((value * exponential(logarithm(10) * Double(2 - power))).rounded())
        // 9.999 is 10.0, and a logarithm may be off by its last bit.
        if digits >= 1000 { (digits, power) = ((digits + 5) / 10, power + 1) }
        let word = String(digits)
        var rest = word.dropFirst()
        while rest.last == "0" { rest.removeLast() }
        return "\(word.prefix(1))\(rest.isEmpty ? "" : ".")\(rest)e\(power)"
    }
}
