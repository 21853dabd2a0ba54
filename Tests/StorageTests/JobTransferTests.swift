import Foundation
import Recipes
import Storage
import Testing

@Suite struct JobTransferTests {
    let scratch: Scratch
    let store: Store
    let other: Scratch
    let target: Store
    init() throws {
        scratch = try Scratch()
        store = try scratch.store()
        other = try Scratch()
        target = try other.store()
    }

    /// A job with all that a job can have: thinned metrics, log, changes, two checkpoints with pieces in common, a tag, data.
    private func makeJob(_ name: String = "night-owl") throws -> JobRow {
        let data = try store.addDataFile(path: "train.csv", from: try scratch.file(pattern(3_000_000, seed: 5)))
        var new = newJob(name)
        new.files = [data]
        new.overrides = ["batch": "16"]
        new.changes = [HotChange(step: 40, values: ["optimizer.rate": "0.1"])]
        new.labels = ["site": "desk"]
        let job = try store.insertJob(new).job
        try store.addMetrics(
            (1...2_100).map { MetricValue(name: "train.loss", step: $0, timeUsec: $0, value: 1 / Double($0)) }
                + [MetricValue(name: "validation.loss", step: 7, timeUsec: 7, value: .nan)], job: job.id)
        try store.addLog([
            LogEntry(cursor: "", timeUsec: 5, priority: 4, jobId: job.id, step: 3, message: "Größe \u{1b}[1m")
        ])
        try store.publish(Sample(step: 1_000, seed: 1, accuracy: 0.9), job: job.id, in: scratch, tag: "good")
        try store.publish(Sample(step: 2_100, seed: 2, accuracy: 0.8), job: job.id, in: scratch)
        _ = try store.thinMetrics()
        return try store.updateJob(job.id) { row in
            row.state = .running
            row.notes["forced"] = "by uid 1000"
            row.notes["unknown"] = "lost"
            row.notes["notices"] = "[]"
        }
    }

