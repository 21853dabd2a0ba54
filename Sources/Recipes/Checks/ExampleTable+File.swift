import Glibc

/// Why a table of examples could not be written or read.
public struct ExampleTableFault: Error, Equatable, CustomStringConvertible {
    public let description: String
}

extension ExampleTable {
    private static let magic = Array("simmer-examples 1\n".utf8)
    /// More is no table of this program's.
    private static let mostBytes = 4 << 30
    private static let mostRows = 1 << 28
    private static let mostColumns = 1_000

    /// Makes the table the file's whole content, wherever the descriptor stands: the magic line; the numbers of rows and
    /// of columns; then for each column its name, doc and unit, a byte for its kind, and its values. Numbers are eight
    /// bytes each. Words are their distinct ones and four bytes a row. All little-endian; a text is its length in four
    /// bytes and UTF-8.
    ///
    /// About 10 ms for a megabyte.
    /// - Throws: `ExampleTableFault` where the file takes no more.
    public func write(to descriptor: Int32) throws(ExampleTableFault) {
        // A worker that was killed over it may have left a part of the table, and the place that both write at.
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else { throw Self.unwritable }
        var bytes = Self.magic
        bytes.add(UInt32(truncatingIfNeeded: rowCount))
        bytes.add(UInt32(truncatingIfNeeded: columns.count))
        for column in columns {
            bytes.add(column.name)
            bytes.add(column.doc)
            bytes.add(column.unit ?? "")
            switch column.values {
            case .numbers(let numbers):
                bytes.append(0)
                bytes.reserveCapacity(bytes.count + 8 * numbers.count)
                for number in numbers { bytes.add(number.bitPattern) }
            case .words(let words):
                bytes.append(1)
                var codes: [String: UInt32] = [:]
                var distinct: [String] = []
                var rows: [UInt32] = []
                rows.reserveCapacity(words.count)
                for word in words {
                    if let code = codes[word] {
                        rows.append(code)
                        continue
                    }
                    let code = UInt32(truncatingIfNeeded: distinct.count)
                    codes[word] = code
                    distinct.append(word)
                    rows.append(code)
                }
                bytes.add(UInt32(truncatingIfNeeded: distinct.count))
                for word in distinct { bytes.add(word) }
                for row in rows { bytes.add(row) }
            }
            try Self.write(bytes, to: descriptor)
            bytes.removeAll(keepingCapacity: true)
        }
        try Self.write(bytes, to: descriptor)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws(ExampleTableFault) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                raw.baseAddress.map { Glibc.write(descriptor, $0 + done, raw.count - done) } ?? 0
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw unwritable
            }
            done += count
        }
    }

    /// Of the call that has just failed.
    private static var unwritable: ExampleTableFault {
        ExampleTableFault(description: "The table of examples cannot be written: \(String(cString: strerror(errno))).")
    }

    /// Reads what `write` wrote, from the file's beginning, wherever the descriptor stands.
    /// - Throws: `ExampleTableFault` where the file is no such table, is cut short, or has more than a table can have.
    public static func read(from descriptor: Int32) throws(ExampleTableFault) -> ExampleTable {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw ExampleTableFault(
                description: "The table of examples cannot be read: \(String(cString: strerror(errno))).")
        }
        let size = Int(status.st_size)
        guard size >= 0, size <= mostBytes else { throw ExampleTableFault(description: "The table has \(size) bytes.") }
        var bytes = [UInt8](repeating: 0, count: size)
        var done = 0
        while done < size {
            let count = bytes.withUnsafeMutableBytes { raw in
                raw.baseAddress.map { pread(descriptor, $0 + done, size - done, off_t(done)) } ?? 0
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw ExampleTableFault(description: "The table of examples ends at byte \(done) of \(size).")
            }
            done += count
        }
        return try read(bytes)
    }

    /// Reads what `write` wrote.
    /// - Throws: as `read(from:)`.
    public static func read(_ bytes: [UInt8]) throws(ExampleTableFault) -> ExampleTable {
        guard bytes.starts(with: magic) else {
            throw ExampleTableFault(description: "This is no table of examples that this version knows.")
        }
        var reader = Reader(bytes: bytes, position: magic.count)
        let rowCount = Int(try reader.word())
        let columnCount = Int(try reader.word())
        guard rowCount <= mostRows, columnCount <= mostColumns else {
            throw ExampleTableFault(
                description: "The table of examples has \(rowCount) rows and \(columnCount) columns; at most "
                    + "\(mostRows) and \(mostColumns) are read.")
        }
        var table = ExampleTable(rowCount: rowCount)
        for _ in 0..<columnCount {
            let name = try reader.text()
            let doc = try reader.text()
            let unit = try reader.text()
            let values: Column.Values
            switch try reader.byte() {
            case 0: values = .numbers(try reader.numbers(rowCount))
            case 1: values = .words(try reader.words(rowCount))
            case let kind:
                throw ExampleTableFault(description: "Column '\(name)' of the examples has the unknown kind \(kind).")
            }
            table.set(Column(name, doc, unit: unit.isEmpty ? nil : unit, values: values))
        }
        return table
    }

    private struct Reader {
        let bytes: [UInt8]
        var position: Int

        private mutating func take(_ count: Int) throws(ExampleTableFault) -> Int {
            guard count >= 0, count <= bytes.count - position else {
                throw ExampleTableFault(description: "The table of examples ends at byte \(bytes.count).")
            }
            defer { position += count }
            return position
        }

        mutating func byte() throws(ExampleTableFault) -> UInt8 { bytes[try take(1)] }

        mutating func word() throws(ExampleTableFault) -> UInt32 {
            let start = try take(4)
            return bytes.withUnsafeBytes {
                UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: UInt32.self))
            }
        }

        mutating func text() throws(ExampleTableFault) -> String {
            let count = Int(try word())
            let start = try take(count)
            return String(decoding: bytes[start..<start + count], as: UTF8.self)
        }

        mutating func numbers(_ count: Int) throws(ExampleTableFault) -> [Double] {
            let start = try take(8 * count)
            return bytes.withUnsafeBytes { raw in
                (0..<count).map {
                    Double(
                        bitPattern: UInt64(
                            littleEndian: raw.loadUnaligned(fromByteOffset: start + 8 * $0, as: UInt64.self)))
                }
            }
        }

        mutating func words(_ count: Int) throws(ExampleTableFault) -> [String] {
            let distinct = Int(try word())
            guard distinct <= count else {
                throw ExampleTableFault(description: "\(distinct) different words in \(count) rows of examples.")
            }
            var known: [String] = []
            for _ in 0..<distinct { known.append(try text()) }
            var words: [String] = []
            words.reserveCapacity(count)
            for _ in 0..<count {
                let code = Int(try word())
                guard code < distinct else {
                    throw ExampleTableFault(description: "Word \(code) of \(distinct) in the table of examples.")
                }
                words.append(known[code])
            }
            return words
        }
    }
}

extension [UInt8] {
    fileprivate mutating func add<Number: FixedWidthInteger>(_ number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func add(_ text: String) {
        add(UInt32(truncatingIfNeeded: text.utf8.count))
        append(contentsOf: text.utf8)
    }
}
