/// One example of a recipe's data and what is known of it.
public struct FoundExample: Codable, Sendable, Equatable {
    /// `training`, `validation` or `test`.
    public var split: String
    /// In its split, from 0.
    public var position: Int
    /// Values of the columns that were asked for; what is missing is absent.
    public var numbers: [String: Double]
    public var words: [String: String]

    public init(split: String, position: Int, numbers: [String: Double] = [:], words: [String: String] = [:]) {
        self.split = split
        self.position = position
        self.numbers = numbers
        self.words = words
    }

    /// Columns that name the example.
    public static let splitColumn = "split"
    public static let positionColumn = "position"
    public static let labelColumn = "label"
}

extension FoundExample: Documented {
    public static var documentation: [String] {
        ["An example and the values of the columns that were asked for; what is missing is absent."]
    }
    public static var fieldDocumentation: [String: String] {
        ["split": "'training', 'validation' or 'test'.", "position": "In its split, from 0."]
    }
}

/// Where an example lies.
public struct ExamplePlace: Codable, Sendable, Hashable {
    public var split: String
    public var position: Int

    public init(split: String, position: Int) {
        self.split = split
        self.position = position
    }
}

extension ExamplePlace: Documented {
    public static var documentation: [String] { ["Where an example lies: its split, and its position there from 0."] }
}
