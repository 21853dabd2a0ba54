/// What a piece of text means; colours come of it only on a terminal that shows them.
public enum Style: String, Sendable, CaseIterable {
    case plain, bold, dim, good, caution, bad, note

    /// ECMA-48 "select graphic rendition".
    var code: String? {
        switch self {
        case .plain: nil
        case .bold: "1"
        case .dim: "2"
        case .good: "32"
        case .caution: "33"
        case .bad: "31"
        case .note: "36"
        }
    }
}

/// How text looks on the terminal at hand: with colours or without, with Unicode's drawings or ASCII's.
public struct Palette: Sendable, Equatable {
    public var colours: Bool
    public var unicode: Bool

    public init(colours: Bool, unicode: Bool) {
        self.colours = colours
        self.unicode = unicode
    }

    /// Neither colours nor drawings.
    public static let bare = Palette(colours: false, unicode: false)

    /// The text in a style. The text is already escaped.
    public func paint(_ text: String, _ style: Style) -> String {
        guard colours, let code = style.code, !text.isEmpty else { return text }
        return "\u{1b}[\(code)m\(text)\u{1b}[0m"
    }

    /// `▕████████░░░░▏`, or `[####....]` in ASCII. Width counts the ends.
    public func bar(_ fraction: Double, width: Int) -> String {
        let inner = max(1, width - 2)
        let share = fraction.isFinite ? min(1, max(0, fraction)) : 0
        // The bar is full only when the work is done.
        let filled = share >= 1 ? inner : min(inner - 1, Int(share * Double(inner)))
        guard unicode else {
            return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: inner - filled) + "]"
        }
        return "▕" + String(repeating: "█", count: filled) + String(repeating: "░", count: inner - filled) + "▏"
    }

    public var dot: String { unicode ? "●" : "*" }
    public var separator: String { unicode ? " · " : ", " }
    public var up: String { unicode ? "↑" : "+" }
    public var down: String { unicode ? "↓" : "-" }
    public var plusMinus: String { unicode ? "±" : "+/-" }
    public var arrow: String { unicode ? "→" : "->" }
}
