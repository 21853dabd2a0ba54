import Recipes

/// Series side by side: a row a step, a column a metric.
public struct MetricRows: Sendable {
    public let names: [String]
    /// In rising order of steps; a metric that was not measured at a step has no value there, and one that was not
    /// finite has NaN.
    public let rows: [(step: Int, values: [Double?])]

    public init(_ series: [Series]) {
        names = series.map(\.name)
        var cells: [Int: [Double?]] = [:]
        let empty = [Double?](repeating: nil, count: series.count)
        for (column, one) in series.enumerated() {
            for (step, value) in zip(one.steps, one.values) { cells[step, default: empty][column] = value }
            for step in one.nonFiniteSteps ?? [] where cells[step]?[column] == nil {
                cells[step, default: empty][column] = .nan
            }
        }
        rows = cells.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The newest rows, in four digits. Averages and gradient norms leave a narrow screen first.
    public func table(limit: Int) -> Table {
        Table(
            [Column("STEP", .right)]
                + names.map { name in
                    Column(
                        MetricRows.title(name), .right, optional: true,
                        yields: name.contains("@") ? 3 : name == "train.gradient_norm" ? 2 : 1)
                },
            rows: rows.suffix(max(1, limit)).map { row in
                [Cell(String(row.step))]
                    + zip(names, row.values).map { name, value in
                        Cell(
                            value.map { metricText($0, name: name) } ?? "",
                            value.map { $0.isFinite } ?? true ? .plain : .bad)
                    }
            })
    }

    /// RFC 4180 with line feeds, every digit of every value.
    public func csv(header: Bool) -> [String] {
        let title = (["step"] + names.map(MetricRows.field)).joined(separator: ",")
        let lines = rows.map { row in
            ([String(row.step)] + row.values.map { $0.map { "\($0)" } ?? "" }).joined(separator: ",")
        }
        return (header ? [title] : []) + lines
    }

    private static func title(_ name: String) -> String {
        name.replacing("validation.", with: "val.").uppercased()
    }

    private static func field(_ text: String) -> String {
        text.contains { ",\"\n".contains($0) } ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
}
