import Glibc
import Recipes

/// Numbers as people read them.
public enum Number {
    /// `4 812 000`: groups of three, from five digits on.
    public static func grouped(_ value: Int) -> String { PrintedNumber.grouped(value, by: " ") }

    /// Exactly `digits` places after the point.
    public static func fixed(_ value: Double, digits: Int) -> String { PrintedNumber.by("%.\(max(0, digits))f", value) }

    /// Four significant digits; an exponent for the very small and the very large. `nan`, `inf`, `-inf` as such.
    public static func short(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value > 0 ? "inf" : "-inf" }
        if value == 0 { return "0" }
        let size = abs(value)
        if size < 1e-4 || size >= 1e7 { return PrintedNumber.exponent(PrintedNumber.by("%.3e", value)) }
        let places = max(0, 3 - Int(log10(size).rounded(.down)))
        return fixed(value, digits: min(places, 6))
    }

    /// Short, without trailing zeros: for values that a person chose, like a learning rate.
    public static func plain(_ value: Double) -> String {
        guard value.isFinite else { return short(value) }
        if value == value.rounded() && abs(value) < 1e9 { return String(Int(value)) }
        return PrintedNumber.exponent(PrintedNumber.by("%.6g", value))
    }

    /// `98.76 %` of a fraction.
    public static func percent(_ fraction: Double, digits: Int = 1) -> String {
        fixed(fraction * 100, digits: digits) + " %"
    }
}

/// Bytes in binary units.
public enum Size {
    /// `512 B`, `71.3 GiB`: three digits.
    public static func text(_ bytes: Int) -> String {
        if abs(bytes) < 1_024 { return "\(bytes) B" }
        var value = Double(bytes)
        for unit in ["KiB", "MiB", "GiB", "TiB", "PiB"] {
            value /= 1_024
            if abs(value) < 999.5 || unit == "PiB" {
                return Number.fixed(value, digits: abs(value) < 9.995 ? 2 : abs(value) < 99.95 ? 1 : 0) + " " + unit
            }
        }
        return "\(bytes) B"
    }
}
