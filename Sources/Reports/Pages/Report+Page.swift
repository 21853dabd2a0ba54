import Recipes

extension Report {
    /// One page of HTML that needs nothing else: no network, no script. Verdicts come first.
    public var page: String {
        var sections = [
            Section("Verdicts", id: "verdicts", VerdictSection(report: self).elements),
            Section("Expectations", id: "expectations", LedgerSection(entries: ledger, job: name).elements),
            Section("Improvements", id: "improvements", ImprovementSection(rounds: improvements).elements),
            Section("Curves", id: "curves", CurveSection(report: self).elements),
            Section("Gradients and updates", id: "histograms", HistogramSection(self).elements),
            Section("Pictures", id: "pictures", PictureSection(report: self).elements),
            Section("What it is worth", id: "quality", QualitySection(report: self).elements),
            Section("Job", id: "job", JobSection(report: self).elements),
        ]
        sections.removeAll(where: \.elements.isEmpty)
        return Page(
            title: name, subtitle: subtitle, top: ConditionSection(report: self).elements, sections: sections,
            footer: "Printed \(printed) by simmer \(version)."
        ).text
    }

    var subtitle: String {
        var parts = ["job \(job.summary.id)", job.kind ?? "train", job.summary.state.rawValue]
        if let progress = job.summary.progress {
            let total = progress.totalSteps.map { " of \(Digits.grouped($0))" } ?? ""
            parts.append("step \(Digits.grouped(progress.step))\(total)")
        }
        if job.summary.activeUsec > 0 {
            parts.append("\(Digits.duration(Double(job.summary.activeUsec) / 1e6)) of training")
        }
        if let count = job.parameterCount { parts.append("\(Digits.grouped(count)) parameters") }
        return parts.joined(separator: " · ")
    }
}

/// A part of a page with a heading that the contents name.
struct Section {
    var title: String
    var id: String
    var elements: [Element]

    init(_ title: String, id: String, _ elements: [Element]) {
        self.title = title
        self.id = id
        self.elements = elements
    }
}

/// The frame of every page. Its text is HTML, and XML as well.
struct Page {
    var title: String
    var subtitle: String
    /// Before the contents.
    var top: [Element]
    var sections: [Section]
    var footer: String

    var text: String {
        let head = Element(
            "head", [:],
            [
                Element("meta", ["charset": "utf-8"]),
                Element("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
                Element("meta", ["name": "color-scheme", "content": "light dark"]),
                // What the page says of itself: it fetches nothing and runs nothing.
                Element(
                    "meta",
                    [
                        "http-equiv": "Content-Security-Policy",
                        "content": "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
                    ]),
                Element("title", [:], "\(title) · simmer"), Element("style", [:], [Element(raw: PageStyle.sheet)]),
            ])
        let contents = Element(
            "nav", ["aria-label": "Contents"],
            [
                Element(
                    "ul", [:],
                    sections.map {
                        Element("li", [:], [Element("a", ["href": "#\($0.id)"], $0.title)])
                    })
            ])
        let body = Element(
            "body", [:],
            [
                Element("header", [:], [Element("h1", [:], title), Element("p", ["class": "sub"], subtitle)]),
                Element("main", [:], top + [contents] + sections.map(\.element)),
                Element("footer", [:], [Element("p", [:], footer)]),
            ])
        return "<!DOCTYPE html>\n" + Element("html", ["lang": "en"], [head, body]).text + "\n"
    }
}

extension Section {
    fileprivate var element: Element {
        Element(
            "section", ["id": id, "aria-labelledby": "\(id)-title"],
            [Element("h2", ["id": "\(id)-title"], title)] + elements)
    }
}
