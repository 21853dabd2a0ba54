/// `watch: {W1: rollback, W7: off, rollbacks: 3}`.
enum WatchKeys {
    static var keys: [Key<Recipe>] {
        Watch.rules.map { rule in
            .custom(
                "watch.\(rule.id)", "one of \(rule.choices.map(\.rawValue).joined(separator: ", "))",
                initial: rule.initial.rawValue, .hot, rule.help
            ) { yaml, place, root, problems in
                if let word = yaml.choice(of: rule.choices.map(\.rawValue), at: place, &problems) {
                    root.watch.actions[rule.id] = Watch.Action(rawValue: word)
                }
            }
        } + [
            .integer(
                "watch.rollbacks", \.watch.rollbacks, 0...1_000, .hot,
                "Rollbacks that happen by themselves; after them the job is paused and a person is told."),
            .integer(
                "watch.skip", \.watch.skip, 0...1_000_000_000, .hot,
                "Updates whose examples are left out from where it is set: the order of the examples runs ahead by so "
                    + "many. Rollbacks add to it."),
        ]
    }
}
