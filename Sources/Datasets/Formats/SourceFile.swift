import Glibc
import Recipes

/// A data file of a job: its path as the recipe writes it, and an open descriptor.
///
/// The descriptor is read at offsets with pread(2), so that two readers never disturb each other. Only a stored file may
/// be mapped: a mapped file that shrinks kills its reader.
public struct SourceFile: Sendable, Equatable {
    public var path: String
    public var descriptor: Int32
    /// Whether it lies in the daemon's own store, where no file is ever changed; false for a file of a client's.
    public var isStored: Bool

    public init(path: String, descriptor: Int32, isStored: Bool = false) {
        self.path = path
        self.descriptor = descriptor
        self.isStored = isStored
    }
}

extension SourceFile {
    /// The whole file.
    /// - Throws: `DatasetError` where it cannot be read.
    public func bytes() throws(DatasetError) -> [UInt8] {
        let named = NamedFile(file: self, key: "")
        return try reported { () throws(DataFault) in try named.bytes(at: 0, try named.size()) }
    }
}

/// A file with the recipe key that names it, for findings.
struct NamedFile {
    var file: SourceFile
    /// For example `data.train.inputs`; empty for a file that no recipe names.
    var key: String

    var path: String { file.path }

    func fault(_ code: DataCode, _ message: String, line: Int? = nil, hint: String? = nil) -> DataFault {
        // A row of a data file is said in the message: `line` of a finding is a line of the recipe.
        let place = line.map { "\(path):\($0): " } ?? "\(path): "
        return DataFault(code, place + message, key: key.isEmpty ? nil : key, hint: hint)
    }

    /// As a fault, of what stops nothing.
    func warning(_ code: DataCode, _ message: String, hint: String) -> Finding {
        finding(.warning, code, message, hint: hint)
    }

    func finding(
        _ severity: Severity, _ code: DataCode, _ message: String, line: Int? = nil, hint: String? = nil
    ) -> Finding {
        var finding = fault(code, message, line: line, hint: hint).finding
        finding.severity = severity
        return finding
    }

    /// Bytes in the file now.
    func size() throws(DataFault) -> Int {
        var status = stat()
        guard fstat(file.descriptor, &status) == 0 else {
            throw fault(.io, "the file cannot be examined: \(errorText(errno)).")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw fault(.io, "this is not a regular file.", hint: "Write the data to a file and name that.")
        }
        return Int(status.st_size)
    }

    /// Up to `buffer.count` bytes from `offset`; fewer only at the end of the file.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(DataFault) -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        var done = 0
        while done < buffer.count {
            let count = pread(file.descriptor, base + done, buffer.count - done, off_t(offset + done))
            if count < 0 {
                if errno == EINTR { continue }
                throw fault(.io, "reading failed at byte \(offset + done): \(errorText(errno)).")
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Exactly `count` bytes from `offset`.
    func bytes(at offset: Int, _ count: Int) throws(DataFault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = try bytes.withUnsafeMutableBufferPointer { (buffer) throws(DataFault) in
            try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
        }
        guard got == count else {
            throw fault(.truncated, "truncated: the file ends at byte \(offset + got) while it is read.")
        }
        return bytes
    }
}

/// The system's words for an error number.
func errorText(_ number: Int32) -> String { strerror(number).map { String(cString: $0) } ?? "error \(number)" }
