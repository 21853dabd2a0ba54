import Datasets
import Glibc
import Recipes

/// Weights in a .safetensors file, read from an open descriptor. Names and layouts are PyTorch's.
public struct WeightsFile {
    private let snapshot: Snapshot
    private let bytes: [UInt8]
    /// What the file says of itself: text by text.
    public let metadata: [String: String]

    /// Reads the header, checks it against the file's size, then reads the tensors.
    /// - Throws: `TrainingFailure` with `data_error` where the file is no good safetensors file.
    public init(_ file: SourceFile) throws(TrainingFailure) {
        func fail(_ what: String) -> TrainingFailure {
            TrainingFailure(
                code: .dataError, message: "\(file.path): \(what)",
                findings: [
                    Finding(severity: .error, code: "D.format", message: "\(file.path): \(what)", path: "/model/from")
                ])
        }
        var status = stat()
        guard fstat(file.descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw fail("this is not a regular file.")
        }
        let size = Int(status.st_size)
        func read(_ offset: Int, _ count: Int) throws(TrainingFailure) -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: count)
            var done = 0
            while done < count {
                let got = bytes.withUnsafeMutableBytes { buffer in
                    buffer.baseAddress.map { pread(file.descriptor, $0 + done, count - done, off_t(offset + done)) }
                        ?? 0
                }
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { throw fail("the file ends at byte \(offset + done), or cannot be read.") }
                done += got
            }
            return bytes
        }
        guard size >= 8 else { throw fail("\(size) bytes are too few for a safetensors file.") }
        let prefix = try read(0, 8)
        let header: SafetensorsHeader
        let start: Int
        do {
            let length = try SafetensorsHeader.headerByteCount(prefix: prefix, fileByteCount: size)
            start = 8 + length
            header = try SafetensorsHeader(json: try read(8, length), dataByteCount: size - start)
        } catch let error as SimmerError {
            throw TrainingFailure(error)
        } catch {
            throw fail("\(error)")
        }
        bytes = try read(start, size - start)
        metadata = header.metadata
        snapshot = Snapshot(
            step: 0, cause: .imported,
            tensors: header.entries.map {
                TensorRecord(
                    name: $0.name, role: .weight, dtype: $0.dtype, shape: $0.shape, offset: $0.offset,
                    byteCount: $0.byteCount)
            }, state: "", metrics: [], environment: [:], activeSeconds: 0)
    }

    /// What keeps a model of these facts from starting at the file's weights; reads and tries all of it.
    public static func findings(_ file: SourceFile, recipe: Recipe, facts: DataFacts) -> [Finding] {
        do throws(TrainingFailure) {
            return try WeightsFile(file).load(into: try Model(recipe: recipe, facts: facts, threads: 1))
        } catch {
            guard error.findings.isEmpty else { return error.findings }
            return [Finding(severity: .error, code: "D.format", message: error.message, path: "/model/from")]
        }
    }

    /// Gives the model's weights and buffers the file's values.
    /// - Returns: whether all of them have come from the file.
    /// - Throws: `TrainingFailure` as `load(into:)`.
    package func start(_ model: Model) throws(TrainingFailure) -> Bool { try load(into: model).isEmpty }

    /// Gives the model's weights and buffers the file's values, by their names after `model.map`.
    /// - Returns: what keeps its first values.
    /// - Throws: `TrainingFailure` with `data_error` and every finding where a tensor is missing or does not fit; the
    ///   model is as it was then.
    @discardableResult
    func load(into model: Model) throws(TrainingFailure) -> [Finding] {
        let wanted = model.layout.records.filter { $0.role == .weight || $0.role == .buffer }
        let match = WeightsMatch(snapshot.tensors, to: wanted, model.recipe.model)
        if let first = match.findings.first(where: { $0.severity == .error }) {
            throw TrainingFailure(code: .dataError, message: first.message, findings: match.findings)
        }
        var matched = snapshot
        matched.tensors = match.tensors
        _ = try bytes.withUnsafeBufferPointer { buffer throws(TrainingFailure) in
            try model.layout.read(
                matched, UnsafeRawBufferPointer(buffer), weightsOnly: true, isPartial: model.recipe.model.partial)
        }
        return match.findings
    }
}
