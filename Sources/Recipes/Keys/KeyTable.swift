/// Every key of a file format, declared once: reading, checks, `explain` and the manual come from it.
public struct KeyTable: Sendable {
    /// A layer or a segment of the schedule, with its options.
    public struct Section: Sendable {
        public var name: String
        public var help: String
        public var entries: [KeyEntry]
        /// The option that a bare value stands for.
        public var shortForm: String?
    }

    public var entries: [KeyEntry]
    public var layers: [Section] = []
    public var presets: [Section] = []
    public var augmentations: [Section] = []
    public var segments: [Section] = []
    /// Short names of hot keys.
    public var aliases: [String: String] = [:]

    /// The keys of a recipe.
    public static let recipe = KeyTable(
        entries: Recipe.keys.keys.map(\.entry),
        layers: LayerKeys.words.map { word in
            let table = LayerKeys.table(word)
            return Section(
                name: word, help: LayerKeys.help(word), entries: table.keys.map(\.entry),
                shortForm: table.shortForms[""])
        },
        presets: PresetKeys.words.map { word in
            Section(name: word, help: PresetKeys.help(word), entries: PresetKeys.table(word).keys.map(\.entry))
        },
        augmentations: AugmentKeys.words.map { word in
            let table = AugmentKeys.table(word)
            return Section(
                name: word, help: AugmentKeys.help(word), entries: table.keys.map(\.entry),
                shortForm: table.shortForms[""])
        },
        segments: Segment.Shape.allCases.map { shape in
            let table = SegmentKeys.table(shape)
            return Section(
                name: shape.rawValue, help: SegmentKeys.help(shape), entries: table.keys.map(\.entry),
                shortForm: table.shortForms[""])
        },
        aliases: Recipe.keys.aliases)

    /// The keys of simmerd.yaml.
    public static let configuration = KeyTable(entries: Configuration.keys.keys.map(\.entry))

    /// What a person reads of one key, of every key below a path, or of a layer; nil where there is none of that name.
    public func explain(_ path: String) -> String? {
        let path = aliases[path] ?? path
        if let entry = entries.first(where: { $0.path == path }) {
            let parts =
                switch path {
                case "model.layers": layers
                case "model.preset": presets
                case "data.augment": augmentations
                case "schedule": segments
                default: [Section]()
                }
            return ([entry.text()] + parts.map { $0.text() }).joined(separator: "\n")
        }
        if let section = (layers + presets + augmentations + segments).first(where: { $0.name == path }) {
            return section.text()
        }
        let below = entries.filter { path.isEmpty || $0.path.hasPrefix(path + ".") }
        return below.isEmpty ? nil : below.map { $0.text() }.joined(separator: "\n")
    }

    /// The name that was most likely meant where `explain` knows none.
    public func nearest(to path: String) -> String? {
        Spelling.nearest(
            path,
            of: entries.map(\.path) + (layers + presets + augmentations + segments).map(\.name) + aliases.keys.sorted())
    }
}

extension KeyEntry {
    /// `number, 1e-12 to 100, 3e-4 by default, hot`.
    public var summary: String {
        var parts = [type]
        if let range { parts.append(range) }
        parts.append(required ? "required" : initial.map { "\($0) by default" } ?? "optional")
        return parts.joined(separator: ", ")
    }

    /// A paragraph for the terminal, with its own line end.
    func text(indent: String = "", showsLife: Bool = true) -> String {
        "\(indent)\(path): \(summary)\(showsLife ? ", \(life.rawValue)" : "")\n\(indent)    \(help)\n"
    }
}

extension KeyTable.Section {
    /// `linear: 128` and `linear: {units: …}`.
    var usage: String {
        let options = entries.map(\.path)
        guard !options.isEmpty else { return name }
        let long = "\(name): {\(options.map { "\($0): …" }.joined(separator: ", "))}"
        return shortForm.map { "\(name): \($0.uppercased()) or \(long)" } ?? long
    }

    func text() -> String {
        "\(usage)\n    \(help)\n" + entries.map { $0.text(indent: "    ", showsLife: false) }.joined()
    }
}
