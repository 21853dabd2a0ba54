import Foundation
import Recipes

/// A file of `exportJob`, read whole and compared with the digests in it before anything is believed.
///
/// Nothing of it ever becomes a path: an entry's name is only compared with the one that belongs there, and its header
/// byte by byte with the one that `TarHeader` writes for it.
struct JobArchiveReader {
    let archive: JobArchive
    private let descriptor: Int32
    /// Where the content of an entry begins, and its size.
    private var places: [String: (offset: Int, size: Int)] = [:]

    /// - Parameter descriptor: a file that nobody else can change any more.
    /// - Throws: `badFile`, saying what stands at which byte; what `progress` throws.
    init(_ descriptor: Int32, size: Int, progress: ProgressHandler?) throws {
        self.descriptor = descriptor
        var walk = Walk(descriptor: descriptor, size: size, progress: progress)
        archive = try Self.index(&walk)
        for entry in archive.entries {
            guard places[entry.name] == nil, entry.name != JobArchive.index, entry.name != JobArchive.end else {
                throw Self.refusal("has an index that names '\(entry.name)' twice", at: TarHeader.size)
            }
            guard entry.size >= 0, entry.size <= size, let digest = Digest(text: entry.sha256) else {
                throw Self.refusal(
                    "has an index that says nothing sensible of '\(entry.name)'", at: TarHeader.size)
            }
            places[entry.name] = try walk.entry(entry.name, size: entry.size, digest: digest)
        }
        let whole = Array(walk.digest.hex.utf8)
        _ = try walk.entry(JobArchive.end, size: whole.count, digest: Digest(of: whole))
        try walk.finish()
    }

    /// The index comes first and says what follows; that it is what was written, the last entry says.
    private static func index(_ walk: inout Walk) throws -> JobArchive {
        let header = try walk.peek(TarHeader.size)
        guard TarHeader.name(in: header) == JobArchive.index, let size = TarHeader.size(in: header),
            size <= JobArchive.largestIndex
        else { throw walk.refusal("does not begin with '\(JobArchive.index)': it is not a job that simmer exported") }
        let place = try walk.entry(JobArchive.index, size: size, digest: nil)
        let bytes = try walk.bytes(at: place.offset, count: size)
        let version = try decode(JobArchive.Version.self, bytes, at: place.offset).archive
        guard (1...JobArchive.version).contains(version) else {
            throw SimmerError.badFile(
                message:
                    "The file is of version \(version) of the format; this simmer reads 1 to \(JobArchive.version).",
                findings: [hint("Import it with the simmer that wrote it, or a newer one.")])
        }
        return try decode(JobArchive.self, bytes, at: place.offset)
    }

    func place(of name: String) throws -> (offset: Int, size: Int) {
        guard let place = places[name] else {
            throw SimmerError.badFile(
                message: "The file has no entry '\(name)', which its '\(JobArchive.index)' needs.",
                findings: [Self.again])
        }
        return place
    }

    func has(_ name: String) -> Bool { places[name] != nil }

    /// An entry's content, at most `largestIndex` bytes of it.
    func bytes(of name: String) throws -> [UInt8] {
        let place = try place(of: name)
        guard place.size <= JobArchive.largestIndex else {
            throw SimmerError.badFile(message: "The entry '\(name)' is too large.", findings: [Self.again])
        }
        var bytes = [UInt8](repeating: 0, count: place.size)
        try bytes.withUnsafeMutableBytes { try readFully(descriptor, into: $0, at: place.offset) }
        return bytes
    }

    /// Calls back with each line of an entry, decoded; holds a megabyte and a line.
    func forEachLine<Value: Decodable>(of name: String, as type: Value.Type, _ body: (Value) throws -> Void) throws {
        let place = try place(of: name)
        var rest: [UInt8] = []
        var start = place.offset
        var done = 0
        while done < place.size {
            var part = [UInt8](repeating: 0, count: min(1 << 20, place.size - done))
            try part.withUnsafeMutableBytes { try readFully(descriptor, into: $0, at: place.offset + done) }
            done += part.count
            rest += part
            var from = 0
            while let end = rest[from...].firstIndex(of: UInt8(ascii: "\n")) {
                try body(try Self.decode(type, Array(rest[from..<end]), at: start))
                start += end + 1 - from
                from = end + 1
            }
            rest.removeFirst(from)
            guard rest.count <= JobArchive.largestLine else {
                throw Self.refusal("holds a line of more than a megabyte in '\(name)'", at: start)
            }
        }
        guard rest.isEmpty else { throw Self.refusal("ends within a line of '\(name)'", at: start) }
    }

