/// The files of an uncompressed tar archive: POSIX.1-1988 (ustar), its pax extension of 2001, and GNU's long names. Every
/// header's check sum is held against its bytes, and every size against the file's before anything is read.
struct TarArchive {
    struct Entry: Sendable {
        var name: String
        /// First byte of the contents in the archive.
        var offset: Int
        var size: Int
    }
    /// Longest name, and longest list of pax records.
    private static let longestRecord = 1 << 20
    private static let block = 512

    let file: NamedFile
    /// Regular files in the archive's order.
    private(set) var entries: [Entry] = []

    init(_ file: NamedFile) throws(DataFault) {
        self.file = file
        let fileSize = try file.size()
        guard fileSize > 0 else { throw file.fault(.format, "the file is empty; a tar archive was expected.") }
        var offset = 0
        var name: String?
        var size: Int?
        while true {
            guard offset <= fileSize - Self.block else {
                throw offset == 0 ? try foreign(fileSize) : truncated("before the mark of its end")
            }
            let header = Header(try bytes(at: offset, Self.block))
            if header.isBlank { break }
            guard header.isIntact else {
                throw offset == 0
                    ? try foreign(fileSize)
                    : file.fault(
                        .damaged, "the archive is damaged: the header at byte \(offset) does not match its check sum.",
                        hint: "Copy or download the file again.")
            }
            guard let written = header.size else {
                throw file.fault(.damaged, "the header at byte \(offset) has no readable size.")
            }
            let contents = offset + Self.block
            let length = header.kind.hasContents ? size ?? written : 0
            guard length <= fileSize - contents else {
                let what = name ?? header.name ?? "a file without a readable name"
                throw truncated("in '\(what)', which has \(length) bytes from byte \(contents)")
            }
            let start = offset
            offset = contents + (length + Self.block - 1) / Self.block * Self.block
            // A long name stands before the header, whose own may then be cut in the middle of a character.
            func called() throws(DataFault) -> String {
                guard let name = name ?? header.name else {
                    throw file.fault(.damaged, "the name in the header at byte \(start) is not UTF-8.")
                }
                return name
            }
            switch header.kind {
            case .longName:
                name = try text(at: contents, length).map { String($0.prefix { $0 != "\0" }) }
                continue
            case .pax:
                let records = try Self.records(try record(at: contents, length), file)
                if let path = records["path"] { name = path }
                if let text = records["size"] {
                    guard let value = Int(text), value >= 0 else {
                        throw file.fault(.damaged, "a pax record gives the size '\(text.prefix(40))'.")
                    }
                    size = value
                }
                if records.keys.contains(where: { $0.hasPrefix("GNU.sparse") }) {
                    throw unreadable(name ?? "a file", "a sparse file", "Make the archive without --sparse.")
                }
                continue
            case .skipped: continue
            case .file: entries.append(Entry(name: try called(), offset: contents, size: length))
            case .folder: break
            case .link:
                throw unreadable(try called(), "a link", "Make it with `tar --dereference --hard-dereference`.")
            case .other: throw unreadable(try called(), "neither a file nor a folder", "Leave it out.")
            }
            name = nil
            size = nil
        }
    }

    /// A file's contents.
    func contents(of entry: Entry) throws(DataFault) -> [UInt8] { try bytes(at: entry.offset, entry.size) }

    private func bytes(at offset: Int, _ count: Int) throws(DataFault) -> [UInt8] {
        try file.bytes(at: offset, count)
    }

    private func record(at offset: Int, _ length: Int) throws(DataFault) -> [UInt8] {
        guard length <= Self.longestRecord else {
            throw file.fault(.size, "a name or pax record of \(length) bytes; at most \(Self.longestRecord) are read.")
        }
        return try bytes(at: offset, length)
    }

    private func text(at offset: Int, _ length: Int) throws(DataFault) -> String? {
        guard let text = String(validating: try record(at: offset, length), as: UTF8.self) else {
            throw file.fault(.damaged, "the name at byte \(offset) is not UTF-8.")
        }
        return text
    }

