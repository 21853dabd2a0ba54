// What can be wrong with means of the weights.
extension Recipe {
    func checkAverages(_ tree: Yaml, _ written: Set<String>, _ problems: inout Problems) {
        func add(
            _ code: String, _ keys: [String], _ message: String, _ hint: String?, _ severity: Severity = .error
        ) {
            problems.add(
                code, message, at: Place(keys: keys), line: tree.line(of: keys), hint: hint, severity: severity)
        }
        if written.contains("average.lawa.last"), averages.lawa.every == nil {
            add(
                "key.missing", ["average", "lawa", "every"],
                "`average.lawa.every` is missing: from one of the weights in the mean to the next.",
                "Write `lawa: {every: 500, last: \(averages.lawa.last)}`.")
        }
        if written.contains("average.swa.every"), averages.swa.from == nil {
            add(
                "key.missing", ["average", "swa", "from"],
                "`average.swa.from` is missing: the first of the weights in the mean.", "Write `swa: {from: 75 %}`.")
        }
        // A tensor's name must say whose it is.
        for average in averages.all {
            guard let index = model.layers.firstIndex(where: { $0.name + "." == average.prefix }) else { continue }
            add(
                "model.name", ["model", "layers", String(index)],
                "Layer \(index) is called `\(model.layers[index].name)`, as the tensors of the average are.",
                "Give it another name.")
        }
        checkTail(add)
    }

    private func checkTail(
        _ add: (String, [String], String, String?, Severity) -> Void
    ) {
        guard let from = averages.swa.from else { return }
        let hasTotal: Bool
        switch until {
        case .steps, .epochs: hasTotal = true
        case .seconds, .share, .forever: hasTotal = false
        }
        for (key, amount) in [("from", from), ("every", averages.swa.every)] where !hasTotal {
            guard case .share = amount else { continue }
            add(
                "schedule.no_total", ["average", "swa", key],
                "`average.swa.\(key)` is \(amount) of the run, which has no total number of steps.",
                "Give it in steps or epochs.", .error)
        }
        let isLate =
            switch (from, until) {
            case (.steps(let first), .steps(let total)): first > total
            case (.epochs(let first), .epochs(let total)): first > total
            default: false
            }
        if isLate {
            add(
                "average.late", ["average", "swa", "from"],
                "The mean begins after \(from), and the run ends after \(until).",
                "Begin earlier: `swa: {from: 75 %}`.",
                .warning)
        }
    }
}
