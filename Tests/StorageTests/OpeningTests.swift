import Foundation
import Recipes
import Storage
import Testing

@Suite struct OpeningTests {
    let scratch: Scratch
    init() throws { scratch = try Scratch() }

    @Test func aSecondOpenerIsRefusedAndWritesNothing() throws {
        let store = try scratch.store()
        _ = try store.insertJob(newJob())
        let before = try contents()
        let error = try #require(throws: StoreOpenError.self) { try scratch.store() }
        #expect(error.code == .locked)
        #expect(error.description.contains("pid \(getpid())"))
        #expect(try contents() == before)
        try store.close()
        try scratch.store().close()
    }

    /// After a kill nothing has to be written to open a store. After an orderly close something has, which is what the
    /// spare room is for; where that is gone too, what is said is what to do.
    @Test(SmallDisk.isAllowed) func aStoreOnAFullDiskOpens() throws {
        let files = FileManager.default
        guard let disk = try SmallDisk(at: scratch.state, mebibytes: 12) else { return }
        defer { disk.unmount() }
        let first = try scratch.store()
        let job = try first.insertJob(newJob()).job.id
        let made = try first.publish(Sample(step: 1, seed: 1), job: job, in: scratch)
        let copy = scratch.path + "/killed"
        try files.copyItem(atPath: scratch.state, toPath: copy)
        try first.close()

        unlink(scratch.state + "/store.spare")
        try disk.fill()
        let error = try #require(throws: StoreOpenError.self) { try scratch.store() }
        #expect(error.description.contains("Free a few MiB"), "\(error)")
        disk.empty()
        try scratch.store().close()
        try disk.fill()
        try scratch.store().close()

        for name in try files.contentsOfDirectory(atPath: scratch.state) {
            try files.removeItem(atPath: scratch.state + "/" + name)
        }
        for name in try files.contentsOfDirectory(atPath: copy) where name != "store.spare" && name != "datasets" {
            try files.copyItem(atPath: copy + "/" + name, toPath: scratch.state + "/" + name)
        }
        try files.createDirectory(atPath: scratch.state + "/datasets", withIntermediateDirectories: true)
        try disk.fill()
        let store = try scratch.store()
        #expect(try store.checkpoint(made.id).step == 1)
        #expect(store.degraded.isEmpty)
        try store.close()
    }

    @Test func aNewerSchemaIsRefusedUntouched() throws {
        try scratch.store().close()
        for (file, version) in [("simmer.db", Store.schemaVersion), ("chunks.db", 1)] {
            try tamper(scratch.state + "/" + file, "PRAGMA user_version = 99")
            let before = try contents()
            let error = try #require(throws: StoreOpenError.self) { try scratch.store() }
            #expect(error.code == .newerSchema)
            #expect(error.description.contains("schema 99"))
            #expect(try contents() == before)
            try tamper(scratch.state + "/" + file, "PRAGMA user_version = \(version)")
        }
        try scratch.store().close()
    }

    /// A store of schema 1 is what this version makes, without what came since.
    @Test func aStoreOfSchema1IsMigratedAfterACopy() throws {
        let path = scratch.state + "/simmer.db"
        let shape = "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_master ORDER BY name)"
        let first = try scratch.store()
        let job = try first.insertJob(newJob()).job
        try first.addMetrics([MetricValue(name: "a", step: 1, timeUsec: 1, value: 1)], job: job.id)
        try first.close()
        let new = try Sqlite.value(path, shape)
        for sql in [
            "DROP TABLE bucket", "DROP INDEX event_job", "DROP TABLE check_result", "DROP TABLE picture",
            "DROP TABLE improvement", "PRAGMA user_version = 1", "PRAGMA journal_mode = DELETE",
        ] { try tamper(path, sql) }
        try Sqlite.runAll(path, ["PRAGMA auto_vacuum = NONE", "VACUUM"])
        #expect(try Sqlite.value(path, "PRAGMA auto_vacuum") == "0")
        let store = try scratch.store()
        #expect(try store.metrics(ofJob: job.id).map(\.values) == [[1]])
        #expect(store.degraded.isEmpty)
        #expect(try store.scrub().problems.isEmpty)
        try store.close()
        #expect(try Sqlite.value(path, shape) == new)
        #expect(try Sqlite.value(path, "PRAGMA user_version") == "\(Store.schemaVersion)")
        #expect(try Sqlite.value(path, "PRAGMA auto_vacuum") == "2")
        #expect(try Sqlite.value(path + ".schema-1", "PRAGMA user_version") == "1")
    }

