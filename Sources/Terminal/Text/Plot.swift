import Glibc
import Recipes

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
    /// Lines across, as of baselines: `x` of theirs is the value.
    public var levels: [Mark]
    /// Whether the points of a curve are joined.
    public var joins: Bool
    /// Logarithmic axes, which values above 0 have a place on.
    public var xIsLog: Bool
    public var yIsLog: Bool

    public init(
        _ curves: [Curve], marks: [Mark] = [], levels: [Mark] = [], joins: Bool = true, xIsLog: Bool = false,
        yIsLog: Bool = false
    ) {
        self.curves = curves
        self.joins = joins
        self.marks = marks
        self.levels = levels
        self.xIsLog = xIsLog
        self.yIsLog = yIsLog
    }

    /// The lines or points, marks and levels of a chart; bars are drawn over their places.
    public init(_ chart: Chart) {
        self.init(
            chart.series.map { one in
                Curve(title: one.name, x: one.x.isEmpty ? one.y.indices.map(Double.init) : one.x, y: one.y)
            }, marks: chart.marks.map { Mark(x: $0.value, title: $0.name) },
            levels: chart.levels.map { Mark(x: $0.value, title: $0.name) }, joins: chart.kind != .points,
            xIsLog: chart.xIsLog, yIsLog: chart.yIsLog)
    }

    private func across(_ value: Double) -> Double { xIsLog ? log10(value) : value }
    private func up(_ value: Double) -> Double { yIsLog ? log10(value) : value }

    /// A step, or any other number.
    private static func place(_ value: Double) -> String {
        let whole = value.rounded()
        return abs(value - whole) < 1e-6 * max(1, abs(value)) && abs(whole) < 1e15
            ? Number.grouped(Int(whole)) : Number.short(value)
    }

    /// Colours of the curves in order; they repeat.
    static let styles: [Style] = [.note, .caution, .good, .bad, .bold]

    /// The plot with a scale at the left and the range of `x` below, at most `width` columns wide and `height` rows of
    /// dots tall (and two more lines for `x` and the titles). Values that are not finite are left out.
    public func lines(width: Int, height: Int, palette: Palette) -> [String] {
        // The logarithm of what is not above 0 is not finite.
        let points = curves.map { curve in
            zip(curve.x, curve.y).map { (across($0.0), up($0.1)) }.filter { $0.0.isFinite && $0.1.isFinite }
        }
        let heights = levels.map { up($0.x) }
        let xs = points.joined().map(\.0)
        let ys = points.joined().map(\.1) + (points.allSatisfy(\.isEmpty) ? [] : heights.filter(\.isFinite))
        guard var low = ys.min(), var high = ys.max(), let first = xs.min(), let last = xs.max() else {
            return ["nothing to draw yet"]
        }
        if low == high { (low, high) = (low - max(abs(low), 1) * 0.5, high + max(abs(high), 1) * 0.5) }
        let labels = [high, (low + high) / 2, low].map { Number.short(yIsLog ? pow(10, $0) : $0) }
        let margin = (labels.map(\.columns).max() ?? 0) + 1
        let columns = max(8, width - margin - 1)
        let rows = max(3, height)
        var canvas = Canvas(columns: columns, rows: rows)
        func row(_ y: Double) -> Int { Int(((high - y) / (high - low) * Double(rows * 4 - 1)).rounded()) }
        for height in heights where height.isFinite {
            for column in stride(from: 0, to: columns * 2, by: 4) {
                canvas.line(from: (column, row(height)), to: (column, row(height)), curve: Canvas.level)
            }
        }
        for (index, curve) in points.enumerated() {
            var previous: (Int, Int)?
            for (x, y) in curve {
                let across = last > first ? (x - first) / (last - first) : 0
                let dot = (
                    Int((across * Double(columns * 2 - 1)).rounded()),
                    row(y)
                )
                canvas.line(from: previous ?? dot, to: dot, curve: index)
                previous = joins ? dot : nil
            }
        }
        var lines: [String] = []
        for row in 0..<rows {
            let label = row == 0 ? labels[0] : row == rows / 2 ? labels[1] : row == rows - 1 ? labels[2] : ""
            let edge = palette.unicode ? (label.isEmpty ? "│" : "┤") : "|"
            lines.append(label.padded(to: margin - 1, alignment: .right) + " " + edge + canvas.text(row, palette))
        }
        let left = Self.place(xIsLog ? pow(10, first) : first)
        let right = Self.place(xIsLog ? pow(10, last) : last)
        let blanks = max(1, columns - left.columns - right.columns)
        lines.append(String(repeating: " ", count: margin + 1) + left + String(repeating: " ", count: blanks) + right)
        let titles = curves.enumerated().map { index, curve in
            palette.paint(
                palette.unicode ? "━ \(curve.title.escaped())" : "\(Canvas.letter(index)) \(curve.title.escaped())",
                Self.styles[index % Self.styles.count])
        }
        let names = levels.filter { up($0.x).isFinite }.map {
            "\(palette.unicode ? "┈" : ".") \($0.title.escaped()) \(Number.short($0.x))"
        }
        lines.append(String(repeating: " ", count: margin + 1) + (titles + names).joined(separator: "   "))
        let shown = marks.filter { across($0.x) >= first && across($0.x) <= last }
        guard !shown.isEmpty else { return lines }
        let arrow: Character = palette.unicode ? "▲" : "^"
        var pointers = [Character](repeating: " ", count: columns)
        for mark in shown {
            let across = last > first ? (across(mark.x) - first) / (last - first) : 0
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

    /// Stands for the lines that are no curves.
    static let level = -1

    static func letter(_ index: Int) -> String {
        index < 0 ? "." : String("*o+x#"[String.Index(utf16Offset: index % 5, in: "*o+x#")])
    }

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
                let style = owner[place] < 0 ? Style.dim : Plot.styles[owner[place] % Plot.styles.count]
                result += palette.paint(String(Character(scalar)), style)
            } else {
                result += Self.letter(owner[place])
            }
        }
        while result.hasSuffix(" ") { result.removeLast() }
        return result
    }
}
