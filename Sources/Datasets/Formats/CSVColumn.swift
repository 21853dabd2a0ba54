import Recipes

/// One column of a csv as its file holds it, row by row: numbers, words, and cells with nothing in them.
struct CSVColumn {
    enum Cell {
        case number(Float)
        case word(String)
        case missing
    }
    let name: String
    /// Among the columns of the file.
    let place: Int
    private var numbers: [Float] = []
    /// For each row -1 for a number, -2 for nothing, else the word's place in `words`; empty while all are numbers.
    private var codes: [Int32] = []
    private(set) var words: [String] = []
    private var places: [String: Int32] = [:]
    private(set) var hasNumbers = false
    /// Rows with a word.
    private(set) var wordRows = 0
    private(set) var distinct = DistinctNumbers()

    init(name: String, place: Int) {
        self.name = name
        self.place = place
    }

    mutating func append(_ field: String) {
        if !CSVFile.isMissing(field), let value = CSVFile.number(field) {
            numbers.append(Float(value))
            distinct.add(value)
            hasNumbers = true
            if !codes.isEmpty { codes.append(-1) }
            return
        }
        if codes.isEmpty { codes = [Int32](repeating: -1, count: numbers.count) }
        numbers.append(.nan)
        codes.append(CSVFile.isMissing(field) ? -2 : code(of: field))
    }

    private mutating func code(of word: String) -> Int32 {
        wordRows += 1
        if let code = places[word] { return code }
        let code = Int32(words.count)
        places[word] = code
        words.append(word)
        return code
    }

    subscript(row: Int) -> Cell {
        guard let code = codes.isEmpty ? -1 : codes[row] as Int32?, code != -2 else { return .missing }
        return code < 0 ? .number(numbers[row]) : .word(words[Int(code)])
    }
}

extension [InputColumn] {
    /// Words in one column at most.
    static let mostWords = 1_000

    /// Whether the words of so many rows hardly come again, as those of names and sentences do.
    static func areMostlyDifferent(_ words: Int, rows: Int) -> Bool {
        // Fewer rows say nothing of how often words come again.
        rows >= 20 && 2 * words > rows
    }

    /// What the columns of the training data become. A column without any number is one of words; where both stand, the
    /// words are faults of their rows.
    /// - Parameter warnings: gets what was hardly meant.
    init(of tables: [(file: NamedFile, table: CSVTable)], warnings: inout [Finding]) throws(DatasetError) {
        self.init()
        for index in tables.first?.table.features.indices ?? 0..<0 {
            let parts = tables.map(\.table.features[index])
            let words = parts.contains(where: \.hasNumbers) ? [] : Set(parts.flatMap(\.words)).sorted()
            let separator = tables[0].table.separator
            let look = words.count > 2 ? WordLook.of(words, separator: separator) : nil
            let looks = look.map { "; they look like \($0.look.description), as '\($0.example.prefix(40))'" } ?? ""
            let hint =
                look.map { $0.look.hint($0.example, separator: separator) }
                ?? "Leave the column out, or put its words into groups."
            let rows = parts.reduce(0) { $0 + $1.wordRows }
            guard words.count <= Self.mostWords else {
                throw DatasetError(findings: [
                    tables[0].file.fault(
                        .size,
                        "column '\(parts[0].name)' has \(words.count) different words; at most "
                            + "\(Self.mostWords) are read, each as an input of its own\(looks).", hint: hint
                    ).finding
                ])
            }
            if look != nil || Self.areMostlyDifferent(words.count, rows: rows) {
                warnings.append(
                    tables[0].file.warning(
                        .number,
                        "column '\(parts[0].name)' has \(words.count) different words in \(rows) rows, each of which "
                            + "becomes an input of its own\(looks).", hint: hint))
            }
            var distinct = DistinctNumbers()
            for part in parts { distinct.add(part.distinct) }
            if let warning = distinct.warning(of: parts[0].name, tables[0].file) { warnings.append(warning) }
            append(InputColumn(name: parts[0].name, words: words))
        }
    }

    /// Inputs of one row.
    var inputCount: Int { reduce(0) { $0 + $1.width } }

    /// A table's inputs, row by row; NaN where a value is missing.
    /// - Throws: a finding for each cell that does not fit its column.
    func inputs(
        of table: CSVTable, _ file: NamedFile, allowsMissing: Bool
    ) throws(DatasetError) -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(table.rowCount * inputCount)
        var faults = Faults()
        let places = map { column in
            Dictionary(uniqueKeysWithValues: column.words.enumerated().map { ($0.element, $0.offset) })
        }
        for row in 0..<table.rowCount {
            func note(_ column: InputColumn, _ code: DataCode, _ message: String, _ hint: String?) {
                faults.add(file.fault(code, "column '\(column.name)': \(message)", line: table.lines[row], hint: hint))
            }
            for (index, column) in enumerated() {
                func appendNothing() { for _ in 0..<column.width { values.append(.nan) } }
                let known = column.words.prefix(10).joined(separator: ", ")
                switch table.features[index][row] {
                case .missing:
                    if !allowsMissing {
                        note(
                            column, .notFinite, "the value is missing.",
                            "Fill missing values, leave these rows out, or write `data.missing: mean`.")
                    }
                    appendNothing()
                case .number(let value) where column.words.isEmpty:
                    if !value.isFinite { note(column, .notFinite, "\(value) is not finite.", nil) }
                    values.append(value)
                case .number(let value):
                    note(column, .label, "\(value) is not one of the words of the training data: \(known).", nil)
                case .word(let word) where column.words.isEmpty:
                    note(
                        column, .number, "'\(word.prefix(40))' is not a number.",
                        WordLook(word, separator: table.separator)?.hint(word, separator: table.separator)
                            ?? "A column holds numbers, or words, each of which becomes an input of its own; this one has both."
                    )
                case .word(let word):
                    guard let place = places[index][word] else {
                        note(
                            column, .label,
                            "'\(word.prefix(40))' is not one of the words of the training data: \(known).", nil)
                        continue
                    }
                    for other in column.words.indices { values.append(other == place ? 1 : 0) }
                }
            }
        }
        try faults.check()
        return values
    }
}

extension ExampleSet {
    /// Means of the values that are there, of some rows; nil for an input without any. In the order of the rows.
    func means(rows: [UInt32]) -> [Double?] {
        guard case .floats(let values) = inputs else { return [] }
        let width = elementCount
        var sums = [Double](repeating: 0, count: width)
        var counts = [Int](repeating: 0, count: width)
        for row in rows {
            for index in 0..<width {
                let value = values[Int(row) * width + index]
                guard !value.isNaN else { continue }
                sums[index] += Double(value)
                counts[index] += 1
            }
        }
        return zip(sums, counts).map { $1 > 0 ? $0 / Double($1) : nil }
    }

    /// Puts numbers, one for each input, where values are missing.
    mutating func fill(missing fill: [Double]) {
        guard case .floats(var values) = inputs else { return }
        inputs = .floats([])
        for index in values.indices where values[index].isNaN {
            values[index] = Float(fill[index % fill.count])
            filled.append(index)
        }
        inputs = .floats(values)
    }
}
