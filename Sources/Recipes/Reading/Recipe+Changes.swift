/// Changes of hot keys: checked before the daemon commits them, applied as a pure function of the step.
extension Recipe {
    /// What is wrong with a change of hot keys; empty when it may be committed. `rate`, `clip` and `evaluate` are short
    /// for `optimizer.rate`, `clip.gradient_norm` and `evaluate.every`. A frozen key is refused with the hint to branch.
    public static func validateChange(_ values: [String: String]) -> [Finding] {
        var recipe = draft
        return recipe.apply(values)
    }

    /// The recipe in force for the update with index `step`: changes whose `step` is at most that, oldest first.
    ///
    /// - Throws: `SimmerError.recipeInvalid` for a change that `validateChange` would have refused.
    public func applying(_ changes: [HotChange], upTo step: Int) throws -> Recipe {
        var recipe = self
        for change in changes where change.step <= step {
            let findings = recipe.apply(change.values)
            guard findings.isEmpty else { throw SimmerError.recipeInvalid(findings: findings) }
        }
        return recipe
    }

    private mutating func apply(_ values: [String: String]) -> [Finding] {
        var problems = Problems()
        var changed = self
        if values.isEmpty { problems.add("change.empty", "The change names no key.", line: nil) }
        for (key, text) in values.sorted(by: { $0.key < $1.key }) {
            Self.change(key, to: text, &changed, &problems)
        }
        if !problems.hasErrors { self = changed }
        return problems.findings.filter { $0.severity == .error }
    }

    private static func change(_ name: String, to text: String, _ recipe: inout Recipe, _ problems: inout Problems) {
        var path = keys.aliases[name] ?? name
        var text = text
        if path.hasPrefix("until."), let unit = path.split(separator: ".").last {
            // `until.steps=5000` as `--set` has it.
            text = "{\(unit): \(text)}"
            path = "until"
        }
        if let short = keys.shortForms[path] { path = short }
        let place = Place(keys: path.split(separator: ".", omittingEmptySubsequences: false).map(String.init))
        let hot = keys.keys.filter { $0.entry.life == .hot }
        guard let key = keys.keys.first(where: { $0.entry.path == path }) else {
            let names = hot.map(\.entry.path)
            problems.add(
                "key.unknown", "`\(name)` is not a key of a recipe.", at: place, line: nil,
                hint: Spelling.nearest(name, of: names + keys.aliases.keys.sorted()).map { "Did you mean `\($0)`?" }
                    ?? "These may change: \(KeyEntry.list(names)).")
            return
        }
        guard key.entry.life == .hot else {
            let branch = key.entry.life == .forks
            problems.add(
                "change.frozen", "`\(path)` cannot change while the job runs.", at: place, line: nil,
                hint: branch
                    ? "Branch from a checkpoint with the new value: `simmer branch JOB@last --set \(path)=…`."
                    : "It is part of what this run is: submit a new job.")
            return
        }
        guard let value = Yaml.read(text, line: 1, &problems) else { return }
        key.read(value, place, &recipe, &problems)
    }
}
