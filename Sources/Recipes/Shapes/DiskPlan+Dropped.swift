extension Recipe {
    /// A warning where checkpoints that are dropped, which stay for a while, do not fit beside those that are kept.
    ///
    /// Never an error, whether checkpoints are taken by steps or by the clock: where the disk is full the dropped ones go at
    /// once and their room is used again, so that a disk that holds what is kept, and the one that is being written, is
    /// large enough. One that does not hold these is an error of `DiskPlan.findings`, and nothing is said here.
    ///
    /// - Parameters:
    ///   - plan: of the kept ones.
    ///   - stepSeconds: of one update, as measured; nil where nobody knows. By the clock it does not matter.
    ///   - stay: seconds from a checkpoint's being dropped to its room's being free.
    public func droppedFindings(
        _ plan: DiskPlan, stepsPerEpoch: Int, stepSeconds: Double?, stay: Double
    ) -> [Finding] {
        guard plan.totalBytes <= plan.availableBytes,
            let seconds = secondsBetweenCheckpoints(stepsPerEpoch: stepsPerEpoch, stepSeconds: stepSeconds)
        else { return [] }
        let members = Double(self.members ?? 1)
        let interval = max(1e-9, seconds)
        let taken = checkpointsTaken(stepsPerEpoch: stepsPerEpoch).map(Double.init) ?? .infinity
        let most = min(Double(plan.mostKept) + members * (stay / interval).rounded(.up), members * taken)
        let bytes = Int(min(9e18, most * Double(plan.checkpointBytes)))
        guard bytes > plan.availableBytes else { return [] }
        let finding = Finding(
            severity: .warning, code: "disk.plan",
            message: "The disk will be full at times: checkpoints that are dropped stay for up to "
                + "\(Int((stay / 60).rounded(.up))) minutes, and \(Int(min(most, 1e9))) of at most "
                + "\(ByteCount.rounded(plan.checkpointBytes)) are \(ByteCount.rounded(bytes)); the store has "
                + "\(ByteCount.rounded(plan.availableBytes)) for them. Their room is used again when nothing else is left.",
            path: Finding.pointer("checkpoint.every"),
            hint: "Take them less often (`checkpoint.every`), or shorten `store.deletion_grace`.")
        return [finding]
    }

    /// nil where nobody knows how long an update takes, or no checkpoint is taken on the way.
    private func secondsBetweenCheckpoints(stepsPerEpoch: Int, stepSeconds: Double?) -> Double? {
        if let seconds = checkpoint.every.seconds { return seconds }
        let total = until.steps(stepsPerEpoch: stepsPerEpoch)
        guard let stepSeconds, let every = checkpoint.every.steps(stepsPerEpoch: stepsPerEpoch, total: total) else {
            return nil
        }
        return Double(max(1, every)) * stepSeconds
    }
}
