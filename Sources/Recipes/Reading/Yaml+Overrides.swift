/// `--set key=value`: laid over the tree before anything is checked, so that both are checked alike.
extension Yaml {
    /// The key of a group's short form once an override made a mapping of it.
    static let shortForm = ""

    /// Puts each value at its dotted path, and takes the key away where the value is `~`; paths are taken in sorted order,
    /// so that the result is a function of the set.
    mutating func lay(_ overrides: [String: String], aliases: [String: String], _ problems: inout Problems) {
        for (key, text) in overrides.sorted(by: { $0.key < $1.key }) {
            let path = aliases[key] ?? key
            let keys = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard !keys.contains(""), keys.count <= Yaml.deepest else {
                problems.add(
                    "set.path", "`\(key)` is not a path to a key.", line: nil,
                    hint: "Write keys with dots between, as in `optimizer.rate=1e-3`.")
                continue
            }
            var inner = Problems()
            guard let value = Yaml.read(text, line: 1, &inner), !text.isEmpty else {
                problems.add(
                    "set.value", "The value of `\(key)` cannot be read. \(inner.findings.first?.message ?? "")",
                    at: Place(keys: keys), line: nil, hint: "Put text with special characters in quotes.")
                continue
            }
            if value.isEmpty {
                remove(keys[...])
            } else {
                put(value.withoutLines, at: keys[...], of: Place(), &problems)
            }
        }
    }

    /// Takes a key of mappings away, where it is there: it then has its default.
    private mutating func remove(_ keys: ArraySlice<String>) {
        guard let key = keys.first, case .mapping(var pairs) = content,
            let place = pairs.firstIndex(where: { $0.key == key })
        else { return }
        if keys.count == 1 { pairs.remove(at: place) } else { pairs[place].value.remove(keys.dropFirst()) }
        content = .mapping(pairs)
    }

    private var withoutLines: Yaml {
        switch content {
        case .scalar: Yaml(content: content, line: nil)
        case .sequence(let values): Yaml(content: .sequence(values.map(\.withoutLines)), line: nil)
        case .mapping(let pairs):
            Yaml(
                content: .mapping(pairs.map { Pair(key: $0.key, line: nil, value: $0.value.withoutLines) }), line: nil)
        }
    }

    private mutating func put(_ value: Yaml, at keys: ArraySlice<String>, of place: Place, _ problems: inout Problems) {
        guard let key = keys.first else {
            self = value
            return
        }
        let rest = keys.dropFirst()
        switch content {
        case .mapping(var pairs):
            if let i = pairs.firstIndex(where: { $0.key == key }) {
                pairs[i].value.put(value, at: rest, of: place + key, &problems)
            } else {
                var new = Yaml(content: .mapping([]), line: nil)
                new.put(value, at: rest, of: place + key, &problems)
                pairs.append(Pair(key: key, line: nil, value: new))
            }
            content = .mapping(pairs)
        case .sequence(var values):
            guard let i = Int(key), values.indices.contains(i) else {
                problems.add(
                    "set.path", "`\(place.dotted)` is a list of \(values.count); it has no place `\(key)`.",
                    at: place + key, line: line, hint: "Places count from 0.")
                return
            }
            values[i].put(value, at: rest, of: place + i, &problems)
            content = .sequence(values)
        case .scalar:
            // `optimizer: sgd` and a path to `optimizer.rate`: the short form stays, under a name no file can give it.
            let short = isEmpty ? [] : [Pair(key: Yaml.shortForm, line: line, value: self)]
            self = Yaml(content: .mapping(short), line: line)
            put(value, at: keys, of: place, &problems)
        }
    }
}
