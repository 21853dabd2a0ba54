/// What those who only read may know of a run, from any thread: none of them waits for a decision.
struct RunGauge: Sendable {
    /// Of its worker; nil before there is one.
    var worker: Int32?
    /// Microseconds of training over all runs, without those since `activeSince`.
    private var activeBefore: Int
    private var activeSince: Double?
    /// What `activeUsec` was when the newest durable checkpoint was taken, or the run began from it.
    private var savedUsec: Int

    init(activeBefore: Int) {
        self.activeBefore = activeBefore
        savedUsec = activeBefore
    }

    /// Microseconds of training over all runs.
    var activeUsec: Int {
        activeBefore + (activeSince.map { Int((Clock.monotonic() - $0) * 1e6) } ?? 0)
    }

    /// Training that a crash at this moment would cost.
    var atRiskUsec: Int { max(0, activeUsec - savedUsec) }

    /// Stops or goes on counting training time.
    mutating func count(active: Bool) {
        if active {
            if activeSince == nil { activeSince = Clock.monotonic() }
        } else {
            activeBefore = activeUsec
            activeSince = nil
        }
    }

    /// A checkpoint is durable.
    /// - Parameter usec: what `activeUsec` was when it was taken.
    mutating func saved(at usec: Int) { savedUsec = max(savedUsec, usec) }
}
