import CKernels

/// Numbers nearer to zero than 2^-126. A processor may take a hundred times as long for one: where a gradient has become
/// zero, Adam's moments go through them on their way to it, and a step takes five times as long. What trains counts them as
/// zero.
public enum SubnormalNumbers {
    /// They are zero on this thread from here on.
    public static func flush() { _ = ck_flush_subnormals() }

    /// They are zero on this thread while `body` runs.
    @inline(__always)
    static func areZero<Result>(_ body: () -> Result) -> Result {
        let mode = ck_flush_subnormals()
        defer { ck_restore_subnormals(mode) }
        return body()
    }
}
