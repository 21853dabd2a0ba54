/// Curves in a terminal, eight dots a character (Unicode's braille block).
public struct Plot: Sendable {
    /// One curve: as many `x` as `y`.
    public struct Curve: Sendable {
        public var title: String
        public var x: [Double]
        public var y: [Double]

        public init(title: String, x: [Double], y: [Double]) {
            self.title = title
            self.x = x
            self.y = y
        }
    }

    /// Something that happened at an `x`.
    public struct Mark: Sendable {
        public var x: Double
        public var title: String

        public init(x: Double, title: String) {
            self.x = x
            self.title = title
        }
    }

    public var curves: [Curve]
    public var marks: [Mark]

    public init(_ curves: [Curve], marks: [Mark] = []) {
        self.curves = curves
        self.marks = marks
    }

    /// Colours of the curves in order; they repeat.
    static let styles: [Style] = [.note, .caution, .good, .bad, .bold]

    /// The plot with a scale at the left and the range of `x` below, at most `width` columns wide and `height` rows of
    /// dots tall (and two more lines for `x` and the titles). Values that are not finite are left out.
    public func lines(width: Int, height: Int, palette: Palette) -> [String] {
        let points = curves.map { curve in zip(curve.x, curve.y).filter { $0.0.isFinite && $0.1.isFinite } }
        let xs = points.joined().map(\.0)
        let ys = points.joined().map(\.1)
        guard var low = ys.min(), var high = ys.max(), let first = xs.min(), let last = xs.max() else {
            return ["nothing to draw yet"]
        }
        if low == high { (low, high) = (low - max(abs(low), 1) * 0.5, high + max(abs(high), 1) * 0.5) }
        let labels = [Number.short(high), Number.short((low + high) / 2), Number.short(low)]
        let margin = (labels.map(\.columns).max() ?? 0) + 1
        let columns = max(8, width - margin - 1)
        let rows = max(3, height)
        var canvas = Canvas(columns: columns, rows: rows)
        for (index, curve) in points.enumerated() {
            var previous: (Int, Int)?
            for (x, y) in curve {
                let across = last > first ? (x - first) / (last - first) : 0
                let dot = (
                    Int((across * Double(columns * 2 - 1)).rounded()),
                    Int(((high - y) / (high - low) * Double(rows * 4 - 1)).rounded())
                )
                canvas.line(from: previous ?? dot, to: dot, curve: index)
                previous = dot
            }
        }
        var lines: [String] = []
        for row in 0..<rows {
            let label = row == 0 ? labels[0] : row == rows / 2 ? labels[1] : row == rows - 1 ? labels[2] : ""
            let edge = palette.unicode ? (label.isEmpty ? "│" : "┤") : "|"
            lines.append(label.padded(to: margin - 1, alignment: .right) + " " + edge + canvas.text(row, palette))
        }
        let left = Number.grouped(Int(first))
        let right = Number.grouped(Int(last))
        let blanks = max(1, columns - left.columns - right.columns)
        lines.append(String(repeating: " ", count: margin + 1) + left + String(repeating: " ", count: blanks) + right)
        let titles = curves.enumerated().map { index, curve in
            palette.paint(
                palette.unicode ? "━ \(curve.title.escaped())" : "\(Canvas.letter(index)) \(curve.title.escaped())",
                Self.styles[index % Self.styles.count])
        }
        lines.append(String(repeating: " ", count: margin + 1) + titles.joined(separator: "   "))
        let shown = marks.filter { $0.x >= first && $0.x <= last }
        guard !shown.isEmpty else { return lines }
        let arrow: Character = palette.unicode ? "▲" : "^"
        var pointers = [Character](repeating: " ", count: columns)
        for mark in shown {
            let across = last > first ? (mark.x - first) / (last - first) : 0
            pointers[min(columns - 1, Int((across * Double(columns * 2 - 1)).rounded()) / 2)] = arrow
        }
        lines.insert(String(repeating: " ", count: margin + 1) + String(pointers), at: rows)
        return lines
            + shown.map { "\(String(repeating: " ", count: margin + 1))\(arrow) \($0.title.escaped())".cut(to: width) }
    }
}

/// Dots, two across and four down in each character.
struct Canvas {
    let columns: Int
    let rows: Int
    private var dots: [UInt8]
    private var owner: [Int]

    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        dots = Array(repeating: 0, count: columns * rows)
        owner = Array(repeating: 0, count: columns * rows)
    }

    static func letter(_ index: Int) -> String { String("*o+x#"[String.Index(utf16Offset: index % 5, in: "*o+x#")]) }

    /// Bresenham's line between two dots.
    mutating func line(from start: (Int, Int), to end: (Int, Int), curve: Int) {
        var (x, y) = start
        let dx = abs(end.0 - x)
        let dy = -abs(end.1 - y)
        let stepX = x < end.0 ? 1 : -1
        let stepY = y < end.1 ? 1 : -1
        var error = dx + dy
        while true {
            set(x, y, curve)
            if x == end.0 && y == end.1 { return }
            let doubled = 2 * error
            if doubled >= dy {
                error += dy
                x += stepX
            }
            if doubled <= dx {
                error += dx
                y += stepY
            }
        }
    }

    private mutating func set(_ x: Int, _ y: Int, _ curve: Int) {
        guard (0..<columns * 2).contains(x), (0..<rows * 4).contains(y) else { return }
        // Bits of U+2800 by dot: left column 0 1 2 6, right column 3 4 5 7, from the top.
        let bit = [[0, 3], [1, 4], [2, 5], [6, 7]][y % 4][x % 2]
        let place = (y / 4) * columns + x / 2
        dots[place] |= 1 << UInt8(bit)
        owner[place] = curve
    }

    func text(_ row: Int, _ palette: Palette) -> String {
        var result = ""
        for column in 0..<columns {
            let place = row * columns + column
            guard dots[place] != 0 else {
                result += " "
                continue
            }
            if palette.unicode, let scalar = Unicode.Scalar(0x2800 + UInt32(dots[place])) {
                result += palette.paint(String(Character(scalar)), Plot.styles[owner[place] % Plot.styles.count])
            } else {
                result += Self.letter(owner[place])
            }
        }
        while result.hasSuffix(" ") { result.removeLast() }
        return result
    }
}
