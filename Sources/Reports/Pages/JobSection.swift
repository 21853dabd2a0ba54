import Recipes

/// What was run: the recipe word by word, the data, the runs, and what decided the bits.
struct JobSection {
    let report: Report

    var elements: [Element] {
        var elements: [Element] = []
        if !report.job.warnings.isEmpty {
            elements.append(
                .table(
                    ["code", "finding", "what to do"],
                    report.job.warnings.map { [$0.code, $0.message, $0.hint ?? ""] },
                    caption: "Findings at its submission"))
        }
        elements.append(.terms(data.map { ($0.0, [.words($0.1)]) }))
        if let changes = report.job.changes, !changes.isEmpty {
            let rows = changes.map { change in
                [
                    Digits.grouped(change.step),
                    change.values.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }.joined(separator: ", "),
                ]
            }
            elements.append(.table(["step", "change"], rows, caption: "Changes while it ran"))
        }
        if let harvests = report.job.harvests, !harvests.isEmpty {
            let rows = harvests.map {
                [
                    $0.job, Digits.grouped($0.fromStep), Digits.grouped($0.step), $0.metric,
                    $0.value.map(Digits.short) ?? "",
                ]
            }
            elements.append(
                .table(["harvest", "#from step", "#to step", "metric", "#value"], rows, caption: "Harvests"))
        }
        if let runs = report.job.runs, !runs.isEmpty {
            let rows = runs.reversed().map { run in
                [
                    String(run.number), Digits.grouped(run.firstStep), run.lastStep.map(Digits.grouped) ?? "",
                    run.endedUsec.map { Digits.duration(Double($0 - run.startedUsec) / 1e6) } ?? "running",
                    run.reason?.message ?? "",
                ]
            }
            elements.append(.table(["run", "#from step", "#to step", "#time", "end"], rows, caption: "Runs"))
        }
        elements.append(
            .details(
                "The recipe",
                [Element("pre", ["tabindex": "0", "aria-label": "The recipe"], report.job.recipe)]))
        return elements
    }

    private var data: [(String, String)] {
        var pairs: [(String, String)] = [("Recipe", report.job.recipeDigest)]
        if let facts = report.facts {
            let splits =
                "\(Digits.grouped(facts.trainingCount)) training, \(Digits.grouped(facts.validationCount)) validation, "
                + "\(Digits.grouped(facts.testCount)) test examples"
            pairs.append(("Data", splits + " of shape \(facts.inputShape.map(String.init).joined(separator: " × "))"))
            if case .classes(let names) = facts.target {
                let shown = names.prefix(24).joined(separator: ", ")
                pairs.append(("Classes", "\(names.count): \(shown)\(names.count > 24 ? " and others" : "")"))
            }
        }
        if let parent = report.job.parentCheckpoint { pairs.append(("Began at", parent)) }
        pairs += report.job.environment.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        return pairs
    }
}
