import CKernels
import Glibc

/// The vector instructions that simmer's own kernels use. Bits differ between levels, so a checkpoint names its own.
public enum CPULevel: String, Codable, Sendable, CaseIterable {
    /// SSE2: every x86-64, and every other processor.
    case base
    /// AVX2 and FMA.
    case v3
    /// AVX-512.
    case v4
}

/// The kernels of one level.
public struct Kernels: @unchecked Sendable {
    // Sendable: the table is a constant of the program.
    public let level: CPULevel
    public let table: UnsafePointer<ck_table>

    /// The kernels of this level; nil where the processor cannot run it.
    public init?(level: CPULevel) {
        guard let table = ck_select(level.rawValue) else { return nil }
        self.level = level
        self.table = table
    }

    /// Levels that this processor runs, the slowest first.
    public static var available: [CPULevel] { CPULevel.allCases.filter { Kernels(level: $0) != nil } }

    /// The level that the environment's `SIMMER_CPU_LEVEL` asks for, where this processor runs it; else the best one.
    /// Fixed for the life of the process.
    public static let current: Kernels = {
        if let asked = getenv("SIMMER_CPU_LEVEL"), let level = CPULevel(rawValue: String(cString: asked)),
            let kernels = Kernels(level: level)
        {
            return kernels
        }
        return Kernels(best: ())
    }()

    private init(best: Void) {
        for level in CPULevel.allCases.reversed() {
            if let kernels = Kernels(level: level) {
                self = kernels
                return
            }
        }
        preconditionFailure("ck_select knows no base level: the kernels were built without their table")
    }

    /// Floats of a vector.
    public var lanes: Int { table.pointee.lanes }
}
