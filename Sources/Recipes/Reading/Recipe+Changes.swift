/// Changes of hot keys: checked before the daemon commits them, applied as a pure function of the step.
extension Recipe {
    /// What is wrong with a change of hot keys; empty when it may be committed. `rate` and `clip` are short for
    /// `optimizer.rate` and `clip.gradient_norm`. A frozen key is refused with the hint to branch.
    public static func validateChange(_ values: [String: String]) -> [Finding] { [] }

    /// The recipe in force for the update with index `step`: changes whose `step` is at most that, oldest first.
    ///
    /// - Throws: `SimmerError.recipeInvalid` for a change that `validateChange` would have refused.
    public func applying(_ changes: [HotChange], upTo step: Int) throws -> Recipe { self }
}
