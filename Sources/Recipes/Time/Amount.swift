/// The grammar of amounts: `2000` (steps), `2000 steps`, `2 epochs`, `10 minutes`, `20 %`, `forever`.
extension Amount {
    /// The amount that `text` names, or nil where it names none.
    ///
    /// A number is finite and not negative; a bare number is steps and whole; shares are written with `%`.
    public init?(_ text: String) {
        let words = Self.words(text)
        if words.unit.isEmpty, words.number == "forever" {
            self = .forever
            return
        }
        guard let value = Double(words.number), value.isFinite, value >= 0, words.number.first != "+",
            !words.number.contains("x"), !words.number.contains("p")
        else { return nil }
        switch words.unit {
        case "", "step", "steps":
            guard value == value.rounded(), value <= Self.largestStep else { return nil }
            self = .steps(Int(value))
        case "epoch", "epochs": self = .epochs(value)
        case "s", "second", "seconds": self = .seconds(value)
        case "m", "min", "minute", "minutes": self = .seconds(value * 60)
        case "h", "hour", "hours": self = .seconds(value * 3_600)
        case "d", "day", "days": self = .seconds(value * 86_400)
        case "w", "week", "weeks": self = .seconds(value * 604_800)
        case "%", "percent":
            guard value <= 100 else { return nil }
            self = .share(value / 100)
        default: return nil
        }
    }

    /// The largest step that a run may reach: 2^53, past which a double skips integers.
    public static let largestStep = 9_007_199_254_740_992.0

    /// Whole steps of this amount; nil for time, for `forever`, and for a share of a run without a total.
    ///
    /// Epochs and shares are rounded to the nearest step, halves away from zero.
    public func steps(stepsPerEpoch: Int, total: Int? = nil) -> Int? {
        let exact: Double
        switch self {
        case .steps(let count): return count
        case .epochs(let count): exact = count * Double(stepsPerEpoch)
        case .share(let part):
            guard let total else { return nil }
            exact = part * Double(total)
        case .seconds, .forever: return nil
        }
        return Int(min(exact.rounded(.toNearestOrAwayFromZero), Self.largestStep))
    }

    /// Seconds, where the amount is a time.
    public var seconds: Double? { if case .seconds(let value) = self { value } else { nil } }

    private static func words(_ text: String) -> (number: String, unit: String) {
        let trimmed = text.split(separator: " ", omittingEmptySubsequences: true)
        guard let first = trimmed.first else { return ("", "") }
        if trimmed.count == 2 { return (String(first), trimmed[1].lowercased()) }
        guard trimmed.count == 1 else { return ("", text) }
        // "20%", "10m": the unit may touch the number; the exponent's `e` belongs to the number.
        let digits = first.prefix { $0.isNumber || $0 == "." || $0 == "-" || $0 == "+" }
        var end = digits.endIndex
        let rest = first[end...]
        if let e = rest.first, e == "e" || e == "E" {
            let exponent = rest.dropFirst().prefix { $0.isNumber || $0 == "-" || $0 == "+" }
            if !exponent.isEmpty { end = exponent.endIndex }
        }
        if digits.isEmpty { return (String(first), "") }
        return (String(first[..<end]), first[end...].lowercased())
    }
}

extension Amount: CustomStringConvertible {
    /// As a recipe writes it: what `Amount(_:)` reads back.
    public var description: String {
        switch self {
        case .steps(let count): "\(count) step\(count == 1 ? "" : "s")"
        case .epochs(let count): "\(Self.short(count)) epoch\(count == 1 ? "" : "s")"
        case .share(let part): "\(Self.short(part * 100)) %"
        case .forever: "forever"
        case .seconds(let value): Self.time(value)
        }
    }

    private static func time(_ seconds: Double) -> String {
        for (unit, length) in [("week", 604_800.0), ("day", 86_400), ("hour", 3_600), ("minute", 60)]
        where seconds >= length && (seconds / length) == (seconds / length).rounded() {
            let count = seconds / length
            return "\(short(count)) \(unit)\(count == 1 ? "" : "s")"
        }
        return "\(short(seconds)) second\(seconds == 1 ? "" : "s")"
    }

    /// A number without a needless `.0`.
    static func short(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return "\(Int(value))" }
        return "\(value)"
    }
}
