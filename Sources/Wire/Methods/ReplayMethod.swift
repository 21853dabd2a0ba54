import Recipes

/// Supports 'more'. Does a stretch of a job's steps again and holds it against the job's checkpoints.
public enum ReplayJob: Method {
    public static var documentation: [String] {
        [
            "Supports 'more'. Does the steps after 'fromStep' up to 'toStep' again, bit for bit, in a worker of its own:",
            "from the newest complete checkpoint at or before 'fromStep' (for 0 also from the first weights), with the",
            "changes of hot keys that were committed. Replies with the steps as they are done, a few hundred at a time; the",
            "last reply holds them against the checkpoints at or before 'toStep', the eight nearest to it at most.",
            "With 'layer' each step also says what that layer gave, and of its parameters. Changes nothing.",
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var job: String
        public var fromStep: Int
        public var toStep: Int
        /// A layer as the names of tensors call it.
        public var layer: String?

        public init(job: String, fromStep: Int, toStep: Int, layer: String? = nil) {
            self.job = job
            self.fromStep = fromStep
            self.toStep = toStep
            self.layer = layer
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var progress: OperationProgress?
        public var steps: [ReplayedStep]
        /// In the last reply.
        public var replay: Replay?

        public init(progress: OperationProgress? = nil, steps: [ReplayedStep] = [], replay: Replay? = nil) {
            self.progress = progress
            self.steps = steps
            self.replay = replay
        }
    }
}
