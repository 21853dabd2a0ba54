import Recipes

/// W9: whether a job's steps take longer than in its first hour. Told by how many steps were done in each minute of training.
struct PaceWatch: Sendable {
    static let minutes = 60
    static let slower = 1.5
    /// So many times the usual without a step is a stall.
    static let stalled = 10.0
    /// Seconds between two reports of steps that take less.
    static let reports = 0.25

    /// Seconds of a step in the job's first hour of training; kept over its runs.
    var usual: Double?
    private var recent: [Double] = []
    private var last: (step: Int, time: Double)?
    private var isTold = false

    /// Seconds of a step, of late or in the first hour; nil while nobody knows.
    var step: Double? { recent.isEmpty ? usual : recent.sorted()[recent.count / 2] }

    static func isStalled(after seconds: Double, usual: Double) -> Bool { seconds > stalled * max(usual, reports) }

    /// While the job stands still.
    mutating func rest() { last = nil }

    /// A look, about once a minute.
    /// - Returns: seconds of a step, usual and of late, where an hour was slower; once for each time that it becomes so.
    mutating func look(step: Int, at time: Double) -> (usual: Double, now: Double)? {
        defer { last = (step, time) }
        guard let last, time > last.time, step > last.step else { return nil }
        recent.append((time - last.time) / Double(step - last.step))
        guard recent.count >= Self.minutes else { return nil }
        recent.removeFirst(recent.count - Self.minutes)
        let now = recent.sorted()[Self.minutes / 2]
        guard let usual else {
            self.usual = now
            recent = []
            return nil
        }
        guard now > Self.slower * usual else {
            isTold = false
            return nil
        }
        defer { isTold = true }
        return isTold ? nil : (usual, now)
    }
}
