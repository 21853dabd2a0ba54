import Foundation
import GRDB
import Recipes

/// How two checkpoints differ.
public struct CheckpointDifference: Sendable, Equatable {
    /// Equal futures: every tensor and the controller state.
    public var same: Bool
    public var stateSame: Bool
    /// By name; equal tensors are not named.
    public var differences: [TensorDifference]
}

extension Store {
    /// What differs, tensor by tensor; only the tensors whose digests differ are read.
    ///
    /// Tensors are compared in their exported layouts. `relativeNorm` is the norm of the difference over that of the
    /// first; nil where the first is all zero. Numbers that are not finite count as changed and enter no norm.
    public func diff(_ first: String, _ second: String) throws -> CheckpointDifference {
        try holding(first) {
            try holding(second) {
                let left = try manifest(of: first)
                let right = try manifest(of: second)
                let leftNames = left.tensorIndices
                let rightNames = right.tensorIndices
                var differences: [TensorDifference] = []
                for name in Set(leftNames.keys).union(rightNames.keys).sorted() {
                    guard let one = leftNames[name] else {
                        differences.append(TensorDifference(name: name, kind: "only_second"))
                        continue
                    }
                    guard let other = rightNames[name] else {
                        differences.append(TensorDifference(name: name, kind: "only_first"))
                        continue
                    }
                    if left.isSame(one, as: right, other) { continue }
                    let records = (left.snapshot.tensors[one], right.snapshot.tensors[other])
                    guard records.0.shape == records.1.shape, records.0.dtype == records.1.dtype else {
                        differences.append(TensorDifference(name: name, kind: "shape"))
                        continue
                    }
                    let old = try exportedBytes(of: one, in: left, checkpoint: first)
                    let new = try exportedBytes(of: other, in: right, checkpoint: second)
                    if old == new { continue }  // the same numbers, stored in another layout
                    differences.append(
                        TensorDifference(
                            name: name, from: TensorLayout.numbers(old, dtype: records.0.dtype),
                            to: TensorLayout.numbers(new, dtype: records.0.dtype)))
                }
                let stateSame = left.snapshot.state == right.snapshot.state
                return CheckpointDifference(
                    same: stateSame && differences.isEmpty, stateSame: stateSame, differences: differences)
            }
        }
    }
}

extension Manifest {
    fileprivate var tensorIndices: [String: Int] {
        Dictionary(snapshot.tensors.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Same bytes in the same layout.
    fileprivate func isSame(_ index: Int, as other: Manifest, _ otherIndex: Int) -> Bool {
        let (one, two) = (snapshot.tensors[index], other.snapshot.tensors[otherIndex])
        return tensors[index].digest == other.tensors[otherIndex].digest && one.dtype == two.dtype
            && one.shape == two.shape && one.storedShape == two.storedShape && one.permutation == two.permutation
    }
}

extension TensorDifference {
    fileprivate init(name: String, from old: [Double], to new: [Double]) {
        self.init(name: name, kind: "changed")
        var changed = 0
        var largest = 0.0
        var squares = 0.0
        var norm = 0.0
        for (a, b) in zip(old, new) where a.bitPattern != b.bitPattern {
            changed += 1
            let difference = abs(a - b)
            guard difference.isFinite else { continue }
            largest = max(largest, difference)
            squares += difference * difference
        }
        for a in old where a.isFinite { norm += a * a }
        changedCount = changed
        maxAbsolute = largest
        relativeNorm = norm > 0 ? (squares / norm).squareRoot() : nil
    }
}
