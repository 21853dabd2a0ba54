extension Recipe {
    /// A warning where checkpoints that are dropped, which stay for a while, do not fit beside those that are kept. Where
    /// the disk is full they go at once, so that a run can do with less.
    ///
    /// - Parameters:
    ///   - plan: of the kept ones; by the clock it counts the dropped ones as well, and nothing more is said.
    ///   - stepSeconds: of one update, as measured; nil where nobody knows.
    ///   - stay: seconds from a checkpoint's being dropped to its room's being free.
    public func droppedFindings(
        _ plan: DiskPlan, stepsPerEpoch: Int, stepSeconds: Double?, stay: Double
    ) -> [Finding] {
        let total = until.steps(stepsPerEpoch: stepsPerEpoch)
        guard let stepSeconds, plan.totalBytes <= plan.availableBytes,
            let every = checkpoint.every.steps(stepsPerEpoch: stepsPerEpoch, total: total)
        else { return [] }
        let members = Double(self.members ?? 1)
        let interval = max(1e-9, Double(max(1, every)) * stepSeconds)
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
}
