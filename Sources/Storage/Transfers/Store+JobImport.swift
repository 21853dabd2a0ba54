import Foundation
import GRDB
import Recipes

extension Store {
    /// Takes a job that another store exported: first everything is read and compared, then everything is kept, or
    /// nothing.
    ///
    /// The job comes in paused, or ended as it was, under a new id, and with it the jobs that it is made of; checkpoints
    /// keep their ids unless this store has them already. What names jobs of the other store by number (dependencies, the
    /// trunk of a cooldown) is left there, unless that job has come along.
    /// - Parameters:
    ///   - name: refused where an unended job has it; nil takes the job's own, with `-2` and so on where any job has it.
    ///   - mayUse: whether the new owner may have a data file of this store that did not come with the job.
    ///   - mayHandle: whether the new owner may have what belongs to this one: a checkpoint of this store that the job
    ///     branched from, where it did not come with the job.
    ///   - judge: sees every job before anything is kept; what it throws refuses them all.
    /// - Throws: `badFile` with what stands at which byte; `badFileDescriptor`, `checkpointCorrupt` where
    ///   `expectedDigest` differs, `jobExists`, `noSpace`, `ioFailed`, what `progress` and `judge` throw.
    public func importJob(
        from descriptor: Int32, name: String?, ownerUid: Int, expectedDigest: String? = nil,
        request: RequestKey? = nil, mayUse: (JobFile) throws -> Bool, mayHandle: (_ owner: Int) -> Bool,
        progress: ProgressHandler? = nil, judge: (ArchivedJob) throws -> Void
    ) throws -> JobRow {
        if let request, let known = try answer(to: request, as: Int.self) { return try job(id: known) }
        try checkWritable()
        let copy = try makeUnnamedFile(in: directory)
        defer { closeDescriptor(copy) }
        // Twice over: copied, then read.
        let (size, digest) = try copyHashed(from: descriptor, to: copy, path: directory) { done, total in
            try progress?(done, 2 * total)
        }
        if let expectedDigest, Digest(text: expectedDigest) != digest {
            throw SimmerError.badFile(
                message: "The file has digest \(digest.text), not the expected \(expectedDigest).",
                findings: [JobArchiveReader.again])
        }
        let reader = try JobArchiveReader(copy, size: size) { done, total in try progress?(total + done, 2 * total) }
        var arrival = try JobArrival(reader)
        let missing = arrival.files.filter { !reader.has(JobArchive.data($0.digest)) }
        for file in missing { try requireDataFile(file, mayUse) }
        for one in arrival.jobs {
            try judge(
                ArchivedJob(
                    simmer: arrival.archive.simmer, job: one.job, input: one.input,
                    missingFiles: one.job.files.filter { !reader.has(JobArchive.data($0.digest)) }))
        }
        if let name { arrival.name = name }

        publishing.lock()
        defer { publishing.unlock() }
        do {
            for file in arrival.files where !missing.contains(file) {
                let place = try reader.place(of: JobArchive.data(file.digest))
                try addDataFile(digest: file.digest, from: copy, at: place.offset, size: place.size)
            }
            try storeChunks(of: arrival, reader, from: copy)
            let (id, sequence) = try write { transaction in
                if let request, let known = try transaction.answer(to: request, as: Int.self) { return (known, 0) }
                let id = try transaction.insert(
                    arrival, reader, isNameGiven: name != nil, ownerUid: ownerUid, mayHandle)
                if let request { try transaction.remember(request, answer: id) }
                return (id, try transaction.advanceSequence())
            }
            if sequence > 0 { settle(sequence) }
            return try job(id: id)
        } catch {
            // The sweep removes what nothing refers to; data files go after the grace by themselves.
            noteGarbage(arrival.pieces.map(\.digest), after: error)
            throw error
        }
    }

    private func requireDataFile(_ file: JobFile, _ mayUse: (JobFile) throws -> Bool) throws {
        let refusal = SimmerError.badFile(
            message: "The job needs the data file \(file.path) (sha256:\(file.digest)), which neither came with it nor"
                + " belongs to a job of yours here.",
            findings: [
                Finding(
                    severity: .info, code: "hint",
                    message: "Export the job again without --without-data, or submit a job with that file here first.")
            ])
        guard try mayUse(file) else { throw refusal }
        do {
            closeDescriptor(try openDataFile(file))
        } catch let error as SimmerError where error.isDamage {
            throw refusal
        }
    }

