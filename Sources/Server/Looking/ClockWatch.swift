/// W21: whether the clock on the wall goes as the one that nobody sets.
struct ClockWatch: Sendable {
    static let seconds = 3_600.0

    private var last: (wall: Double, steady: Double)?

    /// - Returns: seconds that the wall's clock has jumped since the last look, where they are many.
    mutating func look(wall: Double, steady: Double) -> Double? {
        defer { last = (wall, steady) }
        guard let last else { return nil }
        let jump = (wall - last.wall) - (steady - last.steady)
        return abs(jump) > Self.seconds ? jump : nil
    }
}
