import Recipes

/// The metrics over the steps, with what happened on the way.
struct CurveSection {
    let report: Report

    var elements: [Element] {
        let charts = MetricCharts(
            report.series, marks: report.marks, baselines: report.baselines,
            units: MetricCharts.units(facts: report.facts, recipe: report.recipe)
        ).charts
        guard !charts.isEmpty else { return [.paragraph("Nothing has been measured yet.")] }
        return charts.map { chart in
            Element.figure(Picture(chart.name, caption: chart.caption, chart: chart.chart), of: nil)
        }
    }
}

extension Report {
    /// Changes of hot keys, harvests and restarts by their steps.
    var marks: [ChartMark] { MetricCharts.marks(of: job) }

    /// What is reached without learning, and by people: lines across the curves of the same ending.
    var baselines: [String: [ChartMark]] {
        MetricCharts.baselines(facts: facts, recipe: recipe, results: results)
    }
}
