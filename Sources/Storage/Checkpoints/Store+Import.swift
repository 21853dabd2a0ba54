import Foundation
import GRDB
import Recipes

extension Store {
    /// Publishes a safetensors file as a checkpoint without a job, named by `name`.
    ///
    /// The file is copied into the store's own unnamed file while it is hashed, and only the copy is read after that:
    /// nobody can change it between the check and the use. Names tell the roles: `running_mean`, `running_var` and
    /// `num_batches_tracked` are buffers, `ema_…`, `lawa_…` and `swa.…` averages, all else weights.
    /// - Throws: `badFile` with findings, `badFileDescriptor`, `tagExists`, `incompatible` (name), `checkpointCorrupt`
    ///   where `expectedDigest` (`sha256:…` of the file) differs.
    public func importSafetensors(
        from descriptor: Int32, name: String?, ownerUid: Int, expectedDigest: String? = nil,
        progress: ProgressHandler? = nil
    ) throws -> Checkpoint {
        let copy = try makeUnnamedFile(in: directory)
        defer { closeDescriptor(copy) }
        let (size, digest) = try copyHashed(from: descriptor, to: copy, path: directory, progress: progress)
        if let expectedDigest, Digest(text: expectedDigest) != digest {
            throw Manifest.corrupt(
                name ?? "import", "digest_differs",
                "The file has digest \(digest.text), not the expected \(expectedDigest).")
        }
        let snapshot = try Store.snapshot(ofSafetensors: copy, size: size)
        return try publish(snapshot, from: copy, job: nil, ownerUid: ownerUid, parents: [], tag: name)
    }

    private static func snapshot(ofSafetensors copy: Int32, size: Int) throws -> Snapshot {
        var prefix = [UInt8](repeating: 0, count: min(8, size))
        try prefix.withUnsafeMutableBytes { try readFully(copy, into: $0, at: 0) }
        let length = try SafetensorsHeader.headerByteCount(prefix: prefix, fileByteCount: size)
        guard length >= 0, length <= SafetensorsHeader.largestHeader, 8 + length <= size else {
            throw SimmerError.badFile(message: "The header's length does not fit the file.", findings: [])
        }
        var json = [UInt8](repeating: 0, count: length)
        try json.withUnsafeMutableBytes { try readFully(copy, into: $0, at: 8) }
        let header = try SafetensorsHeader(json: json, dataByteCount: size - 8 - length)
        let records = header.entries.map { entry in
            TensorRecord(
                name: entry.name, role: role(of: entry.name), dtype: entry.dtype, shape: entry.shape,
                offset: 8 + length + entry.offset, byteCount: entry.byteCount)
        }
        let foreign = records.filter { $0.expectedByteCount == nil }
        guard foreign.isEmpty else {
            throw SimmerError.badFile(
                message: "The file holds tensors of a type that simmer does not compute with.",
                findings: foreign.prefix(20).map { record in
                    Finding(
                        severity: .error, code: "dtype", message: "Tensor '\(record.name)' is \(record.dtype).",
                        hint: "Convert it to F32 (or I64 for counters) and export it again.")
                })
        }
        return Snapshot(
            step: 0, cause: .imported, tensors: records, state: "{}", metrics: [], environment: [:], activeSeconds: 0,
            inputs: header.metadata[InputScaling.metadataKey])
    }

    private static func role(of name: String) -> TensorRecord.Role {
        if let average = AverageName.of(tensor: name) { return average.isMean ? .average : .window }
        let last = name.split(separator: ".").last ?? ""
        return ["running_mean", "running_var", "num_batches_tracked"].contains(last) ? .buffer : .weight
    }
}
