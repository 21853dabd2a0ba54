/// The 512 bytes before an entry of a tar file, as POSIX.1-1988 (ustar) has them: for a regular file of mode 0644, with no
/// owner and no time, so that the same name and size always give the same bytes.
///
/// A size that 11 octal digits cannot hold (8 GiB and more) is written in binary, as GNU tar and others do.
enum TarHeader {
    static let size = 512

    static func bytes(name: String, size: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.size)
        func put(_ text: String, at offset: Int) {
            bytes.replaceSubrange(offset..<offset + text.utf8.count, with: Array(text.utf8))
        }
        put(String(name.prefix(100)), at: 0)
        put("0000644", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        if size < 1 << 33 {
            put(octal(size, digits: 11), at: 124)
        } else {
            for index in 0..<8 { bytes[135 - index] = UInt8(truncatingIfNeeded: size >> (8 * index)) }
            bytes[124] = 0x80
        }
        put("00000000000", at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        put(octal(bytes.reduce(0) { $0 + Int($1) }, digits: 6) + "\0 ", at: 148)
        return bytes
    }

    /// What a header calls its entry, for messages alone.
    static func name(in header: [UInt8]) -> String {
        String(decoding: header.prefix(100).prefix { $0 != 0 }, as: UTF8.self)
    }

    /// The size in a header of at most 8 GiB; nil where it is none.
    static func size(in header: [UInt8]) -> Int? {
        Int(String(decoding: header[124..<135], as: UTF8.self), radix: 8).flatMap { $0 >= 0 ? $0 : nil }
    }

    /// Zeros after so many bytes of content, up to a full block.
    static func padding(after size: Int) -> Int { (Self.size - size % Self.size) % Self.size }

    private static func octal(_ number: Int, digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
