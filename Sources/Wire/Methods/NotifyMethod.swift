import Recipes

/// One of each notification that the configuration asks for.
public enum TestNotify: Method {
    public static var documentation: [String] {
        [
            "Sends one notification of each event to each of those whom the configuration names, and says how each went.",
            "It may take a minute for each.",
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public init() {}
    }

    public struct Output: Codable, Sendable, Equatable {
        public var deliveries: [NotifyDelivery]

        public init(deliveries: [NotifyDelivery]) {
            self.deliveries = deliveries
        }
    }
}

/// How one notification went: 'target' is whom it went to, 'message' why it failed.
public struct NotifyDelivery: Codable, Sendable, Equatable {
    public var event: String
    public var target: String
    public var ok: Bool
    public var message: String?

    public init(event: String, target: String, ok: Bool, message: String? = nil) {
        self.event = event
        self.target = target
        self.ok = ok
        self.message = message
    }
}

extension NotifyDelivery: Documented {
    public static var documentation: [String] {
        [
            "How one notification went: 'target' is whom it went to, 'message' why it failed."
        ]
    }
}
