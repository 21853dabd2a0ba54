import Foundation
import GRDB
import Recipes

extension Store {
    /// One tensor's bytes in its exported layout, checked. Holds twice its size in memory where the layouts differ.
    func exportedBytes(of index: Int, in manifest: Manifest, checkpoint id: String) throws -> [UInt8] {
        let record = manifest.snapshot.tensors[index]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(record.byteCount)
        try readPieces(of: manifest, checkpoint: id, tensor: index) { _, piece in bytes.append(contentsOf: piece) }
        guard let permutation = record.permutation, permutation != Array(permutation.indices) else { return bytes }
        return TensorLayout.transpose(
            bytes, shape: record.storedShape ?? record.shape, permutation: permutation,
            elementSize: record.dtype == "I64" ? 8 : 4)
    }

    /// Tensors by name with digest and size; with `statistics` their bytes are read and measured.
    public func tensors(ofCheckpoint id: String, statistics: Bool = false) throws -> [TensorSummary] {
        try holding(id) {
            let manifest = try manifest(of: id)
            let order = manifest.snapshot.tensors.indices.sorted {
                manifest.snapshot.tensors[$0].name < manifest.snapshot.tensors[$1].name
            }
            return try order.map { index in
                let record = manifest.snapshot.tensors[index]
                var summary = TensorSummary(
                    name: record.name, dtype: record.dtype, shape: record.shape, sizeBytes: record.byteCount,
                    digest: "sha256:" + manifest.tensors[index].digest)
                if statistics {
                    summary.measure(
                        TensorLayout.numbers(
                            try exportedBytes(of: index, in: manifest, checkpoint: id), dtype: record.dtype))
                }
                return summary
            }
        }
    }
}

/// How a tensor's bytes lie in memory.
enum TensorLayout {
    /// The bytes of `view(bytes, shape)` with its axes in the order of `permutation`: axis i of the result is axis
    /// `permutation[i]` of the argument. Row-major both. Cost: one pass, written in order.
    static func transpose(_ bytes: [UInt8], shape: [Int], permutation: [Int], elementSize: Int) -> [UInt8] {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in stride(from: shape.count - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] * shape[axis + 1]
        }
        let extents = permutation.map { shape[$0] }
        let steps = permutation.map { strides[$0] * elementSize }
        guard extents.allSatisfy({ $0 > 0 }), let innerExtent = extents.last, let innerStep = steps.last else {
            return bytes
        }
        var result = [UInt8](repeating: 0, count: bytes.count)
        var place = [Int](repeating: 0, count: extents.count)
        result.withUnsafeMutableBytes { target in
            bytes.withUnsafeBytes { source in
                var written = 0
                while written < target.count {
                    var from = zip(place, steps).reduce(0) { $0 + $1.0 * $1.1 }
                    for _ in 0..<innerExtent {
                        for byte in 0..<elementSize { target[written + byte] = source[from + byte] }
                        written += elementSize
                        from += innerStep
                    }
                    var axis = extents.count - 2
                    while axis >= 0 {
                        place[axis] += 1
                        if place[axis] < extents[axis] { break }
                        place[axis] = 0
                        axis -= 1
                    }
                    if axis < 0 { break }
                }
            }
        }
        return result
    }

    static func numbers(_ bytes: [UInt8], dtype: String) -> [Double] {
        bytes.withUnsafeBytes { raw in
            if dtype == "I64" {
                return stride(from: 0, to: raw.count, by: 8).map {
                    Double(Int64(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: Int64.self)))
                }
            }
            return stride(from: 0, to: raw.count, by: 4).map {
                let bits = UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
                return Double(Float(bitPattern: bits))
            }
        }
    }
}

extension TensorSummary {
    fileprivate mutating func measure(_ numbers: [Double]) {
        let finite = numbers.filter(\.isFinite)
        nonFiniteCount = numbers.count - finite.count
        guard !finite.isEmpty else { return }
        let mean = finite.reduce(0, +) / Double(finite.count)
        let variance = finite.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(finite.count)
        self.min = finite.min()
        self.max = finite.max()
        self.mean = mean
        std = variance.squareRoot()
    }
}
