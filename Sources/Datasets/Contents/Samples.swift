import Recipes

/// Rows that are sent back: whole ones, as many as fit.
struct Samples {
    /// A reply has a largest size.
    private static let mostBytes = 256 << 10
    /// Characters of one value.
    static let longest = 200

    private let wanted: Int
    private var bytes = 0
    private(set) var rows: [JSONValue] = []
    /// Some did not fit.
    private(set) var isCut = false

    init(_ wanted: Int) { self.wanted = wanted }

    var isFull: Bool { isCut || rows.count >= wanted }

    mutating func add(_ row: [String: JSONValue]) {
        guard !isFull else { return }
        let row = JSONValue.object(row)
        bytes += row.canonicalText.utf8.count
        isCut = bytes > Self.mostBytes
        if !isCut { rows.append(row) }
    }

    /// A text that may be long.
    static func text(_ text: String, to length: Int = longest) -> String {
        // By scalars: one character may be made of any number of them.
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: length, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return text }
        return String(scalars[..<end]) + "…"
    }

    func finding(_ file: NamedFile) -> Finding? {
        guard isCut else { return nil }
        return file.finding(.info, .part, "only \(rows.count) rows are short enough to be shown.")
    }
}
