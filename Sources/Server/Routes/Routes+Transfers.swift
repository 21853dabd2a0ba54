import Glibc
import Recipes
import Storage
import Wire

extension Routes {
    var transfers: [Route<Caller>] {
        [
            streaming(ExportCheckpoint.self) { input, request, responder in try await export(input, request, responder)
            },
            streaming(ImportCheckpoint.self) { input, request, responder in
                try await bring(input, request, responder)
            },
            streaming(BackupStore.self) { input, request, responder in try await backup(input, request, responder) },
            streaming(Scrub.self) { input, request, responder in try await scrub(input, request, responder) },
        ]
    }

    private func export(
        _ input: ExportCheckpoint.Input, _ request: Request<Caller>, _ responder: Responder<ExportCheckpoint.Output>
    ) async throws -> ExportCheckpoint.Output {
        let caller = request.context
        guard input.format != .native || input.average == nil else {
            throw StandardError.invalidParameter(parameter: "average")
        }
        if let temperature = input.temperature, !(0.05...20).contains(temperature) || input.format == .native {
            throw StandardError.invalidParameter(parameter: "temperature")
        }
        let (checkpoint, average, model) = try await daemon.readers.run {
            let parts = WeightsReference(input.checkpoint)
            guard parts.average == nil || input.average == nil && input.format != .native else {
                throw StandardError.invalidParameter(parameter: "average")
            }
            let checkpoint = try ownCheckpoint(parts.checkpoint, caller)
            let average = parts.average ?? input.average
            let model =
                input.format == .onnx
                ? try onnxModel(of: checkpoint, average: average, temperature: input.temperature) : nil
            if let average { try store.requireAverage(average, ofCheckpoint: checkpoint.id) }
            return (checkpoint, average, model)
        }
        let (target, path) = try exportTarget(input, request)
        do {
            let result = try await daemon.bulk.run {
                let progress = steps("export", caller) { try responder.report(.init(progress: $0)) }
                if let model {
                    return try store.exportONNX(checkpoint: checkpoint.id, model, to: target.raw, progress: progress)
                }
                return try store.exportSafetensors(
                    checkpoint: checkpoint.id, to: target.raw, full: input.format == .native, average: average,
                    temperature: input.temperature, progress: progress)
            }
            return .init(path: path, sizeBytes: result.sizeBytes, digest: result.digest)
        } catch {
            if let path { unlink(path) }
            throw error
        }
    }

    /// The network of a checkpoint's job: its recipe's layers, for the shapes and the scale of its data.
    private func onnxModel(
        of checkpoint: Checkpoint, average: String?, temperature: Double?
    ) throws -> ONNXModel {
        guard let job = checkpoint.jobId, let facts = try store.job(id: job).facts else {
            throw SimmerError.incompatible(
                message: "The checkpoint has no job: there is no recipe that says which layers its weights belong to.",
                findings: [
                    Finding(
                        severity: .info, code: "hint",
                        message: "start a job at its weights with `model.from`, and export that job's checkpoint")
                ])
        }
        return try ONNXModel(
            try daemon.readRecipe(ofJob: job), facts, average: average, temperature: temperature)
    }

    /// The caller's descriptor, or a new file in the caller's export directory.
    private func exportTarget(
        _ input: ExportCheckpoint.Input, _ request: Request<Caller>
    ) throws -> (Descriptor, String?) {
        if let index = input.fileDescriptor {
            let target = try request.descriptor(index)
            try DescriptorCheck.writable(target, what: "The file to export to")
            return (target, nil)
        }
        guard let name = input.fileName else { throw StandardError.invalidParameter(parameter: "fileDescriptor") }
        let folder = try UserFolder.open("exports", of: request.context.uid, state: daemon.options.stateDirectory)
        return try UserFolder.create(name, in: folder)
    }

    /// Tells the caller at most four times a second how far it is, and gives up when the caller is gone.
    func steps(
        _ operation: String, _ caller: Caller, _ send: @escaping (OperationProgress) throws -> Void
    ) -> ProgressHandler {
        var last = Clock.monotonic()
        return { done, total in
            if !caller.flow.isOpen { throw SimmerError.operationCancelled }
            let now = Clock.monotonic()
            guard now - last > 0.25 else { return }
            last = now
            try send(OperationProgress(operation: operation, phase: .working, doneBytes: done, totalBytes: total))
        }
    }

    private func bring(
        _ input: ImportCheckpoint.Input, _ request: Request<Caller>, _ responder: Responder<ImportCheckpoint.Output>
    ) async throws -> ImportCheckpoint.Output {
        let caller = request.context
        try await daemon.refuseWhenStopping()
        guard input.format ?? .safetensors == .safetensors else {
            throw SimmerError.incompatible(message: "This version imports safetensors only.", findings: [])
        }
        if let name = input.name, !Recipe.isValidName(name) { throw StandardError.invalidParameter(parameter: "name") }
        guard let index = input.fileDescriptor else {
            throw StandardError.invalidParameter(parameter: "fileDescriptor")
        }
        let source = try request.descriptor(index)
        try DescriptorCheck.readable(source, what: "The file to import", limit: daemon.configuration.limits.dataBytes)
        let checkpoint = try await daemon.bulk.run {
            try store.importSafetensors(
                from: source.raw, name: input.name, ownerUid: caller.uid, expectedDigest: input.expectedDigest,
                progress: steps("import", caller) { try responder.report(.init(progress: $0)) })
        }
        daemon.note(.notice, "uid \(caller.uid) imported checkpoint \(checkpoint.id)")
        return .init(checkpoint: checkpoint)
    }

