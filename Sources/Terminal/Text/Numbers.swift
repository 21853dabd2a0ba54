import Glibc

/// Numbers as people read them.
public enum Number {
    /// `4 812 000`: groups of three, from five digits on.
    public static func grouped(_ value: Int) -> String {
        let digits = String(value.magnitude)
        guard digits.utf8.count > 4 else { return String(value) }
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.utf8.count - index) % 3 == 0 { result += " " }
            result.append(digit)
        }
        return value < 0 ? "-" + result : result
    }

    /// Exactly `digits` places after the point.
    public static func fixed(_ value: Double, digits: Int) -> String { printed(value, "%.\(max(0, digits))f") }

    /// Four significant digits; an exponent for the very small and the very large. `nan`, `inf`, `-inf` as such.
    public static func short(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value > 0 ? "inf" : "-inf" }
        if value == 0 { return "0" }
        let size = abs(value)
        if size < 1e-4 || size >= 1e7 { return trimmedExponent(printed(value, "%.3e")) }
        let places = max(0, 3 - Int(log10(size).rounded(.down)))
        return fixed(value, digits: min(places, 6))
    }

    /// Short, without trailing zeros: for values that a person chose, like a learning rate.
    public static func plain(_ value: Double) -> String {
        guard value.isFinite else { return short(value) }
        if value == value.rounded() && abs(value) < 1e9 { return String(Int(value)) }
        return trimmedExponent(printed(value, "%.6g"))
    }

    /// `98.76 %` of a fraction.
    public static func percent(_ fraction: Double, digits: Int = 1) -> String {
        fixed(fraction * 100, digits: digits) + " %"
    }

    /// `1e-04` to `1e-4`, `1.500e+03` to `1.5e3`.
    private static func trimmedExponent(_ text: String) -> String {
        guard let mark = text.firstIndex(of: "e") else { return text }
        var mantissa = String(text[..<mark])
        if mantissa.contains(".") {
            while mantissa.hasSuffix("0") { mantissa.removeLast() }
            if mantissa.hasSuffix(".") { mantissa.removeLast() }
        }
        return mantissa + "e" + (Int(text[text.index(after: mark)...]).map(String.init) ?? "0")
    }

    private static func printed(_ value: Double, _ pattern: String) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
            let count = withVaList([value]) { vsnprintf(buffer.baseAddress, buffer.count, pattern, $0) }
            return String(decoding: UnsafeRawBufferPointer(buffer).prefix(Int(count)), as: UTF8.self)
        }
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

    /// Bytes of `64MiB`, `1.5 GB`, `4096`. Nil where the text is none.
    public static func parse(_ text: String) -> Int? {
        let trimmed = text.filter { $0 != " " }
        let digits = trimmed.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits), number.isFinite else { return nil }
        let units: [String: Double] = [
            "": 1, "b": 1, "k": 1_024, "kib": 1_024, "kb": 1e3, "m": 1_048_576, "mib": 1_048_576, "mb": 1e6,
            "g": 1_073_741_824, "gib": 1_073_741_824, "gb": 1e9, "t": 1_099_511_627_776, "tib": 1_099_511_627_776,
            "tb": 1e12,
        ]
        guard let unit = units[trimmed.dropFirst(digits.count).lowercased()], number * unit < 9e18 else { return nil }
        return Int(number * unit)
    }
}
