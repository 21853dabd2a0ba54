import Glibc

/// A table of text as csv holds it (RFC 4180; comma, semicolon or tab, told by the first line), one header line.
struct CSVTable {
    var columns: [String]
    /// All but the target's.
    var features: [CSVColumn]
    /// The target's column as written, row by row; empty where the file has none.
    var targets: [String]
    /// Line of the file on which each row begins, from 1.
    var lines: [Int]
    var hasTarget: Bool
    /// Between fields.
    var separator: UInt8

    var rowCount: Int { lines.count }
}

enum CSVFile {
    /// More text than this is refused: it would need several times that in memory.
    static let limit = 1 << 30

    /// - Parameters:
    ///   - target: the column to predict, the last one if nil.
    ///   - needsTarget: false where the file may come without the column of targets, for predictions.
    ///   - featureCount: columns besides the target, where that tells whether the file has one.
    static func read(
        _ file: NamedFile, target: String?, targetKey: String = "data.target", needsTarget: Bool = true,
        featureCount: Int? = nil
    ) throws(DatasetError) -> CSVTable {
        do {
            var parser = Parser(bytes: try text(of: file))
            return try table(file, &parser, target, targetKey, needsTarget, featureCount)
        } catch let fault as DataFault {
            throw DatasetError(findings: [fault.finding])
        } catch let error as DatasetError {
            throw error
        } catch {
            throw DatasetError(findings: [file.fault(.io, "\(error)").finding])
        }
    }

    private static func text(of file: NamedFile) throws(DataFault) -> [UInt8] {
        var bytes = try ByteStream(file).rest(limit: limit)
        try check(&bytes, file)
        return bytes
    }

