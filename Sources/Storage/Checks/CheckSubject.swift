/// What results of checks are about.
public enum CheckSubject: Sendable, Equatable {
    /// A recipe and its data, by a digest of what matters of both: what was found holds for every job of the same.
    case recipe(String)
    /// Data, by a digest: what people have seen in it holds whatever is learned from it.
    case data(String)
    /// What people have said of single examples of the same data: nobody is shown it, and K19 is made from it.
    case answers(String)
    /// A job while it trains, and its checkpoints.
    case job(Int)

    var text: String {
        switch self {
        case .recipe(let digest): "recipe:\(digest)"
        case .data(let digest): "data:\(digest)"
        case .answers(let digest): "answers:\(digest)"
        case .job(let id): "job:\(id)"
        }
    }
}
