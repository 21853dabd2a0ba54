import Glibc
import Recipes

/// One axis of a chart: the range that it shows, its ticks, and where a value lies along it.
struct Axis: Equatable {
    let low: Double
    let high: Double
    let isLog: Bool
    let ticks: [Tick]

    struct Tick: Equatable {
        var value: Double
        /// Empty for a small one.
        var label: String
    }

    /// An axis around the values; a logarithmic one around those above 0. Of no value, or of one, it has a range all the
    /// same.
    /// - Parameters:
    ///   - count: about how many ticks.
    ///   - keepsZero: whether a linear one reaches down, or up, to 0.
    ///   - pads: whether the outermost values keep a distance from its ends.
    init(_ values: some Sequence<Double>, isLog: Bool, count: Int, keepsZero: Bool = false, pads: Bool = true) {
        var low = Double.infinity
        var high = -Double.infinity
        for value in values where value.isFinite && (!isLog || value > 0) {
            low = min(low, value)
            high = max(high, value)
        }
        self.isLog = isLog
        if isLog {
            if !(low <= high) { (low, high) = (1, 10) }
            var (first, last) = (log10(low), log10(high))
            if last - first < 0.05 { (first, last) = (first - 0.5, last + 0.5) }
            let padding = pads ? (last - first) * 0.04 : 0
            self.low = first - padding
            self.high = last + padding
            ticks = Self.decades(self.low, self.high, count)
            return
        }
        if !(low <= high) { (low, high) = (0, 1) }
        if keepsZero {
            low = min(low, 0)
            high = max(high, 0)
        }
        if high - low <= max(abs(low), abs(high)) * 1e-12 {
            let around = low == 0 ? 0.5 : abs(low) * 0.5
            (low, high) = (low - around, high + around)
        }
        let padding = pads ? (high - low) * 0.04 : 0
        self.low = keepsZero && low == 0 ? 0 : low - padding
        self.high = keepsZero && high == 0 ? 0 : high + padding
        ticks = Self.steps(self.low, self.high, count)
    }

    /// 0 at the lower end to 1 at the upper; nil where the value is none that the axis can show.
    func share(_ value: Double) -> Double? {
        guard value.isFinite, !isLog || value > 0 else { return nil }
        return ((isLog ? log10(value) : value) - low) / (high - low)
    }

    /// Multiples of 1, 2 or 5 times a power of ten.
    static func steps(_ low: Double, _ high: Double, _ count: Int) -> [Tick] {
        let raw = (high - low) / Double(max(count, 1))
        guard raw > 0, raw.isFinite else { return [] }
        let power = pow(10, log10(raw).rounded(.down))
        let step = power * ([1, 2, 5].first { $0 * power >= raw * 0.999 } ?? 10)
        let (first, last) = ((low / step).rounded(.up), (high / step).rounded(.down))
        guard last >= first, last - first < 100 else { return [] }
        let places = max(0, -Int(log10(step * 1.001).rounded(.down)))
        return (0...Int(last - first)).map { index in
            // From a whole number, so that 3 * 0.1 is not 0.30000000000000004.
            let value = (first + Double(index)) * step
            return Tick(value: value, label: label(value, places: places, largest: max(abs(low), abs(high))))
        }
    }

    private static func label(_ value: Double, places: Int, largest: Double) -> String {
        if value == 0 { return "0" }
        if places > 6 || largest >= 1e9 { return PrintedNumber.exponent(PrintedNumber.by("%.2e", value)) }
        return places == 0 ? Digits.grouped(Int(value.rounded())) : Digits.fixed(value, places: places)
    }

    /// Powers of ten; 2 and 5 times them where there are few, and as small ticks where there are some.
    private static func decades(_ low: Double, _ high: Double, _ count: Int) -> [Tick] {
        let (first, last) = (Int(low.rounded(.down)), Int(high.rounded(.up)))
        // Less than a decade is read as a linear axis is.
        if high - low < 0.7 {
            return steps(pow(10, low), pow(10, high), count).filter { $0.value > 0 }
        }
        let stride = max(1, (last - first + count - 1) / max(count, 1))
        var ticks: [Tick] = []
        for power in first...last {
            for factor in [1.0, 2, 5] where factor == 1 || last - first <= 6 {
                let value = factor * pow(10, Double(power))
                guard log10(value) >= low - 1e-9, log10(value) <= high + 1e-9 else { continue }
                let isNamed = factor == 1 ? (power - first) % stride == 0 : high - low < 2.2
                ticks.append(Tick(value: value, label: isNamed ? power10(value, power, factor) : ""))
            }
        }
        return ticks
    }

    private static func power10(_ value: Double, _ power: Int, _ factor: Double) -> String {
        (-4..<6).contains(power) ? Digits.plain(value) : "\(Int(factor))e\(power)"
    }
}
