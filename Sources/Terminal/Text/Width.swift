/// Columns that text takes on a terminal.
extension StringProtocol {
    /// Columns of the text: 2 for wide East Asian characters and emoji, 0 for combining marks, 1 for the rest.
    /// The text holds no control characters.
    public var columns: Int {
        var count = 0
        for scalar in unicodeScalars { count += scalar.columns }
        return count
    }

    /// The text cut to at most `limit` columns, with `…` where something went.
    public func cut(to limit: Int) -> String {
        guard columns > limit else { return String(self) }
        guard limit > 0 else { return "" }
        var result = ""
        var used = 0
        for character in self {
            let width = String(character).columns
            if used + width > limit - 1 { break }
            result.append(character)
            used += width
        }
        return result + "…"
    }

    /// The text with blanks up to `width` columns; longer text is left alone.
    public func padded(to width: Int, alignment: Alignment = .left) -> String {
        let blanks = String(repeating: " ", count: Swift.max(0, width - columns))
        return alignment == .left ? String(self) + blanks : blanks + String(self)
    }
}

/// Which side of its column a cell leans on.
public enum Alignment: Sendable, Equatable {
    case left, right
}

extension Unicode.Scalar {
    /// A short form of Unicode's East Asian Width, enough for names that people write.
    var columns: Int {
        switch value {
        case 0x0300...0x036F, 0x200B...0x200D, 0x20D0...0x20FF, 0xFE00...0xFE0F: 0
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            2
        default: 1
        }
    }
}
