/// How checkpoints are put together, and on which split they are measured.
public struct EnsembleRequest: Codable, Sendable, Equatable {
    public var method: EnsembleMethod
    /// 'validation' or 'test'.
    public var split: String
    /// Whether the order is chosen: each time the member with which the validation split's loss is least.
    public var isGreedy: Bool
    /// Whether each step gets a temperature of its own, fitted on the validation split.
    public var calibrates: Bool
    /// How many are taken at most, the best first; nil for all. Then also how often each two of them differ.
    public var most: Int?

    public init(method: EnsembleMethod, split: String, isGreedy: Bool, calibrates: Bool, most: Int? = nil) {
        self.method = method
        self.split = split
        self.isGreedy = isGreedy
        self.calibrates = calibrates
        self.most = most
    }

    public static let splits = ["validation", "test"]

    /// Whether the validation split is looked at, whichever is measured.
    public var needsValidation: Bool { split == "validation" || isGreedy || calibrates }

    /// What keeps these checkpoints from being one ensemble: everything that differs from the first is named.
    /// - Parameter references: as the caller named them.
    public func findings(of members: [TeacherRecord], named references: [String]) -> [Finding] {
        guard let first = members.first, members.count > 1, members.count == references.count else {
            return [
                Self.refuse(
                    "single", "An ensemble of one checkpoint is that checkpoint.",
                    "Name two or more; `simmer evaluate` measures one.")
            ]
        }
        guard members.count <= TeacherRecord.most else {
            return [
                Self.refuse(
                    "many", "\(members.count) members are more than \(TeacherRecord.most).",
                    "Take fewer: past the first ten the next one seldom pays.")
            ]
        }
        var findings = methodFindings(first)
        for (index, member) in members.enumerated() {
            findings += self.findings(of: member, named: references[index])
            guard index > 0 else { continue }
            findings += differences(member, references[index], first, references[0])
            if let same = members[..<index].firstIndex(where: {
                $0.checkpoint == member.checkpoint && $0.average == member.average
            }) {
                findings.append(
                    Self.refuse(
                        "twice",
                        "`\(references[index])` and `\(references[same])` are the same "
                            + (member.average == nil ? "checkpoint." : "average of one checkpoint."),
                        "Name each once: the same answer twice is no second opinion."))
            }
        }
        return findings
    }

    private static func refuse(_ code: String, _ message: String, _ hint: String) -> Finding {
        Finding(severity: .error, code: "ensemble.\(code)", message: message, hint: hint)
    }

    private func methodFindings(_ first: TeacherRecord) -> [Finding] {
        var findings: [Finding] = []
        if method == .vote, isGreedy || calibrates {
            findings.append(
                Self.refuse(
                    "vote", "Votes have no likelihood that an order or a temperature could be chosen by.",
                    "Take the mean of the probabilities, or leave the choice out."))
        }
        if method == .averageWeights, isGreedy {
            findings.append(
                Self.refuse(
                    "weights", "A greedy order is chosen from the members' answers, and mean weights have others.",
                    "Name the members in the order in which they are to be added."))
        }
        guard case .numbers = first.facts.target else { return findings }
        if method == .vote || calibrates {
            findings.append(
                Self.refuse(
                    "numbers", "The answers are numbers: there are no \(method == .vote ? "votes" : "probabilities").",
                    "Numbers are put together by their mean."))
        }
        return findings
    }

    private func findings(of member: TeacherRecord, named reference: String) -> [Finding] {
        guard let recipe = member.readRecipe().recipe else {
            return [
                Self.refuse(
                    "recipe", "`\(reference)` has a recipe that this version of simmer cannot read.", "Train it again.")
            ]
        }
        let isNumbers = if case .numbers = member.facts.target { true } else { false }
        let loss = recipe.trainingLoss(for: member.facts).kind
        let fits =
            switch loss {
            case .crossEntropy: !isNumbers
            case .binaryCrossEntropy: !isNumbers && member.facts.outputCount(for: recipe.loss) == 1
            case .mse, .mae, .huber: isNumbers
            }
        guard fits else {
            return [
                Self.refuse(
                    "loss", "`\(reference)` was trained by \(loss.rawValue), and answers with several yes or no.",
                    "Put together networks that tell classes apart, or that predict numbers.")
            ]
        }
        return []
    }

    private func differences(
        _ member: TeacherRecord, _ reference: String, _ first: TeacherRecord, _ firstReference: String
    ) -> [Finding] {
        let comparison = DataComparison(
            theirs: member.facts, mine: first.facts, code: "ensemble", path: nil, name: "`\(reference)`",
            owner: "`\(reference)`'s", other: "`\(firstReference)`'s")
        func words(_ facts: DataFacts) -> String {
            switch facts.target {
            case .classes(let names): "\(names.count) classes"
            case .numbers(let count): count == 1 ? "a number" : "\(count) numbers"
            }
        }
        let isSameKind =
            switch (member.facts.target, first.facts.target) {
            case (.classes, .classes): true
            case (.numbers(let count), .numbers(let other)): count == other
            default: false
            }
        guard isSameKind else {
            return [
                comparison.refuse(
                    "target",
                    "answers with \(words(member.facts)), but `\(firstReference)` with \(words(first.facts)).",
                    "Give both the same targets.")
            ]
        }
        return comparison.findings + [splitFinding(member, first, comparison)].compactMap { $0 }
    }

    /// A whole text is cut, whatever the seed.
    private static func splitsBySeed(_ recipe: Recipe) -> Bool {
        recipe.data.format != .text || recipe.data.documents != .whole
    }

    /// Members that split their examples by different seeds have learned from the examples that validate the first.
    private func splitFinding(
        _ member: TeacherRecord, _ first: TeacherRecord, _ comparison: DataComparison
    ) -> Finding? {
        guard needsValidation, let own = member.readRecipe().recipe, let other = first.readRecipe().recipe,
            case .fraction = other.data.validation,
            own.data.validation != other.data.validation || own.dataSeed != other.dataSeed && Self.splitsBySeed(own)
        else { return nil }
        return comparison.refuse(
            "split",
            "was trained on examples that validate \(comparison.other) training: another seed or fraction split them off.",
            "Train with the same `data.seed`, give files of their own for validation, or measure with `--on test` and "
                + "choose nothing by validation.")
    }
}
