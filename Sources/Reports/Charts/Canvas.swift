/// Shapes of a drawing as SVG, one after another. Colours come from classes, which `ChartStyle` gives them.
struct Canvas {
    private(set) var elements: [Element] = []

    enum Anchor: String { case start, middle, end }

    mutating func line(_ from: (x: Double, y: Double), _ to: (x: Double, y: Double), _ style: String) {
        add(
            "line",
            [
                "x1": Digits.place(from.x), "y1": Digits.place(from.y), "x2": Digits.place(to.x),
                "y2": Digits.place(to.y), "class": style,
            ])
    }

    mutating func rectangle(
        x: Double, y: Double, width: Double, height: Double, _ style: String, opacity: Double? = nil,
        title: String? = nil
    ) {
        let titles = title.map { [Element("title", [:], $0)] }
        elements.append(
            Element(
                "rect",
                [
                    "x": Digits.place(x), "y": Digits.place(y), "width": Digits.place(max(width, 0)),
                    "height": Digits.place(max(height, 0)), "class": style,
                    "fill-opacity": opacity.map { Digits.fixed($0, places: 3) },
                ], titles))
    }

    mutating func path(_ data: String, _ style: String) { add("path", ["d": data, "class": style]) }

    mutating func text(
        _ words: String, x: Double, y: Double, _ anchor: Anchor = .start, _ style: String, turned: Bool = false
    ) {
        let turn = turned ? "rotate(-90 \(Digits.place(x)) \(Digits.place(y)))" : nil
        elements.append(
            Element(
                "text",
                [
                    "x": Digits.place(x), "y": Digits.place(y), "text-anchor": anchor.rawValue, "class": style,
                    "transform": turn,
                ], words))
    }

    /// A mark of one of six shapes, so that curves are told apart without their colours.
    mutating func marker(_ shape: Int, x: Double, y: Double, size: Double = 3.2, _ style: String) {
        let s = size
        func corners(_ points: [(Double, Double)]) -> String {
            points.enumerated().map { index, point in
                (index == 0 ? "M" : "L") + Digits.place(x + point.0) + " " + Digits.place(y + point.1)
            }.joined() + "Z"
        }
        switch shape % 6 {
        case 0: add("circle", ["cx": Digits.place(x), "cy": Digits.place(y), "r": Digits.place(s), "class": style])
        case 1: path(corners([(-s, -s), (s, -s), (s, s), (-s, s)]), style)
        case 2: path(corners([(0, -1.3 * s), (1.2 * s, s), (-1.2 * s, s)]), style)
        case 3: path(corners([(0, -1.4 * s), (1.4 * s, 0), (0, 1.4 * s), (-1.4 * s, 0)]), style)
        case 4: path(corners([(-1.2 * s, -s), (1.2 * s, -s), (0, 1.3 * s)]), style)
        default:
            let t = s / 2.2
            path(
                corners([
                    (-t, -s), (t, -s), (t, -t), (s, -t), (s, t), (t, t), (t, s), (-t, s), (-t, t), (-s, t), (-s, -t),
                    (-t, -t),
                ]), style)
        }
    }

    private mutating func add(_ name: String, _ attributes: KeyValuePairs<String, String?>) {
        elements.append(Element(name, attributes))
    }

    /// Columns that text of the charts' size takes, somewhat generously.
    static func width(_ words: String) -> Double { Double(words.count) * 6.6 }
}