    private func storeChunks(of arrival: JobArrival, _ reader: JobArchiveReader, from copy: Int32) throws {
        let places = try arrival.pieces.map { piece in
            let place = try reader.place(of: JobArchive.chunk(piece.digest))
            return PiecePipeline.Piece(offset: place.offset, size: place.size)
        }
        let pipeline = PiecePipeline(pieces: places, descriptor: copy)
        let (digests, _) = try translating(chunks.path) { try pipeline.run(into: chunks) }
        guard digests.map(\.hex) == arrival.pieces.map(\.digest) else {
            throw SimmerError.ioFailed(operation: "pread: the file was read differently twice", errno: 0, path: nil)
        }
    }

    private func noteGarbage(_ digests: [String], after error: any Error) {
        do {
            try write { transaction in
                for digest in digests.compactMap(Digest.init(text:)) {
                    try transaction.database.execute(
                        sql: "INSERT OR IGNORE INTO garbage(digest) VALUES (?)", arguments: [digest.data])
                }
            }
        } catch let second {
            addDegraded(
                "garbage_left",
                "An import failed (\(error)), and what it left could not be noted (\(second)): its chunks stay until"
                    + " there are as many others.")
        }
    }
}

/// A job that has come whole, with those that belong to it, before they are kept.
struct JobArrival {
    let archive: JobArchive
    var name: String
    /// The one that was asked for first.
    let jobs: [JobArchive.Companion]
    /// Of each job, parallel to its checkpoints.
    let manifests: [[Manifest]]
    /// Each piece of all checkpoints once, in their order.
    let pieces: [Manifest.Piece]
    /// The data of all jobs, each content once.
    let files: [JobFile]

    /// - Throws: `badFile` where the file contradicts itself or holds numbers that no store wrote.
    init(_ reader: JobArchiveReader) throws {
        let archive = reader.archive
        self.archive = archive
        name = archive.job.name
        jobs = archive.jobs
        guard archive.archive > 1 || archive.others == nil, jobs.count <= 10_000,
            Set(jobs.map(\.job.id)).count == jobs.count
        else { throw Self.refusal("its list of jobs contradicts itself") }
        if archive.archive == 1, archive.job.isWhole, archive.job.startedUsec != nil {
            throw Self.lacksItsParts(archive)
        }
        manifests = try jobs.map { one in
            try one.job.requirePlausible()
            guard one.checkpoints.dropFirst().allSatisfy(\.isOwn),
                one.checkpoints.first.map({ $0.isOwn || $0.id == one.job.parentCheckpoint }) ?? true,
                Set(one.checkpoints.map(\.id)).count == one.checkpoints.count
            else { throw Self.refusal("its list of checkpoints contradicts itself") }
            return try one.checkpoints.map { try Self.manifest(of: $0, reader) }
        }
        var seen: Set<String> = []
        pieces = manifests.flatMap { $0.flatMap(\.pieces) }.filter { seen.insert($0.digest).inserted }
        files = Self.once(jobs.flatMap(\.job.files))
    }

    /// Taken all the same it would be a success of nothing, or be trained anew from the first step.
    private static func lacksItsParts(_ archive: JobArchive) -> SimmerError {
        .badFile(
            message:
                "The file holds the \(archive.job.kind.rawValue) \(archive.job.name) without the jobs that it is made "
                + "of: simmer \(archive.simmer), which wrote it, left them behind.",
            findings: [
                Finding(
                    severity: .info, code: "hint",
                    message: "Nothing was imported. Export it again with a newer simmer, where it was trained.")
            ])
    }

