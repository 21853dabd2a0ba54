/// Which checks a worker is to run.
public struct CheckRequest: Codable, Sendable, Equatable {
    public var suite: CheckSuite
    /// Ids; empty for the whole suite.
    public var only: [String]

    public init(_ suite: CheckSuite, only: [String] = []) {
        self.suite = suite
        self.only = only
    }
}
