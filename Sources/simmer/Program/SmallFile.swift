import Glibc

/// A short text file of the user's.
enum SmallFile {
    private static let limit = 1 << 20

    static func text(_ path: String) throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Complaint("\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= limit {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Complaint("\(path): \(String(cString: strerror(errno)))") }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        guard bytes.count <= limit else { throw Complaint("\(path) is larger than 1 MiB", code: .problems) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Complaint("\(path) is not UTF-8 text", code: .problems)
        }
        return text
    }
}