    private static func manifest(of checkpoint: ArchivedCheckpoint, _ reader: JobArchiveReader) throws -> Manifest {
        let entry = JobArchive.manifest(checkpoint.manifest)
        let bytes = try reader.bytes(of: entry)
        guard Digest(of: bytes).hex == checkpoint.manifest else { throw refusal("'\(entry)' has another digest") }
        let manifest = try JobArchiveReader.decode(Manifest.self, bytes, at: try reader.place(of: entry).offset)
        let id = checkpoint.id.prefix(12)
        let snapshot = manifest.snapshot
        guard manifest.version == 1, manifest.tensors.count == snapshot.tensors.count,
            snapshot.step == checkpoint.step, snapshot.cause.rawValue == checkpoint.cause,
            Set(snapshot.tensors.map(\.name)).count == snapshot.tensors.count
        else { throw refusal("the manifest of checkpoint \(id) contradicts itself") }
        var total = 0
        for (tensor, record) in zip(manifest.tensors, snapshot.tensors) {
            guard (0...Int(1) << 50).contains(record.byteCount), record.byteCount == record.expectedByteCount,
                tensor.chunks.count == (record.byteCount + ChunkStore.pieceSize - 1) / ChunkStore.pieceSize,
                (0...Int(1) << 50).contains(record.offset), tensor.chunks.allSatisfy({ Digest(text: $0)?.hex == $0 })
            else { throw refusal("the manifest of checkpoint \(id) contradicts itself at '\(record.name)'") }
            // Each piece is named in the manifest, so that no manifest that is read comes near an overflow.
            total += record.byteCount
        }
        // What a resume asks memory for: tensors may have gaps between them, but no more than that.
        guard total == checkpoint.sizeBytes,
            snapshot.tensors.allSatisfy({ $0.offset + $0.byteCount <= 2 * total + (64 << 20) })
        else { throw refusal("the sizes of checkpoint \(id) do not fit its tensors") }
        for piece in manifest.pieces {
            guard try reader.place(of: JobArchive.chunk(piece.digest)).size == piece.size else {
                throw refusal("a chunk of checkpoint \(id) has another size")
            }
        }
        try checkpoint.requirePlausible()
        let row = checkpoint.row(sequence: 0, id: checkpoint.id, job: nil, jobName: nil, ownerUid: 0, newBytes: 0)
        if let problem = manifest.contradictions(to: row, references: manifest.pieces.map(\.digest)).first {
            throw refusal(problem.message)
        }
        return manifest
    }

    static func once(_ files: [JobFile]) -> [JobFile] {
        var seen: Set<String> = []
        return files.filter { seen.insert($0.digest).inserted }
    }

    static func refusal(_ what: String) -> SimmerError {
        .badFile(message: "The file cannot be a job that simmer exported: \(what).", findings: [JobArchiveReader.again])
    }
}

extension Reason {
    /// - Parameter isLinked: whether all that it asks has come along.
    fileprivate init(ofImported job: JobRow, isLinked: Bool, since: Int) {
        if job.kind == .squeeze, !isLinked {
            self.init(code: "dependency_failed", message: JobRow.isSqueezedElsewhere, sinceUsec: since)
        } else {
            self.init(
                code: "imported", message: "It came from another store; `simmer resume` lets it go on.",
                sinceUsec: since)
        }
    }
}

/// A time or a count that arithmetic can go on with, in microseconds or steps.
private func isPlausible(_ numbers: Int?...) -> Bool { numbers.allSatisfy { (0...Int(1) << 53).contains($0 ?? 0) } }

extension ArchivedCheckpoint {
    fileprivate func requirePlausible() throws {
        guard isPlausible(step, createdUsec, sizeBytes, bestStep), id.count == 32, [UInt8](hex: id) != nil,
            parents.allSatisfy({ $0.count == 32 && [UInt8](hex: $0) != nil }), parents.count <= 64
        else { throw JobArrival.refusal("what it says of checkpoint \(id.prefix(12)) makes no sense") }
        _ = try JobArchiveReader.decode([MetricValue].self, Array(metrics.utf8), at: 0)
        for tag in tags { try CheckpointTag.check(tag) }
    }

