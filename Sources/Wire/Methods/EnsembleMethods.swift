import Recipes

/// Supports 'more'. Puts checkpoints together and measures them on one split of the first one's data (default:
/// validation), for 1, 2 and more of them. Stores nothing.
public enum CreateEnsemble: Method {
    public static var documentation: [String] {
        [
            "Supports 'more'. Puts checkpoints together and measures them on one split of the first one's data (default:",
            "validation), for 1, 2 and more of them in the order given, or with 'greedy' each time with the one that",
            "makes the validation split's loss least. Inputs and classes must be the same; what differs is a finding.",
            "'average_weights' is for checkpoints of one lineage. With 'snapshots' the one member is a job: so many of its",
            "checkpoints, and of the ends of its harvests, are chosen greedily. Stores nothing.",
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var members: [String]
        /// The mean of the probabilities by default.
        public var method: EnsembleMethod?
        /// `validation` or `test`.
        public var split: String?
        public var greedy: Bool?
        /// Fits a temperature for each step, on the validation split.
        public var calibrate: Bool?
        public var snapshots: Int?

        public init(
            members: [String], method: EnsembleMethod? = nil, split: String? = nil, greedy: Bool? = nil,
            calibrate: Bool? = nil, snapshots: Int? = nil
        ) {
            self.members = members
            self.method = method
            self.split = split
            self.greedy = greedy
            self.calibrate = calibrate
            self.snapshots = snapshots
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var progress: OperationProgress?
        public var ensemble: Ensemble?

        public init(progress: OperationProgress? = nil, ensemble: Ensemble? = nil) {
            self.progress = progress
            self.ensemble = ensemble
        }
    }
}
