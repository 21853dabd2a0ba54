/// What the inspecting worker measured of a job's data: all that the rest needs to know without reading it again.
public struct DataFacts: Codable, Sendable, Equatable {
    public enum Target: Codable, Sendable, Equatable {
        /// Names in the order of the class indices.
        case classes([String])
        /// A vector of this many numbers.
        case numbers(Int)
    }
    /// Shape of one example: [features], or [channels, height, width].
    public var inputShape: [Int]
    public var target: Target
    public var trainingCount: Int
    public var validationCount: Int
    public var testCount: Int
    /// Training examples by class; the mean of each target for numbers.
    public var classCounts: [Int]
    public var targetMeans: [Double]
    /// Per channel (images) or per feature, of the training examples only; what `normalize:` asked for.
    public var mean: [Double]
    public var deviation: [Double]
    /// What the files' numbers are divided by before that: 255 for bytes, else 1; nil where an older version measured.
    public var scale: Double?
    /// Names of the token ids; empty where the inputs are numbers.
    public var vocabulary: [String] = []
    /// The columns that the inputs are made of, where some are words or missing values have been filled in; else empty.
    public var columns: [InputColumn] = []
    /// Those of the training examples that were made, which are the last; nil where the recipe names none.
    public var madeCount: Int?
    /// Examples that teachers alone label.
    public var unlabelledCount: Int = 0
    /// Targets of one example: more than 1 where every position of a sequence has one.
    public var targetsPerExample: Int = 1

    public init(
        inputShape: [Int], target: Target, trainingCount: Int, validationCount: Int, testCount: Int,
        classCounts: [Int] = [], targetMeans: [Double] = [], mean: [Double], deviation: [Double],
        scale: Double? = nil
    ) {
        self.inputShape = inputShape
        self.target = target
        self.trainingCount = trainingCount
        self.validationCount = validationCount
        self.testCount = testCount
        self.classCounts = classCounts
        self.targetMeans = targetMeans
        self.mean = mean
        self.deviation = deviation
        self.scale = scale
    }

    /// Whether the same data was measured, by this version or by one that kept no scale.
    public func agree(with measured: DataFacts) -> Bool {
        var facts = self
        facts.scale = scale ?? measured.scale
        return facts == measured
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        inputShape = try values.decode([Int].self, forKey: .inputShape)
        target = try values.decode(Target.self, forKey: .target)
        trainingCount = try values.decode(Int.self, forKey: .trainingCount)
        validationCount = try values.decode(Int.self, forKey: .validationCount)
        testCount = try values.decode(Int.self, forKey: .testCount)
        classCounts = try values.decode([Int].self, forKey: .classCounts)
        targetMeans = try values.decode([Double].self, forKey: .targetMeans)
        mean = try values.decode([Double].self, forKey: .mean)
        deviation = try values.decode([Double].self, forKey: .deviation)
        // Jobs of earlier versions have none of these.
        scale = try values.decodeIfPresent(Double.self, forKey: .scale)
        vocabulary = try values.decodeIfPresent([String].self, forKey: .vocabulary) ?? []
        columns = try values.decodeIfPresent([InputColumn].self, forKey: .columns) ?? []
        madeCount = try values.decodeIfPresent(Int.self, forKey: .madeCount)
        unlabelledCount = try values.decodeIfPresent(Int.self, forKey: .unlabelledCount) ?? 0
        targetsPerExample = try values.decodeIfPresent(Int.self, forKey: .targetsPerExample) ?? 1
    }

    /// Width of the network's output: classes, or numbers. Two classes are one output to binary cross-entropy: the log
    /// odds of the second.
    public func outputCount(for loss: Loss?) -> Int {
        switch target {
        case .classes(let names): loss?.kind == .binaryCrossEntropy && names.count == 2 ? 1 : names.count
        case .numbers(let count): count
        }
    }

    /// Training examples that nobody made.
    public var realCount: Int { trainingCount - (madeCount ?? 0) }

    /// Examples that one epoch visits.
    public func examplesPerEpoch(of recipe: Recipe) -> Int {
        guard unlabelledCount > 0 else { return trainingCount }
        return recipe.data.transfer == .only ? unlabelledCount : 2 * trainingCount
    }

    /// Updates of one epoch; the last one's examples are those that are left.
    public func stepsPerEpoch(of recipe: Recipe) -> Int {
        (examplesPerEpoch(of: recipe) + recipe.examplesPerUpdate - 1) / recipe.examplesPerUpdate
    }
}

/// One column of a table, and the inputs that it becomes.
public struct InputColumn: Codable, Sendable, Equatable {
    public var name: String
    /// The words that it holds, each an input of its own, `name=word`: 1 where a row has it, else 0. Empty for numbers,
    /// which are one input.
    public var words: [String]
    /// What stands for a missing value, for each input: its mean over the training examples. Empty where none may be
    /// missing.
    public var fill: [Double]

    public init(name: String, words: [String] = [], fill: [Double] = []) {
        self.name = name
        self.words = words
        self.fill = fill
    }

    /// Inputs that it becomes.
    public var width: Int { max(words.count, 1) }

    /// `size`, or `color=blue` and so on.
    public var inputNames: [String] { words.isEmpty ? [name] : words.map { "\(name)=\($0)" } }
}
