import Recipes
import Tensors

extension Precision {
    /// The kernels that compute so.
    /// - Throws: `TrainingFailure` with `unsupported` where this process has none: it says what to do about it.
    func kernels(_ own: Kernels = .current) throws(TrainingFailure) -> Kernels {
        switch self {
        case .float32: return own
        case .bfloat16:
            guard let kernels = own.withBFloat16Products else {
                throw TrainingFailure(
                    code: .unsupported,
                    message: Self.message(own) + " Use a machine that has it, or go on without from a checkpoint: "
                        + "`simmer branch JOB@last --set precision=float32`.")
            }
            return kernels
        }
    }

    /// What keeps this process from computing so; nil where it can.
    /// - Parameter line: where the recipe has the key.
    public func finding(_ own: Kernels = .current, line: Int?) -> Finding? {
        guard self == .bfloat16, own.withBFloat16Products == nil else { return nil }
        return Finding(
            severity: .error, code: "precision.unsupported", message: Self.message(own),
            path: Finding.pointer("precision"), line: line,
            hint: "Write `precision: float32`, or use a machine that has it.")
    }

    private static func message(_ own: Kernels) -> String {
        let reason =
            own.level == .v4
            ? "this machine's has none."
            : "here simmer computes at level \(own.level.rawValue) (where there is a checkpoint, at its own), not at v4."
        return "`precision: bfloat16` needs a processor with AVX512-BF16, and \(reason)"
    }
}