    /// Through the one gate for JSON, then into a value.
    static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8], at offset: Int) throws -> Value {
        do {
            _ = try StrictJSON.parse(
                bytes, limits: StrictJSON.Limits(bytes: JobArchive.largestIndex, depth: 64, keys: 4_096))
        } catch {
            throw refusal("holds JSON that cannot be read (\(error.message))", at: offset + error.offset)
        }
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw refusal("holds a \(type) that this simmer does not understand (\(error))", at: offset)
        }
    }

    static func refusal(_ what: String, at offset: Int) -> SimmerError {
        .badFile(message: "At byte \(offset) the file \(what).", findings: [again])
    }

    static let again = hint(
        "Nothing was imported. Copy the file again, and compare its digest with the one that `simmer job export` printed;"
            + " else export the job again.")

    private static func hint(_ text: String) -> Finding { Finding(severity: .info, code: "hint", message: text) }
}

/// Goes through the file once, from the beginning to the end, hashing all of it.
private struct Walk {
    let descriptor: Int32
    let size: Int
    let progress: ProgressHandler?
    private var offset = 0
    private let hash = SHA256()
    private let buffer = Buffer()

    /// Memory that goes with its last owner.
    private final class Buffer {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        deinit { memory.deallocate() }
    }

    init(descriptor: Int32, size: Int, progress: ProgressHandler?) {
        self.descriptor = descriptor
        self.size = size
        self.progress = progress
    }

    /// Of all that was passed.
    var digest: Digest { hash.current() }

    func refusal(_ what: String) -> SimmerError { JobArchiveReader.refusal(what, at: offset) }

    func peek(_ count: Int) throws -> [UInt8] { try bytes(at: offset, count: count) }

    func bytes(at offset: Int, count: Int) throws -> [UInt8] {
        guard count <= size - offset else {
            throw JobArchiveReader.refusal("is cut short: it has \(size) bytes, and more belong here", at: offset)
        }
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBytes { try readFully(descriptor, into: $0, at: offset) }
        return bytes
    }

    /// Passes an entry and its padding.
    /// - Parameter digest: what its content must have; nil for the index, which no digest is known of yet.
    /// - Returns: where its content stands.
    mutating func entry(_ name: String, size count: Int, digest: Digest?) throws -> (offset: Int, size: Int) {
        let header = try peek(TarHeader.size)
        guard header == TarHeader.bytes(name: name, size: count) else {
            let found = TarHeader.name(in: header)
            throw refusal(
                found == name
                    ? "has a header of '\(name)' that simmer did not write"
                    : "has an entry '\(found.prefix(100))' where '\(name)' of \(count) bytes belongs")
        }
        hash.update(header)
        offset += TarHeader.size
        let start = offset
        let padding = TarHeader.padding(after: count)
        guard count <= size - offset, padding <= size - offset - count else {
            throw refusal("is cut short: '\(name)' has \(count) bytes, and \(size - offset) are left")
        }
        let own = SHA256()
        while offset < start + count {
            let part = UnsafeMutableRawBufferPointer(
                rebasing: buffer.memory[..<min(buffer.memory.count, start + count - offset)])
            try readFully(descriptor, into: part, at: offset)
            own.update(UnsafeRawBufferPointer(part))
            hash.update(UnsafeRawBufferPointer(part))
            offset += part.count
            try progress?(offset, size)
        }
        if let digest, own.finish() != digest {
            throw JobArchiveReader.refusal(
                name == JobArchive.end
                    ? "is not what was written: the digest of the whole differs"
                    : "is not what was written: the digest of '\(name)' differs", at: start)
        }
        let zeros = try bytes(at: offset, count: padding)
        guard zeros.allSatisfy({ $0 == 0 }) else { throw refusal("has bytes between two entries") }
        hash.update(zeros)
        offset += padding
        return (start, count)
    }

    /// Two empty blocks, and nothing after them.
    func finish() throws {
        guard size - offset == 2 * TarHeader.size, try peek(2 * TarHeader.size).allSatisfy({ $0 == 0 }) else {
            throw refusal("does not end where it should")
        }
    }
}
