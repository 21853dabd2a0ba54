/// Segments of the schedule: `warmup: 500`, `hold: forever`, `cosine: {length: 30 %, to: 0.1}`.
struct SegmentKeys: Keyed {
    var length: Amount = .forever
    var to = 0.0
    /// None until it is read: `forever` is no distance.
    var every: Amount = .forever
    var by = 0.1
    var window = 10
    var least = 0.001

    static var draft: SegmentKeys { SegmentKeys() }

    private static let lengthUnits: AmountUnits = [.steps, .epochs, .share, .forever]

    static func table(_ shape: Segment.Shape) -> Table<SegmentKeys> {
        let length = Key<SegmentKeys>.amount(
            "length", \.length, lengthUnits, .forks, "How long the segment is; only the last may be `forever`.")
        let by = Key<SegmentKeys>.number(
            "by", \.by, 0.000_001...0.999_999, .forks, "What the factor is multiplied by each time.")
        switch shape {
        case .step:
            let every = Key<SegmentKeys>.amount(
                "every", \.every, [.steps, .epochs, .share], .forks, "How far apart the falls are; must be given.")
            return Table(keys: [every, by, length], shortForms: ["": "every"], noun: "step segment")
        case .plateau:
            let window = Key<SegmentKeys>.integer(
                "window", \.window, 5...1_000, .forks, "Evaluations that must show no fall.")
            let least = Key<SegmentKeys>.number(
                "least", \.least, 0...1, .forks, "The factor on the rate below which it does not go.")
            return Table(
                keys: [length, window, by, least], shortForms: ["": "length"], noun: "plateau segment")
        case .warmup, .hold:
            return Table(keys: [length], shortForms: ["": "length"], noun: "\(shape.rawValue) segment")
        case .linear, .cosine, .oneMinusSqrt:
            let to = Key<SegmentKeys>.number(
                "to", \.to, 0...1_000, .forks, "The factor that the segment ends at.")
            return Table(keys: [length, to], shortForms: ["": "length"], noun: "\(shape.rawValue) segment")
        }
    }

    static func help(_ shape: Segment.Shape) -> String {
        switch shape {
        case .warmup: "The factor rises from 0 to 1, linearly; the last step of the segment has 1."
        case .hold: "The factor stays as it is."
        case .linear: "The factor goes linearly from where it is to `to`, 0 by default."
        case .cosine: "The factor goes to `to` along half a cosine."
        case .oneMinusSqrt: "The factor goes to `to` as 1 - sqrt(t) does: the cooldown of a constant rate."
        case .step: "The factor is multiplied by `by` after every `every` of the segment: `- step: {every: 30 epochs}`."
        case .plateau:
            "The factor is multiplied by `by` whenever the validation loss no longer falls: when the newest `window` "
                + "evaluations since the last time show no downward trend (Mann and Kendall's test, one-sided, 5 %), so "
                + "that one noisy number neither lowers the rate nor keeps it up. What follows the segment starts from "
                + "there. A resumed run lowers it at the same steps."
        }
    }

    static func read(_ yaml: Yaml, _ place: Place, _ problems: inout Problems) -> [Segment]? {
        guard case .sequence(let items) = yaml.content, !items.isEmpty else {
            yaml.wantedMapping(
                "a list of segments", at: place, &problems, hint: "Write one `- warmup: 500` below another.")
            return nil
        }
        guard items.count <= 1_000 else {
            yaml.outOfRange("at most 1000 segments", at: place, &problems)
            return nil
        }
        var segments: [Segment] = []
        var failed = false
        for (i, item) in items.enumerated() {
            let place = place + i
            guard let segment = read(one: item, place, &problems) else {
                failed = true
                continue
            }
            if segment.length == .forever, i < items.count - 1 {
                problems.add(
                    "schedule.forever", "Segment \(i) lasts forever, but another follows it.", at: place,
                    line: item.line, hint: "Give it a length, or make it the last.")
            }
            if segment.length == .forever, ![.hold, .step, .plateau].contains(segment.shape) {
                problems.add(
                    "schedule.forever", "`\(segment.shape.rawValue)` needs a length.", at: place, line: item.line,
                    hint: "Write steps or a share, as in `\(segment.shape.rawValue): 20 %`.")
            }
            segments.append(segment)
        }
        return failed ? nil : segments
    }

    private static func read(one item: Yaml, _ place: Place, _ problems: inout Problems) -> Segment? {
        let words = Segment.Shape.allCases.map(\.rawValue)
        let later = ["polynomial", "exponential", "one-cycle", "restarts"]
        var name = item
        var body: Yaml?
        if case .mapping(let all) = item.content {
            let pairs = all.filter { $0.key != Yaml.shortForm }
            guard let pair = pairs.first, pairs.count == 1 else {
                problems.add(
                    "value.type", "A segment has one name, and this one \(pairs.count).", at: place, line: item.line,
                    hint: "Write `- cosine: {length: 30 %, to: 0.1}`: options in braces, each segment with its own `-`."
                )
                return nil
            }
            name = Yaml(content: .scalar(pair.key, plain: true), line: pair.line)
            body = pair.value
        }
        guard let word = name.choice(of: words, later: later, at: place, &problems),
            let shape = Segment.Shape(rawValue: word)
        else { return nil }
        var draft = SegmentKeys()
        if let body {
            var inner = Problems()
            table(shape).read(body, at: place + word, into: &draft, &inner)
            problems.add(inner.findings)
            if inner.hasErrors { return nil }
        }
        var segment = Segment(shape: shape, length: draft.length, to: draft.to)
        (segment.by, segment.window, segment.least) = (draft.by, draft.window, draft.least)
        guard shape == .step else { return segment }
        guard draft.every != .forever, draft.every != .steps(0) else {
            problems.add(
                "schedule.every", "A `step` segment says how far apart its falls are.", at: place, line: item.line,
                hint: "Write `- step: {every: 30 epochs, by: 0.1}`.")
            return nil
        }
        segment.every = draft.every
        return segment
    }
}
