import Recipes

/// The learning rate over a run, before it begins.
public enum ScheduleScreen {
    /// A title and a line for each point; empty without points.
    public static func lines(_ points: [SchedulePoint]) -> [Line] {
        guard !points.isEmpty else { return [] }
        let rows = points.map { point in
            [
                point.share.map { Number.percent($0, digits: 0) } ?? "", Number.grouped(point.step),
                Number.fixed(point.epoch, digits: 1), Number.grouped(point.examples), Number.plain(point.rate),
            ]
        }
        let titles = ["", "step", "epoch", "examples", "rate"]
        let all = [titles] + rows
        let widths = titles.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.enumerated().map { index, row in
            let cells = zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }
            let label = (index == 0 ? "schedule" : "").padded(to: 12)
            return Line("  \(label)\(cells.joined(separator: "  "))", index == 0 ? .dim : .plain)
        }
    }
}
