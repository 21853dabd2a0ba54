/// Whose examples a call is about: a recipe's with its files, or a job's; and whose answers to them.
public struct ExampleSource: Codable, Sendable, Equatable {
    public var recipe: String?
    public var overrides: [String: String]?
    public var files: [DataFile]?
    public var job: String?
    /// A checkpoint whose loss and prediction for each example are columns too.
    public var checkpoint: String?

    public init(
        recipe: String? = nil, overrides: [String: String]? = nil, files: [DataFile]? = nil, job: String? = nil,
        checkpoint: String? = nil
    ) {
        self.recipe = recipe
        self.overrides = overrides
        self.files = files
        self.job = job
        self.checkpoint = checkpoint
    }
}

extension ExampleSource: Documented {
    public static var documentation: [String] {
        ["Whose examples a call is about: a recipe's with its files, or a job's."]
    }
    public static var fieldDocumentation: [String: String] {
        ["checkpoint": "A checkpoint whose loss and prediction for each example are columns too."]
    }
}

extension Recipe {
    /// What of the data's description decides which examples there are, and which lies where: augmentation and order come
    /// later.
    public var exampleData: DataSource {
        var source = data
        source.seed = Int(truncatingIfNeeded: dataSeed)
        source.augment = []
        source.shuffle = true
        source.unlabelled = nil
        source.transfer = .mixed
        return source
    }

    /// Paths of the files that examples are read from.
    public var exampleFilePaths: [String] {
        filePaths.filter { $0.key.hasPrefix("data.") && !$0.key.hasPrefix("data.unlabelled") }.map(\.path)
    }
}
