import Recipes

/// Which waiting jobs start now. A pure function of what the table says, so that the table is the queue and nothing
/// else has to be remembered over a restart.
package enum Scheduler {
    /// A job that wants to run and does not.
    package struct Waiting: Sendable, Equatable {
        package var id: Int
        package var priority: Int
        /// Was running when the daemon went away: goes before jobs of its priority that have never run.
        package var interrupted: Bool = false
        package var dependencies: [Dependency] = []

        package init(id: Int, priority: Int, interrupted: Bool = false, dependencies: [Dependency] = []) {
            self.id = id
            self.priority = priority
            self.interrupted = interrupted
            self.dependencies = dependencies
        }
    }

    package struct Dependency: Sendable, Equatable {
        package var id: Int
        package var name: String
        /// `nil`: the job was deleted.
        package var state: JobState?

        package init(id: Int, name: String, state: JobState?) {
            self.id = id
            self.name = name
            self.state = state
        }
    }

    package struct Decision: Sendable, Equatable {
        package var start: [Int] = []
        /// Jobs that can never start, with the reason.
        package var fail: [Failure] = []

        package init(start: [Int] = [], fail: [Failure] = []) {
            self.start = start
            self.fail = fail
        }

        package struct Failure: Sendable, Equatable {
            package var id: Int
            package var message: String

            package init(id: Int, message: String) {
                self.id = id
                self.message = message
            }
        }
    }

    /// The highest priority first; among equals those that were interrupted, then the oldest.
    package static func ordered(_ waiting: [Waiting]) -> [Waiting] {
        waiting.sorted { first, second in
            if first.priority != second.priority { return first.priority > second.priority }
            if first.interrupted != second.interrupted { return first.interrupted }
            return first.id < second.id
        }
    }

    /// - Parameter free: slots that no run occupies.
    package static func decide(_ waiting: [Waiting], free: Int) -> Decision {
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
