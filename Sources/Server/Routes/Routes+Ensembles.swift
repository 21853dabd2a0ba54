import Recipes
import Storage
import Wire

extension Routes {
    /// Several checkpoints in one short worker, which is handed them as a student's worker is handed its teachers.
    var ensembles: [Route<Caller>] {
        [
            streaming(CreateEnsemble.self) { input, request, responder in
                let ensemble = EnsembleRequest(
                    method: input.method ?? .averageProbabilities, split: input.split ?? "validation",
                    isGreedy: input.greedy ?? false, calibrates: input.calibrate ?? false)
                guard EnsembleRequest.splits.contains(ensemble.split) else {
                    throw StandardError.invalidParameter(parameter: "split")
                }
                // Each is a descriptor of one message; nothing is read for more.
                guard input.members.count <= TeacherRecord.most else {
                    throw StandardError.invalidParameter(parameter: "members")
                }
                let material = try await members(input.members, ensemble, request.context)
                if responder.more {
                    try responder.report(
                        .init(
                            progress: OperationProgress(
                                operation: "ensemble", phase: .working, doneBytes: 0, totalBytes: nil,
                                message: "\(input.members.count) checkpoints")))
                }
                let report = try await run(material)
                guard case .combined(let measured) = report else { throw try Self.refusal(report) }
                return .init(ensemble: measured)
            }
        ]
    }

    /// The first one's recipe and data, and every one's weights.
    private func members(
        _ references: [String], _ ensemble: EnsembleRequest, _ caller: Caller
    ) async throws -> LaunchMaterial {
        try await daemon.copying.run {
            let records = try daemon.records(of: references, as: "member", caller: caller)
            var findings = ensemble.findings(of: records, named: references)
            if findings.isEmpty, ensemble.method == .averageWeights {
                findings = try lineageFindings(records, named: references)
            }
            guard findings.isEmpty, let first = records.first else {
                throw SimmerError.incompatible(
                    message: findings.first?.message ?? "There is no member.", findings: findings)
            }
            let checkpoint = try store.checkpoint(first.checkpoint)
            let files = try checkpoint.jobId.map { try store.job(id: $0).files } ?? []
            var material = LaunchMaterial(
                assignment: Assignment(
                    task: .combine(ensemble), recipe: first.recipe, overrides: first.overrides, facts: first.facts,
                    threads: daemon.defaultThreads, jobName: first.name),
                descriptors: [], findings: [], checkpoint: checkpoint)
            try daemon.addFiles(files, to: &material)
            for (path, descriptor) in try daemon.files(of: records) {
                material.assignment.files.append(
                    DataFile(path: path, fileDescriptor: material.descriptors.count))
                material.descriptors.append(descriptor)
            }
            return material
        }
    }

    /// Weights have a mean that is worth something only where they lie near each other, which those of one lineage do
    /// (Wortsman et al. 2022, arXiv:2203.05482; Frankle et al. 2020, arXiv:1912.05671).
    private func lineageFindings(_ records: [TeacherRecord], named references: [String]) throws -> [Finding] {
        let roots = try records.map { try root(of: $0.checkpoint) }
        return roots.indices.dropFirst().filter { roots[$0] == nil || roots[$0] != roots[0] }.map { index in
            Finding(
                severity: .error, code: "ensemble.lineage",
                message:
                    "`\(references[index])` and `\(references[0])` have no ancestor in common that the store knows "
                    + "of: networks that began apart have no mean.",
                hint: "Take checkpoints of one job, or of branches from it; or the mean of the probabilities.")
        }
    }

    /// The job whose first weights a checkpoint comes from; nil where a checkpoint on the way is gone.
    private func root(of checkpoint: String) throws -> Int? {
        guard var job = try store.checkpoint(checkpoint).jobId else { return nil }
        while let parent = try store.job(id: job).parentCheckpoint {
            do {
                guard let next = try store.checkpoint(parent).jobId else { return nil }
                job = next
            } catch SimmerError.noSuchCheckpoint {
                return nil
            }
        }
        return job
    }
}
