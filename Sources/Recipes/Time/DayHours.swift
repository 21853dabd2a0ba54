/// A part of the day by the clock on the wall: `08:00-18:00`, or `22:00-06:00` over midnight.
public struct DayHours: Codable, Sendable, Equatable, CustomStringConvertible {
    /// Minutes since midnight; the second is no longer part of it.
    public var begin: Int
    public var end: Int

    /// Nil for anything else, and for hours that begin when they end.
    public init?(_ text: String) {
        let sides = text.split(separator: "-", omittingEmptySubsequences: false)
        guard sides.count == 2, let begin = Self.minute(sides[0]), let end = Self.minute(sides[1]), begin != end,
            begin < 1_440
        else { return nil }
        self.begin = begin
        self.end = end
    }

    private static func minute(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...2).contains(parts[0].utf8.count), parts[1].utf8.count == 2,
            text.utf8.allSatisfy({ (48...58).contains($0) }), let hour = Int(parts[0]), let minute = Int(parts[1]),
            minute < 60, hour * 60 + minute <= 1_440
        else { return nil }
        return hour * 60 + minute
    }

    /// - Parameter minute: since midnight.
    public func contains(_ minute: Int) -> Bool {
        begin < end ? minute >= begin && minute < end : minute >= begin || minute < end
    }

    public var endText: String { Self.text(end) }
    public var description: String { "\(Self.text(begin))-\(Self.text(end))" }

    private static func text(_ minute: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(minute / 60)):\(two(minute % 60))"
    }
}
