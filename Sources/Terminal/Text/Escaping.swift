/// Text that somebody else chose, made safe for a terminal.
///
/// Job names, log lines, tags and error texts come from users and files; a terminal obeys escape sequences in them, and
/// bidirectional controls make a line read as something else. Both are shown as what they are instead.
extension StringProtocol {
    /// The text with control characters, delete, C1 and bidirectional controls written out (`\x1b`, `\u{202e}`).
    /// - Parameter multiline: keeps line feeds and tabs, for text that may have several lines.
    public func escaped(multiline: Bool = false) -> String {
        var needsWork = false
        for scalar in unicodeScalars where Escaping.isHidden(scalar) {
            needsWork = true
            break
        }
        guard needsWork else { return String(self) }
        var result = ""
        for scalar in unicodeScalars {
            if !Escaping.isHidden(scalar) || (multiline && (scalar == "\n" || scalar == "\t")) {
                result.unicodeScalars.append(scalar)
            } else if scalar == "\n" {
                result += "\\n"
            } else if scalar == "\t" {
                result += "\\t"
            } else if scalar.value < 0x100 {
                result += "\\x" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
            } else {
                result += "\\u{" + String(scalar.value, radix: 16) + "}"
            }
        }
        return result
    }
}

enum Escaping {
    /// Characters that a terminal obeys, or that reorder what stands beside them.
    static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0: true
        case 0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }
}
