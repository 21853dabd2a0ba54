/// Where the tokens of a split came from.
struct TextOrigin: Sendable {
    /// nil where several files became one text.
    var path: String?
    /// lines: how the documents of one text were divided in two; nil where they were not.
    var division: Division?

    struct Division: Sendable {
        /// Documents before they were divided.
        var count: Int
        var fraction: Double
        var seed: UInt64
        var isValidation: Bool

        /// The numbers of the documents in this part, ascending.
        var documents: [UInt32] {
            let rows = Split.rows(count: count, labels: nil, fraction: fraction, seed: seed)
            return isValidation ? rows.validation : rows.training
        }
    }
}

extension TextWindows {
    /// The first token of the example at `position` among all tokens of its text; of a place its own.
    func firstToken(of position: Int) -> Int {
        switch cut {
        case .whole: range.lowerBound + position * window
        case .places: range.lowerBound + position
        case .chosen(let places): places.indices.contains(position) ? Int(places[position]) : 0
        }
    }

    /// Characters are counted in a whole text; among lines the place is not known without its document.
    func origin(ofToken token: Int) -> ExampleOrigin? {
        guard case .whole = cut else { return nil }
        return ExampleOrigin(file: origin.path ?? "", row: token, unit: .character)
    }
}

/// The tokens of one split of a text, as checks look at them.
public struct SplitText: Sendable {
    /// Token ids in the order of the text.
    public let tokens: [UInt16]
    /// lines: each document's tokens without its boundary. A whole text is one document.
    public let documents: [Range<Int>]
    private let origin: TextOrigin
    private let firstToken: Int
    private let isWhole: Bool
    /// lines: the number of each document among those of its file.
    private let numbers: [UInt32]?

    fileprivate init(_ text: TextWindows) {
        switch text.tokens {
        case .bytes(let values): tokens = values[text.range].map { UInt16($0) }
        case .words(let values): tokens = Array(values[text.range])
        }
        origin = text.origin
        firstToken = text.range.lowerBound
        if case .whole = text.cut {
            isWhole = true
            documents = tokens.isEmpty ? [] : [0..<tokens.count]
            numbers = nil
            return
        }
        isWhole = false
        var documents: [Range<Int>] = []
        var start = 0
        for (place, token) in tokens.enumerated() where token == 0 {
            documents.append(start..<place)
            start = place + 1
        }
        self.documents = documents
        numbers = text.origin.division?.documents
    }

    /// Where a document lies: its line among those that hold a character, from 1.
    public func origin(ofDocument index: Int) -> ExampleOrigin {
        guard !isWhole else { return origin(ofToken: 0) }
        let number = numbers.flatMap { $0.indices.contains(index) ? Int($0[index]) : nil } ?? index
        return ExampleOrigin(file: origin.path ?? "", row: number + 1, unit: .line)
    }

    /// Where a token of a whole text lies, by its index in `tokens`.
    public func origin(ofToken index: Int) -> ExampleOrigin {
        ExampleOrigin(file: origin.path ?? "", row: firstToken + index, unit: .character)
    }
}

extension Subset {
    /// The tokens that examples are cut from; nil where the data is no text. A copy: two bytes a token.
    public var text: SplitText? {
        guard case .text(let windows) = source else { return nil }
        return SplitText(windows)
    }
}
