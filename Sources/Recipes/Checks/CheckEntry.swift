/// What a check is about, declared once: `simmer check`, the report, the manual and docs/CHECKS.md print it.
public struct CheckEntry: Sendable, Equatable {
    /// As in the manual: `K12`.
    public var id: String
    public var stage: CheckStage
    public var suite: CheckSuite
    /// A few words: `loss at the start`.
    public var title: String
    /// The statement that is tested.
    public var hypothesis: String
    /// What passes, warns and fails, in words with numbers.
    public var threshold: String
    /// Where the threshold comes from: a paper, a tool, `measured`, `proposed`.
    public var origin: String

    public init(
        _ id: String, _ stage: CheckStage, _ suite: CheckSuite, _ title: String, hypothesis: String,
        threshold: String, origin: String
    ) {
        self.id = id
        self.stage = stage
        self.suite = suite
        self.title = title
        self.hypothesis = hypothesis
        self.threshold = threshold
        self.origin = origin
    }
}

/// Every check there is.
public enum CheckCatalogue {
    /// In the order in which they are shown.
    public static let all: [CheckEntry] = premises + data + looks + skeleton + overfit + trained + watch + improve

    private static let byId = Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })

    public static func entry(_ id: String) -> CheckEntry? { byId[id] }
}
