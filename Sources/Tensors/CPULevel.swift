/// The vector instructions that simmer's own kernels use. Bits differ between levels, so a checkpoint names its own.
public enum CPULevel: String, Codable, Sendable, CaseIterable {
    /// SSE2: every x86-64, and every other processor.
    case base
    /// AVX2 and FMA.
    case v3
    /// AVX-512.
    case v4
}
