/// Reads NumPy's npy, versions 1 to 3 (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>):
/// little-endian numbers in C order. Arrays of Python objects are pickles, which can run code: they are refused.
enum NPYFile {
    /// - Parameter maps: whether bytes may be mapped where they lie instead of being read.
    static func read(_ file: NamedFile, maps: Bool = false) throws(DataFault) -> RawArray {
        let stream = try ByteStream(file)
        return try header(stream).array(stream, maps: maps)
    }

    /// Leaves the stream before the first element.
    static func header(_ stream: ByteStream) throws(DataFault) -> ArrayHeader {
        let file = stream.source
        let magic = try stream.bytes(min(10, stream.fileSize), of: "10 bytes of magic")
        guard magic.count == 10, magic.starts(with: [0x93] + Array("NUMPY".utf8)) else {
            throw file.fault(
                .format, "this is not an npy file: it looks like \(looksLike(magic)).",
                hint: "Write it with numpy.save. Is `data.format` right?")
        }
        guard (1...3).contains(magic[6]) else {
            throw file.fault(.format, "npy version \(magic[6]).\(magic[7]) is unknown; 1 to 3 are read.")
        }
        var length = Int(magic[8]) | Int(magic[9]) << 8
        if magic[6] > 1 {
            let more = try stream.bytes(2, of: "the header's length")
            length |= Int(more[0]) << 16 | Int(more[1]) << 24
        }
        guard length <= 64 * 1024 else {
            throw file.fault(.size, "a header of \(length) bytes; npy headers of plain numbers have under 200.")
        }
        let text = String(decoding: try stream.bytes(length, of: "a header of \(length) bytes"), as: UTF8.self)
        guard var header = NPYHeader(text) else {
            throw file.fault(.format, "the npy header is not understood: \(text.prefix(120)).")
        }
        guard !header.fortranOrder else {
            throw file.fault(
                .format, "the array is in Fortran order.", hint: "Save numpy.ascontiguousarray(array) instead.")
        }
        guard let kind = kinds[header.type] else {
            throw file.fault(
                .format,
                header.type.contains("O")
                    ? "an array of Python objects (a pickle); simmer reads numbers only."
                    : "elements of type '\(header.type)'; simmer reads <f4, <f8, |u1, |i1, <i4, <i8.",
                hint: "Save array.astype(numpy.float32), or numpy.uint8 for images.")
        }
        if header.shape.isEmpty { header.shape = [1] }
        return try ArrayHeader(header.shape, NumberType(kind: kind, isBigEndian: false), file)
    }

    private static let kinds: [String: NumberType.Kind] = [
        "<f4": .f32, "<f8": .f64, "|u1": .u8, "|i1": .i8, "|b1": .bool, "<i4": .i32, "<i8": .i64,
    ]
}

/// The Python dictionary at the start of a npy file, for example
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (60000, 28, 28), }`.
struct NPYHeader: Equatable {
    var type: String
    var fortranOrder: Bool
    var shape: [Int]

    /// nil where the text is anything but the three known keys with their kinds of values.
    init?(_ text: String) {
        var scanner = Scanner(rest: Substring(text))
        var type: String?
        var order: Bool?
        var shape: [Int]?
        guard scanner.take("{") else { return nil }
        while !scanner.take("}") {
            guard let key = scanner.quoted(), scanner.take(":") else { return nil }
            switch key {
            case "descr":
                // A list of fields is a structured array: its text stands for the type, which is refused by name.
                type = scanner.quoted() ?? "structured"
                if type == "structured" { self = NPYHeader(type: "structured"); return }
            case "fortran_order":
                if scanner.take("True") { order = true } else if scanner.take("False") { order = false }
            case "shape": shape = scanner.tuple()
            default: return nil
            }
            if !scanner.take(",") {
                guard scanner.take("}") else { return nil }
                break
            }
        }
        guard let type, let order, let shape, scanner.isAtEnd else { return nil }
        self.type = type
        self.fortranOrder = order
        self.shape = shape
    }

    private init(type: String) {
        self.type = type
        fortranOrder = false
        shape = []
    }

    private struct Scanner {
        var rest: Substring

        mutating func skipSpace() { rest = rest.drop { $0 == " " || $0 == "\n" || $0 == "\t" } }

        var isAtEnd: Bool { rest.allSatisfy { $0 == " " || $0 == "\n" || $0 == "\0" } }

        mutating func take(_ text: String) -> Bool {
            skipSpace()
            guard rest.hasPrefix(text) else { return false }
            rest = rest.dropFirst(text.count)
            return true
        }

        mutating func quoted() -> String? {
            skipSpace()
            guard let quote = rest.first, quote == "'" || quote == "\"" else { return nil }
            rest = rest.dropFirst()
            guard let end = rest.firstIndex(of: quote) else { return nil }
            defer { rest = rest[rest.index(after: end)...] }
            return String(rest[..<end])
        }

        mutating func tuple() -> [Int]? {
            guard take("(") else { return nil }
            var numbers: [Int] = []
            while !take(")") {
                skipSpace()
                let digits = rest.prefix { $0.isASCII && $0.isNumber }
                guard let number = Int(digits), numbers.count < 8 else { return nil }
                rest = rest.dropFirst(digits.count)
                numbers.append(number)
                if !take(",") {
                    guard take(")") else { return nil }
                    break
                }
            }
            return numbers
        }
    }
}
