import Foundation
import Recipes
import Storage
import Testing

/// A stranger with docs/FORMAT.md and Python reads the state directory and comes to the same digests.
@Suite struct ReferenceTests {
    static let isPythonThere = (try? run("python3", ["-c", "import sqlite3"]))?.status == 0

    @Test(.enabled(if: isPythonThere, "python3 is needed")) func theWrittenFormatIsTheOneOnDisk() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let job = try store.insertJob(newJob()).job.id
        let first = try store.publish(Sample(step: 1, seed: 1, accuracy: 0.5), job: job, in: scratch)
        let second = try store.publish(Sample(step: 2, seed: 2), job: job, in: scratch)
        try store.close()
        let all = try Self.run("python3", [Self.script, scratch.state, "all"])
        #expect(all.status == 0, "\(all.output)")
        for digest in [first.digest, first.weightsDigest, second.digest, second.weightsDigest] {
            #expect(all.output.contains(try #require(digest)))
        }
        let newest = try Self.run("python3", [Self.script, scratch.state])
        #expect(newest.status == 0 && newest.output.contains(second.id) && !newest.output.contains(first.id))
        try tamper(scratch.state + "/chunks.db", "UPDATE chunk SET bytes = zeroblob(8) WHERE length(bytes) = 8")
        let damaged = try Self.run("python3", [Self.script, scratch.state, first.id])
        #expect(damaged.status == 1 && damaged.output.contains("2.num_batches_tracked"))
    }

    private static let script =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().path + "/Reference/checkpoint_digest.py"

    private static func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
