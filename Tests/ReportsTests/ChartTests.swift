import Foundation
import Recipes
import Testing

@testable import Reports

@Suite struct ChartTests {
    @Test(arguments: Specimen.pictures.compactMap(\.picture.chart)) func filesOfTheirOwn(_ chart: Chart) throws {
        let svg = ChartDrawing(chart, title: "a <b> & c").svg
        let elements = try ReportTests.Elements.read(svg)
        #expect(elements.all.first?.name == "svg")
        #expect(elements.named("script").isEmpty)
        #expect(svg.contains("prefers-color-scheme:dark"))
        // The only address is the name of the language.
        #expect(svg.components(separatedBy: "http").count == 2)
        expectFinite(elements)
    }

    /// Every number of a drawing is one, and within a sensible distance of it.
    private func expectFinite(_ elements: ReportTests.Elements) {
        for (name, attributes) in elements.all {
            for (key, value) in attributes where ["x", "y", "x1", "x2", "y1", "y2", "width", "height"].contains(key) {
                guard value != "100%" else { continue }
                let number = Double(value)
                #expect(number.map { $0 > -100 && $0 < 3000 } == true, "\(name) \(key)=\(value)")
            }
            if name == "path" {
                #expect(attributes["d"]?.contains("nan") == false && attributes["d"]?.contains("inf") == false)
            }
        }
    }

    /// Nothing, one point, equal values, values that are none, and far too many of them.
    @Test func chartsOfOddData() throws {
        let odd: [Chart] = [
            Chart(.lines, x: "x", y: "y"), Chart(.bars, x: "x", y: "y"), Chart(.map, x: "x", y: "y"),
            Chart(.points, x: "x", y: "y", series: [ChartSeries("a", x: [1], y: [1])]),
            Chart(.lines, x: "x", y: "y", series: [ChartSeries("a", x: [1, 2], y: [0, 0])]),
            Chart(.lines, x: "x", y: "y", series: [ChartSeries("a", x: [1, 2, 3], y: [.nan, .infinity, 1e308])]),
            Chart(
                .lines, x: "x", y: "y", xIsLog: true, yIsLog: true,
                series: [ChartSeries("a", x: [0, -1, 10], y: [0, 1, 1e-30])]),
            Chart(.bars, x: "x", y: "y", yIsLog: true, series: [ChartSeries("a", x: [], y: [0, 1, 1e9])]),
            Chart(.bars, x: "x", y: "y", series: [ChartSeries("a", x: [], y: [-3, 4])], labels: ["a"]),
            Chart(.map, x: "x", y: "y", cells: [[.nan, 1], [2]]),
            Chart(.map, x: "x", y: "y", cells: [[0, 0], [0, 0]]),
            Chart(
                .lines, x: "x", y: "y",
                series: [ChartSeries("a", x: (0..<100_000).map(Double.init), y: (0..<100_000).map { Double($0 % 97) })],
                marks: (0..<40).map { ChartMark("m\($0)", Double($0 * 1000)) }),
        ]
        for chart in odd {
            let svg = ChartDrawing(chart, title: "t").svg
            expectFinite(try ReportTests.Elements.read(svg))
            #expect(svg.utf8.count < 200_000)
        }
    }

    /// Names of lines: no name on another, and no line through one where there is room.
    @Test(arguments: [
        [120.0], [120, 126], [100, 104, 108, 200], [12, 13, 14], [248, 249], [20, 60, 61, 62, 63, 180],
    ])
    func namesOfLinesStandApart(_ lines: [Double]) {
        let places = Frame.places(of: lines, from: 10, to: 250)
        #expect(places.count == lines.count)
        for (index, place) in places.enumerated() {
            #expect(place - 11 >= 10 && place + 3 <= 250, "\(places)")
            #expect(places[(index + 1)...].allSatisfy { abs($0 - place) >= 14 }, "\(places)")
            #expect(!lines.contains { $0 > place - 11 && $0 < place + 3 }, "\(lines) \(places)")
        }
    }

