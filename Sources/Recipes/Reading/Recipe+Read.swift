/// A file that a recipe names.
public struct RecipeFile: Codable, Sendable, Equatable {
    /// The key that names it, dotted: `data.train.inputs.0`.
    public var key: String
    /// The path as written, relative to the recipe's file.
    public var path: String

    public init(key: String, path: String) {
        self.key = key
        self.path = path
    }
}

extension Recipe {
    /// Reads a recipe: strict YAML, every key known, every value in its range.
    ///
    /// - Parameters:
    ///   - text: YAML of at most 512 KiB, without anchors, aliases, tags and merge keys.
    ///   - overrides: values by dotted path (`optimizer.rate`, `model.layers.3.dropout`), as YAML, laid over the text
    ///     before it is checked.
    /// - Returns: the recipe, nil when any finding is an error; findings in the order of their lines.
    public static func read(
        _ text: String, overrides: [String: String] = [:]
    ) -> (recipe: Recipe?, findings: [Finding]) {
        var problems = Problems()
        guard var tree = Yaml.read(text, &problems) else { return (nil, problems.sorted) }
        tree.lay(overrides, aliases: keys.aliases, &problems)
        var recipe = draft
        let written = keys.read(tree, at: Place(), into: &recipe, &problems)
        recipe.check(tree, written: written, &problems)
        return (problems.hasErrors ? nil : recipe, problems.sorted)
    }

    /// The line of a text at which a key of the recipe's first level stands; nil where it does not.
    public static func line(of key: String, in text: String) -> Int? {
        var problems = Problems()
        guard case .mapping(let pairs)? = Yaml.read(text, &problems)?.content else { return nil }
        return pairs.first { $0.key == key }?.line
    }

    /// Every file the recipe names, in a fixed order: train, validation, test, made, unlabelled, `model.from`; inputs before targets.
    /// The client opens and sends these; a path that occurs twice is listed twice.
    public var filePaths: [RecipeFile] {
        var files: [RecipeFile] = []
        func add(_ set: FileSet?, _ key: String) {
            guard let set else { return }
            for (i, path) in set.inputs.enumerated() { files.append(.init(key: "\(key).inputs.\(i)", path: path)) }
            for (i, path) in set.targets.enumerated() { files.append(.init(key: "\(key).targets.\(i)", path: path)) }
        }
        if data.format.readsFiles {
            add(data.train, "data.train")
            if case .files(let set) = data.validation { add(set, "data.validation") }
            add(data.test, "data.test")
            add(data.made, "data.made")
            add(data.unlabelled, "data.unlabelled")
        }
        if let from = model.weightsFile { files.append(.init(key: "model.from", path: from)) }
        return files
    }

    /// Names of jobs: a letter or digit, then at most 63 letters, digits, dots, underscores and hyphens.
    public static func isValidName(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        func isWord(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        guard let first = bytes.first, isWord(first), bytes.count <= 64 else { return false }
        return bytes.allSatisfy { isWord($0) || $0 == 46 || $0 == 95 || $0 == 45 }
    }
}
