/// What checks have found of a job, and what follows.
public struct CheckReport: Codable, Sendable, Equatable {
    /// Of the recipe and its data, then of the job; by id.
    public var results: [CheckResult]
    /// Reasons of those that were acknowledged, by id: the recipe's and those given later.
    public var acknowledged: [String: String]
    /// Whether somebody let the job go on whatever the checks say.
    public var forced: Bool
    public var gate: CheckGate
    /// Why the gate is not open, or would not be: a sentence each.
    public var obstacles: [String]

    public init(
        results: [CheckResult], acknowledged: [String: String], forced: Bool, gate: CheckGate, obstacles: [String]
    ) {
        self.results = results
        self.acknowledged = acknowledged
        self.forced = forced
        self.gate = gate
        self.obstacles = obstacles
    }

    private static let cheap = CheckCatalogue.all.filter { $0.suite == .cheap }.map(\.id)

    /// Ids of the cheap suite that have no result.
    public static func missing(_ results: [CheckResult]) -> [String] {
        let known = Set(results.map(\.id))
        return cheap.filter { !known.contains($0) }
    }

    /// Why a run that is to be left alone should not be: failed checks, warnings without a reason, a suite that was not
    /// run. Empty where all is well.
    /// - Parameters:
    ///   - results: of the recipe and its data, and of the job.
    ///   - isChecking: whether the suite is being run.
    public static func obstacles(
        _ results: [CheckResult], acknowledged: [String: String], isChecking: Bool = false
    ) -> [String] {
        let missing = missing(results)
        // What watchers find has consequences of its own (`watch`).
        let results = results.filter { CheckCatalogue.entry($0.id)?.suite != .watch }.inStageOrder
        var obstacles: [String] = []
        if !missing.isEmpty {
            obstacles.append(
                isChecking
                    ? "The cheap checks are being run."
                    : "\(missing.count == cheap.count ? "No check" : "Not every check") of the cheap suite has been run on "
                        + "this recipe and data (`simmer check`).")
        }
        for result in results where result.verdict == .fail {
            obstacles.append("\(result.id) failed: \(result.message)")
        }
        for result in results where result.verdict == .warn && acknowledged[result.id] == nil {
            obstacles.append(
                "\(result.id) warns: \(result.message) Acknowledge it with a reason: `--acknowledge \(result.id)=\"…\"`."
            )
        }
        return obstacles
    }
}

/// Whether checks hold a job back.
public enum CheckGate: String, Codable, Sendable, CaseIterable, Equatable {
    /// They do not: the run is short, or the configuration leaves the gate open.
    case off
    /// All is green, acknowledged or forced.
    case open
    /// The run stops, or has stopped, at the smoke budget until it is.
    case closed
}

extension CheckGate: Documented {
    public static var documentation: [String] { ["Whether checks hold a job back: at the smoke budget of a long run."] }
}

extension CheckReport: Documented {
    public static var documentation: [String] { ["What checks have found of a job, and what follows."] }
}
