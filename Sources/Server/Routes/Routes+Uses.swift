import Recipes
import Storage
import Wire

extension Routes {
    /// Evaluate and predict: short workers with a checkpoint.
    var uses: [Route<Caller>] {
        [
            streaming(EvaluateCheckpoint.self) { input, request, responder in
                let split = input.split ?? "validation"
                guard ["training", "validation", "test"].contains(split) else {
                    throw StandardError.invalidParameter(parameter: "split")
                }
                let (checkpoint, material) = try await material(input.checkpoint, input.average, request.context) {
                    .evaluate(
                        split: split, average: $0, calibrates: input.calibrate ?? false,
                        adjusts: input.adjustBias ?? [])
                }
                if responder.more { try responder.report(.init(progress: waiting("evaluate", checkpoint))) }
                let report = try await run(material)
                guard case .evaluated(var evaluation) = report else { throw try Self.refusal(report) }
                evaluation.checkpoint = checkpoint.id
                return .init(evaluation: evaluation)
            },
            streaming(PredictCheckpoint.self) { input, request, responder in
                let offset = input.offset ?? 0
                let limit = input.limit ?? 100
                guard offset >= 0 else { throw StandardError.invalidParameter(parameter: "offset") }
                guard (1...1000).contains(limit) else { throw StandardError.invalidParameter(parameter: "limit") }
                let file = try request.descriptor(input.file.fileDescriptor)
                try DescriptorCheck.readable(file, what: input.file.path, limit: daemon.configuration.limits.dataBytes)
                var (checkpoint, material) = try await material(input.checkpoint, input.average, request.context) {
                    .predict(average: $0, offset: offset, limit: limit)
                }
                material.assignment.files.append(
                    DataFile(path: input.file.path, fileDescriptor: material.descriptors.count))
                material.descriptors.append(file)
                if responder.more {
                    try responder.report(.init(progress: waiting("predict", checkpoint), predictions: []))
                }
                let report = try await run(material)
                guard case .predicted(let predictions) = report else { throw try Self.refusal(report) }
                return .init(predictions: predictions)
            },
        ]
    }

    private func waiting(_ operation: String, _ checkpoint: Checkpoint) -> OperationProgress {
        OperationProgress(operation: operation, phase: .working, doneBytes: 0, totalBytes: checkpoint.sizeBytes)
    }

    /// What a worker needs to use a checkpoint: its job's recipe and data, its bytes.
    /// - Parameters:
    ///   - average: asked for beside the reference, which may name one as well.
    ///   - task: for the average that is meant; nil for the raw weights.
    private func material(
        _ reference: String, _ average: String?, _ caller: Caller,
        task: @escaping @Sendable (String?) -> Assignment.Task
    ) async throws -> (Checkpoint, LaunchMaterial) {
        try await daemon.copying.run {
            let (checkpoint, named) = try daemon.weights(reference, caller: caller)
            if named != nil, average != nil { throw StandardError.invalidParameter(parameter: "average") }
            let average = average == "none" ? nil : average
            if let average { try store.requireAverage(average, ofCheckpoint: checkpoint.id) }
            guard let id = checkpoint.jobId else {
                throw SimmerError.incompatible(
                    message: "The checkpoint has no job: there is no recipe that says what to do with its weights.",
                    findings: [])
            }
            return (checkpoint, try daemon.material(of: checkpoint, job: id, task(named ?? average)))
        }
    }

    func run(_ material: LaunchMaterial) async throws -> WorkerReport { try await daemon.runShort(material) }

    /// A worker's refusal as an error of the interface.
    static func refusal(_ report: WorkerReport) throws -> SimmerError {
        guard case .failed(_, let message, let findings) = report else { throw ShortWorkDied(job: "evaluation") }
        return .incompatible(message: message, findings: findings)
    }
}
