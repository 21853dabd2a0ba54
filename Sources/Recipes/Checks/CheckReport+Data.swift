extension CheckReport {
    /// D1: whether the work began with the data: its checks were run, and a person has looked. It shows, and holds nothing
    /// back.
    /// - Parameter results: of the recipe and its data.
    /// - Returns: nil where no check has been run, and nobody has looked.
    public static func dataFirst(_ results: [CheckResult]) -> CheckResult? {
        let known = Dictionary(results.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let wanted = CheckCatalogue.all.filter { $0.stage == .data && $0.suite == .cheap }.map(\.id)
        let look = known["D2"]
        guard look != nil || results.contains(where: { CheckCatalogue.entry($0.id)?.suite == .cheap }) else {
            return nil
        }
        let absent = wanted.filter { known[$0] == nil }
        let failed = CheckCatalogue.all.filter { $0.stage == .data && known[$0.id]?.verdict == .fail }.map(\.id)
        let shown = look?.numbers.first { $0.name == "shown" }?.value ?? 0
        let looked =
            look == nil
            ? "Nobody has looked at the examples: `simmer data look` shows them."
            : "\(Int(shown)) examples were shown to a person (D2)."
        let numbers = [
            CheckNumber("checks of the data", Double(wanted.count - absent.count)), CheckNumber("shown", shown),
        ]
        var message = "The data were checked first. \(looked)"
        if !failed.isEmpty {
            message =
                "\(failed.joined(separator: ", ")) failed: mend the data before anything that depends on it. \(looked)"
        } else if !absent.isEmpty {
            message =
                "\(absent.joined(separator: ", ")) of the data \(absent.count == 1 ? "has" : "have") not been run. \(looked)"
        }
        let isDone = failed.isEmpty && absent.isEmpty && look != nil
        return CheckResult("D1", isDone ? .pass : .skip, .statistic, message, numbers: numbers)
    }
}

extension [CheckResult] {
    /// In the order of the stages, which is the catalogue's: the data first.
    public var inStageOrder: [CheckResult] {
        enumerated().sorted {
            let (first, second) = (CheckCatalogue.place(of: $0.element.id), CheckCatalogue.place(of: $1.element.id))
            return (first, $0.offset) < (second, $1.offset)
        }.map(\.element)
    }
}
