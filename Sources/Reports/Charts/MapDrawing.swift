import Glibc
import Recipes

/// A map of cells, row by row from above; dark is high (on a dark ground, bright).
struct MapDrawing {
    let chart: Chart
    /// Whether it is drawn low, of many columns and without numbers.
    var isStrip = false
    /// As many rows and columns show their numbers.
    private static let numbered = 16
    /// Height of a strip's cells.
    private static let stripCell = 9.0

    var drawn: (elements: [Element], width: Double, height: Double) {
        var canvas = Canvas()
        let columns = max(chart.cells.map(\.count).max() ?? 0, 1)
        let rows = max(chart.cells.count, 1)
        let names = chart.rowLabels.map { $0.shortened(to: 18) }
        let left = 34 + max(16, names.map(Canvas.width).max() ?? 0)
        let cell =
            isStrip
            ? Self.stripCell
            : min(
                44, max(2, min((Frame.width - left - 14) / Double(columns), (rows > 32 ? 800 : 460) / Double(rows))))
        let wide =
            isStrip
            ? (Frame.width - left - 14) / Double(max(columns, 8))
            : min((Frame.width - left - 14) / Double(columns), max(cell * 1.4, 34))
        let top = 10.0
        let values = chart.cells.joined().filter(\.isFinite)
        let (low, high) = (min(values.min() ?? 0, 0), values.max() ?? 1)
        let showsNumbers = !isStrip && rows <= Self.numbered && columns <= Self.numbered
        for (row, cells) in chart.cells.enumerated() {
            for (column, value) in cells.enumerated() {
                let share = value.isFinite && high > low ? (value - low) / (high - low) : 0
                let (x, y) = (left + Double(column) * wide, top + Double(row) * cell)
                canvas.rectangle(
                    x: x, y: y, width: wide - (cell > 6 ? 1 : 0), height: cell - (cell > 6 ? 1 : 0), "cell",
                    opacity: share, title: title(row, column, value))
                if showsNumbers, value != 0 {
                    let words = value.isFinite ? Digits.short(value).withoutGroupBlanks : "–"
                    if Canvas.width(words) <= wide {
                        canvas.text(words, x: x + wide / 2, y: y + cell / 2 + 4, .middle, MapInk.style(share))
                    }
                }
            }
        }
        let bottom = top + Double(rows) * cell
        drawNames(names, left, top, cell, &canvas)
        let below = drawColumns(left, bottom, wide, columns, &canvas)
        canvas.text(chart.yTitle.shortened(to: 44), x: 13, y: (top + bottom) / 2, .middle, "name", turned: true)
        canvas.text(
            chart.xTitle.shortened(to: 90), x: left + Double(columns) * wide / 2, y: bottom + below + 18, .middle,
            "name")
        return (canvas.elements, Frame.width, max(bottom + below + 28, 120))
    }

    private func title(_ row: Int, _ column: Int, _ value: Double) -> String {
        let names = [
            chart.rowLabels.indices.contains(row) ? chart.rowLabels[row] : "row \(row)",
            chart.labels.indices.contains(column) ? chart.labels[column] : "column \(column)",
        ]
        return names.joined(separator: ", ") + ": " + Digits.short(value)
    }

    private func drawNames(
        _ names: [String], _ left: Double, _ top: Double, _ cell: Double, _ canvas: inout Canvas
    ) {
        let every = max(1, Int((13 / cell).rounded(.up)))
        for (row, name) in names.enumerated() where row % every == 0 {
            canvas.text(name, x: left - 6, y: top + (Double(row) + 0.5) * cell + 4, .end, "tick")
        }
    }

    private func drawColumns(
        _ left: Double, _ bottom: Double, _ wide: Double, _ columns: Int, _ canvas: inout Canvas
    ) -> Double {
        let names = chart.labels.prefix(columns).map { $0.shortened(to: 18) }
        let widest = names.map(Canvas.width).max() ?? 0
        let isTurned = widest > wide && widest > 40
        let every = max(1, Int(((isTurned ? 14 : widest + 4) / wide).rounded(.up)))
        for (column, name) in names.enumerated() where column % every == 0 {
            let x = left + (Double(column) + 0.5) * wide
            if isTurned {
                canvas.text(name, x: x + 4, y: bottom + 8, .end, "tick", turned: true)
            } else {
                canvas.text(name, x: x, y: bottom + 15, .middle, "tick")
            }
        }
        return names.isEmpty ? 2 : isTurned ? widest + 14 : 18
    }
}

extension String {
    /// Without the blanks that keep groups of digits apart.
    fileprivate var withoutGroupBlanks: String { filter { $0 != "\u{A0}" } }
}

/// The colour of a map's cells, and whether black or white is read on it. Of black and white one always has a contrast of
/// 4.58 at least (WCAG 2.2): the two are equal where the relative luminance is 0.179.
enum MapInk {
    /// Of the cells at their darkest, and of the ground beneath, in the light and in the dark scheme.
    static let light = (cell: (18.0, 58.0, 115.0), ground: (255.0, 255.0, 255.0))
    static let dark = (cell: (156.0, 196.0, 255.0), ground: (22.0, 24.0, 29.0))

    /// Classes for both schemes: `k` for black and `w` for white, the light scheme's first.
    static func style(_ share: Double) -> String {
        func isLight(_ scheme: (cell: (Double, Double, Double), ground: (Double, Double, Double))) -> Bool {
            luminance(scheme.cell, over: scheme.ground, share) > 0.179
        }
        return "cell-text l\(isLight(light) ? "k" : "w") d\(isLight(dark) ? "k" : "w")"
    }

    /// Relative luminance of a colour laid over another.
    static func luminance(
        _ top: (Double, Double, Double), over ground: (Double, Double, Double), _ share: Double
    ) -> Double {
        func linear(_ top: Double, _ ground: Double) -> Double {
            let value = (ground + (top - ground) * share) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(top.0, ground.0) + 0.7152 * linear(top.1, ground.1)
            + 0.0722 * linear(top.2, ground.2)
    }
}
