import Foundation
import Recipes
import Storage
import Testing

@Suite struct CheckpointTests {
    let scratch: Scratch
    let store: Store
    let job: Int
    init() throws {
        scratch = try Scratch()
        store = try scratch.store()
        job = try store.insertJob(newJob()).job.id
    }

    @Test func whatIsPublishedComesBackAfterAReopen() throws {
        let sample = Sample(step: 10, seed: 1, accuracy: 0.9)
        let before = try store.lastEventSequence()
        let checkpoint = try store.publish(sample, job: job, in: scratch)
        #expect(checkpoint.complete && checkpoint.step == 10 && checkpoint.jobName == "night-owl")
        #expect(checkpoint.sizeBytes == sample.bytes.count && checkpoint.newBytes == sample.bytes.count)
        let event = try #require(try store.events(after: before).last)
        #expect(event.kind == .checkpoint && event.checkpoint == checkpoint.id)
        #expect(event.job?.lastCheckpoint == checkpoint.id)
        try store.close()
        let again = try scratch.store()
        #expect(again.degraded.isEmpty)
        #expect(try again.checkpoint("night-owl@last") == checkpoint)
        #expect(try again.loaded(checkpoint.id, in: scratch) == sample.bytes)
        #expect(try again.snapshot(ofCheckpoint: checkpoint.id) == sample.snapshot)
        #expect(try again.job(id: job).lastCheckpointStep == 10)
        #expect(try again.verify(checkpoint: checkpoint.id).state == .ok)
        #expect(try again.checkpoint(checkpoint.id).verifyState == .ok)
    }

    @Test func equalBytesAreStoredOnce() throws {
        let first = try store.publish(Sample(step: 1, seed: 1), job: job, in: scratch)
        let second = try store.publish(Sample(step: 2, seed: 2), job: job, in: scratch)
        // The small tensors are the same; both halves of the big weight and of its moment differ.
        #expect(second.newBytes == 2 * 393_216 * 4)
        let third = try store.publish(Sample(step: 3, seed: 2), job: job, in: scratch)
        #expect(third.newBytes == 0)
        #expect(third.digest == second.digest && third.digest != first.digest)
        #expect(third.id != second.id)
    }

    @Test func theDigestIsTheOneThatIsWrittenDown() throws {
        // Expected: Tests/Reference/checkpoint_digest.py, which follows docs/FORMAT.md and shares no code with this.
        let checkpoint = try store.publish(Sample(step: 1, seed: 1), job: job, in: scratch)
        #expect(checkpoint.digest == "sha256:5d492640690bab99bfef0ff5fddad17d61a4b8c8eda179a663be4cb7ec2a7090")
        #expect(checkpoint.weightsDigest == "sha256:9dc549de34d906db4c5fde41dd9785e1718c879ede3158295c845777e742871f")
    }

    @Test func theDigestCoversWhatAResumeNeedsAndNothingElse() throws {
        let sample = Sample(step: 1, seed: 1)
        func publish(_ change: (inout Sample) -> Void) throws -> Checkpoint {
            var changed = sample
            change(&changed)
            return try store.publish(changed, job: job, in: scratch)
        }
        let base = try publish { _ in }
        let other = try publish {
            $0.snapshot.step = 2
            $0.snapshot.cause = .stop
            $0.snapshot.activeSeconds = 99
            $0.snapshot.environment = ["simmer": "2"]
            $0.snapshot.metrics = []
            $0.snapshot.tensors.reverse()
        }
        #expect(other.digest == base.digest && other.weightsDigest == base.weightsDigest)
        let state = try publish { $0.snapshot.state = "{}" }
        #expect(state.digest != base.digest && state.weightsDigest == base.weightsDigest)
        let moment = try publish { $0.bytes[$0.snapshot.tensors[3].offset] ^= 1 }
        #expect(moment.digest != base.digest && moment.weightsDigest == base.weightsDigest)
        let buffer = try publish { $0.bytes[$0.snapshot.tensors[2].offset] ^= 1 }
        #expect(buffer.digest != base.digest && buffer.weightsDigest != base.weightsDigest)
        let renamed = try publish { $0.snapshot.tensors[0].name = "9.weight" }
        #expect(renamed.digest != base.digest && renamed.weightsDigest != base.weightsDigest)
    }

