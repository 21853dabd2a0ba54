/// Which checks a worker is to run.
public struct CheckRequest: Codable, Sendable, Equatable {
    public var suite: CheckSuite
    /// Ids; empty for the whole suite.
    public var only: [String]
    /// Of the run whose checkpoint it is about.
    public var history: RunHistory?

    public init(_ suite: CheckSuite, only: [String] = [], history: RunHistory? = nil) {
        self.suite = suite
        self.only = only
        self.history = history
    }
}
