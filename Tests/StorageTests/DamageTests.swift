import Foundation
import Recipes
import Storage
import Testing

/// What a bad disk, a lost file or a stranger's hand leaves behind, and what the store makes of it.
@Suite struct DamageTests {
    /// A closed store with a job, three checkpoints, metrics, an event and a log line, and what they were.
    struct Original {
        let scratch: Scratch
        let job: JobRow
        var samples: [String: Sample] = [:]
        var checkpoints: [String: Checkpoint] = [:]
        let series: [Series]
        let files: [String: [UInt8]]

        init() throws {
            scratch = try Scratch()
            let store = try scratch.store()
            let id = try store.insertJob(newJob()).job.id
            for step in 1...3 {
                let sample = Sample(step: step, seed: UInt64(step), accuracy: Double(step) / 4)
                let checkpoint = try store.publish(sample, job: id, in: scratch)
                samples[checkpoint.id] = sample
                checkpoints[checkpoint.id] = try store.checkpoint(checkpoint.id)
            }
            try store.addMetrics(
                (0..<200).map { MetricValue(name: "train.loss", step: $0, timeUsec: $0, value: 1 / Double($0 + 1)) },
                job: id)
            try store.addLog([LogEntry(cursor: "", timeUsec: 1, priority: 6, jobId: id, message: "a line")])
            job = try store.job(id: id)
            series = try store.metrics(ofJob: id)
            try store.close()
            var files: [String: [UInt8]] = [:]
            for name in ["simmer.db", "chunks.db", "store.hwm"] {
                files[name] = Array(try Data(contentsOf: URL(fileURLWithPath: scratch.state + "/" + name)))
            }
            self.files = files
        }

        /// Makes the files what they were, but for one of them; nil takes it away.
        func restore(_ name: String, as content: [UInt8]?) throws {
            for file in try FileManager.default.contentsOfDirectory(atPath: scratch.state) where file != "datasets" {
                try FileManager.default.removeItem(atPath: scratch.state + "/" + file)
            }
            for (file, bytes) in files where file != name { try write(bytes, to: file) }
            if let content { try write(content, to: name) }
        }

        func bytes(of name: String) throws -> [UInt8]? {
            let path = scratch.state + "/" + name
            guard FileManager.default.fileExists(atPath: path) else { return nil }
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        }

        private func write(_ bytes: [UInt8], to name: String) throws {
            try Data(bytes).write(to: URL(fileURLWithPath: scratch.state + "/" + name))
        }
    }

