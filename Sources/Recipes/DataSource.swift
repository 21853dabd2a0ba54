/// What the network learns from.
public struct DataSource: Codable, Sendable, Equatable {
    public enum Format: String, Codable, Sendable, CaseIterable {
        case idx, csv, npy
        /// Sequences of characters.
        case text
        /// PNG and JPEG in tar archives of class folders.
        case images
        /// Drawn by simmer itself from the seed.
        case digits, spirals
        /// Files are named for the formats that read them.
        public var readsFiles: Bool { self != .digits && self != .spirals }
        /// Whether a file of inputs holds the targets as well.
        public var holdsTargets: Bool { self != .idx && self != .npy }
    }
    public enum Normalize: Codable, Sendable, Equatable {
        case standard, unit, none
        case fixed(mean: [Double], deviation: [Double])
    }
    public enum Validation: Codable, Sendable, Equatable {
        /// Split off the training examples by seed, stratified by class.
        case fraction(Double)
        case files(FileSet)
    }
    /// text: what one example is cut from.
    public enum Documents: String, Codable, Sendable, CaseIterable {
        /// All the text: every position of a window predicts the next character.
        case whole
        /// Each line by itself: one target for the characters before it.
        case lines
    }
    /// distill: what an epoch is made of where there are unlabelled examples.
    public enum Transfer: String, Codable, Sendable, CaseIterable {
        /// Each labelled example once, and after each an unlabelled one.
        case mixed
        /// The unlabelled ones alone.
        case only
    }
    /// csv: what is done about a value that is missing.
    public enum Missing: String, Codable, Sendable, CaseIterable { case refuse, mean }
    public var format: Format
    /// Splits and draws the data; nil for the recipe's own.
    public var seed: Int?
    public var train: FileSet?
    public var validation: Validation = .fraction(0.1)
    public var test: FileSet?
    /// Training examples that somebody made: rendered, simulated, generated.
    public var made: FileSet?
    /// distill: inputs that the teachers alone label.
    public var unlabelled: FileSet?
    public var transfer: Transfer = .mixed
    /// Classes that no training example is left of.
    public var without: [String] = []
    public var shuffle: Bool = true
    public var normalize: Normalize = .standard
    /// What is done to the training inputs, in order.
    public var augment: [Augmentation] = []
    /// Examples to draw, for the built-in formats.
    public var examples: Int = 20000
    /// csv: the column to predict; the last one by default.
    public var target: String?
    /// The number of classes, where the data cannot say (nil: the largest label + 1).
    public var classes: Int?
    public var missing: Missing = .refuse
    /// text: tokens in one example.
    public var window: Int = 64
    public var documents: Documents = .whole
    /// images: height and width that all are brought to; nil for the one size they have.
    public var size: [Int]?
    /// images: 1 or 3; nil for 1 where all are grey.
    public var channels: Int?

    public init(format: Format) {
        self.format = format
    }
}

/// Paths as the recipe writes them, relative to the recipe's file.
public struct FileSet: Codable, Sendable, Equatable {
    public var inputs: [String]
    /// Empty where the inputs' file holds the targets as well (csv).
    public var targets: [String]

    public init(inputs: [String], targets: [String] = []) {
        self.inputs = inputs
        self.targets = targets
    }
}
