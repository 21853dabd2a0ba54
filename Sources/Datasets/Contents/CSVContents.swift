import Recipes

/// What a table of csv holds, column by column. Rows that training would refuse are told, and the others read.
struct CSVContents {
    /// Of text that is read at most: a table may be larger than the memory.
    static let mostBytes = 256 << 20
    /// Columns that are measured, so that a reply stays below its largest size.
    private static let mostColumns = 1_000

    private let file: NamedFile
    private let request: DataFileRequest
    private var looks: [CSVColumnLook] = []
    private var samples: Samples
    private var findings: [Finding] = []
    private var rows = 0

    static func read(_ file: NamedFile, _ request: DataFileRequest) throws(DataFault) -> DataFileContents {
        let stream = try ByteStream(file)
        var contents = CSVContents(file, request)
        return try contents.read(stream)
    }

    private init(_ file: NamedFile, _ request: DataFileRequest) {
        self.file = file
        self.request = request
        samples = Samples(request.sampleRows)
    }

    private mutating func read(_ stream: ByteStream) throws(DataFault) -> DataFileContents {
        var (text, isWhole) = try Self.text(stream)
        try CSVFile.check(&text, file)
        var parser = CSVFile.Parser(bytes: text)
        parser.separator = parser.sniffSeparator()
        let names = parser.row()?.map(\.trimmed) ?? []
        if let foreign = parser.foreign { throw foreign.fault(file, column: nil, line: 1) }
        readHeader(names)
        let isCut = try readRows(&parser, names)
        if rows == 0 {
            findings.append(
                file.finding(.error, .few, "there is no row below the header.", hint: "Is it the right file?"))
        }
        // Before what is found in columns, of which there may be more than a reply holds.
        if isCut || !isWhole {
            let reason = isCut ? "as was asked" : "which are \(Self.mostBytes >> 20) MiB of text"
            findings.append(file.finding(.info, .part, "only the first \(rows) rows were read, \(reason)."))
        }
        if let finding = samples.finding(file) { findings.append(finding) }
        for look in looks { findings += look.findings(file, separator: parser.separator) }
        return DataFileContents(
            format: .csv, rows: isCut || !isWhole ? nil : rows, sizeBytes: stream.fileSize,
            columns: looks.map(\.column), samples: samples.rows, findings: findings)
    }

    /// The text, or its first rows where it is a long one.
    private static func text(_ stream: ByteStream) throws(DataFault) -> (bytes: [UInt8], isWhole: Bool) {
        var bytes = [UInt8](repeating: 0, count: min(mostBytes, stream.mostBytes) + 1)
        let got = try stream.read(into: &bytes)
        guard got > mostBytes else {
            bytes.removeSubrange(got...)
            return (bytes, true)
        }
        // The row that is not whole.
        if let end = bytes.lastIndex(of: 10) { bytes.removeSubrange((end + 1)...) }
        return (bytes, false)
    }

    private mutating func readHeader(_ names: [String]) {
        func add(_ severity: Severity, _ code: DataCode, _ message: String, _ hint: String) {
            findings.append(file.finding(severity, code, message, line: 1, hint: hint))
        }
        if names.allSatisfy({ CSVFile.number($0) != nil }) {
            add(
                .error, .format, "the first line holds numbers, not the names of columns.",
                "Add a header line: the column to predict is found by its name.")
        }
        if names.count == 1 {
            add(
                .warning, .format, "there is one column; training takes features and a target.",
                "Columns are separated by commas, semicolons or tabs.")
        }
        if names.count > Self.mostColumns {
            add(
                .info, .part, "there are \(names.count) columns; the first \(Self.mostColumns) are measured.",
                "Leave out columns that nobody needs.")
        }
        var known: Set<String> = []
        var keys: Set<String> = []
        for (index, written) in names.prefix(Self.mostColumns).enumerated() {
            let name = written.isEmpty ? "column \(index + 1)" : Samples.text(written, to: 60)
            if written.isEmpty {
                add(.warning, .format, "column \(index + 1) has no name.", "Name it, or leave it out.")
            }
            if !written.isEmpty, !known.insert(written).inserted {
                add(
                    .error, .format, "two columns are named '\(name)', and one of them is column \(index + 1).",
                    "Give each its own name.")
            }
            // Long names that are cut can be the same as well.
            var key = name
            if !keys.insert(key).inserted {
                key += " (column \(index + 1))"
                keys.insert(key)
            }
            looks.append(CSVColumnLook(name: name, key: key))
        }
    }

    /// - Returns: whether there are more than were to be read.
    private mutating func readRows(_ parser: inout CSVFile.Parser, _ names: [String]) throws(DataFault) -> Bool {
        var ragged = Faults()
        defer { findings += ragged.said }
        while true {
            let line = parser.line
            guard let row = parser.row() else { return false }
            if row.count == 1, row[0].trimmed.isEmpty { continue }
            guard rows < request.maxRows else { return true }
            if let foreign = parser.foreign {
                throw foreign.fault(
                    file, column: looks.indices.contains(foreign.field) ? looks[foreign.field].name : nil, line: line)
            }
            rows += 1
            guard row.count == names.count else {
                ragged.add(
                    file.fault(
                        .shape, "\(row.count) fields; the header has \(names.count). The row is left out here.",
                        line: line,
                        hint: "Write as many fields as there are columns; quote a field with a separator in it."))
                continue
            }
            var sample: [String: JSONValue] = [:]
            for index in looks.indices {
                let field = row[index].trimmed
                looks[index].add(field, line: line)
                if !samples.isFull { sample[looks[index].key] = Self.value(field) }
            }
            samples.add(sample)
        }
    }

    private static func value(_ field: String) -> JSONValue {
        if CSVFile.isMissing(field) { return .null }
        guard let number = CSVFile.number(field) else { return .string(Samples.text(field)) }
        return number.isFinite ? Int(field).map { .int($0) } ?? .double(number) : .null
    }
}
