/// Numbers as a file holds them.
struct RawArray {
    enum Elements {
        case bytes([UInt8])
        /// Bytes where they lie in a stored file.
        case mapped(MappedBytes)
        case integers([Int64])
        case floats([Float])
    }
    /// Row-major; the first is the number of examples.
    var dimensions: [Int]
    var elements: Elements

    /// Product of the dimensions, or nil where it does not fit.
    static func count(_ dimensions: [Int]) -> Int? {
        var product = 1
        for dimension in dimensions {
            guard dimension >= 0 else { return nil }
            let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
            if overflow { return nil }
            product = next
        }
        return product
    }
}

/// What a file's first bytes look like, where they are not what the recipe says.
func looksLike(_ head: [UInt8]) -> String {
    func begins(_ bytes: [UInt8]) -> Bool { head.starts(with: bytes) }
    func begins(_ text: String) -> Bool { head.starts(with: Array(text.utf8)) }
    if head.isEmpty { return "an empty file" }
    if begins([0x89, 0x50, 0x4e, 0x47]) { return "a PNG image" }
    if begins([0xff, 0xd8, 0xff]) { return "a JPEG image" }
    if begins("GIF8") { return "a GIF image" }
    if begins([0x1f, 0x8b]) { return "a gzip file" }
    if begins([0x93] + Array("NUMPY".utf8)) { return "an npy file" }
    if begins([0x50, 0x4b, 0x03, 0x04]) { return "a zip archive (npz and .pt files are such)" }
    if begins([0x89] + Array("HDF".utf8)) { return "an HDF5 file" }
    if begins("PAR1") { return "a Parquet file" }
    if begins("ARROW1") { return "an Arrow file" }
    if begins("SQLite format 3") { return "an SQLite database" }
    if begins("%PDF") { return "a PDF document" }
    if begins([0x7f, 0x45, 0x4c, 0x46]) { return "a program (ELF)" }
    if begins([0x28, 0xb5, 0x2f, 0xfd]) { return "a zstd file" }
    if begins([0xfd] + Array("7zXZ".utf8)) { return "an xz file" }
    if begins("BZh") { return "a bzip2 file" }
    if head.count > 1, head[0] == 0x80, (2...5).contains(head[1]) { return "a Python pickle" }
    if head.count > 3, head[0] == 0, head[1] == 0, [0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e].contains(head[2]) {
        return "an IDX file"
    }
    let isText = head.allSatisfy { $0 >= 0x20 || $0 == 9 || $0 == 10 || $0 == 13 }
    if isText, String(validating: head, as: UTF8.self) != nil {
        if begins("<") { return "a web page or XML" }
        return head.contains(UInt8(ascii: ",")) ? "a text file, perhaps csv" : "a text file"
    }
    return "binary data of an unknown kind"
}
