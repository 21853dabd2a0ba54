import CZlib
import Glibc

/// The bytes of a data file from front to back, unpacked on the way if the file is gzip (RFC 1952; told by its first
/// two bytes, not by its name). Holds one 64 KiB piece of the file at a time.
final class ByteStream {
    let source: NamedFile
    let fileSize: Int
    let isCompressed: Bool
    /// Bytes handed out so far.
    private(set) var position = 0
    private var fileOffset = 0
    private var piece = [UInt8](repeating: 0, count: 64 * 1024)
    private var pieceStart = 0
    private var pieceEnd = 0
    private var inflater = z_stream()
    private var inflaterIsOpen = false
    private var isAtEnd = false

    init(_ source: NamedFile) throws(DataFault) {
        self.source = source
        fileSize = try source.size()
        var magic: [UInt8] = [0, 0]
        let got = try magic.withUnsafeMutableBufferPointer { buffer throws(DataFault) in
            try source.read(at: 0, into: UnsafeMutableRawBufferPointer(buffer))
        }
        isCompressed = got == 2 && magic == [0x1f, 0x8b]
        if isCompressed {
            // 16: gzip only, 15: the largest window.
            let status = inflateInit2_(&inflater, 16 + 15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
            guard status == Z_OK else { throw source.fault(.io, "the unpacker does not start (zlib \(status)).") }
            inflaterIsOpen = true
        }
    }

    deinit {
        if inflaterIsOpen { inflateEnd(&inflater) }
    }

    /// No file of this size can hold more: itself, or deflate's largest ratio of 1032 to 1.
    var mostBytes: Int {
        let (product, overflow) = fileSize.multipliedReportingOverflow(by: isCompressed ? 1032 : 1)
        return overflow ? Int.max : product
    }

    /// Fills `buffer` as far as the data goes; returns the number of bytes, less than asked only at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(DataFault) -> Int {
        let count = isCompressed ? try unpack(into: buffer) : try copy(into: buffer)
        position += count
        return count
    }

    /// Fills `bytes` as far as the data goes; returns the number of bytes.
    func read(into bytes: inout [UInt8]) throws(DataFault) -> Int {
        try bytes.withUnsafeMutableBufferPointer { buffer throws(DataFault) in
            try read(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// Refuses what no file of this size holds, before anything of that size is allocated or read.
    func expect(_ count: Int, of what: String) throws(DataFault) {
        guard count <= mostBytes - min(position, mostBytes) else { throw short(count, what, from: position) }
    }

    /// Exactly `count` bytes, or a fault that says how far the file goes. `what` is the noun for them.
    func bytes(_ count: Int, of what: String) throws(DataFault) -> [UInt8] {
        let start = position
        try expect(count, of: what)
        var result = [UInt8](repeating: 0, count: count)
        let got = try read(into: &result)
        guard got == count else { throw short(count, what, from: start) }
        return result
    }

    /// The next `count` bytes as they lie in the file, or a fault that says how far the file goes.
    /// - Returns: nil, and nothing is taken, where the bytes are packed, the file may not be mapped, or cannot.
    func mapped(_ count: Int, of what: String) throws(DataFault) -> MappedBytes? {
        guard source.file.isStored, !isCompressed, count > 0 else { return nil }
        let start = position
        guard count <= fileSize - min(start, fileSize) else { throw short(count, what, from: start) }
        guard let bytes = MappedBytes(source.file.descriptor, start..<start + count) else { return nil }
        position += count
        fileOffset += count
        return bytes
    }

    /// Whatever is left, up to `limit` bytes.
    func rest(limit: Int) throws(DataFault) -> [UInt8] {
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 256 * 1024)
        while true {
            let got = try read(into: &chunk)
            if got == 0 { return result }
            guard result.count + got <= limit else {
                throw source.fault(
                    .size, "more than \(limit) bytes of text\(isCompressed ? " after unpacking" : "").",
                    hint: "Split the file into several and list them, or use npy.")
            }
            result.append(contentsOf: chunk[..<got])
        }
    }

    /// Refuses bytes after what the header promises.
    func expectEnd(after what: String) throws(DataFault) {
        var extra: [UInt8] = [0]
        let got = try read(into: &extra)
        guard got == 0 else {
            let total = isCompressed ? "more than \(position - 1) bytes (unpacked)" : "\(fileSize) bytes"
            throw source.fault(
                .size,
                "header and size disagree: the header promises \(what), \(position - 1) bytes in all, but the "
                    + "file has \(total).",
                hint: "Write the file again; something was appended, or the header is wrong.")
        }
    }

    private func short(_ count: Int, _ what: String, from start: Int) -> DataFault {
        let found = isCompressed ? "its unpacked data ends" : "the file has \(fileSize) bytes and ends"
        return source.fault(
            .truncated,
            "truncated: the header promises \(what), \(count) bytes from byte \(start), "
                + "but \(found) before that.", hint: "Copy or download the file again and compare its size.")
    }

    private func copy(into buffer: UnsafeMutableRawBufferPointer) throws(DataFault) -> Int {
        let got = try source.read(at: fileOffset, into: buffer)
        fileOffset += got
        return got
    }

    private func refill() throws(DataFault) -> Bool {
        let offset = fileOffset
        let source = source
        let got = try piece.withUnsafeMutableBufferPointer { buffer throws(DataFault) in
            try source.read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
        }
        fileOffset += got
        pieceStart = 0
        pieceEnd = got
        return got > 0
    }

    private func unpack(into buffer: UnsafeMutableRawBufferPointer) throws(DataFault) -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        var done = 0
        while done < buffer.count, !isAtEnd {
            if pieceStart == pieceEnd, try !refill() {
                throw source.fault(
                    .truncated, "truncated: the gzip data ends in the middle, after \(position + done) unpacked bytes.",
                    hint: "Copy or download the file again and compare its size.")
            }
            let room = min(buffer.count - done, 1 << 30)
            var status = Z_OK
            var used = 0
            var made = 0
            piece.withUnsafeMutableBufferPointer { bytes in
                inflater.next_in = bytes.baseAddress.map { $0 + pieceStart }
                inflater.avail_in = UInt32(pieceEnd - pieceStart)
                inflater.next_out = (base + done).assumingMemoryBound(to: UInt8.self)
                inflater.avail_out = UInt32(room)
                status = inflate(&inflater, Z_NO_FLUSH)
                used = pieceEnd - pieceStart - Int(inflater.avail_in)
                made = room - Int(inflater.avail_out)
            }
            pieceStart += used
            done += made
            if status == Z_STREAM_END {
                try nextMember()
            } else if status != Z_OK && !(status == Z_BUF_ERROR && (used > 0 || made > 0 || pieceStart == pieceEnd)) {
                let reason = inflater.msg.map { String(cString: $0) } ?? "zlib \(status)"
                throw source.fault(
                    .damaged, "the gzip data is damaged after \(position + done) unpacked bytes (\(reason)).",
                    hint: "Copy or download the file again.")
            }
        }
        return done
    }

    /// A gzip file may be several in a row; zeros after the last one are padding.
    private func nextMember() throws(DataFault) {
        while true {
            if pieceStart == pieceEnd, try !refill() {
                isAtEnd = true
                return
            }
            if piece[pieceStart] != 0 { break }
            pieceStart += 1
        }
        guard piece[pieceStart] == 0x1f, inflateReset(&inflater) == Z_OK else {
            throw source.fault(
                .damaged, "unrelated bytes follow the gzip data.", hint: "Copy or download the file again.")
        }
    }
}
