/// What an average of the weights is called, and its tensors in a checkpoint.
public enum AverageName {
    /// `ema-0.999`: in metrics, evaluations and exports.
    public static func of(_ decay: Double) -> String { "ema-\(decay)" }

    /// `ema_0.999.`: before the names of the average's tensors.
    public static func prefix(_ decay: Double) -> String { "ema_\(decay)." }

    /// The prefix that belongs to a name.
    /// - Throws: `SimmerError.incompatible` where no average can have the name.
    public static func prefix(of name: String) throws -> String {
        guard name.hasPrefix("ema-"), let decay = Double(name.dropFirst(4)) else {
            throw SimmerError.incompatible(
                message: "'\(name)' names no average of the weights.",
                findings: [Finding(severity: .info, code: "hint", message: "averages are called like ema-0.999")])
        }
        return prefix(decay)
    }
}
