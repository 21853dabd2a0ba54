import Recipes

/// Where the axes of a chart lie, and what stands around them: titles, ticks, a legend, the names of marks.
struct Frame {
    static let width = 680.0
    var left = 0.0
    var top = 0.0
    var right = 0.0
    var bottom = 0.0
    var height: Double { bottom - top }
    var across: Double { right - left }

    /// Room around the plot for the labels of `y`, and below for those of `x`.
    init(labels: [String], top: Double, plotHeight: Double) {
        left = 34 + max(22, labels.map(Canvas.width).max() ?? 0)
        right = Frame.width - 14
        self.top = top
        bottom = top + plotHeight
    }

    func x(_ share: Double) -> Double { left + min(max(share, 0), 1) * across }
    func y(_ share: Double) -> Double { bottom - min(max(share, 0), 1) * height }

    /// Lines across with their numbers at the left, and the title turned beside them.
    func drawVertical(_ axis: Axis, _ title: String, _ canvas: inout Canvas) {
        for tick in axis.ticks {
            guard let share = axis.share(tick.value), (0...1).contains(share) else { continue }
            canvas.line((left, y(share)), (right, y(share)), tick.label.isEmpty ? "grid faint" : "grid")
            if !tick.label.isEmpty { canvas.text(tick.label, x: left - 6, y: y(share) + 4, .end, "tick") }
        }
        canvas.text(title.shortened(to: 44), x: 13, y: (top + bottom) / 2, .middle, "name", turned: true)
        canvas.line((left, bottom), (right, bottom), "axis")
    }

    func drawHorizontal(_ axis: Axis, _ title: String, _ canvas: inout Canvas) {
        var end = -Double.infinity
        for tick in axis.ticks {
            guard let share = axis.share(tick.value), (0...1).contains(share) else { continue }
            canvas.line((x(share), bottom), (x(share), bottom + (tick.label.isEmpty ? 3 : 5)), "axis")
            let half = Canvas.width(tick.label) / 2
            guard !tick.label.isEmpty, x(share) - half > end + 4 else { continue }
            end = x(share) + half
            canvas.text(
                tick.label, x: min(x(share), Frame.width - half - 2), y: bottom + 17, .middle, "tick")
        }
        canvas.text(title.shortened(to: 90), x: (left + right) / 2, y: bottom + 34, .middle, "name")
    }

    /// Lines across at known values, each with its name: where no other name is, and no line where that can be.
    func drawLevels(_ levels: [ChartMark], _ axis: Axis, _ canvas: inout Canvas) {
        let shown = levels.compactMap { level -> (level: ChartMark, y: Double)? in
            guard let share = axis.share(level.value), (0...1).contains(share) else { return nil }
            return (level, y(share))
        }.enumerated().sorted { ($0.element.y, $0.offset) < ($1.element.y, $1.offset) }.map(\.element)
        // All lines first: none runs through the name of another.
        for one in shown { canvas.line((left, one.y), (right, one.y), "level") }
        let places = Self.places(of: shown.map(\.y), from: top, to: bottom)
        for (one, place) in zip(shown, places) {
            let words = "\(one.level.name) \(Digits.short(one.level.value))".shortened(to: 60)
            // Curves and bars do not run through a name.
            let wide = Canvas.width(words) + 4
            canvas.rectangle(
                x: right - wide - 4, y: place - Self.nameAscent, width: wide, height: Self.nameHeight, "plate")
            canvas.text(words, x: right - 4, y: place, .end, "level-name")
        }
    }

    private static let nameAscent = 11.0
    private static let nameHeight = 14.0

    /// Baselines of the names of lines: above the line as a rule, else as near to it as there is room without another name
    /// or any line; between lines that lie too close, without another name.
    /// - Parameter lines: from above.
    static func places(of lines: [Double], from top: Double, to bottom: Double) -> [Double] {
        let descent = nameHeight - nameAscent
        var taken: [Double] = []
        func isFree(_ place: Double) -> Bool {
            place - nameAscent >= top && place + descent <= bottom
                && taken.allSatisfy { abs($0 - place) >= nameHeight }
        }
        func isClear(_ place: Double) -> Bool {
            lines.allSatisfy { $0 <= place - nameAscent || $0 >= place + descent }
        }
        for line in lines {
            var candidates: [Double] = []
            for away in 0...Int(max(bottom - top, 0)) {
                candidates.append(line - 4 - Double(away))
                candidates.append(line + 14 + Double(away))
            }
            let free = candidates.filter(isFree)
            taken.append(free.first(where: isClear) ?? free.first ?? line - 4)
        }
        return taken
    }

    /// Numbered lines from top to bottom.
    func drawMarks(_ marks: [(number: Int, mark: ChartMark)], _ axis: Axis, _ canvas: inout Canvas) {
        for (number, mark) in marks {
            guard let share = axis.share(mark.value), (0...1).contains(share) else { continue }
            canvas.line((x(share), top), (x(share), bottom), "mark")
            canvas.text(String(number), x: x(share), y: top - 4, .middle, "mark-name")
        }
    }
}

/// The names of curves above a plot, as many rows as they need.
struct Legend {
    private var places: [(name: String, x: Double, y: Double)] = []
    private(set) var height = 0.0

    init(_ series: [ChartSeries]) {
        guard series.count > 1 else { return }
        var (x, y) = (16.0, 14.0)
        for one in series {
            let name = one.name.shortened(to: 40)
            let width = 36 + Canvas.width(name) + 14
            if x + width > Frame.width, x > 16 { (x, y) = (16, y + 18) }
            places.append((name, x, y))
            x += width
        }
        height = y + 8
    }

    func draw(_ canvas: inout Canvas, _ sample: (Int, Double, Double, inout Canvas) -> Void) {
        for (index, place) in places.enumerated() {
            sample(index, place.x, place.y - 4, &canvas)
            canvas.text(place.name, x: place.x + 36, y: place.y, .start, "legend")
        }
    }
}
