import Recipes

/// W6: how many of a thousand gradients were clipped, after the first thousand.
struct ClippedShare {
    static let block = 1_000

    private var updates = 0
    private var clipped = 0
    private var seen = 0

    /// - Returns: something at the end of each block.
    /// - Parameter isScaled: whether the optimiser divides a gradient by the size that gradients have: then clipping all of
    ///   them changes next to nothing.
    mutating func add(norm: Double, limit: Double?, isScaled: Bool, step: Int) -> CheckResult? {
        guard let limit else {
            updates = 0
            clipped = 0
            return nil
        }
        seen += 1
        guard step > Self.block else { return nil }
        updates += 1
        if norm > limit { clipped += 1 }
        guard updates == Self.block else { return nil }
        let share = Double(clipped) / Double(updates)
        updates = 0
        clipped = 0
        let isMuch = share > 0.5 && !isScaled
        return CheckResult(
            "W6", isMuch ? .warn : .pass, .statistic,
            "Of the last \(Self.block) gradients \(Int((share * 100).rounded())) % were longer than `clip.gradient_norm`.",
            numbers: [CheckNumber("clipped", share * 100, unit: "%"), CheckNumber("limit", limit)],
            action: isMuch
                ? "Raise `clip.gradient_norm` to what nine of ten gradients stay below (`train.gradient_norm`), and lower "
                    + "the rate if that diverges: as it is, the limit sets the size of most steps." : nil,
            step: step)
    }
}
