import Recipes

/// Which waiting jobs start now. A pure function of what the table says, so that the table is the queue and nothing
/// else has to be remembered over a restart.
enum Scheduler {
    /// A job that wants to run and does not.
    struct Waiting: Sendable, Equatable {
        var id: Int
        var priority: Int
        /// Was running when the daemon went away: goes before jobs of its priority that have never run.
        var interrupted: Bool = false
        var dependencies: [Dependency] = []
    }

    struct Dependency: Sendable, Equatable {
        var id: Int
        var name: String
        /// `nil`: the job was deleted.
        var state: JobState?
    }

    struct Decision: Sendable, Equatable {
        var start: [Int] = []
        /// Jobs that can never start, with the reason.
        var fail: [Failure] = []

        struct Failure: Sendable, Equatable {
            var id: Int
            var message: String
        }
    }

    /// The highest priority first; among equals those that were interrupted, then the oldest.
    static func ordered(_ waiting: [Waiting]) -> [Waiting] {
        waiting.sorted { first, second in
            if first.priority != second.priority { return first.priority > second.priority }
            if first.interrupted != second.interrupted { return first.interrupted }
            return first.id < second.id
        }
    }

    /// - Parameter free: slots that no run occupies.
    static func decide(_ waiting: [Waiting], free: Int) -> Decision {
        var decision = Decision()
        for job in ordered(waiting) {
            if let broken = job.dependencies.first(where: \.isBroken) {
                decision.fail.append(.init(id: job.id, message: broken.complaint))
            } else if decision.start.count < free, job.dependencies.allSatisfy({ $0.state == .succeeded }) {
                decision.start.append(job.id)
            }
        }
        return decision
    }
}

extension Scheduler.Dependency {
    /// Whether it can not succeed any more without a person.
    var isBroken: Bool {
        switch state {
        case .failed, .cancelled, nil: true
        default: false
        }
    }

    var complaint: String {
        switch state {
        case .failed: "Job \(name), which this one waits for, failed."
        case .cancelled: "Job \(name), which this one waits for, was cancelled."
        default: "Job \(name), which this one waits for, was deleted."
        }
    }
}
