import Foundation
import GRDB
import Recipes

/// An exported file.
public struct ExportResult: Sendable, Equatable {
    public var sizeBytes: Int
    /// `sha256:` and 64 hexadecimal digits, over the whole file.
    public var digest: String
}

extension Store {
    /// Streams a checkpoint as safetensors into a regular file open for writing: truncated first, synced last.
    ///
    /// Weights and buffers in PyTorch's layouts and names, averages under their prefix; moments, and what a window's mean is
    /// of, only with `full`.
    /// Tensors lie in name order, and the metadata say how the weights' inputs were made; the file holds no time or id, so
    /// that exporting twice gives the same bytes. The checkpoint counts as exported from then on: retention keeps it.
    /// - Parameters:
    ///   - average: `ema-0.999`: its values under the weights' names, and the buffers; nothing else.
    ///   - temperature: what the logits are to be divided by; said in the file's metadata.
    /// - Throws: `checkpointCorrupt`, `incompatible`, `badFileDescriptor`, `noSpace`, `ioFailed`, what `progress` throws;
    ///   the file is not to be used then.
    public func exportSafetensors(
        checkpoint id: String, to descriptor: Int32, full: Bool = false, average: String? = nil,
        temperature: Double? = nil, progress: ProgressHandler? = nil
    ) throws -> ExportResult {
        try holding(id) {
            let manifest = try manifest(of: id)
            let named: [(name: String, tensor: TensorRecord)]
            if let average {
                named = try manifest.snapshot.tensors(ofAverage: average)
            } else {
                named = manifest.snapshot.tensors.filter { full || $0.role != .moment && $0.role != .window }
                    .map { ($0.name, $0) }
            }
            return try export(
                manifest, of: id, try safetensors(named, try inputs(of: id, manifest), temperature), to: descriptor,
                progress)
        }
    }

    /// The file of these tensors, in the order of their names.
    private func safetensors(
        _ named: [(name: String, tensor: TensorRecord)], _ inputs: String?, _ temperature: Double? = nil
    ) throws -> [FilePart] {
        let order = named.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        var metadata = ["format": "pt"]
        if let temperature { metadata["temperature"] = String(temperature) }
        metadata[InputScaling.metadataKey] = inputs
        let header = try SafetensorsHeader(
            tensors: order.map { ($0.name, $0.tensor.dtype, $0.tensor.shape) }, metadata: metadata)
        return [.bytes(header.encoded())]
            + order.map { _, record in
                .tensor(
                    StoredTensor(
                        name: record.name, dtype: record.dtype, shape: record.shape, byteCount: record.byteCount))
            }
    }

    /// How the inputs of the checkpoint's weights were made: its job's, or what the file that it came from said.
    private func inputs(of id: String, _ manifest: Manifest) throws -> String? {
        try checkpoint(id).jobId.flatMap { try job(id: $0).facts }.map { InputScaling($0).metadataText }
            ?? manifest.snapshot.inputs
    }

    /// A checkpoint's weights and buffers as a safetensors file that has no name, for a job that starts at them; the
    /// caller closes it. The checkpoint does not count as exported.
    /// - Parameter average: whose weights they are; nil for the raw ones.
    /// - Throws: also `incompatible` where the checkpoint holds no such average.
    public func weightsFile(ofCheckpoint id: String, average: String? = nil) throws -> Int32 {
        let descriptor = try makeUnnamedFile(in: directory)
        do {
            try holding(id) {
                let manifest = try manifest(of: id)
                let named =
                    try average.map { try manifest.snapshot.tensors(ofAverage: $0) }
                    ?? manifest.snapshot.tensors.filter { $0.role == .weight || $0.role == .buffer }
                    .map { ($0.name, $0) }
                _ = try write(
                    manifest, of: id, try safetensors(named, try inputs(of: id, manifest)), to: descriptor, nil)
            }
            return descriptor
        } catch {
            closeDescriptor(descriptor)
            throw error
        }
    }

    /// Streams a checkpoint as an ONNX model into a regular file open for writing, as `exportSafetensors` does.
    ///
    /// - Throws: also `incompatible` where the checkpoint's tensors are not those of the model.
    public func exportONNX(
        checkpoint id: String, _ model: ONNXModel, to descriptor: Int32, progress: ProgressHandler? = nil
    ) throws -> ExportResult {
        try holding(id) {
            try export(try manifest(of: id), of: id, model.parts, to: descriptor, progress)
        }
    }

    /// Writes the parts, and marks the checkpoint as exported.
    private func export(
        _ manifest: Manifest, of id: String, _ parts: [FilePart], to descriptor: Int32, _ progress: ProgressHandler?
    ) throws -> ExportResult {
        let result = try write(manifest, of: id, parts, to: descriptor, progress)
        _ = try changeCheckpoint(id) { row, _ in row.exported = true }
        return result
    }

    /// Writes the parts one after another; holds one tensor in memory, where its layout differs, else a piece of one.
    private func write(
        _ manifest: Manifest, of id: String, _ parts: [FilePart], to descriptor: Int32, _ progress: ProgressHandler?
    ) throws -> ExportResult {
        let sources = try parts.map { try Source($0, in: manifest.snapshot, checkpoint: id) }
        let total = parts.reduce(0) { $0 + $1.byteCount }
        let file = try ExportFile(descriptor)
        for source in sources {
            switch source {
            case .bytes(let bytes): try file.append(bytes)
            case .tensor(let index) where manifest.snapshot.tensors[index].permutation == nil:
                try readPieces(of: manifest, checkpoint: id, tensor: index) { _, bytes in
                    try file.append(bytes)
                    try progress?(file.size, total)
                }
            case .tensor(let index):
                try file.append(try exportedBytes(of: index, in: manifest, checkpoint: id))
                try progress?(file.size, total)
            }
        }
        return try file.finish()
    }
}

/// Where a part of a file comes from.
private enum Source {
    case bytes([UInt8])
    /// Index among the snapshot's tensors.
    case tensor(Int)

    init(_ part: FilePart, in snapshot: Snapshot, checkpoint id: String) throws {
        switch part {
        case .bytes(let bytes): self = .bytes(bytes)
        case .tensor(let wanted):
            guard let index = snapshot.tensors.firstIndex(where: { $0.name == wanted.name }) else {
                throw SimmerError.incompatible(
                    message: "Checkpoint \(id.prefix(12)) has no tensor '\(wanted.name)'.", findings: [])
            }
            let tensor = snapshot.tensors[index]
            guard tensor.dtype == wanted.dtype, tensor.shape == wanted.shape, tensor.byteCount == wanted.byteCount
            else {
                throw SimmerError.incompatible(
                    message:
                        "Tensor '\(wanted.name)' of checkpoint \(id.prefix(12)) is \(tensor.dtype) \(tensor.shape), "
                        + "but \(wanted.dtype) \(wanted.shape) in the recipe's model.", findings: [])
            }
            self = .tensor(index)
        }
    }
}
