import Foundation
import GRDB
import Recipes

/// What a scrub read and found.
public struct ScrubResult: Sendable, Equatable {
    public var checkedBytes: Int
    public var problems: [Finding]
}

extension Store {
    /// Reads every chunk, every checked row, every data file and both databases' structure.
    ///
    /// Damaged checkpoints are marked, so that nothing uses them. What it finds also stands in `degraded`.
    /// - Parameters:
    ///   - maxBytesPerSecond: slows it down; nil reads as fast as the disk goes.
    ///   - progress: bytes of chunks checked, and in all.
    public func scrub(maxBytesPerSecond: Int? = nil, progress: ProgressHandler? = nil) throws -> ScrubResult {
        var problems: [Finding] = []
        /// Said at once: what comes later may fail on the same damage.
        func report(_ found: [Finding]) {
            problems += found
            for problem in found { addDegraded(problem.code, problem.message, hint: problem.hint) }
        }
        report(try checkStructure())
        report(try checkRows())
        report(try checkJobFiles())
        var pace = Pace(bytesPerSecond: maxBytesPerSecond)
        let (bytes, damaged) = try checkChunks(&pace, progress)
        report(damaged)
        var fileBytes = 0
        report(
            try checkDataFiles { count in
                fileBytes += count
                pace.wait(after: count)
            })
        report(try markDamagedCheckpoints(isSuspicious: !problems.isEmpty))
        try write { transaction in
            try transaction.database.execute(sql: "UPDATE meta SET last_scrub_usec = ?", arguments: [transaction.now])
        }
        return ScrubResult(checkedBytes: bytes + fileBytes, problems: problems)
    }

    private func checkStructure() throws -> [Finding] {
        var lines = try read { try String.fetchAll($0, sql: "PRAGMA integrity_check(20)") }.filter { $0 != "ok" }
        lines += try read { try Row.fetchAll($0, sql: "PRAGMA foreign_key_check") }.map { row in
            "a row of \(row["table"] as String? ?? "?") refers to nothing"
        }
        if let problem = try chunks.fullCheck() { lines.append(problem) }
        return lines.prefix(20).map {
            Finding(severity: .error, code: "store_damaged", message: $0, hint: "Restore a backup of the store.")
        }
    }

    /// Tables whose rows carry a checksum, with the columns it covers.
    private static let checked: [(table: String, columns: [String])] = [
        ("job", JobRow.names),
        ("job_input", ["job", "recipe", "overrides", "recipe_digest"]),
        ("request", ["uid", "id", "arguments_digest", "reply", "at_usec"]),
        ("event", ["time_usec", "kind", "job", "body"]),
        ("metric", ["series", "step", "time_usec", "value", "non_finite"]),
        ("bucket", MetricBucket.names),
        ("check_result", ["subject", "id", "verdict", "time_usec", "body"]),
        ("picture", ["subject", "id", "seq", "body"]),
        ("improvement", ["owner_uid", "name", "time_usec", "body"]),
        ("log", ["job", "time_usec", "priority", "step", "message", "fields"]),
        ("checkpoint", CheckpointRow.names),
    ]

    private func checkRows() throws -> [Finding] {
        try Store.checked.compactMap { table, columns in
            let damaged = try read { database in
                var damaged = 0
                let names = (columns + ["checksum"]).joined(separator: ", ")
                let rows = try Row.fetchCursor(database, sql: "SELECT \(names) FROM \"\(table)\"")
                while let row = try rows.next() {
                    if !RowChecksum.isRight(row, over: columns) { damaged += 1 }
                }
                return damaged
            }
            if damaged == 0 { return nil }
            return Finding(
                severity: .error, code: "rows_damaged", message: "\(damaged) rows of the table \(table) are damaged.",
                hint: "Restore a backup of the store.")
        }
    }

