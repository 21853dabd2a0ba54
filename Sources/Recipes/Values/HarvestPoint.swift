/// A cooldown of a trunk that has reached its end.
public struct HarvestPoint: Codable, Sendable, Equatable {
    /// Name of the branch.
    public var job: String
    public var checkpoint: String
    /// Where it left the trunk, and where it ended.
    public var fromStep: Int
    public var step: Int
    /// What `@best-harvest` goes by, and what it came to.
    public var metric: String
    public var value: Double?

    public init(job: String, checkpoint: String, fromStep: Int, step: Int, metric: String, value: Double?) {
        self.job = job
        self.checkpoint = checkpoint
        self.fromStep = fromStep
        self.step = step
        self.metric = metric
        self.value = value
    }
}

extension HarvestPoint: Documented {
    public static var interfaceName: String { "Harvest" }
    public static var documentation: [String] {
        [
            "A cooldown of a job that has reached its end at 'step'; it left the job at 'fromStep'."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        ["value": "Of 'metric', which JOB@best-harvest goes by; absent where it is not finite."]
    }
}
