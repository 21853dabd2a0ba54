import Glibc

/// A part of a file, mapped while this lives: its pages are the system's cache, shared with every process that maps the
/// same file, taken when first touched and given up when memory is short. RLIMIT_DATA does not count them.
///
/// Sendable is safe: the memory is mapped read-only and nothing here changes after `init`.
final class MappedBytes: @unchecked Sendable {
    let start: UnsafePointer<UInt8>
    let count: Int
    private let address: UnsafeMutableRawPointer
    private let size: Int

    /// Only for a file that nobody can shorten: touching a page past a file's end kills the process.
    /// - Parameters:
    ///   - range: of the file; not empty, and within it.
    /// - Returns: nil where the system cannot map the file.
    init?(_ descriptor: Int32, _ range: Range<Int>) {
        let size = range.upperBound
        guard let mapped = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), mapped != MAP_FAILED else {
            return nil
        }
        address = mapped
        self.size = size
        start = UnsafePointer(mapped.assumingMemoryBound(to: UInt8.self)) + range.lowerBound
        count = range.count
    }

    deinit { munmap(address, size) }

    var array: [UInt8] { Array(UnsafeBufferPointer(start: start, count: count)) }
}

/// Examples of mapped files, one file after the other.
struct MappedRows: Sendable {
    let pieces: [MappedBytes]
    /// Of each piece.
    private let firstRows: [Int]
    private let size: Int

    /// - Parameter size: bytes of an example.
    init(_ pieces: [MappedBytes], size: Int) {
        self.pieces = pieces
        self.size = size
        var firstRows: [Int] = []
        var count = 0
        for piece in pieces {
            firstRows.append(count)
            count += piece.count / max(size, 1)
        }
        self.firstRows = firstRows
    }

    /// - Precondition: there is such a row.
    @inline(__always)
    func row(_ index: Int) -> UnsafePointer<UInt8> {
        var piece = 0
        if pieces.count > 1 {
            var end = pieces.count
            while end - piece > 1 {
                let middle = (piece + end) / 2
                if firstRows[middle] <= index { piece = middle } else { end = middle }
            }
        }
        return pieces[piece].start + (index - firstRows[piece]) * size
    }
}