    fileprivate func row(sequence: Int, id: String, job: Int?, jobName: String?, ownerUid: Int, newBytes: Int)
        -> CheckpointRow
    {
        CheckpointRow(
            sequence: sequence, id: id, job: job, jobName: jobName, ownerUid: ownerUid, step: step, cause: cause,
            createdUsec: createdUsec, sizeBytes: sizeBytes, newBytes: newBytes, digest: digest,
            weightsDigest: weightsDigest, metrics: metrics, best: best, bestStep: bestStep,
            manifestDigest: Digest(text: manifest) ?? Digest(of: []), complete: true, pinned: pinned, exported: false,
            verifyState: .unverified, verifiedUsec: nil, deletedUsec: nil)
    }
}

extension JobRow {
    fileprivate func requirePlausible() throws {
        let policy = [keep.last, keep.best, keep.hourly, keep.daily, keep.weekly]
        guard
            isPlausible(
                createdUsec, startedUsec, endedUsec, activeUsec, restarts, generation, lastCheckpointUsec,
                lastCheckpointStep, progress?.step, progress?.totalSteps, progress?.samplesSeen, progress?.tokensSeen,
                progress?.etaUsec, progress?.stalledForUsec),
            (-1_000...1_000).contains(priority), policy.allSatisfy({ (0...1_000_000).contains($0) }),
            changes.allSatisfy({ isPlausible($0.step) }), files.count <= 100_000,
            files.allSatisfy({ isPlausible($0.sizeBytes) && Digest(text: $0.digest)?.hex == $0.digest }),
            labels.count <= 64, labels.allSatisfy({ $0.key.count <= 64 && $0.value.count <= 256 }),
            state != .preparing, UUID(uuidString: uuid) != nil, hasPlausibleNotes
        else { throw JobArrival.refusal("what it says of the job makes no sense") }
    }
}

extension StoreTransaction {
    /// Everything of the jobs, in this transaction.
    /// - Returns: the id here of the one that was asked for.
    fileprivate func insert(
        _ arrival: JobArrival, _ reader: JobArchiveReader, isNameGiven: Bool, ownerUid: Int,
        _ mayHandle: (Int) -> Bool
    ) throws -> Int {
        var known = KnownHere()
        for one in arrival.jobs {
            for checkpoint in one.checkpoints where checkpoint.isOwn { known.trainers[checkpoint.id] = one.job.id }
        }
        for index in arrival.jobs.indices {
            try insert(
                arrival, index, reader, &known, isNameGiven: isNameGiven && index == 0, ownerUid: ownerUid, mayHandle)
        }
        for one in arrival.jobs where one.job.isWhole {
            guard let id = known.jobs[one.job.id] else { continue }
            let source = one.job.notes[JobRow.squeezedNote].flatMap { Int($0) }.flatMap { known.jobs[$0] }
                .flatMap { $0 == id ? nil : $0 }
            _ = try updateJob(id) { row in
                row.report = try known.report(of: one.job, among: arrival.jobs.map(\.job))
                row.notes[JobRow.squeezedNote] = source.map(String.init)
                if !row.state.isEnded {
                    row.reason = Reason(ofImported: one.job, isLinked: source != nil, since: now)
                }
            }
        }
        return known.jobs[arrival.archive.job.id] ?? 0
    }

