/// Whether a curve still falls: Mann (1945) and Kendall's test of trend, one-sided, at 5 %.
///
/// It goes by which of two values is larger and not by how much, so that one wild value weighs no more than another; and
/// it needs no more than comparisons and a square root, whose bits are the same on every machine. Ties count for
/// neither side, which makes the test slower to see a fall.
public enum FallTest {
    /// - Parameter values: oldest first, five or more. Costs n² / 2 comparisons.
    public static func falls(_ values: [Double]) -> Bool {
        let count = values.count
        guard count > 1 else { return false }
        var sign = 0
        for (i, early) in values.enumerated() {
            for late in values[(i + 1)...] where late != early { sign += late > early ? 1 : -1 }
        }
        let variance = Double(count * (count - 1) * (2 * count + 5)) / 18
        // One less, since the sum goes in steps of two.
        return Double(sign + 1) < -1.6448536269514722 * variance.squareRoot()
    }
}
