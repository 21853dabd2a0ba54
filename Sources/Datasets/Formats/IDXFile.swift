/// Reads IDX, the format of MNIST (LeCun, Cortes, Burges, <http://yann.lecun.com/exdb/mnist/>): two zero bytes, the
/// element's type, the number of dimensions, each dimension as a big-endian 32-bit number, the elements in row-major
/// order, big-endian. May be packed with gzip.
enum IDXFile {
    /// Everything in the file, its sizes checked before anything of their size is allocated.
    /// - Parameter maps: whether bytes may be mapped where they lie instead of being read.
    static func read(_ file: NamedFile, maps: Bool = false) throws(DataFault) -> RawArray {
        let stream = try ByteStream(file)
        guard stream.fileSize > 0 else { throw file.fault(.format, "the file is empty; IDX was expected.") }
        let magic = try head(stream, 4)
        guard magic.count == 4, magic[0] == 0, magic[1] == 0, let type = Element(rawValue: magic[2]),
            (1...8).contains(magic[3])
        else {
            throw file.fault(
                .format, "this is not an IDX file: it looks like \(looksLike(magic + (try head(stream, 60)))).",
                hint: "IDX begins with two zero bytes, a type and the number of dimensions. Is `data.format` right?")
        }
        let sizes = try stream.bytes(4 * Int(magic[3]), of: "\(magic[3]) dimensions")
        let dimensions = (0..<Int(magic[3])).map { index in
            sizes[4 * index..<4 * index + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        let shape = dimensions.map(String.init).joined(separator: "x")
        let what = "\(shape) elements of \(type.size) byte\(type.size == 1 ? "" : "s")"
        guard let count = RawArray.count(dimensions + [type.size]) else {
            throw file.fault(.size, "header and size disagree: the header promises \(what), more than any file holds.")
        }
        guard dimensions.allSatisfy({ $0 > 0 }) else {
            throw file.fault(.few, "the header promises \(what): there is nothing in it.")
        }
        if maps, type == .unsignedByte, let bytes = try stream.mapped(count, of: what) {
            try stream.expectEnd(after: what)
            return RawArray(dimensions: dimensions, elements: .mapped(bytes))
        }
        let bytes = try stream.bytes(count, of: what)
        try stream.expectEnd(after: what)
        return RawArray(dimensions: dimensions, elements: type.elements(bytes))
    }

    private static func head(_ stream: ByteStream, _ count: Int) throws(DataFault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = try stream.read(into: &bytes)
        return Array(bytes[..<got])
    }

    private enum Element: UInt8 {
        case unsignedByte = 0x08
        case signedByte = 0x09
        case short = 0x0b
        case int = 0x0c
        case float = 0x0d
        case double = 0x0e

        var size: Int {
            switch self {
            case .unsignedByte, .signedByte: 1
            case .short: 2
            case .int, .float: 4
            case .double: 8
            }
        }

        func elements(_ bytes: [UInt8]) -> RawArray.Elements {
            bytes.withUnsafeBytes { raw in
                let count = raw.count / size
                func word<T: FixedWidthInteger>(_ index: Int, _ type: T.Type) -> T {
                    T(bigEndian: raw.loadUnaligned(fromByteOffset: index * size, as: T.self))
                }
                switch self {
                case .unsignedByte: return .bytes(bytes)
                case .signedByte: return .integers(bytes.map { Int64(Int8(bitPattern: $0)) })
                case .short: return .integers((0..<count).map { Int64(word($0, Int16.self)) })
                case .int: return .integers((0..<count).map { Int64(word($0, Int32.self)) })
                case .float: return .floats((0..<count).map { Float(bitPattern: word($0, UInt32.self)) })
                case .double: return .floats((0..<count).map { Float(Double(bitPattern: word($0, UInt64.self))) })
                }
            }
        }
    }
}
