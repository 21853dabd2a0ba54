import Recipes
import Storage
import Wire

/// Whose examples a call is about, with all that a worker needs to read them.
struct ExampleMaterial: Sendable {
    var recipe: Recipe
    /// With the recipe and its data; the task is set when a worker is started.
    var launch: LaunchMaterial
    /// The table's, of one owner's data.
    var key: String
    var answers: Answers?

    /// A checkpoint's answers to the same examples.
    struct Answers: Sendable {
        var key: String
        var checkpoint: Checkpoint
        var average: String?
    }

    /// What people have found in this data.
    var subject: CheckSubject { .data(key) }
}

extension Daemon {
    /// What the table of a recipe's examples is found by. Of one owner: nobody reads what another has made of a file that
    /// merely looks the same.
    nonisolated func exampleKey(
        _ recipe: Recipe, digests: [(path: String, digest: String)], owner uid: Int
    ) throws -> String {
        let wanted = Set(recipe.exampleFilePaths)
        let files = digests.filter { wanted.contains($0.path) }.sorted { $0.path < $1.path }
        let parts = [
            "examples 1", SimmerVersion.current, "\(uid)", try JSONValue(encoding: recipe.exampleData).canonicalText,
        ]
        return Fingerprint.sha256((parts + files.map { "\($0.path)=\($0.digest)" }).joined(separator: "\u{0}"))
    }

    nonisolated func exampleKey(of row: JobRow) throws -> String {
        try exampleKey(
            readRecipe(ofJob: row.id), digests: row.files.map { ($0.path, $0.digest) }, owner: row.ownerUid)
    }
}

extension Routes {
    /// - Throws: `StandardError.invalidParameter`, `recipeInvalid`, `badFileDescriptor`, `noSuchJob`, `notOwner`,
    ///   `noSuchCheckpoint`, and `incompatible` where the checkpoint has learned from other data.
    func material(of source: ExampleSource, _ request: Request<Caller>) async throws -> ExampleMaterial {
        let caller = request.context
        let descriptors = request.call.descriptors
        guard source.recipe == nil || source.job == nil else { throw StandardError.invalidParameter(parameter: "job") }
        return try await daemon.copying.run {
            var material: ExampleMaterial
            if let text = source.recipe {
                material = try self.material(text, source, descriptors, caller)
            } else {
                let job: JobRow
                if let name = source.job {
                    job = try own(name, caller)
                } else if let reference = source.checkpoint,
                    let id = try daemon.weights(reference, caller: caller).checkpoint.jobId
                {
                    job = try store.job(id: id)
                } else {
                    throw StandardError.invalidParameter(parameter: "source")
                }
                material = try self.material(job)
            }
            if let reference = source.checkpoint {
                material.answers = try answers(of: reference, to: material, caller)
            }
            return material
        }
    }

    private func material(
        _ text: String, _ source: ExampleSource, _ descriptors: [Descriptor], _ caller: Caller
    ) throws -> ExampleMaterial {
        let overrides = source.overrides ?? [:]
        let recipe = try Daemon.recipe(text, overrides)
        let files = source.files ?? []
        var digests: [(path: String, digest: String)] = []
        for path in recipe.exampleFilePaths {
            guard let file = files.first(where: { $0.path == path }), descriptors.indices.contains(file.fileDescriptor)
            else { throw SimmerError.badFileDescriptor(message: "No descriptor came for \(path).") }
            let descriptor = descriptors[file.fileDescriptor]
            try DescriptorCheck.readable(descriptor, what: path, limit: daemon.configuration.limits.dataBytes)
            if digests.contains(where: { $0.path == path }) { continue }
            digests.append((path, try daemon.examples.store.digest(ofFile: descriptor.raw, path: path)))
        }
        let known = files.filter { descriptors.indices.contains($0.fileDescriptor) }
        let assignment = Assignment(
            task: .tabulate(average: nil), recipe: text, overrides: overrides,
            files: known.enumerated().map { DataFile(path: $1.path, fileDescriptor: $0) },
            threads: daemon.defaultThreads, jobName: recipe.name)
        return ExampleMaterial(
            recipe: recipe,
            launch: LaunchMaterial(
                assignment: assignment, descriptors: known.map { descriptors[$0.fileDescriptor] }, findings: [],
                checkpoint: nil),
            key: try daemon.exampleKey(recipe, digests: digests, owner: caller.uid))
    }

    private func material(_ row: JobRow) throws -> ExampleMaterial {
        guard let facts = row.facts else {
            throw SimmerError.wrongState(job: row.name, state: row.state, allowed: [.queued, .running, .succeeded])
        }
        let input = try store.input(ofJob: row.id)
        var launch = LaunchMaterial(
            assignment: Assignment(
                task: .tabulate(average: nil), recipe: input.recipe, overrides: input.overrides, facts: facts,
                threads: daemon.defaultThreads, jobName: row.name),
            descriptors: [], findings: [], checkpoint: nil)
        try daemon.addFiles(row.files, to: &launch)
        return ExampleMaterial(
            recipe: try daemon.readRecipe(ofJob: row.id), launch: launch, key: try daemon.exampleKey(of: row))
    }

