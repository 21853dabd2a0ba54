/// One row for each example of all splits, and everything that is known of it by name: what `data find` searches and sorts.
///
/// Images, tables: a row is an example. Text: a row is a window, or a line where lines are documents.
public struct ExampleTable: Sendable, Equatable {
    public struct Column: Sendable, Equatable {
        public enum Values: Sendable, Equatable {
            /// NaN where a row has none.
            case numbers([Double])
            /// Empty where a row has none.
            case words([String])
        }
        /// Letters, digits and `_`, not a digit first; unique without regard to case, as SQLite tells names apart.
        public let name: String
        /// What it says, in one line.
        public let doc: String
        /// `pixels`; nil for a plain number or a word.
        public let unit: String?
        public let values: Values

        public init(_ name: String, _ doc: String, unit: String? = nil, numbers: [Double]) {
            self.init(name, doc, unit: unit, values: .numbers(numbers))
        }

        public init(_ name: String, _ doc: String, words: [String]) {
            self.init(name, doc, unit: nil, values: .words(words))
        }

        init(_ name: String, _ doc: String, unit: String?, values: Values) {
            self.name = name
            self.doc = doc
            self.unit = unit
            self.values = values
        }

        public var count: Int {
            switch values {
            case .numbers(let numbers): numbers.count
            case .words(let words): words.count
            }
        }

        public var numbers: [Double]? { if case .numbers(let numbers) = values { numbers } else { nil } }
        public var words: [String]? { if case .words(let words) = values { words } else { nil } }
    }

    /// A file's own columns at most; those behind them are left out.
    public static let mostInputs = 200

    public let rowCount: Int
    public private(set) var columns: [Column] = []

    public init(rowCount: Int) { self.rowCount = max(rowCount, 0) }

    public subscript(_ name: String) -> Column? { columns.first { $0.name == name } }

    /// Adds a column, or puts it in the place of the one of its name. A column of another length is cut, or filled up with
    /// nothing, so that every column has a value for every row.
    public mutating func set(_ column: Column) {
        let fitted = column.fitted(to: rowCount)
        if let place = columns.firstIndex(where: { $0.name == column.name }) {
            columns[place] = fitted
        } else {
            columns.append(fitted)
        }
    }

    /// What is worked out of an example, and by a checkpoint of its answers: never a file's column.
    private static let computed: Set<String> = [
        "split", "position", "row", "file", "label", "duplicate_of", "neighbour_distance", "outlier", "loss",
        "prediction",
        "confidence", "correct",
    ]

    /// A name that a column can have, made of what a file calls it: `mean radius` becomes `mean_radius`, and one that is
    /// taken gets a number; so does one that simmer works out, whether the table has it or not.
    public func columnName(for text: String) -> String {
        let name = Self.plainName(of: text)
        let taken = Self.computed.union(columns.map { $0.name.lowercased() })
        guard taken.contains(name.lowercased()) else { return name }
        var number = 2
        while taken.contains("\(name)_\(number)".lowercased()) { number += 1 }
        return "\(name)_\(number)"
    }

    /// The same, whatever names are taken.
    static func plainName(of text: String) -> String {
        let name = String(
            decoding: text.utf8.map { byte in
                let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                return isLetter || isDigit ? byte : UInt8(ascii: "_")
            }.prefix(60), as: UTF8.self)
        return name.first?.isLetter == true ? name : "x_" + name
    }
}

extension ExampleTable.Column {
    fileprivate func fitted(to count: Int) -> Self {
        guard self.count != count else { return self }
        let missing = max(count - self.count, 0)
        switch values {
        case .numbers(let numbers):
            return Self(
                name, doc, unit: unit,
                values: .numbers(numbers.prefix(count) + [Double](repeating: .nan, count: missing)))
        case .words(let words):
            return Self(
                name, doc, unit: unit, values: .words(words.prefix(count) + [String](repeating: "", count: missing)))
        }
    }
}
