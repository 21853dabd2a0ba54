import Glibc
import Recipes

/// Numbers as a report prints them.
enum Digits {
    /// Four significant digits, an exponent for the very small and the very large.
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value > 0 ? "inf" : "-inf" }
        if value == 0 { return "0" }
        if value == value.rounded(), abs(value) < 1e9 { return grouped(Int(value)) }
        let size = abs(value)
        if size < 1e-4 || size >= 1e7 { return PrintedNumber.exponent(PrintedNumber.by("%.2e", value)) }
        return fixed(value, places: min(max(0, 3 - Int(log10(size).rounded(.down))), 6))
    }

    /// Without trailing zeros: what a person chose.
    static func plain(_ value: Double) -> String {
        guard value.isFinite else { return short(value) }
        return value == value.rounded() && abs(value) < 1e9
            ? grouped(Int(value)) : PrintedNumber.exponent(PrintedNumber.by("%.6g", value))
    }

    static func fixed(_ value: Double, places: Int) -> String { PrintedNumber.by("%.\(max(0, places))f", value) }

    /// `98.76 %` of a share.
    static func percent(_ share: Double, places: Int = 2) -> String { fixed(share * 100, places: places) + " %" }

    /// `4 812 000`: groups of three from five digits on, apart by a blank that does not break.
    static func grouped(_ value: Int) -> String { PrintedNumber.grouped(value, by: "\u{A0}") }

    /// `340 ms`, `6.2 s`, `3 min`, `2.5 h`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0 else { return "?" }
        if seconds < 0.9995 { return "\(Int((seconds * 1000).rounded())) ms" }
        if seconds < 99.5 { return fixed(seconds, places: seconds < 9.95 ? 1 : 0) + " s" }
        if seconds < 5_400 { return fixed(seconds / 60, places: 0) + " min" }
        if seconds < 172_800 { return fixed(seconds / 3_600, places: 1) + " h" }
        return fixed(seconds / 86_400, places: 1) + " d"
    }

    /// A coordinate of a drawing: a tenth of a pixel.
    static func place(_ value: Double) -> String {
        let tenths = (value * 10).rounded()
        guard abs(tenths) < 1e8 else { return "0" }
        let whole = Int(tenths)
        return whole % 10 == 0 ? String(whole / 10) : PrintedNumber.by("%.1f", tenths / 10)
    }
}
