/// Which examples a worker is to draw, page by page.
public struct ShowRequest: Codable, Sendable, Equatable {
    public struct Page: Codable, Sendable, Equatable {
        public var name: String
        public var caption: String
        public var places: [ExamplePlace]

        public init(name: String, caption: String, places: [ExamplePlace]) {
            self.name = name
            self.caption = caption
            self.places = places
        }
    }
    public var pages: [Page]
    /// Draw each page as a contact sheet.
    public var sheets: Bool
    /// Give the pixels of each example too, smaller where they would be too many.
    public var pixels: Bool

    public init(pages: [Page], sheets: Bool, pixels: Bool) {
        self.pages = pages
        self.sheets = sheets
        self.pixels = pixels
    }

    /// Examples on a page: 16 x 16.
    public static let pageSize = 256
    public static let rowSize = 16
    /// Pages of one request.
    public static let mostPages = 24
    /// Bytes of all pixels on a page, before base64.
    public static let mostPixelBytes = 150_000
}

/// A page of examples, as a worker has drawn it.
public struct ShownPage: Codable, Sendable, Equatable {
    /// Among those asked for, from 0.
    public var index: Int
    /// Absent where the examples are no images, or no sheet was asked for.
    public var picture: Picture?
    public var examples: [ShownExample]

    public init(index: Int, picture: Picture? = nil, examples: [ShownExample]) {
        self.index = index
        self.picture = picture
        self.examples = examples
    }
}

/// One example to look at.
public struct ShownExample: Codable, Sendable, Equatable {
    public var place: ExamplePlace
    /// Of the pixels; 1 channel is grey, 3 are red, green and blue.
    public var height: Int?
    public var width: Int?
    public var channels: Int?
    /// Bytes in base64, `[height, width, channels]`.
    public var pixels: String?
    /// An example that is no image, in words.
    public var text: String?
    /// Absent in a blind test.
    public var label: String?

    public init(
        place: ExamplePlace, height: Int? = nil, width: Int? = nil, channels: Int? = nil, pixels: String? = nil,
        text: String? = nil, label: String? = nil
    ) {
        self.place = place
        self.height = height
        self.width = width
        self.channels = channels
        self.pixels = pixels
        self.text = text
        self.label = label
    }
}

/// How the examples of a page are chosen.
public enum ExampleChoice: String, Codable, Sendable, CaseIterable, Equatable {
    /// By the recipe's seed; no example comes on two pages.
    case random
    /// As many of each class, class by class; of numbers, at equal distances in their order.
    case stratified
    /// The lowest and the highest of each column.
    case extremes
    /// In the order that the question asks for.
    case asked
}

/// One page that is wanted.
public struct ExamplePage: Codable, Sendable, Equatable {
    public var choice: ExampleChoice
    /// Which of the pages of this kind, from 0.
    public var index: Int

    public init(_ choice: ExampleChoice, index: Int) {
        self.choice = choice
        self.index = index
    }
}

extension ShownPage: Documented {
    public static var documentation: [String] { ["A page of examples, drawn."] }
    public static var fieldDocumentation: [String: String] {
        [
            "index": "Among the pages asked for, from 0.",
            "picture": "Absent where the examples are no images, or no sheet was asked for.",
        ]
    }
}

extension ShownExample: Documented {
    public static var documentation: [String] { ["One example to look at."] }
    public static var fieldDocumentation: [String: String] {
        [
            "channels": "1 for grey, 3 for red, green and blue.",
            "pixels": "Bytes in base64: height, width, channels; smaller than the example where all would be too many.",
            "text": "An example that is no image, in words.", "label": "Absent in a blind test.",
        ]
    }
}

extension ExampleChoice: Documented {
    public static var documentation: [String] {
        [
            "How the examples of a page are chosen: by the seed, as many of each class, the lowest and highest of each",
            "column, or in the order that is asked for.",
        ]
    }
}

extension ExamplePage: Documented {
    public static var documentation: [String] {
        ["One page that is wanted: of its kind the one of this index, from 0."]
    }
}
