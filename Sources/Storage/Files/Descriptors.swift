import Foundation
import Recipes

// Under names of their own: inside `Store` its `open` and `close` hide those of the C library.

func openDescriptor(_ path: String, _ flags: Int32, _ mode: mode_t = 0) -> Int32 { open(path, flags, mode) }

func closeDescriptor(_ descriptor: Int32) { close(descriptor) }

/// A file that is gone when its descriptor is closed.
func makeUnnamedFile(in directory: String) throws -> Int32 {
    var generator = SystemRandomNumberGenerator()
    let path = directory + "/.unnamed-" + String(generator.next(), radix: 36)
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0, unlink(path) == 0 else { throw systemError("open", path: path) }
    return descriptor
}

/// Reads exactly the buffer's size at an offset.
/// - Throws: `ioFailed`, with errno 0 where the file ends too soon.
func readFully(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SimmerError) {
    var done = 0
    while done < buffer.count {
        let count = pread(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
        if count > 0 {
            done += count
        } else if count == 0 {
            throw .ioFailed(operation: "pread: the file ends too soon", errno: 0, path: nil)
        } else if errno != EINTR {
            throw .ioFailed(operation: "pread", errno: Int(errno), path: nil)
        }
    }
}

/// Writes all bytes at an offset. Throws `noSpace` or `ioFailed`.
func writeFully(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int, path: String) throws {
    var done = 0
    while done < bytes.count {
        let count = pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
        if count > 0 {
            done += count
        } else if count == 0 || errno != EINTR {
            throw systemError("pwrite", path: path, neededBytes: bytes.count - done)
        }
    }
}

/// Makes names made or removed in a folder durable.
func syncDirectory(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw systemError("open", path: path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw systemError("fsync", path: path) }
}

/// Copies a regular file from its beginning to its end, hashing what is written.
///
/// - Throws: `badFileDescriptor` for what is no regular file or not open for reading; `ioFailed` where it shrinks.
func copyHashed(from source: Int32, to target: Int32, path: String, progress: ProgressHandler?) throws
    -> (size: Int, digest: Digest)
{
    var information = stat()
    let flags = fcntl(source, F_GETFL)
    guard fstat(source, &information) == 0, information.st_mode & S_IFMT == S_IFREG, flags >= 0,
        flags & O_ACCMODE != O_WRONLY
    else { throw SimmerError.badFileDescriptor(message: "A regular file open for reading is needed.") }
    let size = Int(information.st_size)
    // FICLONE, _IOW(0x94, 9, int): shares the blocks where the file system can, else fails and the bytes are written.
    let isShared = size > 0 && ioctl(target, 0x4004_9409, source) == 0
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { buffer.deallocate() }
    let hash = SHA256()
    var done = 0
    while done < size {
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, size - done)])
        // A shared copy is read back: its own bytes are what the digest must speak of.
        try readFully(isShared ? target : source, into: part, at: done)
        if !isShared { try writeFully(target, UnsafeRawBufferPointer(part), at: done, path: path) }
        hash.update(UnsafeRawBufferPointer(part))
        done += part.count
        try progress?(done, size)
    }
    return (size, hash.finish())
}
