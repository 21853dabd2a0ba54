import Recipes

/// Bars beside each other, one group for each label.
struct BarDrawing {
    let chart: Chart

    var drawn: (elements: [Element], width: Double, height: Double) {
        var canvas = Canvas()
        let vertical = Axis(
            chart.series.flatMap(\.y) + chart.levels.map(\.value), isLog: chart.yIsLog, count: 6,
            keepsZero: !chart.yIsLog)
        let legend = Legend(chart.series)
        let frame = Frame(labels: vertical.ticks.map(\.label), top: legend.height + 10, plotHeight: 230)
        frame.drawVertical(vertical, chart.yTitle, &canvas)
        let groups = max(chart.labels.count, chart.series.map(\.y.count).max() ?? 0, 1)
        let room = frame.across / Double(groups)
        let bar = max(room * 0.84 / Double(max(chart.series.count, 1)), 0.5)
        let zero = vertical.isLog ? frame.bottom : frame.y(vertical.share(0) ?? 0)
        for (index, series) in chart.series.enumerated() {
            for (group, value) in series.y.prefix(groups).enumerated() {
                guard let share = vertical.share(value) else { continue }
                let x = frame.left + Double(group) * room + room * 0.08 + Double(index) * bar
                let y = frame.y(share)
                let name = chart.labels.indices.contains(group) ? chart.labels[group] + ": " : ""
                canvas.rectangle(
                    x: x, y: min(y, zero), width: bar * 0.94, height: max(abs(zero - y), value == 0 ? 0 : 0.6),
                    "bar f\(index % ChartDrawing.styleCount)", title: name + Digits.short(value))
            }
        }
        frame.drawLevels(chart.levels, vertical, &canvas)
        let below = drawNames(frame, groups, room, &canvas)
        canvas.text(
            chart.xTitle.shortened(to: 90), x: (frame.left + frame.right) / 2, y: frame.bottom + below + 18, .middle,
            "name")
        legend.draw(&canvas) { index, x, y, canvas in
            canvas.rectangle(x: x + 8, y: y - 6, width: 20, height: 11, "bar f\(index % ChartDrawing.styleCount)")
        }
        return (canvas.elements, Frame.width, frame.bottom + below + 28)
    }

    /// Names below the bars: upright where they fit, turned where they do not, some of them where they are many.
    /// Returns the room that they take.
    private func drawNames(_ frame: Frame, _ groups: Int, _ room: Double, _ canvas: inout Canvas) -> Double {
        let names = chart.labels.prefix(groups).map { $0.shortened(to: 18) }
        let widest = names.map(Canvas.width).max() ?? 0
        let isTurned = widest > room && widest > 40
        let every = max(1, Int(((isTurned ? 14 : widest + 6) / room).rounded(.up)))
        for (index, name) in names.enumerated() where index % every == 0 {
            let x = frame.left + (Double(index) + 0.5) * room
            if isTurned {
                canvas.text(name, x: x + 4, y: frame.bottom + 8, .end, "tick", turned: true)
            } else {
                canvas.text(name, x: x, y: frame.bottom + 16, .middle, "tick")
            }
        }
        return isTurned ? widest + 14 : 18
    }
}
