/// How long a worker has said nothing while the daemon was there to hear it. Time in which the machine slept, or in which both
/// were frozen, is no silence of the worker's: it could not speak.
struct Quiet {
    private(set) var seconds = 0.0
    private var heard: Double
    private var looked: Double

    /// - Parameter now: monotonic seconds.
    init(at now: Double) {
        heard = now
        looked = now
    }

    mutating func hear(at now: Double) {
        heard = now
        seconds = 0
    }

    /// - Parameter interval: seconds from one look to the next while nothing holds the daemon up.
    mutating func look(at now: Double, interval: Double) {
        seconds += min(now - max(heard, looked), 2 * interval)
        looked = now
    }
}
