/// The learning rate over the run, in absolute steps.
///
/// Pure arithmetic on doubles (add, multiply, divide, square root), without the C library's functions, so that every
/// machine computes the same bits.
public struct Schedule: Sendable, Equatable {
    /// One segment in absolute steps.
    public struct Piece: Sendable, Equatable {
        public var shape: Segment.Shape
        /// First step.
        public var start: Int
        /// The step after the last; nil for no end.
        public var end: Int?
        /// Factor at the start and at the end.
        public var from: Double
        public var to: Double
    }

    /// A rate and the first step it is in force at.
    public struct RateChange: Sendable, Equatable {
        public var step: Int
        public var rate: Double
    }

    public let pieces: [Piece]
    /// Updates after which the run ends, with every change in force; nil where it ends by time or never.
    public let totalSteps: Int?
    /// Seconds of training after which the run ends.
    public let totalSeconds: Double?
    /// The recipe's rate first, then one for each change of it, by step.
    public let rates: [RateChange]

    /// Resolves epochs and shares. Shares are of the total as submitted, so that a longer `until` does not bend the
    /// schedule behind the run's back.
    ///
    /// - Parameter recipe: as submitted, without the changes.
    /// - Throws: `SimmerError.recipeInvalid` where a share has no total, or a change is not valid.
    public init(recipe: Recipe, stepsPerEpoch: Int, changes: [HotChange] = []) throws {
        let submitted = recipe.until.steps(stepsPerEpoch: stepsPerEpoch)
        var start = 0
        var factor = 1.0
        var pieces: [Piece] = []
        for (i, segment) in recipe.schedule.enumerated() {
            let length = segment.length.steps(stepsPerEpoch: stepsPerEpoch, total: submitted)
            if length == nil, segment.length != .forever {
                throw SimmerError.recipeInvalid(findings: [
                    Finding(
                        severity: .error, code: "schedule.no_total",
                        message: "Segment \(i) is \(segment.length), but the run has no total number of steps.",
                        path: "/schedule/\(i)", hint: "Give the segment in steps, or end the run in steps or epochs.")
                ])
            }
            let (sum, overflow) = start.addingReportingOverflow(length ?? 0)
            let end = length == nil || overflow ? nil : sum
            var piece = Piece(shape: segment.shape, start: start, end: end, from: factor, to: segment.to)
            switch segment.shape {
            case .warmup: (piece.from, piece.to) = (0, 1)
            case .hold: piece.to = factor
            case .linear, .cosine, .oneMinusSqrt: break
            }
            pieces.append(piece)
            factor = piece.to
            guard let end else { break }
            start = end
        }
        self.pieces = pieces
        var rates = [RateChange(step: 0, rate: recipe.optimizer.rate)]
        var current = recipe
        for change in changes {
            current = try current.applying([change], upTo: change.step)
            if current.optimizer.rate != rates.last?.rate {
                rates.append(RateChange(step: change.step, rate: current.optimizer.rate))
            }
        }
        self.rates = rates
        totalSteps = current.until.steps(stepsPerEpoch: stepsPerEpoch)
        totalSeconds = current.until.seconds
    }

    /// The factor on the rate for the update with index `step`: a warmup of n steps gives 1/n to 1; a decay of n steps
    /// begins at its first factor and reaches its last at the step after its own. After the last segment its last
    /// factor holds.
    public func factor(at step: Int) -> Double {
        guard let piece = pieces.last(where: { $0.start <= step && $0.end != $0.start }) else { return 1 }
        guard let end = piece.end else { return piece.from }
        if step >= end { return piece.to }
        let length = Double(end - piece.start)
        let part = Double(step - piece.start) / length
        switch piece.shape {
        case .warmup: return Double(step - piece.start + 1) / length
        case .hold: return piece.from
        case .linear: return piece.from + (piece.to - piece.from) * part
        case .cosine: return piece.to + (piece.from - piece.to) * 0.5 * (1 + Self.cosineOfPi(part))
        case .oneMinusSqrt: return piece.to + (piece.from - piece.to) * (1 - part.squareRoot())
        }
    }

    /// The rate for the update with index `step`.
    public func rate(at step: Int) -> Double {
        (rates.last { $0.step <= step }?.rate ?? 0) * factor(at: step)
    }

    /// The piece with which the rate, held until then, begins to fall.
    private var decay: Int? {
        pieces.indices.dropFirst().first { index in
            let (before, piece) = (pieces[index - 1], pieces[index])
            return before.shape == .hold && before.end.map { $0 > before.start } == true && piece.end != piece.start
                && piece.shape != .warmup && piece.to < piece.from
        }
    }

