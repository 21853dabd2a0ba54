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

/// What a processor multiplies numbers of bfloat16 with. Bits differ between units, so a checkpoint names its own.
public enum BFloat16Unit: String, Codable, Sendable, CaseIterable {
    /// Dot products of two terms in a vector: AVX512-BF16.
    case avx512
    /// Squares of a matrix: AMX-BF16.
    case amx
}

/// The kernels of one level.
public struct Kernels: @unchecked Sendable {
    // Sendable: the tables are constants of the program.
    public let level: CPULevel
    public let table: UnsafePointer<ck_table>
    /// Products whose operands are rounded to bfloat16, where they shall take the place of the table's.
    public private(set) var bfloat16: UnsafePointer<ck_bfloat16>?

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

    /// The same kernels with products of bfloat16; nil where the processor has no unit for them, or a lower level than its
    /// own was asked for. The unit is what the environment's `SIMMER_BFLOAT16` asks for, where this processor has it; else
    /// the fastest.
    public var withBFloat16Products: Kernels? {
        let asked = getenv("SIMMER_BFLOAT16").flatMap { BFloat16Unit(rawValue: String(cString: $0)) }
        return asked.flatMap(with) ?? BFloat16Unit.allCases.reversed().lazy.compactMap(with).first
    }

    /// The same kernels with this unit's products of bfloat16; nil where the processor, or this level, has none.
    public func with(_ unit: BFloat16Unit) -> Kernels? {
        guard level == .v4, let products = ck_select_bfloat16(unit.rawValue) else { return nil }
        var kernels = self
        kernels.bfloat16 = products
        return kernels
    }

    /// What multiplies numbers of bfloat16; nil where none are.
    public var bfloat16Unit: BFloat16Unit? {
        bfloat16.flatMap { BFloat16Unit(rawValue: String(cString: $0.pointee.name)) }
    }

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
