import Recipes

/// Reads the characters of a text file: Unicode scalars out of UTF-8 (RFC 3629), from front to back, 256 KiB at a time.
/// May be packed with gzip; a byte order mark is left out.
enum TextFile {
    /// Characters in one split at most: places in a text are 32-bit numbers.
    static let limit = 1 << 30
    /// Stands for the end of a line.
    static let boundary: UInt32 = 0x0a

    /// Calls `take` with each scalar and its line, from 1. With `lines`, line ends (LF or CRLF) are left out, and so are
    /// empty lines; each other line is followed by one boundary. About 2 ns a byte.
    /// - Parameter lines: of a whole text that are read at most.
    @inline(__always)
    static func read(
        _ file: NamedFile, _ documents: DataSource.Documents, lines: Int = .max,
        _ take: (UInt32, Int) throws(DataFault) -> Void
    ) throws(DataFault) {
        let stream = try ByteStream(file)
        guard stream.fileSize > 0 else { throw file.fault(.format, "the file is empty; text was expected.") }
        var chunk = [UInt8](repeating: 0, count: 256 * 1024)
        var decoder = UTF8Decoder()
        var offset = 0
        var line = 1
        var isInLine = false
        var endsWithReturn = false
        while true {
            let got = try stream.read(into: &chunk)
            if got == 0 { break }
            for index in 0..<got {
                guard let scalar = decoder.take(chunk[index]) else {
                    if decoder.isValid { continue }
                    throw invalid(file, stream, chunk[..<got], index, offset)
                }
                if offset == 0, index == 2, scalar == 0xfeff { continue }
                if documents == .whole {
                    try take(scalar, line)
                    if scalar == boundary {
                        line += 1
                        if line > lines { return }
                    }
                    continue
                }
                if scalar == boundary {
                    if isInLine { try take(boundary, line) }
                    isInLine = false
                    endsWithReturn = false
                    line += 1
                    continue
                }
                // A carriage return belongs to the line's end only where a line feed follows.
                if endsWithReturn {
                    try take(0x0d, line)
                    isInLine = true
                }
                endsWithReturn = scalar == 0x0d
                if endsWithReturn { continue }
                try take(scalar, line)
                isInLine = true
            }
            offset += got
        }
        guard decoder.isComplete else {
            throw file.fault(
                .truncated, "the text ends in the middle of a character, at byte \(offset).",
                hint: "Copy or download the file again and compare its size.")
        }
        if endsWithReturn { try take(0x0d, line) }
        if isInLine || endsWithReturn { try take(boundary, line) }
    }

    private static func invalid(
        _ file: NamedFile, _ stream: ByteStream, _ chunk: ArraySlice<UInt8>, _ index: Int, _ offset: Int
    ) -> DataFault {
        let place = "byte \(offset + index)\(stream.isCompressed ? " of the unpacked text" : "")"
        let digits = String(chunk[index], radix: 16)
        let isOther = offset + index < 16
        return file.fault(
            .format,
            "\(place) (0x\(digits.count < 2 ? "0" : "")\(digits)) is not UTF-8"
                + (isOther ? ": the file looks like \(looksLike(Array(chunk.prefix(512))))." : "."),
            hint: encodingHint)
    }

    /// What to do where bytes are no UTF-8.
    static let encodingHint = "Text is read as UTF-8; `iconv -f LATIN1 -t UTF-8` converts the text of older programs."
}

/// Puts the bytes of UTF-8 together to scalars and accepts nothing else: no overlong forms, no surrogates, nothing above
/// U+10FFFF (RFC 3629, section 4).
struct UTF8Decoder {
    private var scalar: UInt32 = 0
    private var missing = 0
    /// What the next byte of a sequence may be.
    private var next: ClosedRange<UInt8> = 0x80...0xbf
    /// False after a byte that cannot stand where it stood.
    private(set) var isValid = true

    var isComplete: Bool { missing == 0 }

    /// The scalar that this byte completes; nil in the middle of one, or where the byte is not valid.
    @inline(__always)
    mutating func take(_ byte: UInt8) -> UInt32? {
        if missing == 0 {
            if byte < 0x80 { return UInt32(byte) }
            begin(byte)
            return nil
        }
        guard next.contains(byte) else {
            isValid = false
            return nil
        }
        next = 0x80...0xbf
        scalar = scalar << 6 | UInt32(byte & 0x3f)
        missing -= 1
        return missing == 0 ? scalar : nil
    }

    private mutating func begin(_ byte: UInt8) {
        switch byte {
        case 0xc2...0xdf: (missing, scalar) = (1, UInt32(byte & 0x1f))
        case 0xe0...0xef: (missing, scalar) = (2, UInt32(byte & 0x0f))
        case 0xf0...0xf4: (missing, scalar) = (3, UInt32(byte & 0x07))
        default: isValid = false
        }
        switch byte {
        case 0xe0: next = 0xa0...0xbf
        case 0xed: next = 0x80...0x9f
        case 0xf0: next = 0x90...0xbf
        case 0xf4: next = 0x80...0x8f
        default: next = 0x80...0xbf
        }
    }
}