    /// The step at which the rate, held until then, begins to fall; nil where it does not, or falls all the while.
    public var decayStart: Int? { decay.map { pieces[$0].start } }

    /// The same schedule for another total: the rate is held for longer, and what comes behind takes the same part of
    /// the run as before.
    /// - Returns: nil where the rate is not held and then taken down, or the new total leaves no time to hold it.
    public func stretched(to total: Int) -> Cooldown.Plan? {
        guard let decay, let old = pieces.last?.end, old > 0 else { return nil }
        let tail = pieces[decay...].map { piece in
            let share = Double((piece.end ?? old) - piece.start) / Double(old)
            return (piece, length: max(1, Int((share * Double(total)).rounded())))
        }
        let hold = total - tail.reduce(0) { $0 + $1.length } - pieces[decay - 1].start
        guard hold >= pieces[decay].start - pieces[decay - 1].start else { return nil }
        func segment(_ piece: Piece, _ length: Int) -> Segment {
            let falls = piece.shape != .warmup && piece.shape != .hold
            return Segment(shape: piece.shape, length: .steps(length), to: falls ? piece.to : 0)
        }
        let before = pieces[..<(decay - 1)].filter { $0.end != $0.start }
            .map { segment($0, ($0.end ?? $0.start) - $0.start) }
        return Cooldown.Plan(
            segments: before + [segment(pieces[decay - 1], hold)] + tail.map { segment($0.0, $0.length) },
            totalSteps: total)
    }

    /// Warnings where the rate is zero before the run ends: from there on nothing is learned; and where it has come to
    /// less than a hundredth of its largest before half of the run.
    public var findings: [Finding] {
        if let early = tooSmallTooEarly { return [early] }
        guard let totalSteps, let last = pieces.last, let end = last.end, last.to == 0, last.from != 0,
            end < totalSteps
        else { return [] }
        return [
            Finding(
                severity: .warning, code: "schedule.ends_early",
                message: "The rate is 0 from step \(end) on, but the run goes on to step \(totalSteps).",
                path: "/schedule/\(pieces.count - 1)",
                hint: "Make the segments as long as the run, or end the last one above 0 with `to`.")
        ]
    }

    private var tooSmallTooEarly: Finding? {
        guard let totalSteps, totalSteps >= 100,
            let index = pieces.firstIndex(where: { $0.shape != .warmup && $0.to < $0.from })
        else { return nil }
        let most = pieces.map { max($0.from, $0.to) }.max() ?? 1
        let middle = factor(at: totalSteps / 2)
        guard middle > 0, middle < 0.01 * most else { return nil }
        return Finding(
            severity: .warning, code: "schedule.too_early",
            message:
                "In the middle of the run, at step \(totalSteps / 2), the rate is \(Amount.short(100 * middle / most)) "
                + "% of its largest: the second half learns next to nothing.", path: "/schedule/\(index)",
            hint: "Give the segments as shares of the run (`cosine: 90 %`), or end the decay higher with `to`.")
    }

    /// One line of a preview.
    public struct PreviewLine: Codable, Sendable, Equatable {
        /// Part of the run, 0 to 1; nil where the run has no total.
        public var share: Double?
        public var step: Int
        public var rate: Double
    }

    /// The rate at 0, 1, 5, 10, 25, 50, 75, 90 and 100 % of the run (its last update), or at the segments' borders
    /// where it has no total.
    public var preview: [PreviewLine] {
        guard let totalSteps, totalSteps > 0 else {
            var steps: [Int] = []
            for step in pieces.flatMap({ [$0.start, $0.end].compactMap(\.self) }) where !steps.contains(step) {
                steps.append(step)
            }
            return steps.map { PreviewLine(share: nil, step: $0, rate: rate(at: $0)) }
        }
        return [0, 1, 5, 10, 25, 50, 75, 90, 100].map { percent in
            let exact = Double(totalSteps) * Double(percent) / 100
            let step = max(0, min(totalSteps - 1, Int(min(exact, Amount.largestStep))))
            return PreviewLine(share: Double(percent) / 100, step: step, rate: rate(at: step))
        }
    }

    /// cos(π x) for 0 ≤ x ≤ 1, within 1e-15: Taylor's series of the sine on [0, π/2] after mirroring.
    static func cosineOfPi(_ x: Double) -> Double {
        // cos(π x) = sin(π (1/2 - x)).
        let angle = Double.pi * (0.5 - x)
        let square = angle * angle
        var sum = 0.0
        // sin a = a (1 - a²/(2·3) (1 - a²/(4·5) (1 - …))), from the inside out.
        for k in stride(from: 12, through: 1, by: -1) {
            sum = square / Double(2 * k * (2 * k + 1)) * (1 - sum)
        }
        return angle * (1 - sum)
    }
}