    private func insert(
        _ arrival: JobArrival, _ index: Int, _ reader: JobArchiveReader, _ known: inout KnownHere, isNameGiven: Bool,
        ownerUid: Int, _ mayHandle: (Int) -> Bool
    ) throws {
        let one = arrival.jobs[index]
        let old = one.job
        let first = arrival.archive.job
        let name =
            index == 0 ? arrival.name : old.named(after: known.names[first.id] ?? first.name, insteadOf: first.name)
        var new = NewJob(
            name: isNameGiven ? name : nil, defaultName: name, ownerUid: ownerUid, recipe: one.input.recipe,
            recipeDigest: one.input.recipeDigest)
        new.kind = old.kind
        new.state = old.state.isEnded ? old.state : .paused
        new.desired = old.state.isEnded ? old.desired : .pause
        new.priority = old.priority
        new.labels = old.labels
        new.overrides = one.input.overrides
        new.files = old.files
        new.facts = old.facts
        new.findings = old.findings
        new.changes = old.changes
        new.bestMetric = old.bestMetric
        new.bestIsHigher = old.bestIsHigher
        new.keep = old.keep
        let job = try insertJob(new)
        known.jobs[old.id] = job.id
        if old.isWhole { known.wholes.insert(old.id) }
        known.names[old.id] = job.name
        try insertCheckpoints(of: one, arrival.manifests[index], reader, job: job, &known, mayHandle)
        if let parent = old.parentCheckpoint, known.checkpoints[parent] == nil {
            try requireHandled(parent, of: old, mayHandle)
        }
        let links = known.links(of: old)
        let isUuidFree =
            try Int.fetchOne(database, sql: "SELECT 1 FROM job WHERE uuid = ?", arguments: [old.uuid]) == nil
        _ = try updateJob(job.id, event: .state, message: "imported") { row in
            if isUuidFree { row.uuid = old.uuid }
            row.createdUsec = old.createdUsec
            row.startedUsec = old.startedUsec
            row.endedUsec = old.endedUsec
            row.activeUsec = old.activeUsec
            row.restarts = old.restarts
            row.progress = old.progress
            row.progress?.stepsPerSecond = nil
            row.progress?.etaUsec = nil
            row.reason = old.state.isEnded ? old.reason : Reason(ofImported: old, isLinked: false, since: now)
            row.plan = old.plan
            row.environment = old.environment
            // One that did not come along may be here already.
            row.parentCheckpoint = old.parentCheckpoint.map { known.checkpoints[$0] ?? $0 }
            row.lastCheckpoint = old.lastCheckpoint.flatMap { known.checkpoints[$0] }
            row.lastCheckpointUsec = row.lastCheckpoint == nil ? nil : old.lastCheckpointUsec
            row.lastCheckpointStep = row.lastCheckpoint == nil ? nil : old.lastCheckpointStep
            row.notes = old.arrivingNotes.merging(links) { $1 }
        }
        try insertRecords(of: one, at: index, reader, job: job.id, name: job.name, partOf: links[JobRow.wholeNote])
    }

    /// Who knows a checkpoint's id has not shown that it is theirs, and a branch begins with its weights.
    private func requireHandled(_ checkpoint: String, of job: JobRow, _ mayHandle: (Int) -> Bool) throws {
        let owner = try Int.fetchOne(
            database, sql: "SELECT owner_uid FROM checkpoint WHERE id = ?", arguments: [checkpoint])
        guard let owner, !mayHandle(owner) else { return }
        throw SimmerError.badFile(
            message: "The job \(job.name) branched from checkpoint \(checkpoint.prefix(12)), which did not come with it"
                + " and is another user's here.",
            findings: [
                Finding(
                    severity: .info, code: "hint",
                    message: "Nothing was imported. Export the job where the checkpoint is whole: it comes along then.")
            ])
    }

    private func insertCheckpoints(
        of one: JobArchive.Companion, _ manifests: [Manifest], _ reader: JobArchiveReader, job: JobRow,
        _ known: inout KnownHere, _ mayHandle: (Int) -> Bool
    ) throws {
        for (checkpoint, manifest) in zip(one.checkpoints, manifests) {
            // It came with the job that it is of, or with another branch.
            if !checkpoint.isOwn, known.checkpoints[checkpoint.id] != nil { continue }
            let isTaken = try Int.fetchOne(
                database, sql: "SELECT 1 FROM checkpoint WHERE id = ?", arguments: [checkpoint.id])
            // The checkpoint that it branched from is the same one wherever it is, if it is made of the same bytes.
            // Another user's stays theirs alone: to keep, to delete and to export.
            if isTaken != nil, !checkpoint.isOwn {
                let here = try CheckpointRow.find(database, id: checkpoint.id)
                if here.isUsable, here.manifestDigest.hex == checkpoint.manifest, mayHandle(here.ownerUid) {
                    known.checkpoints[checkpoint.id] = checkpoint.id
                    continue
                }
            }
            let last = try Int.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'checkpoint'") ?? 0
            let digest = Digest(text: checkpoint.digest) ?? Digest(of: [])
            let id =
                isTaken == nil
                ? checkpoint.id
                : CheckpointRow.newId(digest: digest, sequence: last + 1, store: store.uuidBytes)
            known.checkpoints[checkpoint.id] = id
            let new = manifest.pieces.filter { known.pieces.insert($0.digest).inserted }
            var row = checkpoint.row(
                sequence: last + 1, id: id, job: checkpoint.isOwn ? job.id : nil,
                jobName: checkpoint.isOwn ? job.name : checkpoint.jobName, ownerUid: job.ownerUid,
                newBytes: new.reduce(0) { $0 + $1.size })
            if !checkpoint.isOwn { row.pinned = false }
            let bytes = try reader.bytes(of: JobArchive.manifest(checkpoint.manifest))
            guard Digest(of: bytes) == row.manifestDigest else {
                throw SimmerError.ioFailed(operation: "pread: the file was read differently twice", errno: 0, path: nil)
            }
            try row.insert(database, manifest: Data(bytes))
            try insertReferences(of: manifest, checkpoint: id)
            try insertParents(checkpoint.parents.map { known.checkpoints[$0] ?? $0 }, checkpoint: id)
            if checkpoint.isOwn { for tag in checkpoint.tags { try setTag(tag, on: row, move: false) } }
        }
    }

