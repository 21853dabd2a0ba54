/// What a run's checkpoints will take of the disk, and what there is.
public struct DiskPlan: Codable, Sendable, Equatable {
    /// Bytes of one checkpoint at most: pieces that have not changed since the last one are stored once.
    public var checkpointBytes: Int
    /// The most that `checkpoint.keep` keeps at a time, with the one that is being written.
    public var mostKept: Int
    /// Both multiplied.
    public var totalBytes: Int
    /// Of the store's file system, at this moment.
    public var freeBytes: Int
    /// Which the store leaves free.
    public var reserveBytes: Int
    /// Checkpoints that fit, if none were dropped.
    public var runwayCheckpoints: Int
    /// The time until then; absent where checkpoints are not taken by the clock.
    public var runwayUsec: Int?

    public init(
        checkpointBytes: Int, mostKept: Int, freeBytes: Int, reserveBytes: Int, everySeconds: Double? = nil
    ) {
        self.checkpointBytes = checkpointBytes
        self.mostKept = mostKept
        let (total, tooMuch) = checkpointBytes.multipliedReportingOverflow(by: mostKept)
        totalBytes = tooMuch ? .max : total
        self.freeBytes = freeBytes
        self.reserveBytes = reserveBytes
        let fit = max(0, freeBytes - reserveBytes) / max(1, checkpointBytes)
        runwayCheckpoints = fit
        runwayUsec = everySeconds.map { Int(min(9e15, Double(fit) * $0 * 1e6)) }
    }

    /// Bytes that checkpoints may take.
    public var availableBytes: Int { max(0, freeBytes - reserveBytes) }

    /// An error where the plan cannot be, a warning where it leaves less than a fifth of the room.
    public var findings: [Finding] {
        let sizes =
            "\(mostKept) checkpoints of at most \(ByteCount.rounded(checkpointBytes)) are "
            + "\(ByteCount.rounded(totalBytes)); the store has \(ByteCount.rounded(availableBytes)) for them"
            + (reserveBytes > 0 ? " besides its reserve of \(ByteCount.rounded(reserveBytes))." : ".")
        let hint = "Keep fewer (`checkpoint.keep`), or make room; `simmer checkpoint prune` drops old ones."
        func finding(_ severity: Severity, _ text: String) -> [Finding] {
            [
                Finding(
                    severity: severity, code: "disk.plan", message: text + sizes,
                    path: Finding.pointer("checkpoint.keep"), hint: hint)
            ]
        }
        if totalBytes > availableBytes { return finding(.error, "The disk cannot hold what the recipe keeps: ") }
        let slack = availableBytes - totalBytes
        return slack < availableBytes / 5 ? finding(.warning, "The disk will be nearly full: ") : []
    }
}

extension Recipe {
    /// What this run's checkpoints will take.
    ///
    /// - Parameter checkpointBytes: of one (`Estimate.snapshotBytes`).
    public func diskPlan(
        checkpointBytes: Int, stepsPerEpoch: Int, freeBytes: Int, reserveBytes: Int
    ) -> DiskPlan {
        DiskPlan(
            checkpointBytes: checkpointBytes,
            mostKept: (members ?? 1) * mostCheckpointsKept(stepsPerEpoch: stepsPerEpoch), freeBytes: freeBytes,
            reserveBytes: reserveBytes, everySeconds: checkpoint.every.seconds)
    }

    /// The most checkpoints that stay at a time, and one: an older one goes when a newer one is complete. Where the run
    /// ends before the policy is filled, those that it takes. One that lasts nobody knows how long is taken to last.
    func mostCheckpointsKept(stepsPerEpoch: Int) -> Int {
        let keep = checkpoint.keep
        var (hours, days, weeks) = (keep.hourly, keep.daily, keep.weekly)
        if let seconds = until.seconds {
            // A run of an hour touches two hours of the clock.
            func touched(_ length: Double) -> Int { Int(min(1e6, (seconds / length).rounded(.up))) + 1 }
            (hours, days, weeks) = (
                min(hours, touched(3_600)), min(days, touched(86_400)), min(weeks, touched(604_800))
            )
        }
        // The store keeps two whatever the policy says (FORMAT.md).
        let policy = max(2, keep.last + keep.best + hours + days + weeks)
        return min(policy, checkpointsTaken(stepsPerEpoch: stepsPerEpoch) ?? policy) + 1
    }

    /// How many the run takes, the one at its end included; nil where that depends on the machine's speed.
    func checkpointsTaken(stepsPerEpoch: Int) -> Int? {
        if checkpoint.every == .forever { return 1 }
        if let end = until.seconds, let every = checkpoint.every.seconds {
            return Int(min(1e9, (end / max(1, every)).rounded(.up))) + 1
        }
        guard let total = until.steps(stepsPerEpoch: stepsPerEpoch),
            let every = checkpoint.every.steps(stepsPerEpoch: stepsPerEpoch, total: total)
        else { return nil }
        return total / max(1, every) + 1
    }
}

extension ByteCount {
    /// For a sentence: `1.5 GiB`.
    static func rounded(_ bytes: Int) -> String {
        for (unit, factor) in [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where bytes >= factor {
            let tenths = Int((Double(bytes) / Double(factor) * 10).rounded())
            return tenths >= 100 || tenths % 10 == 0
                ? "\((tenths + 5) / 10) \(unit)" : "\(tenths / 10).\(tenths % 10) \(unit)"
        }
        return "\(bytes) B"
    }
}

extension DiskPlan: Documented {
    public static var documentation: [String] {
        [
            "What the checkpoints of a run will take of the disk at most. 'runwayUsec' is absent where checkpoints are not",
            "taken by the clock.",
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "mostKept": "What the recipe keeps at a time, with the one that is being written.",
            "runwayCheckpoints": "How many fit, if none were dropped.",
        ]
    }
}