    private func answers(
        of reference: String, to material: ExampleMaterial, _ caller: Caller
    ) throws -> ExampleMaterial.Answers {
        let (checkpoint, average) = try daemon.weights(reference, caller: caller)
        guard let id = checkpoint.jobId else {
            throw SimmerError.incompatible(
                message: "The checkpoint has no job: there is no recipe that says what to do with its weights.",
                findings: [])
        }
        let row = try store.job(id: id)
        guard try daemon.exampleKey(of: row) == material.key else {
            throw SimmerError.incompatible(
                message: "\(reference) has learned from other examples, or from others of these.",
                findings: [
                    Finding(
                        severity: .info, code: "hint",
                        message: "name the job in the place of the recipe: 'simmer data find \(row.name) …'")
                ])
        }
        let key = Fingerprint.sha256("\(material.key) \(checkpoint.id) \(average ?? "none")")
        return ExampleMaterial.Answers(key: "\(material.key)-\(key)", checkpoint: checkpoint, average: average)
    }

    // MARK: Tables

    /// Reads the table of the examples, which a short worker makes first where there is none, or a damaged one.
    /// - Parameter tell: called before a worker is started.
    /// - Returns: what `body` gives, and what a person should know.
    func read<Result: Sendable>(
        _ material: ExampleMaterial, tell: () throws -> Void = {},
        _ body: @escaping @Sendable (ExampleReader) throws -> Result
    ) async throws -> (Result, [Finding]) {
        var findings: [Finding] = []
        let keys = [material.key] + (material.answers.map { [$0.key] } ?? [])
        // Once more where a table turns out damaged, or was swept in this moment.
        for attempt in 0..<3 {
            do {
                for key in keys {
                    let isThere = try await daemon.readers.run { try daemon.examples.store.open(key) != nil }
                    if isThere { continue }
                    try tell()
                    try await daemon.examples.build(key) { try await build(material, key) }
                }
                let result = try await daemon.readers.run { () -> Result? in
                    try daemon.examples.store.open(material.key, answers: material.answers?.key).map(body)
                }
                if let result { return (result, findings) }
            } catch let damage as ExampleDamage where attempt < 2 {
                daemon.note(.warning, "\(damage) It is made again.")
                for key in keys { daemon.examples.store.remove(key) }
                findings.append(
                    Finding(
                        severity: .warning, code: "examples.damaged", message: "\(damage) It was made again.",
                        hint: "The examples themselves are not touched by that; look at the disk if it happens again."))
            } catch let damage as ExampleDamage {
                throw SimmerError.storeDegraded(message: "\(damage)")
            } catch let failure as QueryFailure {
                throw SimmerError.incompatible(
                    message: "The question cannot be read: \(failure)", findings: [failure.finding])
            }
        }
        throw SimmerError.tooBusy(
            resource: "tables of examples", limit: daemon.examples.store.limits.files, retryAfterUsec: 1_000_000)
    }

    private func build(_ material: ExampleMaterial, _ key: String) async throws {
        var launch = material.launch
        var base: String?
        if let answers = material.answers, answers.key == key {
            guard let id = answers.checkpoint.jobId else { throw SimmerError.noSuchCheckpoint(checkpoint: key) }
            base = material.key
            launch = try await daemon.copying.run {
                try daemon.material(
                    of: answers.checkpoint, job: id, .tabulate(average: answers.average))
            }
        }
        let target = Descriptor(owning: try daemon.examples.store.scratchFile())
        launch.assignment.files.append(DataFile(path: "", fileDescriptor: launch.descriptors.count))
        launch.descriptors.append(target)
        let report = try await look(launch, material.recipe)
        guard case .tabulated = report else { throw try Self.refusal(report) }
        let of = base
        try await daemon.copying.run {
            do {
                try daemon.examples.store.add(from: target.raw, key: key, of: of)
            } catch let fault as ExampleTableFault {
                throw SimmerError.ioFailed(operation: fault.description, errno: 0, path: nil)
            }
        }
    }

    /// Runs a worker for somebody who waits.
    /// - Parameter recipe: nil where the work is about none.
    func look(
        _ launch: LaunchMaterial, _ recipe: Recipe?, ticket: ShortWorkers.Ticket = ShortWorkers.Ticket(),
        hear: @escaping @Sendable (WorkerReport) throws -> Void = { _ in }
    ) async throws -> WorkerReport {
        let limits = daemon.configuration.limits
        return try await daemon.lookers.run(
            launch.assignment, descriptors: launch.descriptors,
            memory: WorkerProgram.memory(inspecting: recipe, configured: limits.workerMemory),
            seconds: limits.inspectionSeconds, ticket: ticket, hear: hear)
    }
}