    private func insertRecords(
        of one: JobArchive.Companion, at index: Int, _ reader: JobArchiveReader, job: Int, name: String, partOf: String?
    ) throws {
        func entry(_ name: String) -> String { JobArchive.entry(name, ofJob: index) }
        var series: [String: Int] = [:]
        func id(of name: String) throws -> Int {
            if let known = series[name] { return known }
            guard name.utf8.count <= 200, series.count < 10_000 else {
                throw JobArrival.refusal("it has metrics with names that no recipe gives")
            }
            let made = try MetricRows.makeSeries(name, job: job, database)
            series[name] = made
            return made
        }
        let names = one.series
        var ends: [Int: Int] = [:]
        try reader.forEachLine(of: entry(JobArchive.buckets), as: MetricBucket.self) { bucket in
            guard names.indices.contains(bucket.series) else { throw JobArrival.refusal("a bucket has no metric") }
            guard isPlausible(bucket.first, bucket.last, bucket.timeUsec, bucket.rows, bucket.finite),
                bucket.first <= bucket.last, bucket.first > ends[bucket.series] ?? -1, (1...62).contains(bucket.level)
            else { throw JobArrival.refusal("a bucket of \(names[bucket.series]) makes no sense") }
            ends[bucket.series] = bucket.last
            var bucket = bucket
            bucket.series = try id(of: names[bucket.series])
            try bucket.insert(database)
        }
        var values: [MetricValue] = []
        try reader.forEachLine(of: entry(JobArchive.metrics), as: MetricValue.self) { value in
            guard isPlausible(value.step, value.timeUsec) else { throw JobArrival.refusal("a metric makes no sense") }
            _ = try id(of: value.name)
            values.append(value)
            if values.count == 1_000 {
                try MetricRows.add(values, job: job, database)
                values = []
            }
        }
        try MetricRows.add(values, job: job, database)
        try reader.forEachLine(of: entry(JobArchive.log), as: LogEntry.self) { entry in
            guard isPlausible(entry.timeUsec, entry.priority, entry.step) else {
                throw JobArrival.refusal("a line of the log makes no sense")
            }
            var entry = entry
            entry.jobId = job
            try addLog(entry)
        }
        try reader.forEachLine(of: entry(JobArchive.events), as: Event.self) { event in
            guard isPlausible(event.timeUsec) else { throw JobArrival.refusal("an event makes no sense") }
            try keep(event, job: job, name: name, partOf: partOf.flatMap { Int($0) })
        }
    }

    /// An event that was told elsewhere: it is kept, and told to nobody here.
    private func keep(_ event: Event, job: Int, name: String, partOf: Int?) throws {
        var event = event
        event.sequence = 0
        event.job?.id = job
        event.job?.name = name
        event.job?.partOf = partOf
        let values: [(any DatabaseValueConvertible)?] = [
            event.timeUsec, event.kind.rawValue, job, try encodeJSON(event),
        ]
        try database.execute(
            sql: "INSERT INTO event(time_usec, kind, job, body, checksum) VALUES (?, ?, ?, ?, ?)",
            arguments: StatementArguments(values + [RowChecksum.of(values)]))
    }
}

