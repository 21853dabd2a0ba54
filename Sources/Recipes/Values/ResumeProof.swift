/// Whether a job can be gone on with, bit for bit: steps between two of its checkpoints, done again beside it.
public struct ResumeProof: Codable, Sendable, Equatable {
    /// The checkpoint that was loaded, and the one that its steps led to.
    public var fromStep: Int
    public var step: Int
    /// Whether every bit of the second one was the same.
    public var same: Bool
    /// What differed, where something did.
    public var message: String?
    public var timeUsec: Int

    public init(fromStep: Int, step: Int, same: Bool, message: String? = nil, timeUsec: Int) {
        self.fromStep = fromStep
        self.step = step
        self.same = same
        self.message = message
        self.timeUsec = timeUsec
    }
}

extension ResumeProof: Documented {
    public static var documentation: [String] {
        [
            "Whether a job can be gone on with, bit for bit: the steps from one checkpoint to the next, done again beside it."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        ["same": "Whether every bit of the checkpoint at 'step' came out the same."]
    }
}