    /// Refuses what is no text, and takes a byte order mark off.
    static func check(_ bytes: inout [UInt8], _ file: NamedFile) throws(DataFault) {
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes.removeFirst(3) }
        let head = Array(bytes.prefix(512))
        guard !bytes.isEmpty else { throw file.fault(.format, "the file is empty; csv was expected.") }
        guard !head.contains(0), head.allSatisfy({ $0 >= 0x20 || $0 == 9 || $0 == 10 || $0 == 13 }) else {
            throw file.fault(
                .format, "this is not a csv file: it looks like \(looksLike(head)).", hint: "Is `data.format` right?")
        }
    }

    private static func table(
        _ file: NamedFile, _ parser: inout Parser, _ target: String?, _ targetKey: String, _ needsTarget: Bool,
        _ featureCount: Int?
    ) throws -> CSVTable {
        parser.separator = parser.sniffSeparator()
        let names = parser.row()?.map { $0.trimmed } ?? []
        if let foreign = parser.foreign { throw foreign.fault(file, column: nil, line: 1) }
        guard names.count > 1 || !needsTarget else {
            throw file.fault(
                .format, "the header has one column, '\(names.first ?? "")'; features and a target were expected.",
                line: 1, hint: "The first line names the columns, separated by commas.")
        }
        if names.allSatisfy({ number($0) != nil }) {
            throw file.fault(
                .format, "the first line holds numbers, not the names of columns.", line: 1,
                hint: "Add a header line: the column to predict is found by its name.")
        }
        if let twice = Dictionary(grouping: names, by: { $0 }).first(where: { $0.value.count > 1 })?.key {
            throw file.fault(.format, "two columns are named '\(twice)'.", line: 1)
        }
        var targetIndex: Int?
        if let target {
            targetIndex = names.firstIndex(of: target)
            if targetIndex == nil, needsTarget {
                throw DataFault(
                    .format, "\(file.path):1: there is no column '\(target)'.", key: targetKey,
                    hint: "The columns are \(names.prefix(20).joined(separator: ", ")).")
            }
        } else if needsTarget || featureCount == names.count - 1 {
            targetIndex = names.count - 1
        }
        var table = CSVTable(
            columns: names,
            features: names.indices.filter { $0 != targetIndex }.map { CSVColumn(name: names[$0], place: $0) },
            targets: [], lines: [], hasTarget: targetIndex != nil, separator: parser.separator)
        var faults = Faults()
        while true {
            let line = parser.line
            guard let row = parser.row() else { break }
            if let foreign = parser.foreign {
                let name = names.indices.contains(foreign.field) ? names[foreign.field] : nil
                throw foreign.fault(file, column: name, line: line)
            }
            if row.count == 1, row[0].trimmed.isEmpty { continue }
            guard row.count == names.count else {
                faults.add(file.fault(.shape, "\(row.count) fields; the header has \(names.count).", line: line))
                continue
            }
            table.lines.append(line)
            if let targetIndex {
                let field = row[targetIndex].trimmed
                if isMissing(field) {
                    faults.add(
                        file.fault(.number, "column '\(names[targetIndex])': the target is missing.", line: line))
                }
                table.targets.append(field)
            }
            for index in table.features.indices {
                table.features[index].append(row[table.features[index].place].trimmed)
            }
        }
        try faults.check()
        guard table.rowCount > 0 else { throw file.fault(.few, "there is no row below the header.") }
        return table
    }

    /// A decimal number, NaN and infinity included; nil for anything else. Hexadecimal is no csv number.
    static func number(_ text: String) -> Double? {
        guard let first = text.utf8.first, !text.utf8.contains(UInt8(ascii: "x")), first != UInt8(ascii: " ") else {
            return nil
        }
        return Double(text)
    }

    static func isMissing(_ text: String) -> Bool {
        text.isEmpty || ["na", "n/a", "nan", "null", "none", "?"].contains(text.lowercased())
    }

    /// Cuts bytes into rows of fields.
    struct Parser {
        let bytes: [UInt8]
        var separator = UInt8(ascii: ",")
        private(set) var line = 1
        private var position = 0
        /// The first byte that is no UTF-8.
        private(set) var foreign: ForeignByte?

        init(bytes: [UInt8]) { self.bytes = bytes }

        func sniffSeparator() -> UInt8 {
            let first = bytes.prefix { $0 != 10 && $0 != 13 }
            let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), 9]
            let counts = candidates.map { candidate in first.count { $0 == candidate } }
            let best = counts.indices.max { counts[$0] < counts[$1] } ?? 0
            return counts[0] == counts[best] ? candidates[0] : candidates[best]
        }

        /// The next row, nil at the end. A quoted field may hold separators, line ends and doubled quotes.
        mutating func row() -> [String]? {
            guard position < bytes.count else { return nil }
            var fields: [String] = []
            var field: [UInt8] = []
            var quoted = false
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                if quoted {
                    if byte == 10 { line += 1 }
                    if byte != UInt8(ascii: "\"") {
                        field.append(byte)
                    } else if position < bytes.count, bytes[position] == byte {
                        field.append(byte)
                        position += 1
                    } else {
                        quoted = false
                    }
                } else if byte == UInt8(ascii: "\""), field.isEmpty {
                    quoted = true
                } else if byte == separator {
                    fields.append(text(field, fields.count))
                    field.removeAll(keepingCapacity: true)
                } else if byte == 10 || byte == 13 {
                    if byte == 13, position < bytes.count, bytes[position] == 10 { position += 1 }
                    line += 1
                    break
                } else {
                    field.append(byte)
                }
            }
            fields.append(text(field, fields.count))
            return fields
        }

        private mutating func text(_ field: [UInt8], _ place: Int) -> String {
            if let text = String(validating: field, as: UTF8.self) { return text }
            foreign = foreign ?? ForeignByte(field, place)
            return ""
        }
    }
}

/// A byte of a field that is no UTF-8, or begins a character that does not end.
struct ForeignByte {
    let byte: UInt8
    /// Among the fields of its row.
    let field: Int

    init(_ bytes: [UInt8], _ field: Int) {
        var decoder = UTF8Decoder()
        var found = bytes.last ?? 0
        for (index, byte) in bytes.enumerated() {
            _ = decoder.take(byte)
            guard decoder.isValid else {
                // A plain letter is what does not continue the byte before it.
                found = byte < 0x80 && index > 0 ? bytes[index - 1] : byte
                break
            }
        }
        byte = found
        self.field = field
    }

    func fault(_ file: NamedFile, column: String?, line: Int) -> DataFault {
        let digits = String(byte, radix: 16)
        return file.fault(
            .format,
            "\(column.map { "column '\($0)'" } ?? "column \(field + 1)") has a byte (0x\(digits.count < 2 ? "0" : "")"
                + "\(digits)) that is not UTF-8.", line: line, hint: TextFile.encodingHint)
    }
}

extension String {
    /// Without spaces and tabs at both ends.
    var trimmed: String {
        func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }
        guard let first, let last, isSpace(first) || isSpace(last) else { return self }
        var part = self[...].drop(while: isSpace)
        while let last = part.last, isSpace(last) { part.removeLast() }
        return String(part)
    }
}