/// What the jobs of a file, their checkpoints and names have become here, by the ids that they had there.
private struct KnownHere {
    var jobs: [Int: Int] = [:]
    /// Those of the jobs that are made of others, by what they were there.
    var wholes: Set<Int> = []
    /// Of jobs: several that have ended may have one name.
    var names: [Int: String] = [:]
    /// The job of the file that a checkpoint is of, both as they were there.
    var trainers: [String: Int] = [:]
    var checkpoints: [String: String] = [:]
    /// Digests of the pieces that a checkpoint has been charged with.
    var pieces: Set<String> = []

    /// The notes that say what the job belongs to, where that has come along: a number of the other store is another
    /// person's job here.
    func links(of job: JobRow) -> [String: String] {
        var links: [String: String] = [:]
        func link(_ name: String, toWhole: Bool, with detail: String) {
            guard let old = job.notes[name].flatMap({ Int($0) }), old != job.id, let new = jobs[old],
                wholes.contains(old) == toWhole
            else { return }
            links[name] = String(new)
            links[detail] = job.notes[detail]
        }
        if let first = job.notes[JobRow.firstWeightsNote], first.count == 32, [UInt8](hex: first) != nil {
            links[JobRow.firstWeightsNote] = checkpoints[first] ?? first
        }
        link(JobRow.wholeNote, toWhole: true, with: JobRow.partNote)
        // A cooldown is trained beside the queue and without being checked, for what its trunk has been through: it has
        // to begin where the trunk was.
        if let parent = job.parentCheckpoint, let trunk = trainers[parent], job.cooldownOf == trunk {
            link(JobRow.cooldownNote, toWhole: false, with: JobRow.cooldownStepNote)
        }
        return links
    }

    /// What a job that is made of others has measured, with the names that its parts and their checkpoints have here.
    ///
    /// A squeeze that has still to teach does so by what its report names. Where that names anything that has not come
    /// along it is measured anew: the rest of this store is not this file's.
    /// - Parameter jobs: all of the file, as they were there.
    func report(of job: JobRow, among jobs: [JobRow]) throws -> String? {
        guard let text = job.report else { return nil }
        do {
            guard job.kind == .squeeze else {
                var report = try decodeJSON(Ensemble.self, text)
                rename(&report)
                return try encodeJSON(report)
            }
            var report = try decodeJSON(Squeeze.self, text)
            let isWhole = report.ensemble.members.allSatisfy { checkpoints[$0.checkpoint] != nil }
            guard job.state == .succeeded || isWhole else { return nil }
            rename(&report.ensemble)
            report.source = job.notes[JobRow.squeezedNote].flatMap { Int($0) }.flatMap { names[$0] } ?? report.source
            report.student = report.student.map { student in
                let part = jobs.last { $0.name == student && $0.partOf == job.id }
                return part.flatMap { names[$0.id] } ?? student
            }
            if let old = report.evaluation?.checkpoint { report.evaluation?.checkpoint = checkpoints[old] ?? old }
            return try encodeJSON(report)
        } catch let error as SimmerError {
            throw JobArrival.refusal("what \(job.name) has measured cannot be read (\(error))")
        }
    }

    private func rename(_ report: inout Ensemble) {
        for index in report.members.indices {
            let member = report.members[index]
            report.members[index].checkpoint = checkpoints[member.checkpoint] ?? member.checkpoint
            guard let name = trainers[member.checkpoint].flatMap({ names[$0] }) else { continue }
            report.members[index].name = name + member.name.drop { $0 != "@" }
        }
    }
}

extension JobRow {
    /// A part is called after its whole, and a harvest after its trunk, whatever that is called here.
    fileprivate func named(after new: String, insteadOf old: String) -> String {
        let rest = name.dropFirst(old.count)
        guard new != old, name.hasPrefix(old), let first = rest.first, first == "." || first == "-" else { return name }
        return String(new.prefix(max(1, 64 - rest.count))) + rest
    }
}
