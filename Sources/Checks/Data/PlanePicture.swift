import Datasets
import Recipes

extension OrderCheck {
    /// Examples of the picture, at most.
    private static let mostShown = 2_000
    private static let mostClasses = 8

    /// D4's picture: the training examples in the plane in which they differ most, coloured by what is right of them.
    static func drawPlane(_ bench: Bench, _ survey: Survey) {
        let rows = survey.training.rows
        let room = min(mostShown, (8 << 20) / max(bench.dataset.training.elementCount, 1))
        let count = min(rows.count, room)
        guard count > 2 else { return }
        let shown = (0..<count).map { rows.lowerBound + $0 * rows.count / count }
        let plane = PrincipalPlane(
            survey.inputs(shown), count: count, width: bench.dataset.training.elementCount,
            scales: survey.kind == .table, pool: bench.pool)
        guard let plane else { return }
        let groups = groups(survey, shown)
        let series = groups.map { name, places in
            ChartSeries(name, x: places.map { plane.points[$0].x }, y: places.map { plane.points[$0].y })
        }
        let shares = [plane.shares.0, plane.shares.1].map { $0.percent }
        bench.draw(
            Picture(
                "plane",
                caption:
                    "\(count.of("training example")) in the plane in which they differ most: it holds \(shares[0]) and "
                    + "\(shares[1]) of their variance.",
                chart: Chart(
                    .points, x: "first principal component", y: "second principal component", series: series)),
            for: "D4")
    }

    /// By class, the most frequent ones; by quarters of the targets where these are numbers.
    private static func groups(_ survey: Survey, _ shown: [Int]) -> [(name: String, places: [Int])] {
        if !survey.labels.isEmpty {
            let byLabel = Dictionary(grouping: shown.indices) { survey.labels[shown[$0]] }
            let frequent = byLabel.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.prefix(mostClasses)
            let named = frequent.sorted { $0.key < $1.key }.map { (survey.label(shown[$0.value[0]]), $0.value) }
            let others = byLabel.filter { pair in !frequent.contains { $0.key == pair.key } }.flatMap(\.value).sorted()
            return named + (others.isEmpty ? [] : [("others", others)])
        }
        let values = shown.map { survey.targets.indices.contains($0) ? Double(survey.targets[$0]) : 0 }
        let limits = [0.25, 0.5, 0.75].map { values.quantile($0) }
        let byQuarter = Dictionary(grouping: shown.indices) { place in limits.count { values[place] > $0 } }
        return byQuarter.sorted { $0.key < $1.key }.map { quarter, places in
            let low = places.map { values[$0] }.min() ?? 0
            let high = places.map { values[$0] }.max() ?? 0
            return ("target \(low.figure) to \(high.figure)", places)
        }
    }
}
