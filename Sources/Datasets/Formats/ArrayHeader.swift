/// What a file says of its array before the elements.
struct ArrayHeader {
    /// Row-major; the first is the number of examples. None is zero.
    let dimensions: [Int]
    let type: NumberType
    /// Of all elements.
    let byteCount: Int
    /// The noun for them.
    let what: String

    /// - Throws: where there would be nothing in the array, or more than any file holds.
    init(_ dimensions: [Int], _ type: NumberType, _ file: NamedFile) throws(DataFault) {
        let shape = dimensions.map(String.init).joined(separator: "x")
        what = "\(shape) elements of \(type.size) byte\(type.size == 1 ? "" : "s")"
        guard let count = RawArray.count(dimensions + [type.size]) else {
            throw file.fault(.size, "header and size disagree: the header promises \(what), more than any file holds.")
        }
        guard count > 0 else { throw file.fault(.few, "the header promises \(what): there is nothing in it.") }
        self.dimensions = dimensions
        self.type = type
        byteCount = count
    }

    /// All elements; `stream` stands before the first.
    /// - Parameter maps: whether bytes may be mapped where they lie instead of being read.
    func array(_ stream: ByteStream, maps: Bool) throws(DataFault) -> RawArray {
        if maps, type.kind == .u8 || type.kind == .bool, let bytes = try stream.mapped(byteCount, of: what) {
            try stream.expectEnd(after: what)
            return RawArray(dimensions: dimensions, elements: .mapped(bytes))
        }
        let bytes = try stream.bytes(byteCount, of: what)
        try stream.expectEnd(after: what)
        return RawArray(dimensions: dimensions, elements: type.elements(bytes))
    }
}
