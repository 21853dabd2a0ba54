import Glibc

/// The standard streams; whole texts, unbuffered. Nobody is left to tell when they are closed.
enum Standard {
    static func output(_ text: String) { put(text, 1) }
    static func error(_ text: String) { put(text, 2) }

    private static func put(_ text: String, _ stream: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(stream, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { return }
            bytes = bytes.dropFirst(max(0, count))
        }
    }
}
