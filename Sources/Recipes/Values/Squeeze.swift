/// What has become of a job that was squeezed: its networks, them together, and the small one that learned from them.
public struct Squeeze: Codable, Sendable, Equatable {
    /// The job that was squeezed.
    public var source: String
    /// The members, and what they are worth together.
    public var ensemble: Ensemble
    /// Numbers in all members together.
    public var memberParameters: Int
    /// The job of the small network; absent until it has begun.
    public var student: String?
    public var studentParameters: Int?
    /// The small network on the same split, with the temperature that the validation split asks for; absent until then.
    public var evaluation: Evaluation?

    public init(source: String, ensemble: Ensemble, memberParameters: Int) {
        self.source = source
        self.ensemble = ensemble
        self.memberParameters = memberParameters
    }
}

extension Squeeze: Documented {
    public static var documentation: [String] {
        [
            "What has become of a job that was squeezed: its networks, them together, and the small one that learned from",
            "them.",
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "source": "The job that was squeezed.",
            "ensemble": "The members, and what they are worth together.",
            "memberParameters": "Numbers in all members together.",
            "student": "The job of the small network; absent until it has begun.",
            "evaluation": "The small network on the same split; absent until it has reached its end.",
        ]
    }
}
