import Recipes

/// When training gives way to people: within hours of the day, and while others load the machine.
///
/// The hours are asked for anew at each tick, so that a clock that is set, or a summer time, is right at the next one.
/// The load has two thresholds and a shortest time between two changes of mind, so that it does not flap.
package struct Politeness: Sendable, Equatable {
    /// Why jobs are parked.
    package enum Rest: Sendable, Equatable {
        case hours(DayHours)
        case load(limit: Double)
    }

    /// Below this part of the limit training goes on.
    package static let low = 0.75
    /// Seconds that a decision by load holds.
    package static let dwell = 60.0

    private var isLoaded = false
    private var since = -Double.infinity

    package init() {}

    /// - Parameters:
    ///   - minute: of the local day.
    ///   - others: processors that others keep busy; nil where nobody knows.
    ///   - now: monotonic seconds.
    package mutating func decide(_ polite: Configuration.Polite, minute: Int, others: Double?, now: Double) -> Rest? {
        if let limit = polite.load, let others {
            let should = isLoaded ? others >= limit * Self.low : others > limit
            if should != isLoaded, now - since >= Self.dwell {
                isLoaded = should
                since = now
            }
        } else {
            isLoaded = false
        }
        if let hours = polite.hours, hours.contains(minute) { return .hours(hours) }
        if isLoaded, let limit = polite.load { return .load(limit: limit) }
        return nil
    }
}

extension Politeness.Rest {
    /// `quiet hours until 18:00`.
    package var text: String {
        switch self {
        case .hours(let hours): "quiet hours until \(hours.endText)"
        case .load(let limit): "others keep more than \(Self.short(limit)) processors busy"
        }
    }

    private static func short(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e9 ? "\(Int(value))" : "\(value)"
    }
}
