/// What a user names where weights are asked for: a checkpoint, and behind a slash perhaps one of its averages.
public struct WeightsReference: Sendable, Equatable {
    /// `job@best`, `job:tag`, digits of an id.
    public var checkpoint: String
    /// As the checkpoint calls it; nil for the raw weights.
    public var average: String?

    /// Reads `job@best/ema-0.999`. A slash that no selector of a checkpoint goes before, and no average's name behind,
    /// belongs to the checkpoint's own name.
    public init(_ text: String) {
        checkpoint = text
        guard let slash = text.lastIndex(of: "/") else { return }
        let (before, behind) = (text[..<slash], String(text[text.index(after: slash)...]))
        let known = AverageName.canonical(behind)
        let isSelected = before.contains("@") || before.contains(":")
        guard !before.isEmpty, known != nil || isSelected && !behind.contains("@") && !behind.contains(":") else {
            return
        }
        checkpoint = String(before)
        average = known ?? behind
    }
}
