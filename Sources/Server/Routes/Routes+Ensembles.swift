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
                    isGreedy: input.greedy ?? false || input.snapshots != nil, calibrates: input.calibrate ?? false,
                    most: input.snapshots)
                guard EnsembleRequest.splits.contains(ensemble.split) else {
                    throw StandardError.invalidParameter(parameter: "split")
                }
                // Each is a descriptor of one message; nothing is read for more.
                guard input.members.count <= TeacherRecord.most else {
                    throw StandardError.invalidParameter(parameter: "members")
                }
                if let snapshots = input.snapshots {
                    guard (2...TeacherRecord.most).contains(snapshots) else {
                        throw StandardError.invalidParameter(parameter: "snapshots")
                    }
                    guard input.members.count == 1 else { throw StandardError.invalidParameter(parameter: "members") }
                }
                let (members, material) = try await daemon.copying.run {
                    let members =
                        input.snapshots == nil
                        ? try daemon.expanded(input.members)
                        : try daemon.snapshots(of: try own(input.members[0], request.context))
                    return (
                        members,
                        try daemon.material(of: members, ensemble, named: members, caller: request.context)
                    )
                }
                if responder.more {
                    try responder.report(
                        .init(
                            progress: OperationProgress(
                                operation: "ensemble", phase: .working, doneBytes: 0, totalBytes: nil,
                                message: "\(members.count) checkpoints")))
                }
                let report = try await run(material)
                guard case .combined(let measured) = report else { throw try Self.refusal(report) }
                return .init(ensemble: measured)
            }
        ]
    }
}
