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
        /// step: updates between two falls.
        public var every = 1
        /// step, plateau: see `Segment`.
        public var by = 0.1
        public var window = 10
        public var least = 0.001

        /// Whether it goes smoothly to `to`.
        var falls: Bool { [.linear, .cosine, .oneMinusSqrt].contains(shape) }

        /// The same way of going, over so many updates.
        func segment(length: Int) -> Segment {
            var segment = Segment(shape: shape, length: .steps(length), to: falls ? to : 0)
            (segment.by, segment.window, segment.least) = (by, window, least)
            if shape == .step { segment.every = .steps(every) }
            return segment
        }

        /// step: what the first factor has been multiplied by, `updates` after the start.
        func stairs(_ updates: Int) -> Double {
            var (product, base, exponent) = (1.0, by, updates / max(every, 1))
            while exponent > 0, product > 0 {
                if exponent & 1 == 1 { product *= base }
                base *= base
                exponent >>= 1
            }
            return product
        }
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
                throw SimmerError.recipeInvalid(findings: [Self.noTotal(i, segment.length)])
            }
            let (sum, overflow) = start.addingReportingOverflow(length ?? 0)
            let end = length == nil || overflow ? nil : sum
            var piece = Piece(shape: segment.shape, start: start, end: end, from: factor, to: segment.to)
            (piece.by, piece.window, piece.least) = (segment.by, segment.window, segment.least)
            switch segment.shape {
            case .warmup: (piece.from, piece.to) = (0, 1)
            case .hold, .plateau: piece.to = factor
            case .step:
                guard let every = segment.every?.steps(stepsPerEpoch: stepsPerEpoch, total: submitted) else {
                    throw SimmerError.recipeInvalid(findings: [Self.noTotal(i, segment.every ?? .forever)])
                }
                piece.every = max(1, every)
                piece.to = end.map { factor * piece.stairs($0 - start - 1) } ?? 0
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

    private static func noTotal(_ segment: Int, _ amount: Amount) -> Finding {
        Finding(
            severity: .error, code: "schedule.no_total",
            message: "Segment \(segment) is \(amount), but the run has no total number of steps.",
            path: "/schedule/\(segment)", hint: "Give the segment in steps, or end the run in steps or epochs.")
    }

    /// The factor on the rate for the update with index `step`, but for what plateaus took: a warmup of n steps gives 1/n to 1; a decay of n steps
    /// begins at its first factor and reaches its last at the step after its own. After the last segment its last
    /// factor holds.
    public func factor(at step: Int) -> Double {
        guard let piece = piece(at: step) else { return 1 }
        guard let end = piece.end else {
            return piece.shape == .step ? piece.from * piece.stairs(step - piece.start) : piece.from
        }
        if step >= end { return piece.to }
        let length = Double(end - piece.start)
        let part = Double(step - piece.start) / length
        switch piece.shape {
        case .warmup: return Double(step - piece.start + 1) / length
        case .hold, .plateau: return piece.from
        case .step: return piece.from * piece.stairs(step - piece.start)
        case .linear: return piece.from + (piece.to - piece.from) * part
        case .cosine: return piece.to + (piece.from - piece.to) * 0.5 * (1 + Self.cosineOfPi(part))
        case .oneMinusSqrt: return piece.to + (piece.from - piece.to) * (1 - part.squareRoot())
        }
    }

    private func piece(at step: Int) -> Piece? { pieces.last { $0.start <= step && $0.end != $0.start } }

    /// The plateau that the update with index `step` belongs to.
    public func plateau(at step: Int) -> Piece? {
        guard let piece = piece(at: step), piece.shape == .plateau, piece.end.map({ step < $0 }) ?? true else {
            return nil
        }
        return piece
    }

    /// Whether the rate depends on what is measured.
    public var hasPlateau: Bool { pieces.contains { $0.shape == .plateau } }

    /// What the falls before the update with index `step` have left of the rate.
    /// - Parameter falls: the updates from which on a plateau lowered it.
    public func remainder(at step: Int, falls: [Int]) -> Double {
        falls.reduce(1) { $1 <= step ? $0 * (plateau(at: $1)?.by ?? 1) : $0 }
    }

    /// The rate for the update with index `step`.
    public func rate(at step: Int, falls: [Int] = []) -> Double {
        (rates.last { $0.step <= step }?.rate ?? 0) * factor(at: step) * remainder(at: step, falls: falls)
    }

    /// The piece with which the rate, held until then, begins to fall.
    ///
    /// Stairs and plateaus take the rate down as they go and are a trunk all the same, where a tenth of the run lies in
    /// them and what goes before. After a warmup alone next to nothing lies before the fall that could be gone back to.
    private var decay: Int? {
        let end = pieces.last { $0.end != nil }?.end ?? 0
        return pieces.indices.dropFirst().first { index in
            let (before, piece) = (pieces[index - 1], pieces[index])
            guard before.end.map({ $0 > before.start }) == true, piece.end != piece.start, piece.to < piece.from else {
                return false
            }
            return switch before.shape {
            case .hold: piece.shape != .warmup
            case .plateau, .step: piece.falls && Double(piece.start) >= 0.1 * Double(end)
            case .warmup, .linear, .cosine, .oneMinusSqrt: false
            }
        }
    }

    /// The step at which the rate, held until then, begins to fall; nil where it does not, or falls all the while.
    public var decayStart: Int? { decay.map { pieces[$0].start } }

    /// Where the piece begins with which the rate goes down smoothly, at this step or else next after it; it may lie before
    /// the step.
    public func fall(from step: Int) -> Int? {
        pieces.first { $0.falls && $0.to < $0.from && $0.start != $0.end && $0.end.map { $0 > step } ?? true }?.start
    }

    /// A way on from a step at which the rate has fallen, or is falling, to another total: where it is below half of what
    /// it was before, it rises to that over a hundredth of the total; then it falls again, as it did, to the end.
    ///
    /// Higher than half would undo more of what the small rates have learned.
    /// - Returns: nil where the rate does not fall, or the new total leaves no time for it.
    public func rewarmed(at step: Int, to total: Int) -> Cooldown.Plan? {
        let falls = pieces.filter { $0.falls && $0.to < $0.from && $0.start != $0.end }
        guard step > 0, let fall = falls.first, let last = falls.last, fall.start < step else { return nil }
        // From the higher of the two it has to come down to where it ended before.
        guard last.to < max(factor(at: step), 0.5 * fall.from) else { return nil }
        var segments: [Segment] = []
        var reached = 0
        for piece in pieces where piece.start < step && piece.end != piece.start {
            reached = min(piece.end ?? step, step)
            var piece = piece
            // What is cut off ends where it is, and the way there is not gone again.
            if piece.falls, piece.end.map({ $0 > step }) ?? true {
                (piece.shape, piece.to) = (.linear, factor(at: step))
            }
            segments.append(piece.segment(length: reached - piece.start))
        }
        if reached < step { segments.append(Segment(shape: .hold, length: .steps(step - reached))) }
        var left = total - step
        if factor(at: step) < 0.5 * fall.from {
            let rise = max(1, Int((0.01 * Double(total)).rounded()))
            segments.append(Segment(shape: .linear, length: .steps(rise), to: 0.5 * fall.from))
            left -= rise
        }
        guard left > 0 else { return nil }
        segments.append(Segment(shape: last.shape, length: .steps(left), to: last.to))
        return Cooldown.Plan(segments: segments, totalSteps: total)
    }

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
        func stretched(_ piece: Piece, to length: Int) -> Segment {
            var piece = piece
            let old = (piece.end ?? piece.start) - piece.start
            if old > 0 { piece.every = max(1, Int((Double(piece.every) / Double(old) * Double(length)).rounded())) }
            return piece.segment(length: length)
        }
        let before = pieces[..<(decay - 1)].filter { $0.end != $0.start }
            .map { $0.segment(length: ($0.end ?? $0.start) - $0.start) }
        return Cooldown.Plan(
            segments: before + [pieces[decay - 1].segment(length: hold)]
                + tail.map { stretched($0.0, to: $0.length) }, totalSteps: total)
    }

    /// Warnings where the rate is zero before the run ends: from there on nothing is learned; where it has come to less
    /// than a hundredth of its largest before half of the run; where it warms up for more than a tenth of it; and where
    /// it is to fall only after the end, as boundaries do that were made for more data.
    public var findings: [Finding] {
        if let early = tooSmallTooEarly { return [early] }
        let others = [neverFalls, warmsForLong].compactMap(\.self)
        if !others.isEmpty { return others }
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

    private var neverFalls: Finding? {
        guard let totalSteps, totalSteps > 0 else { return nil }
        let firstFall = pieces.indices.first { [.linear, .cosine, .oneMinusSqrt, .step].contains(pieces[$0].shape) }
        guard let firstFall else { return nil }
        let piece = pieces[firstFall]
        let start = piece.start.addingReportingOverflow(piece.shape == .step ? piece.every : 0).partialValue
        guard start >= totalSteps else { return nil }
        return Finding(
            severity: .warning, code: "schedule.too_late",
            message: "The rate is to fall at step \(start), but the run ends at step \(totalSteps): it never does.",
            path: "/schedule/\(firstFall)",
            hint:
                "Boundaries of another data set's epochs do not fit this one: write shares of the run, as in `hold: 75 %`."
        )
    }

    private var warmsForLong: Finding? {
        guard let totalSteps, totalSteps >= 1_000, let warmup = pieces.first(where: { $0.shape == .warmup }),
            let end = warmup.end, Double(end - warmup.start) > 0.1 * Double(totalSteps)
        else { return nil }
        return Finding(
            severity: .warning, code: "schedule.long_warmup",
            message: "The rate rises for \(end - warmup.start) of \(totalSteps) steps; a tenth is plenty.",
            path: "/schedule/\(pieces.firstIndex(of: warmup) ?? 0)",
            hint: "Write `warmup: 2 %`, or a few hundred steps.")
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
