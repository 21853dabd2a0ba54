import Recipes

extension Daemon {
    /// What only a job with a worker has.
    nonisolated func measure(_ detail: inout JobDetail) {
        guard let gauge = gauges.value[detail.summary.id]?.value else { return }
        detail.atRiskUsec = gauge.atRiskUsec
        detail.resources.memoryPeakBytes = gauge.worker.flatMap(PeakMemory.bytes)
    }
}
