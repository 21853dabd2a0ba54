/// The keys below `notify`, which a recipe and the configuration share.
enum NotifyKeys {
    /// - Parameter life: when they may change.
    static func keys<Root: Keyed>(
        _ target: any WritableKeyPath<Root, Notify> & Sendable, _ life: KeyEntry.Life, ofRecipe: Bool
    ) -> [Key<Root>] {
        let whose = ofRecipe ? "As well as what the configuration names: a" : "A"
        let owner = ofRecipe ? " Only where root or the daemon's own user submits the recipe." : ""
        return [
            .custom(
                "notify.command", "list of text", initial: "[]", life,
                "\(whose) program and its arguments, `[/path/to/program, argument]`, started without a shell with one "
                    + "JSON object on its standard input; see NOTIFICATIONS in simmerd(8).\(owner)"
            ) { yaml, place, root, problems in
                if let command = yaml.command(at: place, &problems) { root[keyPath: target].command = command }
            },
            .custom(
                "notify.mail", "address", initial: "none", life,
                "\(whose) person who gets a mail, through sendmail(8)."
            ) { yaml, place, root, problems in
                if case .scalar("none", true) = yaml.content { return root[keyPath: target].mail = nil }
                if let address = yaml.mailAddress(at: place, &problems) { root[keyPath: target].mail = address }
            },
            .custom(
                "notify.on", "list of \(Notify.Event.allCases.map(\.rawValue).joined(separator: ", "))",
                initial: "[\(Notify.Event.allCases.map(\.rawValue).joined(separator: ", "))]", life,
                "What is told of. needs-person: a job failed that can go on from a checkpoint, its worker is silent or dies "
                    + "at one step again, a watcher found something broken, or the job does not resume with the same bits. harvest: a cooldown has ended. disk: a checkpoint cannot be stored, or is "
                    + "damaged."
            ) { yaml, place, root, problems in
                if let events = yaml.notifyEvents(at: place, &problems) { root[keyPath: target].on = events }
            },
        ]
    }
}

extension Yaml {
    /// An absolute path and arguments; an empty list, or `none`, for nothing.
    fileprivate func command(at place: Place, _ problems: inout Problems) -> [String]? {
        if case .scalar("none", true) = content { return [] }
        guard case .sequence(let values) = content else {
            let hint = "It is started without a shell: write `[/path/to/program, argument]`."
            problems.add(
                "value.type", "`\(place.dotted)` must be a list: a program and its arguments.", at: place, line: line,
                hint: hint)
            return nil
        }
        guard values.count <= 64 else {
            outOfRange("a list of at most 64 words", at: place, &problems)
            return nil
        }
        var words: [String] = []
        for (i, value) in values.enumerated() {
            guard let word = value.text(at: place + i, &problems) else { return nil }
            words.append(word)
        }
        guard words.first?.hasPrefix("/") ?? true else {
            problems.add(
                "value.range", "`\((place + 0).dotted)` is `\(words[0])`; it must be an absolute path.", at: place + 0,
                line: line, hint: "Nothing searches PATH for it.")
            return nil
        }
        return words
    }

    /// An address that means the same to every mailer: no names, comments, lists or options.
    fileprivate func mailAddress(at place: Place, _ problems: inout Problems) -> String? {
        guard let address = text(at: place, longest: 254, &problems) else { return nil }
        let allowed = address.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "@._%+-=".utf8.contains(byte)
        }
        guard allowed, !address.hasPrefix("-"), !address.hasPrefix("@"), !address.hasSuffix("@"),
            address.utf8.count(where: { $0 == UInt8(ascii: "@") }) <= 1
        else {
            outOfRange("one address, as in `someone@host`", at: place, &problems)
            return nil
        }
        return address
    }

    fileprivate func notifyEvents(at place: Place, _ problems: inout Problems) -> [Notify.Event]? {
        let words = Notify.Event.allCases.map(\.rawValue)
        let values: [Yaml]
        if case .sequence(let list) = content { values = list } else { values = [self] }
        var events: [Notify.Event] = []
        for (i, value) in values.enumerated() {
            guard let word = value.choice(of: words, at: values.count == 1 ? place : place + i, &problems),
                let event = Notify.Event(rawValue: word)
            else { return nil }
            if !events.contains(event) { events.append(event) }
        }
        return events
    }
}
