/// `initial: kaiming`, or `initial: {kind: normal, deviation: 0.02}`.
extension InitialValues: Keyed {
    static var draft: InitialValues { InitialValues() }

    private static let keys = Table<InitialValues>(
        keys: [
            .choice("kind", \.kind, .frozen, required: true, "How the weights begin."),
            .number("deviation", \.deviation, 1e-6...10, .frozen, "normal: its standard deviation."),
        ], shortForms: ["": "kind"], noun: "initial value")

    static let help =
        "default is uniform in ±1/√inputs, biases too (PyTorch's). Under the others biases begin at 0: kaiming is "
        + "normal of variance 2 / inputs, for relu and its like; xavier uniform in ±√(6 / (inputs + outputs)), for tanh "
        + "and sigmoid; lecun normal of variance 1 / inputs; normal has the deviation of "
        + "`{kind: normal, deviation: 0.02}`; zero is 0. Inputs are those that feed one output."

    static let type = "one of \(Kind.allCases.map(\.rawValue).joined(separator: ", ")), or mapping"

    static func read(_ yaml: Yaml, _ place: Place, _ problems: inout Problems) -> InitialValues? {
        var values = InitialValues()
        var inner = Problems()
        let written = keys.read(yaml, at: place, into: &values, &inner)
        if written.contains("deviation"), values.kind != .normal, !inner.hasErrors {
            inner.add(
                "model.initial", "`deviation` has no meaning for `\(values.kind.rawValue)`.", at: place + "deviation",
                line: yaml.line(of: ["deviation"]), hint: "Remove it, or write `kind: normal`.")
        }
        problems.add(inner.findings)
        return inner.hasErrors ? nil : values
    }
}
