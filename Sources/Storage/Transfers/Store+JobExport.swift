import Foundation
import GRDB
import Recipes

extension Store {
    /// Writes a job with its recipe, events, log, metrics, checkpoints and data into a regular file open for writing:
    /// truncated first, synced last. What it holds is of one moment; a running job trains on.
    ///
    /// The jobs that it is made of come along (`companions`): without its members an ensemble is a name. Checkpoints that
    /// are known to be damaged stay behind. The one that a job branched from comes along.
    /// - Parameters:
    ///   - withoutData: leaves the data files out: the other store must have them.
    ///   - require: throws for the owner of a job, or of the checkpoint that one branched from, that may not come along.
    /// - Throws: `storeDegraded` for a job whose row or recipe is damaged; `wrongState` for one whose data is still being received, `incompatible` for one whose teachers are still
    ///   other jobs, `checkpointCorrupt`, `badFileDescriptor`,
    ///   `noSpace`, `ioFailed`, what `progress` and `require` throw; the file is not to be used then.
    public func exportJob(
        _ id: Int, to descriptor: Int32, withoutData: Bool = false, require: (_ owner: Int) throws -> Void = { _ in },
        progress: ProgressHandler? = nil
    ) throws -> JobExportResult {
        let rows = [try job(id: id)] + (try companions(ofJob: id))
        for row in rows { try Self.requireExportable(row) }
        for row in rows.dropFirst() { try require(row.ownerUid) }
        let ids = try read { database in
            try rows.map { row in
                let checkpoints = try Store.exported(row, database)
                for checkpoint in checkpoints where checkpoint.job != row.id { try require(checkpoint.ownerUid) }
                return checkpoints.map(\.id)
            }
        }
        return try holding(ids.flatMap(\.self)) {
            let content = try read { database in
                try ArchiveContent(
                    zip(rows, ids).map { try JobContent(job: $0.id, checkpoints: $1, store: self, database) })
            }
            let files = withoutData ? [] : content.files
            let archive = content.archive(files: files)
            let total = archive.entries.reduce(0) { $0 + $1.size }
            let file = try ArchiveFile(descriptor, total: total, progress)
            try file.add(JobArchive.index, Array(try encodeJSON(archive).utf8))
            for (name, text) in content.texts { try file.add(name, text) }
            try writeChunks(of: content, into: file)
            for data in files { try writeData(data, into: file) }
            return JobExportResult(
                file: try file.finish(), checkpoints: Set(content.checkpoints.map(\.row.id)).count,
                dataFiles: files.count, others: content.jobs.dropFirst().map(\.row.name))
        }
    }

    /// The jobs that go where this one goes: the parts of a whole, the branches that take its rate to zero, and the job
    /// that a squeeze still has to ask. Each comes after the one that it belongs to.
    ///
    /// A branch that somebody else made of it is theirs, and one whose row is damaged is nobody's: they stay.
    /// - Throws: `storeDegraded` for a part whose row cannot be read.
    public func companions(ofJob id: Int) throws -> [JobRow] {
        try read { database in
            var rows = [try JobRow.find(database, id: id)]
            var next = 0
            while next < rows.count {
                let row = rows[next]
                next += 1
                var more = try JobRow.parts(database, ofJob: row.id)
                more += try JobRow.cooldowns(database, ofJob: row.id)
                    .filter { !$0.isDamaged && $0.ownerUid == row.ownerUid }
                if let source = try Store.stillAsked(by: row, database) { more.append(source) }
                for other in more where !rows.contains(where: { $0.id == other.id }) {
                    try other.requireReadable()
                    rows.append(other)
                }
            }
            return rows.dropFirst().map(withNewestProgress)
        }
    }

    /// The job that a squeeze is of; nil once that has nothing more to say, or is gone.
    private static func stillAsked(by row: JobRow, _ database: Database) throws -> JobRow? {
        guard row.kind == .squeeze, row.state != .succeeded,
            let source = row.notes[JobRow.squeezedNote].flatMap({ Int($0) })
        else { return nil }
        do { return try JobRow.known(database, id: source) } catch SimmerError.noSuchJob { return nil }
    }

    private static func requireExportable(_ row: JobRow) throws {
        guard row.state != .preparing else {
            throw SimmerError.wrongState(
                job: row.name, state: row.state, allowed: JobState.allCases.filter { $0 != .preparing })
        }
        guard row.notes[JobRow.lateTeachersNote] == nil else {
            throw SimmerError.incompatible(
                message: "Job \(row.name) waits for its teachers, which are other jobs of this store.",
                findings: [
                    Finding(severity: .info, code: "hint", message: "export it when it has started: it has them then")
                ])
        }
    }

