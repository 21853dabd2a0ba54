extension CheckReport {
    /// What a run has to be held against, and the checks that say whether those numbers can be trusted.
    private static let trust = ["K2", "K10", "K20"]

    /// O1: which baselines there are, and whether the checks beneath them are green. It shows; what holds a run back are the
    /// checks themselves.
    /// - Returns: nil where none of them has been run.
    public static func baselines(_ results: [CheckResult]) -> CheckResult? {
        let known = Dictionary(results.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        guard trust.contains(where: { known[$0] != nil }) else { return nil }
        let isMeasured = known["K2"]?.verdict == .pass
        let person = known["K18"].map { $0.verdict == .pass } ?? false
        let bad = trust.filter { known[$0].map { $0.verdict == .fail || $0.verdict == .warn } ?? false }
        let absent = trust.filter { known[$0] == nil }
        let have =
            (isMeasured ? ["models that cannot be wrong (K2)"] : [])
            + (known["K20"]?.verdict == .pass ? ["a network that sees nothing (K20)"] : [])
            + (person ? ["a person (K18)"] : [])
        let text =
            "There \(have.count == 1 ? "is" : "are") \(have.isEmpty ? "no baselines" : have.joined(separator: ", ")) to be held "
            + "against; \(person ? "all of them stand" : "no person has been asked (`simmer data quiz`); the others stand") on the charts."
        guard isMeasured, bad.isEmpty, absent.isEmpty else {
            let why =
                bad.isEmpty
                ? absent.isEmpty
                    ? "The baselines of K2 could not be measured."
                    : "\(absent.joined(separator: ", ")) \(absent.count == 1 ? "has" : "have") not been run."
                : "\(bad.joined(separator: ", ")) \(bad.count == 1 ? "is" : "are") not green: mend that before a number is trusted."
            return .skip("O1", have.isEmpty ? why : "\(why) \(text)")
        }
        return CheckResult(
            "O1", .pass, .statistic, text, numbers: [CheckNumber("baselines", Double(have.count))])
    }
}
