/// `expect:` while it is read.
struct ExpectationDraft: Keyed {
    var metric: String?
    var above: Double?
    var below: Double?

    static var draft: ExpectationDraft { ExpectationDraft() }

    static let keys = Table<ExpectationDraft>(
        keys: [
            .custom("metric", "text", .frozen, required: true, "The metric: `validation.accuracy`.") {
                yaml, place, root, problems in
                guard let name = yaml.text(at: place, &problems) else { return }
                guard isMetric(name) else {
                    problems.add(
                        "value.metric", "`\(place.dotted)` is \(yaml.kindName), which no run measures.", at: place,
                        line: yaml.line,
                        hint: Spelling.nearest(name, of: names).map { "Did you mean `\($0)`?" }
                            ?? "Metrics are \(KeyEntry.list(names)); an average's has `@ema-0.999` behind it.")
                    return
                }
                root.metric = name
            },
            .number("above", \.above, -1e300...1e300, .frozen, "The value it shall exceed."),
            .number("below", \.below, -1e300...1e300, .frozen, "The value it shall stay below."),
        ], noun: "hypothesis")

    static let names = ["train", "validation", "test"].flatMap { split in
        ["loss", "accuracy", "mae"].map { "\(split).\($0)" }
    }

    static func isMetric(_ name: String) -> Bool {
        let parts = name.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard names.contains(String(parts[0])) else { return false }
        return parts.count == 1 || AverageName.canonical(String(parts[1])) != nil
    }

    static func read(_ yaml: Yaml, _ place: Place, _ problems: inout Problems) -> Expectation? {
        var draft = ExpectationDraft()
        var inner = Problems()
        keys.read(yaml, at: place, into: &draft, &inner)
        if !inner.hasErrors, (draft.above == nil) == (draft.below == nil) {
            inner.add(
                "value.expect", "`expect` needs one of `above` and `below`.", at: place, line: yaml.line,
                hint: "Write `expect: {metric: validation.accuracy, above: 0.98}`.")
        }
        problems.add(inner.findings)
        guard !inner.hasErrors, let metric = draft.metric else { return nil }
        return Expectation(metric: metric, above: draft.above, below: draft.below)
    }
}
