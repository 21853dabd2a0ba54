import Recipes

/// A notice on its way to one who wants it.
struct Errand: Sendable {
    /// Whom it goes to.
    enum Target: Sendable, Hashable {
        case command([String])
        case mail(String, sendmail: String)
    }

    var target: Target
    var input: [UInt8]
    /// For the log.
    var job: Int?

    init(_ target: Target, _ text: NoticeText) throws {
        self.target = target
        job = text.notice.job
        switch target {
        case .command: input = try text.json()
        case .mail(let address, _): input = text.mail(to: address)
        }
    }

    /// How it went.
    enum Outcome: Sendable, Equatable {
        case arrived
        case failed(String)
        /// The daemon stops: it is told when a daemon runs again.
        case leftOver
    }
}

extension Errand.Target {
    var words: [String] {
        switch self {
        case .command(let words): words
        // No line of a dot ends the text.
        case .mail(_, let sendmail): [sendmail, "-t", "-oi"]
        }
    }

    /// `mail to someone@host`.
    var title: String {
        switch self {
        case .command(let words): "command \(words.first ?? "")"
        case .mail(let address, _): "mail to \(address)"
        }
    }
}

extension Notify {
    /// Those who are told, of them who want one of the events, and as which.
    func targets(of events: [Event], sendmail: String) -> [(target: Errand.Target, event: Event)] {
        guard let event = first(of: events) else { return [] }
        var targets: [(Errand.Target, Event)] = []
        if !command.isEmpty { targets.append((.command(command), event)) }
        if let mail { targets.append((.mail(mail, sendmail: sendmail), event)) }
        return targets
    }
}
