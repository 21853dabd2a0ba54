import Recipes

/// W16: whether a worker's memory or its open files grow for hours. A look every five minutes.
struct GrowthWatch: Sendable {
    static let hours = 6.0
    static let perHour = 0.01
    /// Bytes over six hours that matter, whatever part of the whole they are.
    static let least = 16.0 * 1_048_576
    static let files = 10

    private var looks: [(hours: Double, bytes: Double, files: Int)] = []

    enum Finding: Equatable {
        /// Part of the memory in an hour.
        case memory(Double)
        /// The most in the first quarter and the fewest in the last.
        case files(Int, Int)
    }

    mutating func look(bytes: Int, files: Int, at seconds: Double) -> Finding? {
        let now = seconds / 3600
        looks.append((now, Double(bytes), files))
        looks.removeAll { now - $0.hours > Self.hours }
        guard let first = looks.first, now - first.hours > Self.hours - 0.2, looks.count >= 24 else { return nil }
        let slope = slope
        let level = looks.map(\.bytes).sorted()[looks.count / 2]
        if level > 0, slope / level > Self.perHour, slope * Self.hours > Self.least { return .memory(slope / level) }
        let part = looks.count / 4
        let (low, high) = (looks.prefix(part).map(\.files).max() ?? 0, looks.suffix(part).map(\.files).min() ?? 0)
        return high >= low + Self.files ? .files(low, high) : nil
    }

    /// Bytes an hour: the median of the slopes between all pairs (Theil 1950, Sen 1968), which a jump does not move.
    private var slope: Double {
        var slopes: [Double] = []
        for (place, one) in looks.enumerated() {
            for other in looks[(place + 1)...] where other.hours > one.hours {
                slopes.append((other.bytes - one.bytes) / (other.hours - one.hours))
            }
        }
        slopes.sort()
        return slopes.isEmpty ? 0 : slopes[slopes.count / 2]
    }
}
