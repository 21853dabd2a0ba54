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
        /// Whether it takes the slot for short work, as cooldowns do: a trunk that trains for ever holds a long one.
        package var isShort: Bool = false
        /// Whether it is made of other jobs, which take their slots themselves.
        package var isWhole: Bool = false
        package var dependencies: [Dependency] = []

        package init(
            id: Int, priority: Int, interrupted: Bool = false, isShort: Bool = false, isWhole: Bool = false,
            dependencies: [Dependency] = []
        ) {
            self.id = id
            self.priority = priority
            self.interrupted = interrupted
            self.isShort = isShort
            self.isWhole = isWhole
            self.dependencies = dependencies
        }
    }

    package struct Dependency: Sendable, Equatable {
        package var id: Int
        package var name: String
        /// `nil`: the job was deleted.
        package var state: JobState?
        /// Nobody knows what has become of it.
        package var isUnreadable: Bool

        package init(id: Int, name: String, state: JobState?, isUnreadable: Bool = false) {
            self.id = id
            self.name = name
            self.state = state
            self.isUnreadable = isUnreadable
        }
    }

    package struct Decision: Sendable, Equatable {
        package var start: [Int] = []
        /// Jobs that can never start, with the reason.
        package var fail: [Hindrance] = []
        /// Jobs that wait until a person has seen to another one.
        package var wait: [Hindrance] = []

        package init(start: [Int] = [], fail: [Hindrance] = [], wait: [Hindrance] = []) {
            self.start = start
            self.fail = fail
            self.wait = wait
        }

        package struct Hindrance: Sendable, Equatable {
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

    /// - Parameters:
    ///   - free: slots that no run occupies.
    ///   - freeShort: those for short work.
    package static func decide(_ waiting: [Waiting], free: Int, freeShort: Int = 0) -> Decision {
        var decision = Decision()
        var (free, freeShort) = (free, freeShort)
        for job in ordered(waiting) {
            if let broken = job.dependencies.first(where: \.isBroken) {
                decision.fail.append(.init(id: job.id, message: broken.complaint))
            } else if let lost = job.dependencies.first(where: \.isUnreadable) {
                decision.wait.append(.init(id: job.id, message: lost.complaint))
            } else if job.isWhole || (job.isShort ? freeShort : free) > 0,
                job.dependencies.allSatisfy({ $0.state == .succeeded })
            {
                if job.isShort { freeShort -= 1 } else if !job.isWhole { free -= 1 }
                decision.start.append(job.id)
            }
        }
        return decision
    }
}

extension Scheduler.Dependency {
    /// Whether it can not succeed any more without a person.
    var isBroken: Bool {
        if isUnreadable { return false }
        return switch state {
        case .failed, .cancelled, nil: true
        default: false
        }
    }

    var complaint: String {
        let what = "Job \(name), which this one waits for,"
        if isUnreadable {
            return
                "\(what) cannot be read: `simmer status \(id)` says why. This one goes on when it can be, and fails when it is "
                + "deleted."
        }
        return switch state {
        case .failed: "\(what) failed. `simmer resume \(name)` takes it up; this one is resumed when that is done."
        case .cancelled: "\(what) was cancelled. Submit this one again without it."
        default: "\(what) was deleted. Submit this one again without it."
        }
    }
}