    /// `job_file` keeps data files from being swept; it must name what the jobs' checked rows name.
    private func checkJobFiles() throws -> [Finding] {
        try read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM job ORDER BY id").compactMap { row in
                let job = JobRow(row)
                // Rows that cannot be read are counted above.
                guard job.unreadable == nil else { return nil }
                let named = try Data.fetchAll(
                    database, sql: "SELECT digest FROM job_file WHERE job = ?", arguments: [job.id])
                if Set(named.map { Array($0).hex }) == Set(job.files.compactMap { Digest(text: $0.digest)?.hex }) {
                    return nil
                }
                return Finding(
                    severity: .error, code: "references_damaged",
                    message: "The data files that job '\(job.name)' needs are not the ones that are kept for it.",
                    hint: "Restore a backup of the store before the next sweep removes a file.")
            }
        }
    }

    private func checkChunks(_ pace: inout Pace, _ progress: ProgressHandler?) throws -> (Int, [Finding]) {
        let total =
            try read { database in
                try Int.fetchOne(database, sql: "SELECT coalesce(sum(new_bytes), 0) FROM checkpoint") ?? 0
            }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: ChunkStore.pieceSize, alignment: 4096)
        defer { buffer.deallocate() }
        var problems: [Finding] = []
        var done = 0
        var last: Digest?
        while true {
            let batch = try translating(chunks.path) { try chunks.digests(after: last, limit: 1024) }
            guard let end = batch.last else { return (done, problems) }
            for digest in batch {
                // A sweep may have removed it since it was listed: then there is nothing to check.
                guard let count = try translating(chunks.path, { try chunks.read(digest, into: buffer) }) else {
                    continue
                }
                done += count
                pace.wait(after: count)
                try progress?(done, max(total, done))
                if Digest(of: UnsafeRawBufferPointer(rebasing: buffer[..<count])) == digest { continue }
                problems.append(
                    Finding(
                        severity: .error, code: "chunk_damaged",
                        message: "Chunk \(digest.hex.prefix(12)) is not what was stored.",
                        hint: "The checkpoints that hold it are passed over; look at the disk."))
            }
            last = end
        }
    }

    /// Checkpoints with a damaged or missing chunk, or a damaged manifest, are marked by verifying them.
    private func markDamagedCheckpoints(isSuspicious: Bool) throws -> [Finding] {
        let ids = try read {
            try String.fetchAll($0, sql: "SELECT id FROM checkpoint WHERE deleted_usec IS NULL ORDER BY sequence")
        }
        if !isSuspicious, try isEveryReferenceThere() { return [] }
        return try ids.compactMap { id in
            let problem: String
            do {
                let result = try verify(checkpoint: id)
                if result.state == .ok { return nil }
                problem = result.problems.first?.message ?? "Its bytes differ from what was stored."
            } catch let error as SimmerError where error.isDamage {
                problem = "\(error)"
            }
            return Finding(
                severity: .error, code: "checkpoint_damaged",
                message: "Checkpoint \(id.prefix(12)) is damaged and will not be used.", hint: problem)
        }
    }

    private func isEveryReferenceThere() throws -> Bool {
        var there: Set<Digest> = []
        var last: Digest?
        while true {
            let batch = try translating(chunks.path) { try chunks.digests(after: last, limit: 4096) }
            guard let end = batch.last else { break }
            there.formUnion(batch)
            last = end
        }
        let referenced = try read { try Data.fetchAll($0, sql: "SELECT DISTINCT digest FROM checkpoint_chunk") }
        let manifests = try read { database in
            try String.fetchAll(database, sql: "SELECT id FROM checkpoint WHERE deleted_usec IS NULL").allSatisfy {
                id in
                do {
                    _ = try Manifest.load(database, of: try CheckpointRow.find(database, id: id))
                    return true
                } catch let error as SimmerError where error.isDamage {
                    return false
                }
            }
        }
        return manifests && referenced.allSatisfy { there.contains(Digest(bytes: Array($0))) }
    }
}

/// Keeps reading below a rate by sleeping between the pieces.
private struct Pace {
    var bytesPerSecond: Int?
    private var bytes = 0
    private let start = DispatchTime.now().uptimeNanoseconds

    init(bytesPerSecond: Int?) { self.bytesPerSecond = bytesPerSecond }

    mutating func wait(after count: Int) {
        guard let bytesPerSecond, bytesPerSecond > 0 else { return }
        bytes += count
        let due = Double(bytes) / Double(bytesPerSecond)
        let passed = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
        if due > passed { usleep(UInt32(min(due - passed, 1) * 1e6)) }
    }
}
