import Glibc

/// What terminals and pages have in common where they write numbers.
package enum PrintedNumber {
    /// By C's `printf`, in the C locale.
    package static func by(_ pattern: String, _ value: Double) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
            let count = withVaList([value]) { vsnprintf(buffer.baseAddress, buffer.count, pattern, $0) }
            return String(decoding: UnsafeRawBufferPointer(buffer).prefix(max(0, Int(count))), as: UTF8.self)
        }
    }

    /// `1e-04` as `1e-4`, `1.500e+03` as `1.5e3`.
    package static func exponent(_ text: String) -> String {
        guard let mark = text.firstIndex(of: "e") else { return text }
        var mantissa = text[..<mark]
        if mantissa.contains(".") {
            while mantissa.hasSuffix("0") { mantissa.removeLast() }
            if mantissa.hasSuffix(".") { mantissa.removeLast() }
        }
        return mantissa + "e" + (Int(text[text.index(after: mark)...]).map(String.init) ?? "0")
    }

    /// `4 812 000`: groups of three, from five digits on.
    package static func grouped(_ value: Int, by separator: Character) -> String {
        let digits = String(value.magnitude)
        guard digits.utf8.count > 4 else { return String(value) }
        var result = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.utf8.count - index) % 3 == 0 { result.append(separator) }
            result.append(digit)
        }
        return result
    }
}
