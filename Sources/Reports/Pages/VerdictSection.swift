import Recipes

/// What the checks found: what is broken first, and on the strongest evidence.
struct VerdictSection {
    let report: Report

    var elements: [Element] {
        let results = Self.ordered(report.results)
        guard !results.isEmpty else {
            return [.paragraph("No check has been run on this job.")]
        }
        return [Element.paragraph(Self.summary(results), "summary")]
            + CheckVerdict.shown.flatMap { verdict in
                group(verdict, results.filter { $0.verdict == verdict })
            }
    }

    /// `1 fails, 2 warn, 3 were skipped, 40 pass`.
    static func summary(_ results: [CheckResult]) -> String {
        let words: [(CheckVerdict, String, String)] = [
            (.fail, "fails", "fail"), (.warn, "warns", "warn"), (.skip, "was skipped", "were skipped"),
            (.pass, "passes", "pass"),
        ]
        let parts = words.compactMap { verdict, one, many -> String? in
            let count = results.count { $0.verdict == verdict }
            return count == 0 ? nil : "\(count) \(count == 1 ? one : many)"
        }
        return "Of \(results.count) check\(results.count == 1 ? "" : "s"): \(parts.joined(separator: ", "))."
    }

    /// Fail, warn, skip, pass; in each the strongest evidence first, then in the catalogue's order.
    static func ordered(_ results: [CheckResult]) -> [CheckResult] {
        let places = Dictionary(
            CheckCatalogue.all.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { first, _ in first })
        func rank(_ result: CheckResult) -> [Int] {
            [
                CheckVerdict.shown.firstIndex(of: result.verdict) ?? 0,
                CheckEvidence.allCases.firstIndex(of: result.evidence) ?? 0, places[result.id] ?? .max,
            ]
        }
        return results.enumerated().sorted { first, second in
            let (one, other) = (rank(first.element), rank(second.element))
            return one == other ? first.offset < second.offset : one.lexicographicallyPrecedes(other)
        }.map(\.element)
    }

    private func group(_ verdict: CheckVerdict, _ results: [CheckResult]) -> [Element] {
        guard !results.isEmpty else { return [] }
        let cards = results.map { CheckCard(result: $0, pictures: pictures($0)).element }
        switch verdict {
        case .fail, .warn: return cards
        case .skip: return [.details("\(results.count) skipped, and why", cards)]
        case .pass: return [.details("\(results.count) passed, with what they measured", cards)]
        }
    }

    /// Pictures stand beside what is wrong; those of the rest have a place of their own.
    private func pictures(_ result: CheckResult) -> [Picture] {
        guard result.verdict == .fail || result.verdict == .warn else { return [] }
        return report.pictures.filter { $0.id == result.id && !$0.isHistogram }.map(\.picture)
    }
}

extension CheckVerdict {
    /// In the order of a report.
    static let shown: [CheckVerdict] = [.fail, .warn, .skip, .pass]
}

/// One check: what was stated, what was measured, by which rule, and what to do next.
struct CheckCard {
    let result: CheckResult
    let pictures: [Picture]
    /// As many numbers stand in a row; more are a table.
    private static let numbersInARow = 12

    var element: Element {
        let entry = CheckCatalogue.entry(result.id)
        let title = Element(
            "h3", [:],
            [
                Element("span", ["class": "badge \(result.verdict.rawValue)"], result.verdict.rawValue), .words(" "),
                Element("span", ["class": "id"], result.id), .words(" \(entry?.title ?? "")"),
            ])
        let next = result.action.map { [Element.words($0)] } ?? []
        let body: [Element] = [
            title, .paragraph(result.message, "finding"),
            .terms([
                ("Next", next), ("Hypothesis", words(entry?.hypothesis)), ("Measured", measured),
                ("Threshold", words(entry?.threshold)), ("Its origin", words(entry?.origin)),
                ("Evidence", words(result.verdict == .skip ? nil : Self.evidence(result.evidence))),
                ("Where", places), ("Cost", words(cost)),
            ]),
        ]
        return Element(
            "article", ["class": "check \(result.verdict.rawValue)"],
            body + pictures.map { Element.figure($0, of: nil) })
    }

    private func words(_ text: String?) -> [Element] {
        guard let text, !text.isEmpty else { return [] }
        return [.words(text)]
    }

    private var cost: String {
        Digits.duration(result.seconds) + (result.step.map { ", at step \(Digits.grouped($0))" } ?? "")
    }

    private var measured: [Element] {
        let numbers = result.numbers.map { number -> (String, String) in
            (number.name, Self.text(number))
        }
        guard numbers.count > Self.numbersInARow else {
            return numbers.enumerated().flatMap { index, number -> [Element] in
                [.words((index == 0 ? "" : "; ") + number.0 + " "), Element("b", [:], number.1)]
            }
        }
        return [
            .details(
                "\(numbers.count) numbers",
                [.table(["number", "#value"], numbers.map { [$0.0, $0.1] }, caption: "Measured by \(result.id)")])
        ]
    }

    static func text(_ number: CheckNumber) -> String {
        guard let value = number.value else { return "not finite" }
        return Digits.short(value) + (number.unit.map { " \($0)" } ?? "")
    }

    private var places: [Element] {
        guard !result.places.isEmpty else { return [] }
        let list = Element("ul", [:], result.places.map { Element("li", [:], $0) })
        return result.places.count > 6 ? [.details("\(result.places.count) places", [list])] : [list]
    }

    static func evidence(_ evidence: CheckEvidence) -> String {
        switch evidence {
        case .invariant: "something that must hold exactly"
        case .counterfactual: "a twin that differs in one thing"
        case .statistic: "a number and its band"
        case .curve: "the look of a curve"
        }
    }
}