    /// More lines than there is room for names.
    @Test func crowdedNamesAreDrawnAllTheSame() {
        let places = Frame.places(of: (0..<40).map { 10 + Double($0) * 6 }, from: 10, to: 250)
        #expect(places.count == 40 && places.allSatisfy(\.isFinite))
        #expect(Frame.places(of: [5], from: 10, to: 10) == [1])
    }

    @Test func ticksAreRound() {
        #expect(Axis.steps(0, 1, 5).map(\.label) == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"])
        #expect(
            Axis.steps(-3, 12_000, 6).map(\.label) == [
                "0", "2000", "4000", "6000", "8000", "10\u{A0}000", "12\u{A0}000",
            ])
        #expect(
            Axis([0.01, 100], isLog: true, count: 6).ticks.filter { !$0.label.isEmpty }.map(\.label)
                == ["0.01", "0.1", "1", "10", "100"])
        let narrow = Axis([2.0, 2.5], isLog: true, count: 5)
        #expect(narrow.ticks.filter { !$0.label.isEmpty }.count >= 3)
        #expect(Axis([5.0], isLog: false, count: 5).share(5) == 0.5)
        #expect(Axis([1, 10], isLog: true, count: 5, pads: false).share(10) == 1)
        #expect(Axis([1, 10], isLog: true, count: 5).share(0) == nil)
    }

    /// On cells of any darkness, in both schemes, the ink has a contrast of at least 4.5 (WCAG 2.2, 1.4.3).
    @Test func numbersOnCellsAreRead() {
        for step in 0...200 {
            let share = Double(step) / 200
            let style = MapInk.style(share)
            for (scheme, black) in [(MapInk.light, style.contains("lk")), (MapInk.dark, style.contains("dk"))] {
                let ground = MapInk.luminance(scheme.cell, over: scheme.ground, share)
                let contrast = black ? (ground + 0.05) / 0.05 : 1.05 / (ground + 0.05)
                #expect(contrast >= 4.5, "\(share)")
            }
        }
    }

    /// A curve of more points than pixels keeps its extremes.
    @Test func thinningKeepsExtremes() {
        var points = (0..<10_000).map { (x: Double($0) / 20, y: 100.0) }
        points[7_777].y = 3
        points[4_242].y = 250
        let thinned = CurveDrawing.thinned(points, width: 500)
        #expect(thinned.count < 2_100)
        #expect(thinned.contains { $0.y == 3 } && thinned.contains { $0.y == 250 })
        #expect(thinned.first?.x == 0 && thinned.last?.x == points.last?.x)
    }

    @Test func metricsOfOneKindShareAxes() {
        let charts = MetricCharts(Specimen.series, marks: MetricCharts.marks(of: Specimen.job())).charts
        #expect(charts.map(\.name) == ["loss", "accuracy", "rate"])
        #expect(charts[0].chart.series.count == 3 && charts[0].chart.yIsLog)
        #expect(!charts[1].chart.yIsLog)
        #expect(charts[0].chart.marks.map(\.value) == [5_000, 8_000, 12_000])
    }

    /// Ten classes of one size: the best constant answer loses ln 10, and is right in a tenth.
    @Test func baselinesFollowFromTheClasses() throws {
        let report = Specimen.report()
        let loss = try #require(report.baselines["loss"]?.first)
        #expect(abs(loss.value - 2.302585092994046) < 1e-12)
        #expect(report.baselines["loss"]?.map(\.name) == ["best constant", "linear"])
        #expect(report.baselines["accuracy"]?.map(\.value) == [0.1, 0.92, 0.97])
    }

    @Test func numbersAsPeopleReadThem() {
        #expect(Digits.short(0.00001234) == "1.23e-5")
        #expect(Digits.short(1_234_567) == "1\u{A0}234\u{A0}567")
        #expect(Digits.short(0.98123) == "0.9812")
        #expect(
            Digits.duration(0.0312) == "31 ms" && Digits.duration(75) == "75 s" && Digits.duration(7_200) == "2.0 h")
        #expect(Digits.place(12.04) == "12" && Digits.place(-0.26) == "-0.3")
    }
}