    @Test(arguments: ["simmer.db", "chunks.db"]) func aTruncatedOrMissingFileIsRefusedAndNotReplaced(name: String)
        throws
    {
        let original = try Original()
        let whole = try #require(original.files[name])
        let page = name == "chunks.db" ? 65_536 : 4096
        for length in [nil, 0, 50, page, whole.count / 2 / page * page, whole.count - page] as [Int?] {
            let content = length.map { Array(whole[..<$0]) }
            try original.restore(name, as: content)
            let what = Comment(rawValue: "\(name) cut to \(length.map(String.init) ?? "nothing") of \(whole.count)")
            let error = try #require(throws: StoreOpenError.self, what) { try original.scratch.store() }
            #expect(error.code == .damaged || (length == 50 && error.code == .foreign), what)
            #expect(error.description.contains("/\(name)"), what)
            #expect(try original.bytes(of: name) == content, what)
            for (other, bytes) in original.files where other != name {
                #expect(try original.bytes(of: other) == bytes, what)
            }
        }
        // Nothing is held after a refusal: the file put back makes all well again.
        try original.restore(name, as: whole)
        let store = try original.scratch.store()
        #expect(store.degraded.isEmpty)
        for (id, sample) in original.samples { #expect(try store.loaded(id, in: original.scratch) == sample.bytes) }
    }

    /// Flips single bits all over a file. Whatever is served afterwards is what was stored; what is not served is said.
    @Test(arguments: [("simmer.db", 60), ("chunks.db", 40), ("store.hwm", 10)])
    func aFlippedBitIsReportedAndNeverServed(name: String, count: Int) throws {
        let original = try Original()
        let whole = try #require(original.files[name])
        let rounds = count * (ProcessInfo.processInfo.environment["SIMMER_FAULTS"].flatMap(Int.init) ?? 1)
        var random = Xorshift(seed: 20_240_717)
        var tally: [String: Int] = [:]
        for _ in 0..<rounds {
            var bytes = whole
            let offset = Int(random.next() % UInt64(bytes.count))
            bytes[offset] ^= 1 << UInt8(random.next() % 8)
            try original.restore(name, as: bytes)
            let outcome = try judge(original, "bit flipped in byte \(offset) of \(name)")
            tally[outcome, default: 0] += 1
        }
        if rounds > count { print(name, tally) }
        #expect(tally.values.reduce(0, +) == rounds)
    }

    private func judge(_ original: Original, _ what: String) throws -> String {
        let what = Comment(rawValue: what)
        let store: Store
        do {
            store = try original.scratch.store()
        } catch is StoreOpenError {
            return "refused"
        }
        var refusals = 0
        func served<Value: Equatable>(_ expected: Value, _ read: () throws -> Value) {
            do {
                let value = try read()
                #expect(value == expected, what)
            } catch {
                refusals += 1
            }
        }
        served(original.job) { try store.job(id: original.job.id) }
        let good = Result { try store.newestGood(job: original.job.id) }
        if case .success(let good) = good {
            #expect(good.checkpoint.map { original.checkpoints.keys.contains($0.id) } == true, what)
            let newest = original.checkpoints.values.max { $0.step < $1.step }
            if good.checkpoint?.id != newest?.id {
                #expect(!good.findings.isEmpty, what)
                refusals += 1
            }
        } else {
            refusals += 1
        }
        for (id, sample) in original.samples {
            served(sample.bytes) { try store.loaded(id, in: original.scratch) }
            served(original.checkpoints[id]) {
                var checkpoint = try store.checkpoint(id)
                checkpoint.verifyState = .unverified
                checkpoint.verifiedUsec = nil
                return checkpoint
            }
        }
        if let series = try? store.metrics(ofJob: original.job.id), series != original.series {
            #expect(!store.degraded.isEmpty, what)
            refusals += 1
        }
        let problems = (try? store.scrub().problems) ?? []  // one that stops at damage has said so in `degraded`
        let isReported = !problems.isEmpty || !store.degraded.isEmpty
        #expect(refusals == 0 || isReported, what)
        try? store.close()  // a file too damaged to be closed in order
        return isReported ? "reported" : "harmless"
    }

    /// A reference that one flipped bit hides, in the table or in its index, must not cost the chunk.
    @Test func aDamagedReferenceDoesNotMakeAChunkUnused() throws {
        let original = try Original()
        let digest = try #require(
            try Sqlite.value(original.scratch.state + "/simmer.db", "SELECT hex(digest) FROM checkpoint_chunk LIMIT 1"))
        let needle = stride(from: 0, to: 64, by: 2).compactMap { start in
            UInt8(digest.dropFirst(start).prefix(2), radix: 16)
        }
        var whole = try #require(original.files["simmer.db"])
        let places = whole.indices.filter { $0 + 32 <= whole.count && Array(whole[$0..<$0 + 32]) == needle }
        #expect(places.count >= 2, "the table and its index")
        for place in places {
            whole[place + 5] ^= 0x10
            try original.restore("simmer.db", as: whole)
            whole[place + 5] ^= 0x10
            let store = try original.scratch.store()
            _ = try? store.sweep()  // may stop at the damage
            try store.close()
            #expect(
                try Sqlite.value(
                    original.scratch.state + "/chunks.db", "SELECT count(*) FROM chunk WHERE digest = x'\(digest)'")
                    == "1", "byte \(place) of \(places)")
        }
    }

    @Test func whereNoCheckpointIsWholeTheJobDoesNotBeginAnew() throws {
        let original = try Original()
        let store = try original.scratch.store()
        try tamper(original.scratch.state + "/chunks.db", "UPDATE chunk SET bytes = zeroblob(length(bytes))")
        let error = try #require(throws: SimmerError.self) { try store.newestGood(job: original.job.id) }
        guard case .checkpointCorrupt(_, let problems) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(problems.count == 3)
    }

    @Test func aDamagedRowIsNamedWhenItIsPassedOver() throws {
        let original = try Original()
        let newest = try #require(original.checkpoints.values.max { $0.step < $1.step })
        let store = try original.scratch.store()
        try tamper(original.scratch.state + "/simmer.db", "UPDATE checkpoint SET step = 9 WHERE id = '\(newest.id)'")
        let good = try store.newestGood(job: original.job.id)
        #expect(good.checkpoint?.step == 2)
        #expect(good.findings.count == 1 && good.findings[0].message.contains(newest.id.prefix(12)))
    }

    @Test func aDamagedIndexIsReportedByScrub() throws {
        let original = try Original()
        let id = try #require(original.checkpoints.keys.sorted().first)
        var whole = try #require(original.files["simmer.db"])
        let needle = Array(id.utf8)
        // The row's own id is followed by more columns; the entry of the index on `id` by the row's number alone.
        let places = whole.indices.filter { $0 + 32 <= whole.count && Array(whole[$0..<$0 + 32]) == needle }
        for place in places {
            whole[place + 3] ^= 1
            try original.restore("simmer.db", as: whole)
            whole[place + 3] ^= 1
            _ = try judge(original, "an id in byte \(place)")
        }
    }

    @Test func aDamagedAnswerIsNotGivenAgain() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let request = RequestKey(uid: 7, id: "r-1", argumentsDigest: "a")
        _ = try store.insertJob(newJob(), request: request)
        try tamper(scratch.state + "/simmer.db", "UPDATE request SET reply = '2'")
        #expect(throws: SimmerError.self) { try store.insertJob(newJob(), request: request) }
        #expect(try store.jobs().total == 1)
    }

    @Test func aChangedDataFileIsNotHandedOut() throws {
        let scratch = try Scratch()
        var store = try scratch.store()
        let source = try scratch.file(pattern(100_000, seed: 3))
        defer { Glibc.close(source) }
        let file = try store.addDataFile(path: "images", from: source)
        Glibc.close(try store.openDataFile(file))
        let path = scratch.state + "/datasets/" + file.digest
        try #require(chmod(path, 0o600) == 0)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[70_000] ^= 4
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.write(contentsOf: bytes)
        try handle.close()
        for _ in 0..<2 {
            #expect(throws: SimmerError.self) { try store.openDataFile(file) }
            try store.close()
            store = try scratch.store()
        }
    }

    @Test func aMarkThatCannotBeWrittenIsSaidAndCostsNoCheckpoint() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let job = try store.insertJob(newJob()).job.id
        try FileManager.default.removeItem(atPath: scratch.state + "/store.hwm")
        try FileManager.default.createDirectory(
            atPath: scratch.state + "/store.hwm", withIntermediateDirectories: false)
        let checkpoint = try store.publish(Sample(step: 1, seed: 1), job: job, in: scratch)
        #expect(store.degraded.map(\.code) == ["mark_failed"])
        #expect(try store.verify(checkpoint: checkpoint.id).state == .ok)
    }
}

/// Marsaglia's xorshift64: the same faults on every machine.
struct Xorshift: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed | 1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
