import Glibc

/// Whether a worker that died is started again.
///
/// A run whose step grows resumes without limit. A step that kills its worker three times is poison: the worker
/// crashed by itself there, or was killed while it sat in that one step (the kernel's out-of-memory killer uses
/// SIGKILL too). Someone who kills workers at random never hits one step so; those deaths have a wide limit only
/// against a loop that burns the processor for nothing.
package struct RestartPolicy: Sendable, Equatable {
    package enum Verdict: Sendable, Equatable {
        case again
        case giveUp(deaths: Int)
    }

    package static let deathsAtOneStep = 3
    package static let fruitlessDeaths = 20
    /// A SIGKILL this long after the last word of the worker came out of a step, not out of the blue.
    package static let silence = 1.0

    private var furthest = -1
    private var crashes = 0
    private var fruitless = 0

    package init() {}

    /// Whether one more death at this step is the last one.
    package var isSuspicious: Bool { crashes == Self.deathsAtOneStep - 1 }

    /// - Parameters:
    ///   - step: the last step that the worker reported, or where it resumed.
    ///   - signal: nil where the program exited by itself without a word.
    ///   - silentSeconds: time since its last report.
    package mutating func died(step: Int, signal: Int32?, silentSeconds: Double) -> Verdict {
        if step > furthest {
            furthest = step
            crashes = 0
            fruitless = 0
        }
        let outside = signal == SIGKILL || signal == SIGTERM || signal == SIGINT
        if outside && silentSeconds < Self.silence { fruitless += 1 } else { crashes += 1 }
        if crashes >= Self.deathsAtOneStep { return .giveUp(deaths: crashes) }
        return fruitless >= Self.fruitlessDeaths ? .giveUp(deaths: fruitless) : .again
    }
}
