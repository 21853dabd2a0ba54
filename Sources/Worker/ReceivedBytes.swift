import Glibc
import Training
import Wire

/// The bytes of a snapshot that the daemon sent: mapped while this lives.
final class ReceivedBytes {
    let buffer: UnsafeRawBufferPointer
    private let address: UnsafeMutableRawPointer?

    /// - Throws: `TrainingFailure` where the memory is not sealed against shrinking (reading it could kill this
    ///   process) or cannot be mapped.
    init(_ descriptor: Int32) throws(TrainingFailure) {
        // Borrowed: the session owns the descriptor.
        let borrowed = Descriptor(owning: descriptor)
        let size = SharedMemory.sealedByteCount(borrowed)
        _ = borrowed.release()
        guard let size else {
            throw TrainingFailure(
                code: .internal, message: "The checkpoint's memory is not sealed against resizing.")
        }
        guard size > 0 else {
            address = nil
            buffer = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        let mapped = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0)
        guard let mapped, mapped != MAP_FAILED else {
            throw TrainingFailure(code: .oom, message: "The checkpoint cannot be mapped (\(size) bytes).")
        }
        address = mapped
        buffer = UnsafeRawBufferPointer(start: mapped, count: size)
    }

    deinit {
        if let address { munmap(address, buffer.count) }
    }
}
