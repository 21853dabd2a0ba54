/// What a check shows: a chart, which its reader draws, or pixels.
public struct Picture: Codable, Sendable, Equatable {
    /// Unique among those of its check: `loss`, `sheet-1`.
    public var name: String
    public var caption: String
    public var chart: Chart?
    /// A PNG file in base64; at most `mostBytes` of it.
    public var png: String?

    /// What fits into a message with room to spare.
    public static let mostBytes = 600_000

    public init(_ name: String, caption: String, chart: Chart? = nil, png: String? = nil) {
        self.name = name
        self.caption = caption
        self.chart = chart
        self.png = png
    }
}

/// Curves, bars, points or a map of cells over two axes.
public struct Chart: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable, Equatable {
        /// `series` as lines.
        case lines
        /// `series` as bars beside each other, one for each of `labels`.
        case bars
        /// `series` as points.
        case points
        /// `cells`, row by row from above; dark is high.
        case map
    }
    public var kind: Kind
    /// With its unit in brackets.
    public var xTitle: String
    public var yTitle: String
    public var xIsLog: Bool
    public var yIsLog: Bool
    public var series: [ChartSeries]
    /// Names of the bars, or of a map's columns.
    public var labels: [String]
    /// map: names of the rows.
    public var rowLabels: [String]
    /// map: its cells, row by row, `columns` of them each. The wire has no lists of lists.
    public var values: [Double]
    public var columns: Int
    /// Lines across, as of baselines.
    public var levels: [ChartMark]
    /// Lines from top to bottom, as of events.
    public var marks: [ChartMark]

    public init(
        _ kind: Kind, x: String, y: String, xIsLog: Bool = false, yIsLog: Bool = false, series: [ChartSeries] = [],
        labels: [String] = [], rowLabels: [String] = [], cells: [[Double]] = [], levels: [ChartMark] = [],
        marks: [ChartMark] = []
    ) {
        self.kind = kind
        xTitle = x
        yTitle = y
        self.xIsLog = xIsLog
        self.yIsLog = yIsLog
        self.series = series
        self.labels = labels
        self.rowLabels = rowLabels
        values = cells.flatMap(\.self)
        columns = cells.first?.count ?? 0
        self.levels = levels
        self.marks = marks
    }

    /// map: rows of cells.
    public var cells: [[Double]] {
        guard columns > 0 else { return [] }
        return stride(from: 0, to: values.count, by: columns).map {
            Array(values[$0..<min($0 + columns, values.count)])
        }
    }
}

/// One curve: points with finite numbers only.
public struct ChartSeries: Codable, Sendable, Equatable {
    public var name: String
    public var x: [Double]
    public var y: [Double]

    public init(_ name: String, x: [Double], y: [Double]) {
        self.name = name
        self.x = x
        self.y = y
    }
}

/// A line at one value of an axis, with its name.
public struct ChartMark: Codable, Sendable, Equatable {
    public var name: String
    public var value: Double

    public init(_ name: String, _ value: Double) {
        self.name = name
        self.value = value
    }
}

extension Chart.Kind: Documented {
    public static var interfaceName: String { "ChartKind" }
}