    @Test(arguments: ["simmer.db", "chunks.db"]) func aForeignFileIsRefusedUntouched(name: String) throws {
        try scratch.store().close()
        let path = scratch.state + "/" + name
        try Data(repeating: 65, count: 5000).write(to: URL(fileURLWithPath: path))
        let error = try #require(throws: StoreOpenError.self) { try scratch.store() }
        #expect(error.code == .foreign)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(repeating: 65, count: 5000))
    }

    @Test func theChunksOfAnotherStoreAreRefused() throws {
        try scratch.store().close()
        let other = try Scratch()
        try other.store().close()
        try FileManager.default.removeItem(atPath: scratch.state + "/chunks.db")
        try FileManager.default.copyItem(atPath: other.state + "/chunks.db", toPath: scratch.state + "/chunks.db")
        let error = try #require(throws: StoreOpenError.self) { try scratch.store() }
        #expect(error.code == .foreign)
    }

    @Test func lostCommitsAreNoticed() throws {
        let first = try scratch.store()
        try first.close()
        let old = try Data(contentsOf: URL(fileURLWithPath: scratch.state + "/simmer.db"))
        let store = try scratch.store()
        let job = try store.insertJob(newJob()).job
        try store.publish(Sample(step: 1, seed: 1), job: job.id, in: scratch)
        try store.close()
        try old.write(to: URL(fileURLWithPath: scratch.state + "/simmer.db"))
        let reopened = try scratch.store()
        #expect(reopened.degraded.map(\.code) == ["transactions_lost"])
    }

    @Test func aTornMarkLeavesTheOlderSlot() throws {
        let store = try scratch.store()
        let job = try store.insertJob(newJob()).job
        try store.publish(Sample(step: 1, seed: 1), job: job.id, in: scratch)
        try store.publish(Sample(step: 2, seed: 2), job: job.id, in: scratch)
        try store.close()
        let path = scratch.state + "/store.hwm"
        var mark = try Data(contentsOf: URL(fileURLWithPath: path))
        mark[10] ^= 1
        try mark.write(to: URL(fileURLWithPath: path))
        #expect(try scratch.store().degraded.isEmpty)
    }

    @Test func settingsAreThoseThatSurviveAPowerCut() throws {
        let store = try scratch.store()
        let job = try store.insertJob(newJob()).job
        try store.publish(Sample(step: 1, seed: 1), job: job.id, in: scratch)
        try store.close()
        #expect(try Sqlite.value(scratch.state + "/simmer.db", "PRAGMA journal_mode") == "wal")
        #expect(try Sqlite.value(scratch.state + "/simmer.db", "PRAGMA auto_vacuum") == "2")
        #expect(try Sqlite.value(scratch.state + "/chunks.db", "PRAGMA page_size") == "65536")
        #expect(try Sqlite.value(scratch.state + "/chunks.db", "PRAGMA auto_vacuum") == "2")
        #expect(try Sqlite.value(scratch.state + "/chunks.db", "PRAGMA application_id") == "1397312850")
        #expect(!FileManager.default.fileExists(atPath: scratch.state + "/simmer.db-wal"))
    }

    private func contents() throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: scratch.state) where name != "datasets" {
            contents[name] = try Data(contentsOf: URL(fileURLWithPath: scratch.state + "/" + name))
        }
        return contents
    }
}
