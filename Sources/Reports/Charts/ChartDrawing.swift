import Recipes

/// A chart as SVG: for a page of HTML, or a file of its own.
///
/// Curves differ by colour, dashes and markers; dark and light follow the reader's scheme. Nothing in it moves, runs or
/// is fetched.
public struct ChartDrawing {
    let chart: Chart
    let title: String
    /// Whether a map is drawn as low as it can be read.
    private let isStrip: Bool

    /// - Parameter title: what it shows, in a line; read out in place of the drawing.
    public init(_ chart: Chart, title: String) { self.init(chart, title: title, isStrip: false) }

    init(_ chart: Chart, title: String, isStrip: Bool) {
        self.isStrip = isStrip
        self.chart = chart
        self.title = title
    }

    /// A file of SVG that carries its colours.
    public var svg: String { Self.svg([self], title: title) }

    /// A file of several drawings, one below the other.
    public static func svg(_ drawings: [ChartDrawing], title: String) -> String {
        var top = 0.0
        var elements: [Element] = []
        for drawing in drawings {
            let (element, height) = drawing.element(top: top)
            elements.append(element)
            top += height
        }
        let file = Element(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": "0 0 \(Digits.place(Frame.width)) \(Digits.place(top))",
                "width": Digits.place(Frame.width), "height": Digits.place(top),
            ],
            [
                Element("title", [:], title), Element("style", [:], [Element(raw: ChartStyle.sheet)]),
                // A file has a ground of its own; a page shows through.
                Element("rect", ["width": "100%", "height": "100%", "class": "ground"], nil),
            ] + elements)
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + file.text + "\n"
    }

    /// For a page that has the style sheet.
    var element: Element { element(top: nil).element }

    /// - Parameter top: where it lies in a larger drawing.
    private func element(top: Double?) -> (element: Element, height: Double) {
        let drawn = drawn
        let element = Element(
            "svg",
            [
                "y": top.map(Digits.place), "viewBox": "0 0 \(Digits.place(drawn.width)) \(Digits.place(drawn.height))",
                "width": Digits.place(drawn.width), "height": Digits.place(drawn.height), "class": "chart",
                "role": "img", "aria-label": "\(title). \(ChartWords.of(chart))",
            ], [Element("title", [:], title)] + drawn.elements)
        return (element, drawn.height)
    }

    private var drawn: (elements: [Element], width: Double, height: Double) {
        switch chart.kind {
        case .map: MapDrawing(chart: chart, isStrip: isStrip).drawn
        case .bars: BarDrawing(chart: chart).drawn
        case .lines, .points: CurveDrawing(chart: chart).drawn
        }
    }

    /// How many styles curves have before they repeat.
    static let styleCount = 8
}

/// What a chart says, for those who do not see it.
enum ChartWords {
    static func of(_ chart: Chart) -> String {
        var sentences: [String] = []
        switch chart.kind {
        case .map:
            sentences.append("A map of \(chart.cells.count) rows, \(chart.yTitle), and columns, \(chart.xTitle)")
        case .bars:
            sentences.append("Bars of \(chart.yTitle) over \(chart.xTitle)")
        case .lines, .points:
            sentences.append("\(chart.yTitle) over \(chart.xTitle)")
        }
        for series in chart.series.prefix(12) {
            let values = series.y.filter(\.isFinite)
            guard let low = values.min(), let high = values.max(), let last = values.last else { continue }
            sentences.append(
                "\(series.name): \(values.count) values from \(Digits.short(low)) to \(Digits.short(high))"
                    + (chart.kind == .lines ? ", at last \(Digits.short(last))" : ""))
        }
        sentences += chart.levels.map { "Line at \(Digits.short($0.value)): \($0.name)" }
        sentences += chart.marks.prefix(12).map { "Mark at \(Digits.short($0.value)): \($0.name)" }
        return sentences.joined(separator: ". ") + "."
    }
}
