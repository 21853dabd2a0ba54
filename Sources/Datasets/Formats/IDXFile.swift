/// Reads IDX, the format of MNIST (LeCun, Cortes, Burges, <http://yann.lecun.com/exdb/mnist/>): two zero bytes, the
/// element's type, the number of dimensions, each dimension as a big-endian 32-bit number, the elements in row-major
/// order, big-endian. May be packed with gzip.
enum IDXFile {
    /// Everything in the file, its sizes checked before anything of their size is allocated.
    /// - Parameter maps: whether bytes may be mapped where they lie instead of being read.
    static func read(_ file: NamedFile, maps: Bool = false) throws(DataFault) -> RawArray {
        let stream = try ByteStream(file)
        return try header(stream).array(stream, maps: maps)
    }

    /// Leaves the stream before the first element.
    static func header(_ stream: ByteStream) throws(DataFault) -> ArrayHeader {
        let file = stream.source
        guard stream.fileSize > 0 else { throw file.fault(.format, "the file is empty; IDX was expected.") }
        let magic = try head(stream, 4)
        guard magic.count == 4, magic[0] == 0, magic[1] == 0, let kind = kinds[magic[2]], (1...8).contains(magic[3])
        else {
            throw file.fault(
                .format, "this is not an IDX file: it looks like \(looksLike(magic + (try head(stream, 60)))).",
                hint: "IDX begins with two zero bytes, a type and the number of dimensions. Is `data.format` right?")
        }
        let sizes = try stream.bytes(4 * Int(magic[3]), of: "\(magic[3]) dimensions")
        let dimensions = (0..<Int(magic[3])).map { index in
            sizes[4 * index..<4 * index + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        return try ArrayHeader(dimensions, NumberType(kind: kind, isBigEndian: true), file)
    }

    private static func head(_ stream: ByteStream, _ count: Int) throws(DataFault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = try stream.read(into: &bytes)
        return Array(bytes[..<got])
    }

    private static let kinds: [UInt8: NumberType.Kind] = [
        0x08: .u8, 0x09: .i8, 0x0b: .i16, 0x0c: .i32, 0x0d: .f32, 0x0e: .f64,
    ]
}
