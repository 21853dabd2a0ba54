import Recipes

/// What is known of one column of csv, row by row.
struct CSVColumnLook {
    let name: String
    /// What its values are called in a sample; names may come twice.
    let key: String
    private var numbers = NumberLook()
    /// Whether they stay different in single precision, in which they are trained on.
    private var singles = DistinctNumbers()
    private var missing = Places()
    private var words = Places()
    private var distinctWords = DistinctValues<String>()
    /// The first different ones, for what they look like.
    private var someWords: [String] = []

    init(name: String, key: String) {
        self.name = name
        self.key = key
    }

    mutating func add(_ field: String, line: Int) {
        if CSVFile.isMissing(field) { return missing.add(line) }
        if let number = CSVFile.number(field) {
            numbers.add(number, at: line)
            return singles.add(number)
        }
        words.add(line)
        let before = distinctWords.count ?? .max
        distinctWords.add(field)
        if before < [InputColumn].mostWords, let now = distinctWords.count, now > before { someWords.append(field) }
    }

    private var isOfNumbers: Bool { numbers.count > 0 }

    private var dtype: String {
        if isOfNumbers { return words.count > 0 ? "mixed" : "number" }
        guard words.count > 0 else { return "empty" }
        guard let distinct = distinctWords.count else { return "text" }
        // What the words look like does not hang on the separator where they are dates.
        if WordLook.of(someWords, separator: UInt8(ascii: ";"))?.look == .date { return "date" }
        let isText =
            distinct > [InputColumn].mostWords || [InputColumn].areMostlyDifferent(distinct, rows: words.count)
        return isText ? "text" : "category"
    }

    var column: DataColumn {
        var column = numbers.column(name, dtype)
        column.count += words.count
        column.missing += missing.count
        column.distinct = column.distinct.flatMap { numbers in distinctWords.count.map { numbers + $0 } }
        return column
    }

    func findings(_ file: NamedFile, separator: UInt8) -> [Finding] {
        var findings: [Finding] = []
        func add(_ severity: Severity, _ code: DataCode, _ message: String, _ hint: String) {
            findings.append(file.finding(severity, code, "column '\(name)': \(message)", hint: hint))
        }
        let column = self.column
        if column.missing > 0 {
            let all = column.count + column.missing
            let place = missing.count > 0 ? missing.text("line") : numbers.missing.text("line")
            add(
                .warning, .notFinite, "\(column.missing) of \(all) values are missing, on \(place).",
                column.count > 0
                    ? "Fill missing values, leave these rows out, or write `data.missing: mean`."
                    : "Leave the column out.")
        }
        if numbers.infinite.count > 0 {
            add(
                .error, .notFinite,
                "\(numbers.infinite.count) of \(column.count) values are not finite, on \(numbers.infinite.text("line")).",
                "Look at what computed them; leave these rows out.")
        }
        let look = WordLook.of(someWords, separator: separator)
        let hint = look.map { $0.look.hint($0.example, separator: separator) }
        let example = Samples.text(someWords.first ?? "", to: 40)
        if isOfNumbers, words.count > 0 {
            add(
                .error, .number,
                "\(words.count) of \(column.count) values are not numbers, as '\(example)', on \(words.text("line")).",
                hint
                    ?? "A column holds numbers, or words, each of which becomes an input of its own; this one has both."
            )
        } else if let look, let hint {
            add(
                .warning, .number,
                "the values are \(look.look.description), as '\(Samples.text(look.example, to: 40))'.",
                hint)
        }
        if column.distinct == 1, column.count > 1, column.missing == 0, numbers.infinite.count == 0 {
            let value = numbers.moments.min.map { "\($0)" } ?? "'\(example)'"
            add(
                .warning, .constant, "all \(column.count) values are \(value).",
                "Leave the column out: it tells no row from another.")
        }
        if let warning = singles.warning(of: name, file) { findings.append(warning) }
        return findings
    }
}