    /// The job's checkpoints that may be used, oldest first, the one it branched from before them.
    private static func exported(_ row: JobRow, _ database: Database) throws -> [CheckpointRow] {
        let own = try CheckpointRow.all(database, job: row.id).filter(\.isUsable)
        guard let parent = row.parentCheckpoint else { return own }
        do {
            let origin = try CheckpointRow.find(database, id: parent)
            return (origin.isUsable ? [origin] : []) + own
        } catch SimmerError.noSuchCheckpoint, SimmerError.checkpointCorrupt {
            return own  // the job goes on from its own
        }
    }

    private func writeChunks(of content: ArchiveContent, into file: ArchiveFile) throws {
        var written: Set<String> = []
        for (row, manifest, _) in content.checkpoints {
            // Pieces are read, and compared with their digests, once each.
            for (index, tensor) in manifest.tensors.enumerated() where !written.isSuperset(of: tensor.chunks) {
                try readPieces(of: manifest, checkpoint: row.id, tensor: index) { piece, bytes in
                    guard written.insert(piece.digest).inserted else { return }
                    try file.add(JobArchive.chunk(piece.digest), bytes)
                }
            }
        }
    }

    private func writeData(_ data: JobFile, into file: ArchiveFile) throws {
        let source = try openDataFile(data)
        defer { closeDescriptor(source) }
        try file.begin(JobArchive.data(data.digest), size: data.sizeBytes)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        var done = 0
        while done < data.sizeBytes {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, data.sizeBytes - done)])
            try readFully(source, into: part, at: done)
            try file.append(UnsafeRawBufferPointer(part))
            done += part.count
        }
        try file.pad(after: data.sizeBytes)
    }
}

/// What the tables hold of a job, at one moment.
private struct JobContent {
    var row: JobRow
    var input: JobInput
    var checkpoints: [(row: CheckpointRow, manifest: Manifest, bytes: [UInt8])] = []
    var described: [ArchivedCheckpoint] = []
    var series: [String]
    /// Entries that are made of rows.
    var texts: [(name: String, bytes: [UInt8])] = []

    init(job id: Int, checkpoints ids: [String], store: Store, _ database: Database) throws {
        row = store.withNewestProgress(try JobRow.find(database, id: id))
        input = try JobInput(database, job: id)
        for checkpoint in try Store.usable(ids, database) {
            let manifest = try Manifest.load(database, of: checkpoint)
            let bytes = try Data.fetchOne(
                database, sql: "SELECT manifest FROM checkpoint WHERE id = ?", arguments: [checkpoint.id])
            checkpoints.append((checkpoint, manifest, Array(bytes ?? Data())))
            described.append(try ArchivedCheckpoint(checkpoint, job: id, database))
        }
        let events = try Row.fetchAll(
            database, sql: "SELECT * FROM event WHERE job = ? ORDER BY sequence", arguments: [id])
        let log = try Row.fetchAll(database, sql: "SELECT * FROM log WHERE job = ? ORDER BY cursor", arguments: [id])
        let known = try store.seriesIds(database, job: id, names: nil)
        series = known.map(\.name)
        var values: [MetricValue] = []
        var buckets: [MetricBucket] = []
        for (index, one) in known.enumerated() {
            // Damaged ones are left out, as from any other answer.
            values += try Row.fetchAll(
                database, sql: "SELECT * FROM metric WHERE series = ? ORDER BY step", arguments: [one.id]
            ).filter(MetricRows.isWhole).map { MetricRows.value($0, name: one.name) }
            _ = try MetricBucket.statement(database, "WHERE series = ? ORDER BY first").forEach([one.id]) { whole, _ in
                guard let whole else { return }
                var bucket = MetricBucket(bucket: whole)
                bucket.series = index
                buckets.append(bucket)
            }
        }
        texts = [
            (JobArchive.events, try Self.lines(try events.map { try Event(row: $0) })),
            (JobArchive.log, try Self.lines(try log.map { try LogEntry(row: $0) })),
            (JobArchive.metrics, try Self.lines(values)),
            (JobArchive.buckets, try Self.lines(buckets)),
        ]
    }

