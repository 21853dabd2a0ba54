import CLinux
import Glibc

/// Memory that two processes share through a descriptor (memfd), sealed against shrinking and growing so that neither
/// side can make the other's mapping fault.
public enum SharedMemory {
    /// A new memfd of `byteCount` zero bytes; pages are taken from the system when first touched.
    public static func create(name: String, byteCount: Int) throws(SystemFailure) -> Descriptor {
        Descriptor(owning: try SystemFailure.check(cl_memfd(name, UInt64(max(0, byteCount)), true), "memfd_create"))
    }

    /// A new memfd that holds the bytes.
    public static func create(name: String, holding bytes: [UInt8]) throws(SystemFailure) -> Descriptor {
        let memory = try create(name: name, byteCount: bytes.count)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                buffer.baseAddress.map { pwrite(memory.raw, $0 + done, bytes.count - done, off_t(done)) } ?? 0
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemFailure("pwrite", errno: errno) }
            done += count
        }
        return memory
    }

    /// Size of a received descriptor after checking that it is sealed against resizing (nil: it is not a sealed memfd).
    public static func sealedByteCount(_ descriptor: Descriptor) -> Int? {
        guard cl_seals(descriptor.raw) & 3 == 3 else { return nil }
        let size = lseek(descriptor.raw, 0, SEEK_END)
        return size < 0 ? nil : size
    }
}
