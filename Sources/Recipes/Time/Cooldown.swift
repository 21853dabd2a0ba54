/// A branch of a trunk whose rate goes to zero: how a finished model is taken from a run that need never end.
/// Hägele et al. 2024, "Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations" (arXiv:2405.18392).
public struct Cooldown: Codable, Sendable, Equatable {
    /// Steps of the branch as a part of the trunk's steps so far; 10 % is enough in the paper, 20 % safe.
    public var share = 0.2
    public var shape = Segment.Shape.oneMinusSqrt

    public init() {}

    public init(share: Double, shape: Segment.Shape) {
        self.share = share
        self.shape = shape
    }

    /// Shapes that end at zero.
    public static let shapes: [Segment.Shape] = [.oneMinusSqrt, .linear, .cosine]

    /// What a branch at `step` changes in the trunk's recipe.
    public struct Plan: Sendable, Equatable {
        public var segments: [Segment]
        /// Updates after which the branch ends.
        public var totalSteps: Int
    }

    /// The trunk's schedule up to `step`, then the decay.
    /// - Parameter schedule: the trunk's, with its changes.
    /// - Throws: `SimmerError.incompatible` where the rate does not hold at that step: what falls or rises already is no
    ///   trunk.
    public func plan(of schedule: Schedule, at step: Int) throws -> Plan {
        var segments: [Segment] = []
        var reached = 0
        for piece in schedule.pieces where piece.start < step && piece.end != piece.start {
            let end = min(piece.end ?? step, step)
            guard piece.end.map({ $0 <= step }) ?? true || [.hold, .step, .plateau].contains(piece.shape) else {
                throw Self.noTrunk(
                    "At step \(step) the rate is on its way: \(piece.shape.rawValue) from step \(piece.start) to "
                        + "\(piece.end ?? step).")
            }
            segments.append(piece.segment(length: end - piece.start))
            reached = end
        }
        if reached < step { segments.append(Segment(shape: .hold, length: .steps(step - reached))) }
        guard schedule.rate(at: step) > 0 else { throw Self.noTrunk("At step \(step) the rate is 0.") }
        let length = max(1, Int((Double(step) * share).rounded()))
        segments.append(Segment(shape: shape, length: .steps(length)))
        return Plan(segments: segments, totalSteps: step + length)
    }

    private static func noTrunk(_ why: String) -> SimmerError {
        .incompatible(
            message: "\(why) Only a run at a constant rate can be cooled down.",
            findings: [
                Finding(
                    severity: .info, code: "hint",
                    message: "let the schedule end in `hold: forever`, or branch from an earlier checkpoint")
            ])
    }
}

extension Cooldown.Plan {
    /// The same rates, with every length in steps: for data whose epochs are others.
    public init(_ schedule: Schedule, until total: Int) {
        segments = schedule.pieces.filter { $0.start < total && $0.end != $0.start }.map { piece in
            Segment(
                shape: piece.shape, length: .steps(min(piece.end ?? total, total) - piece.start),
                to: Cooldown.shapes.contains(piece.shape) ? piece.to : 0)
        }
        totalSteps = total
    }

    /// The changed keys, as `--set` takes them.
    public var overrides: [String: String] {
        let list = segments.map { segment -> String in
            guard case .steps(let length) = segment.length else { return "" }
            return switch segment.shape {
            case .warmup, .hold: "{\(segment.shape.rawValue): \(length)}"
            case .step:
                "{step: {every: \(segment.every ?? .steps(length)), by: \(segment.by), length: \(length)}}"
            case .plateau:
                "{plateau: {length: \(length), window: \(segment.window), by: \(segment.by), "
                    + "least: \(segment.least)}}"
            case .linear, .cosine, .oneMinusSqrt:
                "{\(segment.shape.rawValue): {length: \(length), to: \(segment.to)}}"
            }
        }
        return ["schedule": "[\(list.joined(separator: ", "))]", "until": "\(totalSteps) steps"]
    }
}
