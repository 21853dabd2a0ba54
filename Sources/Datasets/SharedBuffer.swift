/// A buffer that several threads fill, each its own part.
///
/// Sendable is safe: it lives within one call that outlasts the threads, and no two of them are given the same part.
struct SharedBuffer: @unchecked Sendable {
    private let buffer: UnsafeMutableBufferPointer<UInt8>

    init(_ buffer: UnsafeMutableBufferPointer<UInt8>) { self.buffer = buffer }

    func part(_ start: Int, _ count: Int) -> UnsafeMutableBufferPointer<UInt8> {
        UnsafeMutableBufferPointer(rebasing: buffer[start..<start + count])
    }
}
