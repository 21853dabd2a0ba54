import Recipes

/// Curves, or points, over two axes.
struct CurveDrawing {
    let chart: Chart
    /// As many marks have a line in the list below a chart.
    private static let namedMarks = 12
    /// A curve of few points shows each of them.
    private static let markedPoints = 40

    var drawn: (elements: [Element], width: Double, height: Double) {
        var canvas = Canvas()
        let xs = chart.series.flatMap(\.x)
        let horizontal = Axis(xs, isLog: chart.xIsLog, count: 8, pads: chart.kind == .points)
        let vertical = Axis(
            chart.series.flatMap(\.y) + chart.levels.map(\.value), isLog: chart.yIsLog, count: 6)
        let legend = Legend(chart.series)
        let marks = chart.marks.enumerated()
            .filter { mark in horizontal.share(mark.element.value).map { (0...1).contains($0) } ?? false }
            .map { (number: $0.offset + 1, mark: $0.element) }
        let frame = Frame(
            labels: vertical.ticks.map(\.label), top: legend.height + (marks.isEmpty ? 10 : 22), plotHeight: 250)
        frame.drawVertical(vertical, chart.yTitle, &canvas)
        frame.drawHorizontal(horizontal, chart.xTitle, &canvas)
        frame.drawMarks(marks, horizontal, &canvas)
        for (index, series) in chart.series.enumerated() {
            draw(series, index, horizontal, vertical, frame, &canvas)
        }
        frame.drawLevels(chart.levels, vertical, &canvas)
        legend.draw(&canvas) { index, x, y, canvas in
            let style = index % ChartDrawing.styleCount
            if chart.kind == .lines { canvas.path("M\(Digits.place(x)) \(Digits.place(y))h30", "curve c\(style)") }
            canvas.marker(index, x: x + 15, y: y, "dot f\(style)")
        }
        let height = list(marks, from: frame.bottom + 54, left: frame.left, &canvas)
        if xs.isEmpty {
            canvas.text(
                "nothing to draw yet", x: (frame.left + frame.right) / 2, y: (frame.top + frame.bottom) / 2, .middle,
                "name")
        }
        return (canvas.elements, Frame.width, height)
    }

    /// What the numbers stand for. Returns the height of the whole.
    private func list(
        _ marks: [(number: Int, mark: ChartMark)], from top: Double, left: Double, _ canvas: inout Canvas
    ) -> Double {
        var y = top
        for (number, mark) in marks.prefix(Self.namedMarks) {
            canvas.text("\(number)  \(mark.name)".shortened(to: 95), x: left, y: y, .start, "mark-name")
            y += 15
        }
        if marks.count > Self.namedMarks {
            canvas.text("and \(marks.count - Self.namedMarks) more", x: left, y: y, .start, "mark-name")
            y += 15
        }
        return y - 8
    }

    private func draw(
        _ series: ChartSeries, _ index: Int, _ horizontal: Axis, _ vertical: Axis, _ frame: Frame,
        _ canvas: inout Canvas
    ) {
        let points = zip(series.x, series.y).compactMap { x, y -> (x: Double, y: Double)? in
            guard let across = horizontal.share(x), let up = vertical.share(y) else { return nil }
            return (frame.x(across), frame.y(up))
        }
        let style = index % ChartDrawing.styleCount
        if chart.kind == .points {
            for point in points { canvas.marker(index, x: point.x, y: point.y, size: 2.4, "dot f\(style)") }
            return
        }
        let thinned = Self.thinned(points, width: frame.across)
        guard thinned.count > 1 else {
            for point in thinned { canvas.marker(index, x: point.x, y: point.y, "dot f\(style)") }
            return
        }
        var data = ""
        for (place, point) in thinned.enumerated() {
            data += (place == 0 ? "M" : "L") + Digits.place(point.x) + " " + Digits.place(point.y)
        }
        canvas.path(data, "curve c\(style)")
        let marked =
            thinned.count <= Self.markedPoints
            ? thinned
            : stride(from: thinned.count / 16, to: thinned.count, by: max(1, thinned.count / 8)).map { thinned[$0] }
        // One curve alone needs no marker, unless it is made of few points.
        guard chart.series.count > 1 || thinned.count <= Self.markedPoints else { return }
        for point in marked { canvas.marker(index, x: point.x, y: point.y, size: 2.6, "dot f\(style)") }
    }

    /// Of more points than pixels: of each column of pixels the first, the lowest, the highest and the last.
    static func thinned(_ points: [(x: Double, y: Double)], width: Double) -> [(x: Double, y: Double)] {
        guard Double(points.count) > width * 2 else { return points }
        var result: [(x: Double, y: Double)] = []
        var start = 0
        while start < points.count {
            var end = start
            let column = points[start].x.rounded(.down)
            while end < points.count, points[end].x.rounded(.down) == column { end += 1 }
            let places = start..<max(end, start + 1)
            let low = places.min { points[$0].y < points[$1].y } ?? start
            let high = places.max { points[$0].y < points[$1].y } ?? start
            for place in Set([places.lowerBound, low, high, places.upperBound - 1]).sorted() {
                result.append(points[place])
            }
            start = places.upperBound
        }
        return result
    }
}
