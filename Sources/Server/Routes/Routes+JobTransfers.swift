import Glibc
import Recipes
import Storage
import Wire

extension Routes {
    /// Jobs on their way to another store.
    var jobTransfers: [Route<Caller>] {
        [
            streaming(ExportJob.self) { input, request, responder in
                let caller = request.context
                let row = try await daemon.readers.run { try own(input.job, caller) }
                let target = try request.descriptor(input.fileDescriptor)
                try DescriptorCheck.writable(target, what: "The file to export to")
                let result = try await daemon.bulk.run {
                    try store.exportJob(
                        row.id, to: target.raw, withoutData: input.withoutData ?? false,
                        require: { try caller.require(owner: $0) },
                        progress: steps("export", caller) { try responder.report(.init(progress: $0)) })
                }
                daemon.note(.notice, job: row.id, name: row.name, "uid \(caller.uid) exported job \(row.name)")
                return .init(
                    sizeBytes: result.file.sizeBytes, digest: result.file.digest, checkpoints: result.checkpoints,
                    dataFiles: result.dataFiles, others: result.others.isEmpty ? nil : result.others)
            },
            streaming(ImportJob.self) { input, request, responder in try await bring(input, request, responder) },
        ]
    }

    private func bring(
        _ input: ImportJob.Input, _ request: Request<Caller>, _ responder: Responder<ImportJob.Output>
    ) async throws -> ImportJob.Output {
        let caller = request.context
        try await daemon.refuseWhenStopping()
        if let name = input.name, !Recipe.isValidName(name) { throw StandardError.invalidParameter(parameter: "name") }
        let key = try Self.key(input.requestId, request)
        let source = try request.descriptor(input.fileDescriptor)
        try DescriptorCheck.readable(source, what: "The file to import")
        try Self.requireExport(source)
        try requireRoom(for: source)
        let row = try await daemon.bulk.run {
            try store.importJob(
                from: source.raw, name: input.name, ownerUid: caller.uid, expectedDigest: input.expectedDigest,
                request: key,
                // Who knows a file's digest has not shown that the file is theirs.
                mayUse: { try caller.role == .admin || store.hasDataFile($0, ownerUid: caller.uid) },
                mayHandle: { caller.mayHandle(owner: $0) },
                progress: steps("import", caller) { try responder.report(.init(progress: $0)) },
                judge: { try judge($0, caller) })
        }
        daemon.note(.notice, job: row.id, name: row.name, "uid \(caller.uid) imported job \(row.name)")
        let others = try await daemon.readers.run { try store.companions(ofJob: row.id) }
        for row in [row] + others {
            await daemon.keepLine(
                job: row.id, priority: 5, step: row.progress?.step, "The job came from another store.")
        }
        return .init(
            job: named(try store.summary(ofJob: row.id)), findings: [],
            others: others.isEmpty ? nil : others.map(\.name))
    }

    /// Any other file would be too short for an export, or have something wrong with it at some byte.
    private static func requireExport(_ source: Descriptor) throws {
        let name = Array("job.json".utf8)
        var beginning = [UInt8](repeating: 0, count: name.count)
        let count = pread(source.raw, &beginning, beginning.count, 0)
        guard count >= 0 else { throw SystemFailure("pread", errno: errno, path: "The file to import") }
        // One that was cut off within the name is still one.
        guard count > 0, name.starts(with: beginning[..<count]) else {
            throw SimmerError.badFile(
                message: "The file is \(count == 0 ? "empty: it is " : "")not a job that simmer exported.",
                findings: [
                    Finding(
                        severity: .info, code: "hint",
                        message: "`simmer job export` writes one. A recipe is queued by `simmer submit`; weights are "
                            + "imported by `simmer checkpoint import`.")
                ])
        }
    }

    /// A copy of the file, and what is in it, beside what the configuration wants left free.
    private func requireRoom(for source: Descriptor) throws {
        var file = stat()
        let path = daemon.options.stateDirectory
        guard fstat(source.raw, &file) == 0, let free = freeBytes(of: path) else {
            throw SystemFailure("statvfs", errno: errno, path: path)
        }
        let needed = 2 * Int(file.st_size) + daemon.configuration.store.reserve
        if needed > free { throw SimmerError.noSpace(path: path, neededBytes: needed, freeBytes: free) }
    }

    /// What a submission would be refused for, an import is refused for.
    private func judge(_ arrived: ArchivedJob, _ caller: Caller) throws {
        let job = arrived.job
        func refuse(_ message: String) -> SimmerError {
            .badFile(
                message: "The job in the file (simmer \(arrived.simmer)) cannot be taken: \(message)",
                findings: [
                    Finding(severity: .info, code: "hint", message: "Nothing was imported. Export the job again.")
                ])
        }
        guard Recipe.isValidName(job.name) else { throw refuse("its name is none that a job can have.") }
        if let large = job.files.first(where: { $0.sizeBytes > daemon.configuration.limits.dataBytes }) {
            throw SimmerError.quotaExceeded(
                resource: "data file bytes", limit: daemon.configuration.limits.dataBytes, used: large.sizeBytes)
        }
        let (recipe, findings) = Recipe.read(arrived.input.recipe, overrides: arrived.input.overrides)
        guard let recipe else { throw SimmerError.recipeInvalid(findings: findings) }
        let refused = daemon.commandFindings(recipe, uid: caller.uid)
        guard refused.isEmpty else { throw SimmerError.recipeInvalid(findings: findings + refused) }
        if let plan = job.plan {
            do { _ = try MessageCoding.decode(PlanSummary.self, from: Array(plan.utf8)) } catch {
                throw refuse("its plan cannot be read (\(error)).")
            }
        }
        do { try job.requireReadableNotes() } catch {
            throw refuse("what was watched of it cannot be read (\(error)).")
        }
        if job.isWhole, let report = job.report {
            do { try MeasuredReport.judge(report, of: job.kind) } catch {
                throw refuse("its report cannot be read (\(error)).")
            }
        }
        guard let facts = job.facts else {
            // Only what never came so far has none.
            guard job.state.isEnded else { throw refuse("its data was never measured.") }
            return
        }
        guard facts.isPlausible else { throw refuse("what it says of its data makes no sense.") }
        let errors = recipe.resolve(for: facts).findings.filter { $0.severity == .error }
        guard errors.isEmpty else { throw SimmerError.recipeInvalid(findings: errors) }
    }
}

extension DataFacts {
    /// Shapes and counts that sizes can be computed from without an overflow.
    fileprivate var isPlausible: Bool {
        let size = inputShape.reduce(1.0) { $0 * Double($1) }
        let outputs =
            switch target {
            case .classes(let names): names.count
            case .numbers(let count): count
            }
        return (1...8).contains(inputShape.count) && inputShape.allSatisfy { $0 > 0 } && size <= 2_147_483_648
            && (1...1 << 24).contains(outputs) && (1...1 << 24).contains(targetsPerExample)
            && [trainingCount, validationCount, testCount].allSatisfy { (0...1 << 40).contains($0) }
            && (0...trainingCount).contains(madeCount ?? 0) && classCounts.allSatisfy { (0...1 << 40).contains($0) }
    }
}
