/// What checks have found of a job, in short.
public struct CheckSummary: Codable, Sendable, Equatable {
    public var gate: CheckGate
    public var passed: Int
    /// Without those that were acknowledged.
    public var warned: Int
    public var acknowledged: Int
    public var failed: Int
    public var skipped: Int
    public var forced: Bool
    /// Those that failed or warn, each in a line, the worst first.
    public var worst: [String]

    public init(_ report: CheckReport) {
        gate = report.gate
        forced = report.forced
        func count(_ verdict: CheckVerdict) -> Int { report.results.count { $0.verdict == verdict } }
        let open = report.results.filter { $0.verdict == .warn && report.acknowledged[$0.id] == nil }
        passed = count(.pass)
        failed = count(.fail)
        skipped = count(.skip)
        warned = open.count
        acknowledged = count(.warn) - open.count
        worst = (report.results.filter { $0.verdict == .fail }.inStageOrder + open.inStageOrder).map {
            "\($0.id): \($0.message)"
        }
    }

    /// Whether there is anything to tell.
    public var isEmpty: Bool { passed + warned + acknowledged + failed + skipped == 0 && gate != .closed && !forced }
}

extension CheckSummary: Documented {
    public static var documentation: [String] { ["What checks have found of a job, in short."] }
}
