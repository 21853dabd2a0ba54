/// The learning rate at one step of a run that has not begun.
public struct SchedulePoint: Codable, Sendable, Equatable {
    /// Part of the run, 0 to 1; nil where the run has no total.
    public var share: Double?
    /// The step whose update has this rate.
    public var step: Int
    /// What has been learned from before it.
    public var epoch: Double
    public var examples: Int
    public var rate: Double

    public init(share: Double? = nil, step: Int, epoch: Double, examples: Int, rate: Double) {
        self.share = share
        self.step = step
        self.epoch = epoch
        self.examples = examples
        self.rate = rate
    }
}

extension Schedule {
    /// The rate at 0, 1, 5, 10, 25, 50, 75, 90 and 100 % of the run (its last update), or at the segments' borders
    /// where it has no total. What plateaus will take is not known.
    public func preview(of recipe: Recipe, facts: DataFacts) -> [SchedulePoint] {
        let stepsPerEpoch = max(1, facts.stepsPerEpoch(of: recipe))
        func point(_ share: Double?, _ step: Int) -> SchedulePoint {
            let inEpoch = min(step % stepsPerEpoch * recipe.examplesPerUpdate, facts.trainingCount)
            let (whole, tooMany) = (step / stepsPerEpoch).multipliedReportingOverflow(by: facts.trainingCount)
            let examples = tooMany ? Int.max : whole.addingReportingOverflow(inEpoch).partialValue
            return SchedulePoint(
                share: share, step: step, epoch: Double(step) / Double(stepsPerEpoch), examples: examples,
                rate: rate(at: step))
        }
        guard let totalSteps, totalSteps > 0 else {
            var steps: [Int] = []
            for step in pieces.flatMap({ [$0.start, $0.end].compactMap(\.self) }) where !steps.contains(step) {
                steps.append(step)
            }
            return steps.map { point(nil, $0) }
        }
        return [0, 1, 5, 10, 25, 50, 75, 90, 100].map { percent in
            let exact = Double(totalSteps) * Double(percent) / 100
            return point(Double(percent) / 100, max(0, min(totalSteps - 1, Int(min(exact, Amount.largestStep)))))
        }
    }
}

extension SchedulePoint: Documented {
    public static var documentation: [String] {
        [
            "The learning rate at a step of the run as submitted; 'share' (0 to 1) is absent where the run has no total.",
            "What a plateau will take of it is not known.",
        ]
    }
    public static var fieldDocumentation: [String: String] {
        ["examples": "Learned from before that step."]
    }
}
