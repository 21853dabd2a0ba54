import Recipes

/// Under which conditions the rest is to be read: what was passed by force, and what was acknowledged with a reason.
struct ConditionSection {
    let report: Report

    var elements: [Element] {
        var lines = report.forced.map { Element("li", [:], [Element("b", [:], "Forced: "), .words($0)]) }
        for (id, reason) in report.acknowledged.sorted(by: { $0.key < $1.key }) {
            let title = CheckCatalogue.entry(id).map { " (\($0.title))" } ?? ""
            lines.append(
                Element("li", [:], [Element("b", [:], "\(id) acknowledged\(title): "), .words(reason)]))
        }
        guard !lines.isEmpty else { return [] }
        return [
            Element(
                "aside", ["class": "conditions", "aria-label": "Conditions"],
                [Element("h2", [:], "Read this with caution"), Element("ul", [:], lines)])
        ]
    }
}