    private func export(_ job: Int, withoutData: Bool = false) throws -> Data {
        let descriptor = try scratch.file([])
        defer { Glibc.close(descriptor) }
        let result = try store.exportJob(job, to: descriptor, withoutData: withoutData)
        var bytes = Data(count: result.file.sizeBytes)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, result.file.sizeBytes, 0) }
        try #require(count == result.file.sizeBytes)
        return bytes
    }

    @discardableResult
    private func bring(
        _ file: Data, name: String? = nil, into store: Store? = nil, request: RequestKey? = nil, mayUse: Bool = false,
        digest: String? = nil, owner: Int = 77
    ) throws -> JobRow {
        let descriptor = try other.file(Array(file))
        defer { Glibc.close(descriptor) }
        return try (store ?? target).importJob(
            from: descriptor, name: name, ownerUid: owner, expectedDigest: digest, request: request,
            mayUse: { _ in mayUse }, mayHandle: { $0 == owner }, judge: { _ in })
    }

    /// Everything but what a commit counts for itself.
    private func isUntouched() throws -> Bool {
        let path = other.state + "/simmer.db"
        for table in ["job", "job_file", "checkpoint", "event", "log", "series", "metric", "bucket"] {
            guard try Sqlite.value(path, "SELECT count(*) FROM \(table)") == "0" else { return false }
        }
        guard try Sqlite.value(other.state + "/chunks.db", "SELECT count(*) FROM chunk") == "0" else { return false }
        return try FileManager.default.contentsOfDirectory(atPath: other.state + "/datasets").isEmpty
    }

    /// A number of the other store is another job here, perhaps somebody else's: as a part of that one, the job would
    /// decide when it is done, and go when it is deleted; and a student would learn from it.
    @Test func whatNamesJobsOfTheOtherStoreStaysThere() throws {
        let job = try makeJob()
        try store.updateJob(job.id) { row in
            for name in ["partOf", "squeezeOf", "cooldownOf"] { row.notes[name] = "1" }
            row.notes["part"] = "member.1"
            row.notes["resumeFrom"] = row.lastCheckpoint
            row.notes["firstWeights"] = "night-owl@last"
        }
        let whole = try target.insertJob(newJob("somebody-elses")).job
        try #require(whole.id == 1)
        #expect(try bring(try export(job.id)).notes == ["forced": "by uid 1000"])
        #expect(try target.parts(ofJob: 1) == [])

        // What it began with is a checkpoint whose id is the same wherever it is.
        let origin = String(repeating: "0a", count: 16)
        try store.updateJob(job.id) { $0.notes["firstWeights"] = origin }
        #expect(try bring(try export(job.id)).notes["firstWeights"] == origin)

        try store.updateJob(job.id) { $0.notes["lateTeachers"] = #"[{"job":1,"weights":"@last"}]"# }
        let error = #expect(throws: SimmerError.self) { try export(job.id) }
        #expect("\(try #require(error))".contains("waits for its teachers"))
    }

    @Test func allOfAJobArrives() throws {
        let job = try makeJob()
        _ = try target.insertJob(newJob("somebody-else"))
        let arrived = try bring(try export(job.id))
        #expect(arrived.id == 2 && arrived.name == "night-owl" && arrived.ownerUid == 77 && arrived.uuid == job.uuid)
        #expect(arrived.state == .paused && arrived.desired == .pause && arrived.reason?.code == "imported")
        #expect(arrived.changes == job.changes && arrived.labels == job.labels && arrived.files == job.files)
        #expect(arrived.notes == ["forced": "by uid 1000"] && arrived.bestMetric == job.bestMetric)
        #expect(arrived.lastCheckpoint == job.lastCheckpoint && arrived.lastCheckpointStep == 2_100)
        #expect(try target.input(ofJob: 2) == store.input(ofJob: job.id))
        #expect(try target.metrics(ofJob: 2) == store.metrics(ofJob: job.id))
        #expect(try target.metrics(ofJob: 2)[0].counts != nil)
        let log = try target.log(LogQuery(job: 2)).entries
        #expect(log.map(\.message) == ["Größe \u{1b}[1m"] && log[0].step == 3 && log[0].jobId == 2)
        for name in ["night-owl@1000", "night-owl@last", "night-owl@best", "night-owl:good"] {
            let here = try store.checkpoint(name)
            let there = try target.checkpoint(name)
            #expect(there.id == here.id && there.digest == here.digest && there.metrics == here.metrics)
            #expect(there.ownerUid == 77 && there.jobId == 2 && there.createdUsec == here.createdUsec)
            #expect(try target.verify(checkpoint: there.id).state == .ok)
            #expect(try target.loaded(there.id, in: other) == store.loaded(here.id, in: scratch))
        }
        Glibc.close(try target.openDataFile(arrived.files[0]))
        #expect(try target.scrub().problems.isEmpty)
        let kinds = try target.events(after: 0).filter { $0.job?.id == 2 }.map(\.kind)
        #expect(kinds == [.created, .state, .created, .checkpoint, .checkpoint, .state])
    }

    @Test func whatIsExportedTwiceIsTheSame() throws {
        let job = try makeJob()
        #expect(try export(job.id) == export(job.id))
        #expect(try bring(export(job.id), request: RequestKey(uid: 77, id: "a", argumentsDigest: "b")).id == 1)
        // A retry has one effect; a second import is another job, with ids of its own.
        #expect(try bring(export(job.id), request: RequestKey(uid: 77, id: "a", argumentsDigest: "b")).id == 1)
        let second = try bring(export(job.id))
        #expect(second.id == 2 && second.name == "night-owl-2" && second.uuid != job.uuid)
        #expect(second.lastCheckpoint != job.lastCheckpoint)
        #expect(try target.checkpoint("night-owl-2@last").digest == store.checkpoint("night-owl@last").digest)
        #expect(try target.newestGood(job: 2).checkpoint?.id == second.lastCheckpoint)
        #expect(throws: SimmerError.jobExists(name: "night-owl", id: 1)) {
            try bring(export(job.id), name: "night-owl")
        }
        #expect(try bring(export(job.id), name: "renamed").name == "renamed")
        #expect(try target.scrub().problems.isEmpty)
    }

    @Test func anEndedJobStaysEndedAndABranchBringsWhereItLeft() throws {
        let trunk = try makeJob("trunk")
        var new = newJob("branch")
        new.parentCheckpoint = trunk.lastCheckpoint
        let branch = try store.insertJob(new).job
        try store.publish(Sample(step: 2_200, seed: 3), job: branch.id, in: scratch)
        try store.updateJob(branch.id) { $0.state = .succeeded }
        let arrived = try bring(try export(branch.id))
        #expect(
            arrived.state == .succeeded && arrived.endedUsec != nil && arrived.parentCheckpoint == trunk.lastCheckpoint)
        let parent = try target.checkpoint(try #require(trunk.lastCheckpoint))
        #expect(parent.jobId == nil && parent.jobName == "trunk" && parent.step == 2_100)
        #expect(try target.checkpoint("branch@last").parents == [parent.id])
        // The trunk comes after it: its checkpoint is there already, and not its own.
        let second = try bring(try export(trunk.id))
        #expect(second.lastCheckpointStep == 2_100 && second.lastCheckpoint != trunk.lastCheckpoint)
        #expect(try target.scrub().problems.isEmpty)
    }

    /// A job that belongs to another, with a checkpoint of its own.
    private func makePart(
        _ name: String, seed: UInt64, state: JobState = .succeeded, notes: [String: String]
    ) throws -> JobRow {
        var new = newJob(name)
        new.notes = notes
        let job = try store.insertJob(new).job
        try store.publish(Sample(step: 100, seed: seed, accuracy: 0.5), job: job.id, in: scratch)
        return try store.updateJob(job.id) { $0.state = state }
    }

    private func makeWhole(_ name: String, _ kind: JobKind, notes: [String: String] = [:]) throws -> JobRow {
        var new = newJob(name)
        (new.kind, new.notes) = (kind, notes)
        let job = try store.insertJob(new).job
        return try store.updateJob(job.id) { row in
            row.state = .running
            row.startedUsec = 5
        }
    }

    private func ensemble(of members: [JobRow]) throws -> Ensemble {
        Ensemble(
            method: .averageProbabilities, split: "test", count: 10,
            members: try members.map {
                EnsembleMember(checkpoint: try #require($0.lastCheckpoint), name: "\($0.name)@100")
            }, steps: [])
    }

    private func text(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    private func read<Value: Decodable>(_ type: Value.Type, _ text: String?) throws -> Value {
        try JSONDecoder().decode(type, from: Data(try #require(text).utf8))
    }

    /// An ensemble without its members is a name: they come along, are its parts here, and keep what was measured of them.
    @Test func anEnsembleBringsItsMembers() throws {
        let whole = try makeWhole("five", .ensemble)
        let members = try (1...2).map { number in
            try makePart(
                "five.\(number)", seed: UInt64(number),
                notes: ["partOf": String(whole.id), "part": "member.\(number)"])
        }
        let report = try ensemble(of: members)
        let stored = try text(report)
        try store.updateJob(whole.id) { row in
            row.state = .succeeded
            row.report = stored
        }
        // Their numbers are other jobs here.
        for name in ["a", "b", "c"] { _ = try target.insertJob(newJob(name)) }
        let file = try export(whole.id)
        let arrived = try bring(file)
        #expect(arrived.name == "five" && arrived.state == .succeeded)
        let parts = try target.parts(ofJob: arrived.id)
        #expect(parts.map(\.name) == ["five.1", "five.2"] && parts.map(\.state) == [.succeeded, .succeeded])
        #expect(parts.map { $0.notes["part"] } == ["member.1", "member.2"])
        #expect(parts.allSatisfy { $0.ownerUid == 77 })
        #expect(try read(Ensemble.self, arrived.report) == report)
        for member in members {
            let here = try target.checkpoint("\(member.name)@last")
            #expect(here.id == member.lastCheckpoint && here.ownerUid == 77)
            #expect(try target.loaded(here.id, in: other) == store.loaded(here.id, in: scratch))
        }
        #expect(try target.events(after: 0).allSatisfy { ($0.job?.partOf ?? arrived.id) == arrived.id })

        // A second time its parts have ids and names of their own, by which its report calls them.
        let second = try bring(file)
        let others = try target.parts(ofJob: second.id)
        #expect(second.name == "five-2" && others.map(\.name) == ["five-2.1", "five-2.2"])
        let members2 = try read(Ensemble.self, second.report).members
        #expect(members2.map(\.name) == ["five-2.1@100", "five-2.2@100"])
        #expect(members2.map(\.checkpoint) == others.map(\.lastCheckpoint))
        #expect(try target.parts(ofJob: arrived.id).count == 2)
        #expect(try target.scrub().problems.isEmpty)

        // One whose members are not done goes on with them.
        try store.updateJob(members[1].id) { $0.state = .running }
        try store.updateJob(whole.id) { row in
            row.state = .running
            row.report = nil
        }
        let third = try bring(try export(whole.id), name: "third")
        #expect(third.state == .paused && third.reason?.code == "imported" && third.report == nil)
        let states = try target.parts(ofJob: third.id)
        #expect(states.map(\.name) == ["third.1", "third.2"] && states.map(\.state) == [.succeeded, .paused])
    }

    @Test func aTrunkBringsItsHarvests() throws {
        let trunk = try makeJob("trunk")
        let notes = ["cooldownOf": String(trunk.id), "cooldownFrom": "2100"]
        var new = newJob("trunk-cooldown-2100")
        new.parentCheckpoint = trunk.lastCheckpoint
        new.notes = notes
        let branch = try store.insertJob(new).job
        try store.publish(Sample(step: 2_200, seed: 3, accuracy: 0.95), job: branch.id, in: scratch)
        try store.updateJob(branch.id) { $0.state = .succeeded }
        // What an administrator has branched from it is theirs.
        var foreign = newJob("theirs")
        (foreign.ownerUid, foreign.parentCheckpoint, foreign.notes) = (0, trunk.lastCheckpoint, notes)
        _ = try store.insertJob(foreign)

        _ = try target.insertJob(newJob("somebody-else"))
        let arrived = try bring(try export(trunk.id))
        let best = try target.checkpoint("trunk@best-harvest")
        #expect(try best.id == store.checkpoint("trunk@best-harvest").id && best.jobName == branch.name)
        let harvests = try target.cooldowns(ofJob: arrived.id)
        #expect(harvests.map(\.name) == ["trunk-cooldown-2100"] && harvests[0].cooldownFrom == 2_100)
        // Where it left the trunk is the trunk's own checkpoint, once.
        #expect(harvests[0].parentCheckpoint == arrived.lastCheckpoint)
        #expect(try target.checkpoint(try #require(arrived.lastCheckpoint)).jobId == arrived.id)
        #expect(try target.scrub().problems.isEmpty)
        let second = try bring(try export(trunk.id))
        let again = try target.cooldowns(ofJob: second.id)
        #expect(again.map(\.name) == ["trunk-2-cooldown-2100"])
        #expect(again[0].parentCheckpoint == second.lastCheckpoint && second.lastCheckpoint != arrived.lastCheckpoint)
    }

    /// A squeeze that has not ended asks the job that it is of, which comes along; what it would teach by is of this file,
    /// or is measured anew.
    @Test func aSqueezeGoesOnWithAllThatItAsks() throws {
        let source = try makePart("small", seed: 1, notes: [:])
        let stranger = try makePart("stranger", seed: 9, notes: [:])
        let whole = try makeWhole(
            "small-squeezed", .squeeze, notes: ["squeezeOf": String(source.id), "newMembers": "1"])
        let member = try makePart(
            "small-squeezed.1", seed: 2, notes: ["partOf": String(whole.id), "part": "member.1"])
        let student = try makePart(
            "small-squeezed.student", seed: 3, state: .running,
            notes: ["partOf": String(whole.id), "part": "student"])
        var report = Squeeze(source: "small", ensemble: try ensemble(of: [source, member]), memberParameters: 9)
        report.student = student.name
        func bringIt(teachingBy report: Squeeze) throws -> JobRow {
            let stored = try text(report)
            try store.updateJob(whole.id) { $0.report = stored }
            return try bring(try export(whole.id))
        }
        let arrived = try bringIt(teachingBy: report)
        #expect(arrived.state == .paused && arrived.reason?.code == "imported")
        let here = try target.job("small")
        #expect(arrived.notes["squeezeOf"] == String(here.id) && arrived.notes["newMembers"] == "1")
        #expect(here.state == .succeeded && here.partOf == nil)
        #expect(try target.parts(ofJob: arrived.id).map(\.name) == ["small-squeezed.1", "small-squeezed.student"])
        #expect(try read(Squeeze.self, arrived.report) == report)

        var forged = report
        forged.ensemble = try ensemble(of: [source, stranger])
        #expect(try bringIt(teachingBy: forged).report == nil)

        // Once it has succeeded the job has nothing more to be asked.
        try store.updateJob(student.id) { $0.state = .succeeded }
        try store.updateJob(whole.id) { $0.state = .succeeded }
        #expect(try store.companions(ofJob: whole.id).map(\.name) == ["small-squeezed.1", "small-squeezed.student"])
        let last = try bringIt(teachingBy: report)
        #expect(last.state == .succeeded && last.notes["squeezeOf"] == nil)
        let told = try read(Squeeze.self, last.report)
        #expect(try told.student == target.parts(ofJob: last.id).last?.name && told.source == "small")
    }

    /// What an older simmer wrote of an ensemble would be a success of nothing here.
    @Test func anEnsembleWithoutItsMembersIsRefused() throws {
        let whole = try makeWhole("five", .ensemble)
        try store.updateJob(whole.id) { $0.state = .succeeded }
        var tar = try Tar(try export(whole.id))
        try tar.editIndex { index in
            index["archive"] = 1
            index["others"] = nil
        }
        let error = try #require(throws: SimmerError.self) { try bring(tar.data()) }
        #expect("\(error)".contains("without the jobs that it is made of"), "\(error)")
        #expect(try isUntouched())
    }

    /// A file that calls a job a part of one that is not made of others: as such it is never looked at.
    @Test func whatIsNotMadeOfOthersGetsNoParts() throws {
        let trunk = try makeJob("trunk")
        _ = try makePart("odd", seed: 3, notes: ["partOf": String(trunk.id), "part": "member.1"])
        let arrived = try bring(try export(trunk.id))
        #expect(try target.parts(ofJob: arrived.id) == [] && target.job("odd").notes == [:])
    }

    @Test func withoutDataItMustBeThere() throws {
        let job = try makeJob()
        let file = try export(job.id, withoutData: true)
        #expect(file.count < 8_000_000)
        let refusal = try #require(throws: SimmerError.self) { try bring(file, mayUse: false) }
        #expect("\(refusal)".contains("train.csv"))
        _ = try #require(throws: SimmerError.self) { try bring(file, mayUse: true) }
        #expect(try isUntouched())
        _ = try target.addDataFile(path: "x", from: try other.file(pattern(3_000_000, seed: 5)))
        #expect(try bring(file, mayUse: true).files == job.files)
    }

    /// A flipped bit anywhere, a file cut short anywhere: refused, with the byte, and nothing is left.
    @Test func damagedFilesLeaveNothing() throws {
        let job = try makeJob()
        let file = try export(job.id)
        var random = SystemRandomNumberGenerator()
        let places =
            (0..<40).map { _ in Int.random(in: 0..<file.count, using: &random) }
            + [0, 100, 130, 150, 600, file.count - 1, file.count - 1_025, file.count - 1_600]
        for place in places {
            var damaged = file
            damaged[place] ^= 1 << UInt8(place % 8)
            let error = try #require(throws: SimmerError.self, "byte \(place)") { try bring(damaged) }
            guard case .badFile(let message, let findings) = error else {
                Issue.record("byte \(place): \(error)")
                continue
            }
            #expect(message.contains("byte") && findings.contains { $0.code == "hint" }, "\(message)")
        }
        for count in [0, 1, 511, 512, 5_000, file.count / 2, file.count - 1_024, file.count - 1] {
            _ = try #require(throws: SimmerError.self, "\(count) bytes") { try bring(file.prefix(count)) }
        }
        _ = try #require(throws: SimmerError.self) { try bring(file + Data(count: 512)) }
        _ = try #require(throws: SimmerError.self) {
            try bring(file, digest: "sha256:" + String(repeating: "0", count: 64))
        }
        #expect(try isUntouched())
        try bring(file)
    }

    /// Made anew with right digests: what they cannot tell is told by what the names, numbers and manifests say.
    @Test(arguments: [
        ("path", "where 'events.jsonl'"), ("absolute", "where 'events.jsonl'"), ("link", "header"), ("twice", "twice"),
        ("version", "version 3"), ("future", "makes no sense"), ("manifest", "digest"), ("missing", "no entry"),
        ("size", "makes no sense"),
    ]) func hostileFilesAreRefused(kind: String, says: String) throws {
        let job = try makeJob()
        var tar = try Tar(try export(job.id))
        switch kind {
        case "path": tar.entries[1].name = "../../../etc/passwd"
        case "absolute": tar.entries[1].name = "/etc/passwd"
        case "link": tar.entries[1].type = UInt8(ascii: "2")
        case "twice":
            let copy = tar.entries[1]
            try tar.editIndex { index in
                let list = index["entries"] as? [[String: Any]] ?? []
                index["entries"] = [list[0]] + list
            }
            tar.entries.insert(copy, at: 1)
        case "version": try tar.editIndex { $0["archive"] = 3 }
        case "future":
            try tar.editIndex { index in
                var job = index["job"] as? [String: Any] ?? [:]
                job["activeUsec"] = Int.max
                index["job"] = job
            }
        case "size":
            try tar.editIndex { index in
                var list = index["checkpoints"] as? [[String: Any]] ?? []
                list[0]["createdUsec"] = -1
                index["checkpoints"] = list
            }
        case "manifest":
            try tar.editIndex { index in
                var list = index["checkpoints"] as? [[String: Any]] ?? []
                list[0]["digest"] = list[1]["digest"]
                index["checkpoints"] = list
            }
        default:
            let name = try #require(tar.entries.first { $0.name.hasPrefix("chunks/") }).name
            tar.entries.removeAll { $0.name == name }
            try tar.editIndex { index in
                let list = index["entries"] as? [[String: Any]] ?? []
                index["entries"] = list.filter { $0["name"] as? String != name }
            }
        }
        let error = try #require(throws: SimmerError.self) { try bring(tar.data()) }
        guard case .badFile(let message, let findings) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(message.contains(says), "\(message)")
        #expect(findings.contains { $0.code == "hint" })
        #expect(try isUntouched())
        #expect(!FileManager.default.fileExists(atPath: "/etc/passwd.simmer"))
    }

    /// A note is computed with whenever the daemon starts: what it says is judged before it is kept.
    @Test(arguments: [
        ("newMembers", "1000000000000"), ("newMembers", "0"), ("newMembers", "64"), ("stepSeconds", "inf"),
        ("stepSeconds", "1e30"), ("stepSeconds", "nan"), ("stepSeconds", "-1"),
        ("cooldownFrom", "-9223372036854775808"), ("cooldownFrom", "9007199254740993"), ("part", "member.0"),
        ("part", "member.65"), ("part", "of it"), ("watch", #"{"repeats":9223372036854775807,"rollbacks":0}"#),
        ("watch", #"{"suspect":{"step":-1,"from":0}}"#), ("watch", "{"),
        ("proof", #"{"fromStep":1,"step":2,"same":true,"timeUsec":-9223372036854775808}"#), ("left", "x"),
        ("received", "no"), ("freshMoments", "no"), ("acknowledged", "[1]"),
    ]) func notesThatSimmerDoesNotWriteAreRefused(name: String, text: String) throws {
        let job = try makePart("odd", seed: 1, notes: [name: text])
        let file = try export(job.id)
        let error = try #require(throws: SimmerError.self) { try bring(file) }
        #expect("\(error)".contains("makes no sense"), "\(error)")
        #expect(try isUntouched())
    }

    @Test func notesThatSimmerWritesCome() throws {
        let notes = [
            "newMembers": "63", "stepSeconds": "0.0123", "freshMoments": "yes", "received": "true", "forced": "uid 1",
            "acknowledged": #"{"data.leak":"known"}"#, "left": String(repeating: "0a", count: 16),
            "watch": #"{"repeats":1,"rollbacks":2,"usualStep":0.5}"#,
            "proof": #"{"fromStep":1,"step":2,"same":true,"timeUsec":5}"#,
        ]
        let job = try makePart("whole", seed: 1, notes: notes)
        #expect(try bring(try export(job.id)).notes == notes)
    }

    /// A tensor of a size that nothing can be added to.
    @Test func aTensorOfEverySizeIsJudgedBeforeItIsCounted() throws {
        let job = try makePart("large", seed: 1, notes: [:])
        var tar = try Tar(try export(job.id))
        try tar.editManifest { manifest in
            var snapshot = manifest["snapshot"] as? [String: Any] ?? [:]
            var tensors = snapshot["tensors"] as? [[String: Any]] ?? []
            tensors[0]["byteCount"] = Int.max
            snapshot["tensors"] = tensors
            manifest["snapshot"] = snapshot
        }
        let error = try #require(throws: SimmerError.self) { try bring(tar.data()) }
        #expect("\(error)".contains("contradicts itself at '0.weight'"), "\(error)")
        #expect(try isUntouched())
    }

    private func makeBranch(
        of trunk: JobRow, _ name: String = "branch", notes: [String: String] = [:]
    ) throws -> JobRow {
        var new = newJob(name)
        new.parentCheckpoint = trunk.lastCheckpoint
        new.notes = notes
        let job = try store.insertJob(new).job
        try store.publish(Sample(step: 2_200, seed: 3), job: job.id, in: scratch)
        return try store.updateJob(job.id) { $0.state = .succeeded }
    }

    /// Whoever knows the id of a checkpoint would otherwise train on with another user's weights.
    @Test func anotherUsersCheckpointIsNotBranchedFrom() throws {
        let trunk = try makePart("trunk", seed: 1, notes: [:])
        var alone = try Tar(try export(try makeBranch(of: trunk).id))
        try alone.editIndex { index in
            let list = index["checkpoints"] as? [[String: Any]] ?? []
            index["checkpoints"] = list.filter { $0["isOwn"] as? Bool == true }
        }
        // Nobody's here yet.
        #expect(try bring(try alone.data()).parentCheckpoint == trunk.lastCheckpoint)
        try bring(try export(trunk.id), owner: 78)
        let error = try #require(throws: SimmerError.self) { try bring(try alone.data()) }
        #expect("\(error)".contains("another user's"), "\(error)")
        #expect(try bring(try alone.data(), owner: 78).parentCheckpoint == trunk.lastCheckpoint)
    }

    /// One that goes by the id of a checkpoint that is here, and is made of other bytes.
    @Test func anotherCheckpointOfTheSameIdIsAnother() throws {
        let trunk = try makePart("trunk", seed: 1, notes: [:])
        let other = try makePart("other", seed: 2, notes: [:])
        let id = try #require(trunk.lastCheckpoint)
        try bring(try export(trunk.id), owner: 78)
        let branch = try makeBranch(of: other)
        let same = try export(try makeBranch(of: trunk, "same").id)
        #expect(try bring(same, owner: 78).parentCheckpoint == id)
        // Whose origin came along has a copy: another user's is not kept from being deleted by it.
        let copy = try target.checkpoint(try #require(try bring(same).parentCheckpoint))
        #expect(try copy.id != id && copy.ownerUid == 77 && copy.digest == target.checkpoint(id).digest)
        var tar = try Tar(try export(branch.id))
        try tar.editIndex { index in
            var list = index["checkpoints"] as? [[String: Any]] ?? []
            list[0]["id"] = id
            index["checkpoints"] = list
            var job = index["job"] as? [String: Any] ?? [:]
            job["parentCheckpoint"] = id
            index["job"] = job
        }
        let parent = try #require(try bring(tar.data()).parentCheckpoint)
        #expect(parent != id)
        #expect(try target.checkpoint(parent).digest == store.checkpoint("other@last").digest)
    }

    /// What a job branched from comes along, with all its weights.
    @Test func anotherUsersCheckpointIsNotExported() throws {
        let trunk = try makePart("trunk", seed: 1, notes: [:])
        var new = newJob("theirs")
        (new.ownerUid, new.parentCheckpoint) = (7, trunk.lastCheckpoint)
        let branch = try store.insertJob(new).job
        let descriptor = try scratch.file([])
        defer { Glibc.close(descriptor) }
        let refusal = SimmerError.notOwner(ownerUid: 1000)
        #expect(throws: refusal) {
            _ = try store.exportJob(branch.id, to: descriptor, require: { if $0 != 7 { throw refusal } })
        }
        _ = try store.exportJob(branch.id, to: descriptor)
    }

    /// A cooldown takes no turn in the queue and waits for no checks.
    @Test func whatDidNotLeaveItsTrunkIsNoCooldown() throws {
        let trunk = try makePart("trunk", seed: 1, notes: [:])
        let stranger = try makePart("stranger", seed: 2, notes: [:])
        let notes = ["cooldownOf": String(trunk.id), "cooldownFrom": "100"]
        _ = try makeBranch(of: stranger, "trunk-odd", notes: notes)
        _ = try makeBranch(of: trunk, "trunk-cooldown-100", notes: notes)
        let arrived = try bring(try export(trunk.id))
        #expect(try target.cooldowns(ofJob: arrived.id).map(\.name) == ["trunk-cooldown-100"])
        #expect(try target.job("trunk-odd").notes == [:])
    }

    /// Ended jobs may share a name: each is called by its own.
    @Test func membersOfOneNameAreToldApart() throws {
        let whole = try makeWhole("two", .ensemble)
        let members = try (1...2).map { number in
            let part = try makePart(
                "two.\(number)", seed: UInt64(number),
                notes: ["partOf": String(whole.id), "part": "member.\(number)"])
            return try store.updateJob(part.id) { $0.name = "two.1" }
        }
        let stored = try text(try ensemble(of: members))
        try store.updateJob(whole.id) { row in
            row.state = .succeeded
            row.report = stored
        }
        let arrived = try bring(try export(whole.id))
        let names = try target.parts(ofJob: arrived.id).map { $0.name + "@100" }
        #expect(Set(names).count == 2)
        #expect(try read(Ensemble.self, arrived.report).members.map(\.name) == names)
    }

    @Test func anImportThatFailsLateIsSweptAway() throws {
        let job = try makeJob()
        let file = try export(job.id)
        _ = try target.insertJob(newJob("night-owl"))
        _ = try #require(throws: SimmerError.self) { try bring(file, name: "night-owl") }
        #expect(try Sqlite.value(other.state + "/chunks.db", "SELECT count(*) FROM chunk") != "0")
        _ = try target.sweep()
        #expect(try Sqlite.value(other.state + "/chunks.db", "SELECT count(*) FROM chunk") == "0")
        #expect(try FileManager.default.contentsOfDirectory(atPath: other.state + "/datasets").isEmpty)
    }
}

/// A tar file taken apart and put together by somebody else's hands, digests included.
private struct Tar {
    struct Entry {
        var name: String
        var type = UInt8(ascii: "0")
        var bytes: Data
    }
    var entries: [Entry] = []

    init(_ file: Data) throws {
        var offset = 0
        while offset + 512 <= file.count, file[offset] != 0 {
            let header = Array(file[offset..<offset + 512])
            let name = String(decoding: header.prefix { $0 != 0 }, as: UTF8.self)
            let size = try #require(Int(String(decoding: header[124..<135], as: UTF8.self), radix: 8))
            entries.append(Entry(name: name, bytes: file[(offset + 512)..<(offset + 512 + size)]))
            offset += 512 + (size + 511) / 512 * 512
        }
        try #require(entries.popLast()?.name == "end")
    }

    mutating func editIndex(_ change: (inout [String: Any]) throws -> Void) throws {
        var index = try #require(try JSONSerialization.jsonObject(with: entries[0].bytes) as? [String: Any])
        try change(&index)
        entries[0].bytes = try JSONSerialization.data(withJSONObject: index, options: [.sortedKeys])
    }

    /// Of the only checkpoint.
    mutating func editManifest(_ change: (inout [String: Any]) throws -> Void) throws {
        let place = try #require(entries.firstIndex { $0.name.hasPrefix("manifests/") })
        var manifest = try #require(try JSONSerialization.jsonObject(with: entries[place].bytes) as? [String: Any])
        try change(&manifest)
        entries[place].bytes = try JSONSerialization.data(withJSONObject: manifest, options: [.sortedKeys])
        let old = entries[place].name
        let digest = try Self.sha256(entries[place].bytes)
        let (name, size) = ("manifests/" + digest, entries[place].bytes.count)
        entries[place].name = name
        try editIndex { index in
            var checkpoints = index["checkpoints"] as? [[String: Any]] ?? []
            checkpoints[0]["manifest"] = digest
            index["checkpoints"] = checkpoints
            index["entries"] = (index["entries"] as? [[String: Any]] ?? []).map { entry in
                entry["name"] as? String == old ? ["name": name, "size": size, "sha256": digest] : entry
            }
        }
    }

    func data() throws -> Data {
        var file = Data()
        for entry in entries { add(entry, to: &file) }
        add(Entry(name: "end", bytes: Data(try Self.sha256(file).utf8)), to: &file)
        return file + Data(count: 1024)
    }

    /// By other hands than the store's.
    private static func sha256(_ data: Data) throws -> String {
        let folder = NSTemporaryDirectory() + "simmer-tar-" + UUID().uuidString
        try data.write(to: URL(fileURLWithPath: folder))
        defer { unlink(folder) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
        process.arguments = [folder]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let digest = pipe.fileHandleForReading.readDataToEndOfFile().prefix(64)
        process.waitUntilExit()
        return String(decoding: digest, as: UTF8.self)
    }

    private func add(_ entry: Entry, to file: inout Data) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ offset: Int) {
            for (i, byte) in text.utf8.enumerated() { header[offset + i] = byte }
        }
        put(entry.name, 0)
        put("0000644", 100)
        put("0000000", 108)
        put("0000000", 116)
        put(String(repeating: "0", count: 11 - String(entry.bytes.count, radix: 8).count), 124)
        put(String(entry.bytes.count, radix: 8), 135 - String(entry.bytes.count, radix: 8).count)
        put("00000000000", 136)
        put("        ", 148)
        header[156] = entry.type
        put("ustar", 257)
        put("00", 263)
        let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
        put(String(repeating: "0", count: 6 - sum.count) + sum + "\0 ", 148)
        file += header
        file += entry.bytes
        file += Data(count: (512 - entry.bytes.count % 512) % 512)
    }
}
