/// A stretch of a file that holds a checkpoint's tensors.
public enum FilePart: Sendable, Equatable {
    case bytes([UInt8])
    case tensor(StoredTensor)

    public var byteCount: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .tensor(let tensor): tensor.byteCount
        }
    }
}

/// A checkpoint's tensor as a file holds it: PyTorch's layout.
public struct StoredTensor: Sendable, Equatable {
    /// In the checkpoint: `0.weight`, `ema_0.999.0.weight`.
    public var name: String
    /// `F32` or `I64`.
    public var dtype: String
    public var shape: [Int]
    public var byteCount: Int

    public init(name: String, dtype: String, shape: [Int], byteCount: Int) {
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.byteCount = byteCount
    }
}
