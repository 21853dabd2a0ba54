import Recipes
import Storage
import Wire

extension Routes {
    var checks: [Route<Caller>] {
        [
            streaming(RunChecks.self) { input, request, responder in
                let request = request
                let plan = try await plan(input, request)
                switch plan {
                case .refused(let findings): return .init(results: [], findings: findings)
                case .run(let material, let subject):
                    let results = try await daemon.runChecks(
                        material, CheckRequest(input.suite, only: input.only ?? []), of: subject,
                        owner: request.context.uid
                    ) { progress, results in
                        try responder.report(.init(progress: progress, results: results.isEmpty ? nil : results))
                    }
                    return .init(results: results)
                }
            },
            streaming(ListChecks.self) { input, request, responder in
                let caller = request.context
                let row = try await daemon.readers.run { try own(input.job, caller) }
                let isChecking = await daemon.isChecking(row.id)
                return .init(
                    report: try await daemon.readers.run { try daemon.checkReport(of: row, isChecking: isChecking) })
            },
            streaming(GetPictures.self) { input, request, responder in
                let caller = request.context
                let pictures = try await daemon.readers.run {
                    let row = try own(input.job, caller)
                    return try store.pictures(of: .job(row.id), check: input.check)
                        + store.pictures(of: try daemon.checkSubject(of: row), check: input.check)
                }
                if responder.more {
                    for picture in pictures.dropLast() { try responder.report(.init(picture: picture)) }
                }
                return .init(picture: pictures.last)
            },
            deciding(AcknowledgeChecks.self) { daemon, input, request in
                try daemon.acknowledge(
                    input, caller: request.context, request: try Self.key(input.requestId, request))
            },
        ]
    }

    private enum CheckPlan {
        /// The recipe or its data are wrong.
        case refused([Finding])
        case run(LaunchMaterial, CheckSubject)
    }

    private func plan(_ input: RunChecks.Input, _ request: Request<Caller>) async throws -> CheckPlan {
        let caller = request.context
        let unknown = (input.only ?? []).filter { CheckCatalogue.entry($0) == nil }
        guard unknown.isEmpty else {
            throw SimmerError.incompatible(
                message: "There is no check '\(unknown[0])': `simmer check --list` names them.", findings: [])
        }
        let suite = CheckRequest(input.suite, only: input.only ?? [])
        if let job = input.job {
            guard input.recipe == nil else { throw StandardError.invalidParameter(parameter: "recipe") }
            return try await daemon.copying.run {
                let row = try own(job, caller)
                var checkpoint: Checkpoint?
                if input.suite == .trained {
                    checkpoint = try store.checkpoint(input.checkpoint ?? "\(row.id)@last")
                    guard checkpoint?.jobId == row.id else {
                        throw StandardError.invalidParameter(parameter: "checkpoint")
                    }
                }
                let material = try daemon.checkMaterial(row, suite, checkpoint: checkpoint)
                return .run(material, checkpoint == nil ? try daemon.checkSubject(of: row) : .job(row.id))
            }
        }
        guard let text = input.recipe, input.suite == .cheap || input.suite == .full else {
            throw StandardError.invalidParameter(parameter: input.recipe == nil ? "recipe" : "suite")
        }
        let prepared = try await inspectedMaterial(
            text, overrides: input.overrides ?? [:], files: input.files ?? [], .check(suite), request)
        guard let recipe = prepared.recipe, let material = prepared.material else { return .refused(prepared.findings) }
        let descriptors = material.descriptors
        let files = material.assignment.files
        let subject = try await daemon.copying.run {
            try daemon.checkSubject(
                recipe,
                digests: try files.map { file in
                    (file.path, try Store.digest(ofFile: descriptors[file.fileDescriptor].raw, path: file.path))
                })
        }
        return .run(material, subject)
    }
}

extension Routes {
    /// As `recipeMaterial`, with the facts of an inspection, which says what is wrong with the data in words that name the
    /// place.
    /// - Returns: no material where something is wrong.
    func inspectedMaterial(
        _ text: String, overrides: [String: String], files: [DataFile], _ task: Assignment.Task,
        _ request: Request<Caller>
    ) async throws -> (recipe: Recipe?, findings: [Finding], material: LaunchMaterial?) {
        let prepared = try await recipeMaterial(text, overrides: overrides, files: files, task, request)
        guard let recipe = prepared.recipe, var material = prepared.material else {
            return (nil, prepared.findings, nil)
        }
        var inspection = material.assignment
        inspection.task = .inspect
        let limits = daemon.configuration.limits
        let report = try await daemon.shortWorkers.run(
            inspection, descriptors: material.descriptors,
            memory: WorkerProgram.memory(inspecting: recipe, configured: limits.workerMemory),
            seconds: limits.inspectionSeconds)
        guard case .inspected(let facts, let found, _) = report else { throw try Self.refusal(report) }
        guard let facts, !found.contains(where: { $0.severity == .error }) else {
            return (nil, prepared.findings + found, nil)
        }
        material.assignment.facts = facts
        return (recipe, prepared.findings + found, material)
    }
}

extension Daemon {
    func isChecking(_ job: Int) -> Bool { checking[job] != nil }
}