    private static func lines(_ values: [some Encodable]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for value in values {
            bytes += Array(try encodeJSON(value).utf8)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}

/// A job and its companions, and what they have in common once.
private struct ArchiveContent {
    let jobs: [JobContent]
    /// Entries that are made of rows, job by job, and the manifests.
    let texts: [(name: String, bytes: [UInt8])]

    init(_ jobs: [JobContent]) {
        self.jobs = jobs
        var texts: [(name: String, bytes: [UInt8])] = []
        for (index, job) in jobs.enumerated() {
            texts += job.texts.map { (JobArchive.entry($0.name, ofJob: index), $0.bytes) }
        }
        var seen: Set<String> = []
        for (row, _, bytes) in jobs.flatMap(\.checkpoints) where seen.insert(row.manifestDigest.hex).inserted {
            texts.append((JobArchive.manifest(row.manifestDigest.hex), bytes))
        }
        self.texts = texts
    }

    var checkpoints: [(row: CheckpointRow, manifest: Manifest, bytes: [UInt8])] { jobs.flatMap(\.checkpoints) }

    /// Each content once, whatever names the recipes have for it.
    var files: [JobFile] { JobArrival.once(jobs.flatMap(\.row.files)) }

    /// - Parameter files: the data files that come along.
    func archive(files: [JobFile]) -> JobArchive {
        var entries = texts.map { name, bytes in
            JobArchive.Entry(name: name, size: bytes.count, sha256: Digest(of: bytes).hex)
        }
        var seen: Set<String> = []
        for (_, manifest, _) in checkpoints {
            for piece in manifest.pieces where seen.insert(piece.digest).inserted {
                entries.append(
                    .init(name: JobArchive.chunk(piece.digest), size: piece.size, sha256: piece.digest))
            }
        }
        for file in files {
            entries.append(.init(name: JobArchive.data(file.digest), size: file.sizeBytes, sha256: file.digest))
        }
        let (first, others) = (jobs[0], jobs.dropFirst().map(\.companion))
        return JobArchive(
            archive: others.isEmpty && !first.row.isWhole ? 1 : JobArchive.version, simmer: SimmerVersion.current,
            job: first.row, input: first.input, checkpoints: first.described, series: first.series, entries: entries,
            others: others.isEmpty ? nil : others)
    }
}

extension JobContent {
    fileprivate var companion: JobArchive.Companion {
        .init(job: row, input: input, checkpoints: described, series: series)
    }
}

extension Store {
    /// Those of the checkpoints that are still there, in their order.
    fileprivate static func usable(_ ids: [String], _ database: Database) throws -> [CheckpointRow] {
        try ids.compactMap { id in
            do {
                let row = try CheckpointRow.find(database, id: id)
                return row.isUsable ? row : nil
            } catch SimmerError.noSuchCheckpoint {
                return nil
            }
        }
    }
}

extension ArchivedCheckpoint {
    fileprivate init(_ row: CheckpointRow, job: Int, _ database: Database) throws {
        let known = try row.checkpoint(database)
        self.init(
            id: row.id, isOwn: row.job == job, jobName: known.jobName, step: row.step, cause: row.cause,
            createdUsec: row.createdUsec, sizeBytes: row.sizeBytes, digest: row.digest,
            weightsDigest: row.weightsDigest, metrics: row.metrics, best: row.best, bestStep: row.bestStep,
            pinned: row.pinned, tags: known.tags, parents: known.parents, manifest: row.manifestDigest.hex)
    }
}

/// A tar file that is written entry by entry.
private final class ArchiveFile {
    private let file: ExportFile
    private let total: Int
    private let progress: ProgressHandler?

    init(_ descriptor: Int32, total: Int, _ progress: ProgressHandler?) throws {
        file = try ExportFile(descriptor)
        self.total = total
        self.progress = progress
    }

    func begin(_ name: String, size: Int) throws { try file.append(TarHeader.bytes(name: name, size: size)) }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        try file.append(bytes)
        try progress?(min(file.size, total), total)
    }

    func pad(after size: Int) throws { try file.append([UInt8](repeating: 0, count: TarHeader.padding(after: size))) }

    func add(_ name: String, _ bytes: UnsafeRawBufferPointer) throws {
        try begin(name, size: bytes.count)
        try append(bytes)
        try pad(after: bytes.count)
    }

    func add(_ name: String, _ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try add(name, $0) } }

    /// The digest of all that was written, as the last entry, and the two empty blocks that end a tar file.
    func finish() throws -> ExportResult {
        let digest = Array(file.digest.hex.utf8)
        try add(JobArchive.end, digest)
        try file.append([UInt8](repeating: 0, count: 2 * TarHeader.size))
        return try file.finish()
    }
}
