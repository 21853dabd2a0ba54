import Recipes

/// Pictures of what passes: sheets, galleries, maps, histograms, in the catalogue's order.
struct PictureSection {
    let report: Report

    var elements: [Element] {
        let troubled = Set(
            report.results.filter { $0.verdict == .fail || $0.verdict == .warn }.map(\.id))
        let order = Dictionary(
            CheckCatalogue.all.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { first, _ in first })
        let pictures = report.pictures.filter { !troubled.contains($0.id) && !$0.isHistogram }.enumerated()
            .sorted { ((order[$0.element.id] ?? .max), $0.offset) < ((order[$1.element.id] ?? .max), $1.offset) }
        return pictures.map { Element.figure($0.element.picture, of: $0.element.id) }
    }
}