    /// `LENGTH KEY=VALUE\n`, the length in bytes and with itself, one after the other.
    private static func records(_ bytes: [UInt8], _ file: NamedFile) throws(DataFault) -> [String: String] {
        var records: [String: String] = [:]
        var rest = bytes[...]
        while let first = rest.first, first != 0 {
            let digits = rest.prefix { (48...57).contains($0) }
            guard let length = Int(String(decoding: digits, as: UTF8.self)), length <= rest.count,
                length > digits.count + 1, rest[rest.startIndex + length - 1] == 0x0a
            else { throw file.fault(.damaged, "a pax record is damaged.", hint: "Copy or download the file again.") }
            let pair = rest.prefix(length - 1).dropFirst(digits.count + 1)
            if let equals = pair.firstIndex(of: UInt8(ascii: "=")),
                let value = String(validating: pair[(equals + 1)...], as: UTF8.self)
            {
                records[String(decoding: pair[..<equals], as: UTF8.self)] = value
            }
            rest = rest.dropFirst(length)
        }
        return records
    }

    private func foreign(_ fileSize: Int) throws(DataFault) -> DataFault {
        let head = try bytes(at: 0, min(fileSize, Self.block))
        let isPacked = head.starts(with: [0x1f, 0x8b]) || head.starts(with: Array("BZh".utf8))
        return file.fault(
            .format, "this is not a tar archive: it looks like \(looksLike(head)).",
            hint: isPacked
                ? "Unpack it first; images gain nothing from being packed twice."
                : "Make one of a folder of class folders: `tar -cf images.tar -C FOLDER .`")
    }

    private func truncated(_ place: String) -> DataFault {
        file.fault(
            .truncated, "truncated: the archive ends \(place).",
            hint: "Copy or download the file again and compare its size.")
    }

    private func unreadable(_ name: String, _ what: String, _ hint: String) -> DataFault {
        file.fault(.format, "'\(name)' is \(what).", hint: hint)
    }

    /// One block that describes what follows it.
    private struct Header {
        enum Kind {
            case file, folder, link, longName, pax, skipped, other

            var hasContents: Bool {
                switch self {
                case .folder, .link: false
                default: true
                }
            }
        }
        let bytes: [UInt8]

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        var isBlank: Bool { bytes.allSatisfy { $0 == 0 } }

        /// The sum of all bytes, the field of the sum itself as spaces; old programs summed signed ones.
        var isIntact: Bool {
            guard let stored = Self.number(bytes[148..<156]) else { return false }
            let rest = bytes[..<148] + bytes[156...]
            let unsigned = rest.reduce(8 * 32) { $0 + Int($1) }
            let signed = rest.reduce(8 * 32) { $0 + Int(Int8(bitPattern: $1)) }
            return stored == unsigned || stored == signed
        }

        var size: Int? { Self.number(bytes[124..<136]) }

        var name: String? {
            let isPosix = bytes[257..<265].elementsEqual(Array("ustar\u{0}00".utf8))
            let prefix = isPosix ? Array(bytes[345..<500].prefix { $0 != 0 }) : []
            let own = Array(bytes[..<100].prefix { $0 != 0 })
            return String(validating: prefix.isEmpty ? own : prefix + [UInt8(ascii: "/")] + own, as: UTF8.self)
        }

        var kind: Kind {
            switch bytes[156] {
            case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
                // Before POSIX a folder was a file whose name ends so.
                return name?.hasSuffix("/") == true ? .folder : .file
            case UInt8(ascii: "1"), UInt8(ascii: "2"): return .link
            case UInt8(ascii: "5"): return .folder
            case UInt8(ascii: "L"): return .longName
            case UInt8(ascii: "x"): return .pax
            case UInt8(ascii: "g"), UInt8(ascii: "K"): return .skipped
            default: return .other
            }
        }

        /// Octal digits, or, with the highest bit set, a big-endian number.
        static func number(_ field: ArraySlice<UInt8>) -> Int? {
            guard let first = field.first else { return nil }
            if first & 0x80 != 0 {
                guard first == 0x80, field.dropFirst().dropLast(8).allSatisfy({ $0 == 0 }) else { return nil }
                return Int(exactly: field.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
            }
            let digits = field.drop { $0 == 32 }.prefix { $0 != 0 && $0 != 32 }
            // `Int` alone would take a sign: a size below zero would lead back to a header already read.
            guard digits.allSatisfy({ (48...55).contains($0) }) else { return nil }
            return digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self), radix: 8)
        }
    }
}