    private func backup(
        _ input: BackupStore.Input, _ request: Request<Caller>, _ responder: Responder<BackupStore.Output>
    ) async throws -> BackupStore.Output {
        try request.context.requireAdmin()
        guard input.fileDescriptor == nil else {
            throw SimmerError.incompatible(
                message: "A backup is a folder, not one file.",
                findings: [
                    Finding(
                        severity: .info, code: "hint",
                        message: "give a name: the folder is made below backups/ of the state directory")
                ])
        }
        if let keep = input.keep, !(1...10_000).contains(keep) {
            throw StandardError.invalidParameter(parameter: "keep")
        }
        let backups = Backups(folder: daemon.options.stateDirectory + "/backups")
        let name = input.fileName ?? backups.newName
        guard UserFolder.isValid(name) else { throw StandardError.invalidParameter(parameter: "fileName") }
        do {
            let (path, size) = try await daemon.bulk.run {
                // A backup goes on when its caller has gone.
                let done = try backups.make(name) { path in
                    try store.backup(to: path, metadataOnly: input.metadataOnly ?? false) { done, total in
                        _ = try responder.send(
                            .init(
                                progress: OperationProgress(
                                    operation: "backup", phase: .working, doneBytes: done, totalBytes: total)))
                    }
                }
                if let keep = input.keep {
                    for name in try backups.rotate(keep: keep) { daemon.note(.info, "backup \(name) made room") }
                }
                return done
            }
            daemon.shared.withLock { $0.degraded["backup"] = nil }
            return .init(path: path, sizeBytes: size)
        } catch {
            await daemon.backupFailed(name, error)
            throw error
        }
    }

    private func scrub(
        _ input: Scrub.Input, _ request: Request<Caller>, _ responder: Responder<Scrub.Output>
    ) async throws -> Scrub.Output {
        if input.repair == true {
            try request.context.requireAdmin()
            throw SimmerError.incompatible(
                message: "This version reports damage and avoids it; it repairs nothing.",
                findings: [Finding(severity: .info, code: "hint", message: "run the scrub without repair")])
        }
        let result = try await daemon.bulk.run {
            var last = Clock.monotonic()
            return try store.scrub(maxBytesPerSecond: input.maxBytesPerSecond) { done, total in
                guard Clock.monotonic() - last > 0.25 else { return }
                last = Clock.monotonic()
                _ = try responder.send(
                    .init(
                        progress: OperationProgress(
                            operation: "scrub", phase: .working, doneBytes: done, totalBytes: total)))
            }
        }
        daemon.report(result)
        return .init(checkedBytes: result.checkedBytes, problems: result.problems)
    }
}

/// A user's folder below the state directory, for clients that cannot pass descriptors.
enum UserFolder {
    /// Opens `kind`/UID, mode 0700, making it where it is missing.
    static func open(_ kind: String, of uid: Int, state: String) throws -> (descriptor: Descriptor, path: String) {
        for path in ["\(state)/\(kind)", "\(state)/\(kind)/\(uid)"] where mkdir(path, 0o700) != 0 && errno != EEXIST {
            throw SimmerError.ioFailed(operation: "mkdir", errno: Int(errno), path: path)
        }
        let path = "\(state)/\(kind)/\(uid)"
        let folder = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard folder >= 0 else { throw SimmerError.ioFailed(operation: "open", errno: Int(errno), path: path) }
        return (Descriptor(owning: folder), path)
    }

    /// A new file; never through a link, never over another one.
    static func create(_ name: String, in folder: (descriptor: Descriptor, path: String)) throws -> (
        Descriptor, String?
    ) {
        guard isValid(name) else { throw StandardError.invalidParameter(parameter: "fileName") }
        let file = openat(folder.descriptor.raw, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o640)
        if file < 0, errno == EEXIST { throw SimmerError.fileExists(fileName: name) }
        guard file >= 0 else {
            throw SimmerError.ioFailed(operation: "open", errno: Int(errno), path: folder.path + "/" + name)
        }
        return (Descriptor(owning: file), folder.path + "/" + name)
    }

    /// `[A-Za-z0-9._-]{1,128}`, not beginning with a dot.
    static func isValid(_ name: String) -> Bool {
        guard (1...128).contains(name.utf8.count), !name.hasPrefix(".") else { return false }
        return name.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 46
                || byte == 95
                || byte == 45
        }
    }
}