    @Test func namesFindCheckpoints() throws {
        let first = try store.publish(Sample(step: 10, seed: 1, accuracy: 0.9), job: job, in: scratch, tag: "good")
        let second = try store.publish(Sample(step: 20, seed: 2, accuracy: 0.8), job: job, in: scratch)
        let third = try store.publish(Sample(step: 30, seed: 3), job: job, in: scratch)
        #expect(try store.checkpoint("night-owl@10").id == first.id)
        #expect(try store.checkpoint("\(job)@best").id == first.id, "accuracy: higher is better")
        #expect(try store.checkpoint("night-owl@last").id == third.id)
        #expect(try store.checkpoint("night-owl:good").id == first.id)
        #expect(try store.checkpoint(String(second.id.prefix(8))).id == second.id)
        for name in ["night-owl@11", "night-owl:bad", "0123456", "ffffffffffffffffff"] {
            #expect(throws: SimmerError.noSuchCheckpoint(checkpoint: name)) { try store.checkpoint(name) }
        }
        #expect(throws: SimmerError.noSuchJob(job: "lark")) { try store.checkpoint("lark@last") }
        #expect(throws: SimmerError.tagExists(tag: "good", checkpoint: first.id)) {
            try store.tag(checkpoint: second.id, "good")
        }
        #expect(try store.tag(checkpoint: second.id, "good", move: true).tags == ["good"])
        #expect(try store.checkpoint("night-owl:good").id == second.id)
        #expect(try store.untag(checkpoint: second.id, "good").tags.isEmpty)
        for bad in ["best", "last", "", "a b", "-a", "ä", String(repeating: "x", count: 65)] {
            #expect(throws: SimmerError.self) { try store.tag(checkpoint: first.id, bad) }
        }
        let page = try store.checkpoints(job: "night-owl", limit: 2)
        #expect(page.checkpoints.map(\.id) == [third.id, second.id] && page.total == 3)
        let rest = try store.checkpoints(job: "night-owl", limit: 2, cursor: page.nextCursor)
        #expect(rest.checkpoints.map(\.id) == [first.id] && rest.nextCursor == nil)
        #expect(throws: SimmerError.cursorExpired) { try store.checkpoints(cursor: page.nextCursor) }
    }

    @Test func aDamagedChunkIsFoundAndTheOlderCheckpointTaken() throws {
        let old = try store.publish(Sample(step: 1, seed: 1), job: job, in: scratch)
        let new = try store.publish(Sample(step: 2, seed: 2), job: job, in: scratch)
        let chunk = try #require(
            try Sqlite.value(
                scratch.state + "/simmer.db",
                "SELECT hex(digest) FROM checkpoint_chunk WHERE checkpoint = '\(new.id)' AND seq = 1"))
        try tamper(
            scratch.state + "/chunks.db",
            "UPDATE chunk SET bytes = CAST(substr(bytes, 1, 5000) || x'00' || substr(bytes, 5002) AS BLOB)"
                + " WHERE digest = x'\(chunk)'")
        #expect(throws: SimmerError.self) { try store.loaded(new.id, in: scratch) }
        let good = try store.newestGood(job: job)
        #expect(good.checkpoint?.id == old.id)
        #expect(good.findings.map(\.code) == ["checkpoint_damaged"])
        #expect(try store.checkpoint(new.id).verifyState == .corrupt)
        #expect(try store.checkpoint("night-owl@last").id == old.id)
        #expect(try store.verify(checkpoint: new.id).problems.map(\.code) == ["chunk_damaged"])
        let scrub = try store.scrub()
        #expect(Set(scrub.problems.map(\.code)) == ["chunk_damaged", "checkpoint_damaged"])
        #expect(try store.verify(checkpoint: old.id).state == .ok)
        try tamper(scratch.state + "/chunks.db", "DELETE FROM chunk WHERE digest = x'\(chunk)'")
        #expect(try store.verify(checkpoint: new.id).state == .missing)
    }

    @Test(arguments: ["manifest = CAST(replace(manifest, 'patience', 'patienze') AS BLOB)", "step = 3", "digest = 'x'"])
    func aTamperedRowIsNeverUsed(change: String) throws {
        let old = try store.publish(Sample(step: 1, seed: 1), job: job, in: scratch)
        let new = try store.publish(Sample(step: 2, seed: 2), job: job, in: scratch)
        try tamper(scratch.state + "/simmer.db", "UPDATE checkpoint SET \(change) WHERE id = '\(new.id)'")
        #expect(throws: SimmerError.self) { try store.loaded(new.id, in: scratch) }
        #expect(try store.newestGood(job: job).checkpoint?.id == old.id)
        #expect(try !store.scrub().problems.isEmpty)
    }

    @Test func aSnapshotThatContradictsItselfIsRefused() throws {
        for change: (inout Sample) -> Void in [
            { $0.snapshot.tensors[0].byteCount -= 4 },
            { $0.snapshot.tensors[0].offset = 1 << 40 },
            { $0.snapshot.tensors[0].offset = -8 },
            { $0.snapshot.tensors[1].name = "0.weight" },
            { $0.snapshot.tensors[1].permutation = [1, 1] },
            { $0.snapshot.tensors[1].storedShape = [3, 3] },
            { $0.snapshot.tensors[1].shape = [Int.max, 4] },
            { $0.bytes.removeLast() },
        ] {
            var sample = Sample(step: 1, seed: 1)
            change(&sample)
            #expect(throws: SimmerError.self) { try store.publish(sample, job: job, in: scratch) }
        }
        #expect(try store.checkpoints().total == 0)
    }

    @Test func aFailedPublishLeavesNothingVisible() throws {
        let old = try store.publish(Sample(step: 1, seed: 1), job: job, in: scratch)
        // The descriptor is closed for reading: every pread fails.
        let descriptor = open(scratch.path + "/write-only", O_WRONLY | O_CREAT, 0o600)
        let sample = Sample(step: 2, seed: 2)
        try #require(write(descriptor, sample.bytes, sample.bytes.count) == sample.bytes.count)
        #expect(throws: SimmerError.ioFailed(operation: "pread", errno: Int(EBADF), path: nil)) {
            try store.publish(sample.snapshot, from: descriptor, job: job, ownerUid: 1)
        }
        Glibc.close(descriptor)
        #expect(try store.checkpoints().checkpoints.map(\.id) == [old.id])
        #expect(try store.newestGood(job: job).checkpoint?.id == old.id)
        try store.publish(sample, job: job, in: scratch)
    }

    @Test func differencesAreMeasured() throws {
        let first = try store.publish(Sample(step: 1, seed: 1), job: job, in: scratch)
        var changed = Sample(step: 2, seed: 1)
        changed.snapshot.state = "{}"
        let offset = changed.snapshot.tensors[1].offset
        // 1.weight is stored [1, 4, 2, 5, 3, 6]; the 4 becomes an 8.
        withUnsafeBytes(of: Float(8).bitPattern) { changed.bytes.replaceSubrange(offset + 4..<offset + 8, with: $0) }
        changed.snapshot.tensors[4].name = "ema_0.99.1.weight"
        let second = try store.publish(changed, job: job, in: scratch)
        let difference = try store.diff(first.id, second.id)
        #expect(!difference.same && !difference.stateSame)
        #expect(difference.differences.map(\.name) == ["1.weight", "ema_0.99.1.weight", "ema_0.999.1.weight"])
        #expect(difference.differences.map(\.kind) == ["changed", "only_second", "only_first"])
        let weight = difference.differences[0]
        #expect(weight.changedCount == 1 && weight.maxAbsolute == 4)
        #expect(abs((weight.relativeNorm ?? 0) - (16.0 / 91).squareRoot()) < 1e-12)
        #expect(try store.diff(first.id, first.id) == store.diff(second.id, second.id))
        #expect(try store.diff(first.id, first.id).same)
    }

    @Test func tensorsAreMeasured() throws {
        let checkpoint = try store.publish(Sample(step: 1, seed: 1), job: job, in: scratch)
        let tensors = try store.tensors(ofCheckpoint: checkpoint.id, statistics: true)
        #expect(
            tensors.map(\.name) == [
                "0.weight", "1.weight", "2.num_batches_tracked", "adam.m.0.weight", "ema_0.999.1.weight",
            ])
        #expect(tensors[1].min == 1 && tensors[1].max == 6 && tensors[1].mean == 3.5 && tensors[1].nonFiniteCount == 0)
        #expect(tensors[2].mean == 7 && tensors[2].shape == [] && tensors[2].dtype == "I64")
    }

    @Test func anONNXFileHasTheTensorsInTheirPlaces() throws {
        let checkpoint = try store.publish(Sample(step: 1, seed: 1), job: job, in: scratch)
        var recipe = Recipe(
            name: "net", data: DataSource(format: .digits),
            model: Model(layers: [Layer(kind: .linear(units: .classes, bias: false), name: "1")]),
            optimizer: Optimizer())
        recipe.averages.ema = [0.999]
        let facts = DataFacts(
            inputShape: [3], target: .numbers(2), trainingCount: 1, validationCount: 1, testCount: 0, mean: [0, 0, 0],
            deviation: [1, 1, 1], scale: 1)
        for (average, first) in [(String?.none, Float(1)), ("ema-0.999", 10)] {
            let model = try ONNXModel(recipe, facts, average: average)
            let descriptor = try scratch.file([])
            defer { Glibc.close(descriptor) }
            let result = try store.exportONNX(checkpoint: checkpoint.id, model, to: descriptor)
            #expect(result.sizeBytes == model.byteCount)
            var bytes = [UInt8](repeating: 0, count: result.sizeBytes)
            try #require(pread(descriptor, &bytes, bytes.count, 0) == bytes.count)
            // raw_data, field 9 of 24 bytes: row-major [outputs, inputs], as PyTorch has it.
            let numbers: [Float] = (1...6).map { first * Float($0) }
            let expected: [UInt8] = [0x4a, 24] + numbers.withUnsafeBytes { Array($0) }
            #expect(bytes.firstRange(of: expected) != nil)
        }
        // Another model's tensors: nothing is written.
        var other = facts
        other.inputShape = [4]
        other.mean.append(0)
        other.deviation.append(1)
        let descriptor = try scratch.file([1, 2, 3])
        defer { Glibc.close(descriptor) }
        #expect(throws: SimmerError.self) {
            try store.exportONNX(checkpoint: checkpoint.id, try ONNXModel(recipe, other), to: descriptor)
        }
        #expect(lseek(descriptor, 0, SEEK_END) == 3)
    }

    @Test func anAverageIsExportedUnderTheWeightsNames() throws {
        let checkpoint = try store.publish(Sample(step: 1, seed: 1), job: job, in: scratch)
        let descriptor = try scratch.file([])
        defer { Glibc.close(descriptor) }
        let result = try store.exportSafetensors(checkpoint: checkpoint.id, to: descriptor, average: "ema-0.999")
        var bytes = [UInt8](repeating: 0, count: result.sizeBytes)
        try #require(pread(descriptor, &bytes, bytes.count, 0) == bytes.count)
        let length = try SafetensorsHeader.headerByteCount(prefix: Array(bytes.prefix(8)), fileByteCount: bytes.count)
        let header = try SafetensorsHeader(
            json: Array(bytes[8..<8 + length]), dataByteCount: bytes.count - 8 - length)
        #expect(header.entries.map(\.name) == ["1.weight", "2.num_batches_tracked"])
        #expect(Array(bytes[(8 + length)...].prefix(4)) == withUnsafeBytes(of: Float(10).bitPattern, Array.init))
        #expect(throws: SimmerError.self) {
            try store.exportSafetensors(checkpoint: checkpoint.id, to: descriptor, average: "ema-0.9")
        }
    }
}
