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
    /// In the order in which they are shown: data first, since what is wrong with them is wrong with all that follows.
    public static let all: [CheckEntry] = data + looks + premises + skeleton + overfit + trained + watch + improve

    private static let byId = Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })

    private static let places = Dictionary(
        all.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { first, _ in first })

    /// In `all`; what is not in there comes last.
    static func place(of id: String) -> Int { places[id] ?? all.count }

    public static func entry(_ id: String) -> CheckEntry? { byId[id] }
}
