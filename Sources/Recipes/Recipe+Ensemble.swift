// What the members of an ensemble have in common, and what they do not.
extension Recipe {
    /// What splits and draws the data.
    public var dataSeed: UInt64 { data.seed.map(UInt64.init) ?? seed }

    /// The seed of one member, counted from 1: the output of that number of SplitMix64 (Steele, Lea and Flood 2014) begun
    /// at the recipe's seed, without its last 11 bits, so that any reader of JSON keeps it exact.
    public func seed(ofMember number: Int) -> UInt64 {
        var bits = seed &+ UInt64(truncatingIfNeeded: number) &* 0x9e37_79b9_7f4a_7c15
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return (bits ^ (bits >> 31)) >> 11
    }

    /// What is laid over the recipe of an ensemble, or of a single network, to make it that of one member: a chance of its
    /// own, and the same data, so that what validates one validates all.
    public func overrides(ofMember number: Int) -> [String: String] {
        [
            "kind": (kind == .distill ? JobKind.distill : .train).rawValue, "members": "none",
            "seed": String(seed(ofMember: number)),
            "data.seed": String(dataSeed),
        ]
    }

    /// How the members are measured once all are there: on the test data where there are some, and with a temperature
    /// where there are probabilities.
    public func ensembleRequest(for facts: DataFacts) -> EnsembleRequest {
        let method: EnsembleMethod =
            switch combine {
            case .probabilities: .averageProbabilities
            case .logits: .averageLogits
            case .vote: .vote
            }
        let isNumbers = if case .numbers = facts.target { true } else { false }
        return EnsembleRequest(
            method: method, split: facts.testCount > 0 ? "test" : "validation", isGreedy: greedy,
            calibrates: !isNumbers && method != .vote)
    }

    /// What will keep the members from being measured together, said before they are trained.
    /// - Parameters:
    ///   - text: the recipe's, and what was laid over it.
    public func ensembleFindings(_ text: String, overrides: [String: String], facts: DataFacts) -> [Finding] {
        guard kind == .ensemble else { return [] }
        let records = [1, 2].map { number in
            TeacherRecord(
                checkpoint: String(number), name: "\(name).\(number)", recipe: text,
                overrides: overrides.merging(self.overrides(ofMember: number)) { $1 }, facts: facts)
        }
        // What is wrong with one is wrong with all.
        return ensembleRequest(for: facts).findings(of: records, named: records.map(\.name)).reduce(into: []) {
            if $0.isEmpty { $0.append($1) }
        }
    }
}
