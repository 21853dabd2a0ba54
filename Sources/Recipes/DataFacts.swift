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

    public init(
        inputShape: [Int], target: Target, trainingCount: Int, validationCount: Int, testCount: Int,
        classCounts: [Int] = [], targetMeans: [Double] = [], mean: [Double], deviation: [Double]
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
    }

    /// Width of the network's output: classes, or numbers. Two classes are one output to binary cross-entropy: the log
    /// odds of the second.
    public func outputCount(for loss: Loss?) -> Int {
        switch target {
        case .classes(let names): loss?.kind == .binaryCrossEntropy && names.count == 2 ? 1 : names.count
        case .numbers(let count): count
        }
    }

    /// Updates of one epoch; the last one's examples are those that are left.
    public func stepsPerEpoch(of recipe: Recipe) -> Int {
        (trainingCount + recipe.examplesPerUpdate - 1) / recipe.examplesPerUpdate
    }
}
