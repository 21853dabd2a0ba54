import Recipes

/// Supports 'more'. Measures a checkpoint on one split of its job's data (default: validation), with
/// the raw weights or with a named average. With `calibrate` a temperature is fitted too, on the validation split
/// whichever is measured; with `adjustBias` so are biases of classes' logits, before the temperature.
public enum EvaluateCheckpoint: Method {
    public static var documentation: [String] {
        [
            "Supports 'more'. Measures a checkpoint on one split of its job's data (default: validation), with",
            "the raw weights or with a named average. With 'calibrate' a temperature is fitted too, on the validation",
            "split whichever is measured; with 'adjustBias', names of classes or 'all', so are biases of their logits,",
            "before the temperature.",
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var checkpoint: String
        public var split: String?
        public var average: String?
        public var calibrate: Bool?
        /// Names of classes, or `all`.
        public var adjustBias: [String]?

        public init(
            checkpoint: String, split: String? = nil, average: String? = nil, calibrate: Bool? = nil,
            adjustBias: [String]? = nil
        ) {
            self.checkpoint = checkpoint
            self.split = split
            self.average = average
            self.calibrate = calibrate
            self.adjustBias = adjustBias
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var progress: OperationProgress?
        public var evaluation: Evaluation?

        public init(progress: OperationProgress? = nil, evaluation: Evaluation? = nil) {
            self.progress = progress
            self.evaluation = evaluation
        }
    }
}

/// Supports 'more'. The network's answer to each example of a file sent with the call.
public enum PredictCheckpoint: Method {
    public static var documentation: [String] {
        [
            "Supports 'more'. The network's answer to each example of a file sent with the call."
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var checkpoint: String
        /// The examples, in the job's own format of inputs (idx, csv, npy).
        public var file: DataFile
        public var average: String?
        /// Which examples: `limit` of them from `offset` on (default 0 and 100, at most 1000 a call).
        public var offset: Int?
        public var limit: Int?

        public init(checkpoint: String, file: DataFile, average: String? = nil, offset: Int? = nil, limit: Int? = nil) {
            self.checkpoint = checkpoint
            self.file = file
            self.average = average
            self.offset = offset
            self.limit = limit
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var progress: OperationProgress?
        public var predictions: [Prediction]

        public init(progress: OperationProgress? = nil, predictions: [Prediction]) {
            self.progress = progress
            self.predictions = predictions
        }
    }
}

/// What differs between two checkpoints, tensor by tensor.
public enum DiffCheckpoints: Method {
    public static var documentation: [String] {
        [
            "What differs between two checkpoints, tensor by tensor."
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var first: String
        public var second: String

        public init(first: String, second: String) {
            self.first = first
            self.second = second
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var same: Bool
        public var stateSame: Bool
        public var differences: [TensorDifference]

        public init(same: Bool, stateSame: Bool, differences: [TensorDifference]) {
            self.same = same
            self.stateSame = stateSame
            self.differences = differences
        }
    }
}
