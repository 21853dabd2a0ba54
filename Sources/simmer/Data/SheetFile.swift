import FoundationEssentials
import Glibc
import Recipes
import Terminal

/// A contact sheet as a file.
enum SheetFile {
    /// - Parameter png: in base64.
    static func write(_ png: String, to path: String) throws {
        guard let bytes = Data(base64Encoded: png) else { throw Complaint("the daemon sent no image") }
        let file = try FreshFile(path, force: true)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                raw.baseAddress.map { Glibc.write(file.descriptor, $0 + done, raw.count - done) } ?? 0
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let reason = String(cString: strerror(errno))
                file.discard()
                throw Complaint("\(path) cannot be written: \(reason)")
            }
            done += count
        }
        try file.publish()
    }

    /// A new folder that nobody else writes into.
    static func folder(_ given: String?, stem: String) throws -> String {
        if let given {
            guard mkdir(given, 0o777) == 0 || errno == EEXIST else {
                throw Complaint("\(given) cannot be made: \(String(cString: strerror(errno)))")
            }
            return given
        }
        let base = ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(base)/simmer-\(stem)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Complaint(
                "no folder can be made in \(base): \(String(cString: strerror(errno)))", hint: "Name one with -o.")
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension ShownExample {
    /// Its pixels; nil where it is no image.
    var image: PixelImage? {
        guard let pixels, let height, let width, let channels, let bytes = Data(base64Encoded: pixels) else {
            return nil
        }
        return PixelImage(height: height, width: width, channels: channels, bytes: Array(bytes))
    }
}
