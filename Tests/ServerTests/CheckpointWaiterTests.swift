import Foundation
import Recipes
import Storage
import Testing

@testable import Server

/// Who asked for a checkpoint gets one that was taken after the question, whatever was on its way.
@Suite struct CheckpointWaiterTests {
    private func run(of job: Int = 1) -> Run {
        Run(
            row: (id: job, name: "j", owner: 1000), token: 1, isShort: false, partOf: nil, step: 0, activeBefore: 0)
    }

    private func snapshot(_ step: Int, _ cause: Snapshot.Cause) -> Snapshot {
        Snapshot(
            step: step, cause: cause, tensors: [], state: "{}", metrics: [], environment: [:], activeSeconds: 1)
    }

    /// Asks and waits as the daemon does.
    private func ask(_ run: Run, _ tag: String) throws {
        run.checkpointWaiters.append(CheckpointWaiter(request: try run.askForCheckpoint(), tag: tag))
    }

    /// One is taken after the first request; the second comes while that one is still on its way from the worker.
    @Test func whatWasTakenBeforeTheRequestAnswersNobodyElse() throws {
        let run = run()
        try ask(run, "one")
        try ask(run, "two")
        #expect(run.takeWaiters(for: snapshot(5, .step), request: 0).isEmpty)
        #expect(run.takeWaiters(for: snapshot(6, .asked), request: 1).map(\.tag) == ["one"])
        // Another by the clock that was taken before the second request: it is handed over after it.
        #expect(run.takeWaiters(for: snapshot(7, .time), request: 1).isEmpty)
        try ask(run, "three")
        #expect(run.takeWaiters(for: snapshot(8, .asked), request: 3).map(\.tag) == ["two", "three"])
        #expect(run.checkpointWaiters.isEmpty)
    }

    @Test(arguments: [Snapshot.Cause.end, .stop]) func theLastOneOfARunAnswersEverybody(cause: Snapshot.Cause) throws {
        let run = run()
        try ask(run, "one")
        try ask(run, "two")
        #expect(run.takeWaiters(for: snapshot(9, cause), request: 0).map(\.tag) == ["one", "two"])
        #expect(run.checkpointWaiters.isEmpty)
    }

    /// Asked when the last checkpoint had been handed over, and the run was not over yet.
    @Test func askedBetweenTheLastOneAndTheEndOfTheRun() throws {
        let folder = NSTemporaryDirectory() + "simmer-server-" + UUID().uuidString
        defer {
            // Left-overs in the system's temporary directory are no failure of the code under test.
            try? FileManager.default.removeItem(atPath: folder)
        }
        let store = try Store(directory: folder)
        var new = NewJob(defaultName: "j", ownerUid: 1000, recipe: "recipe: 1\n", recipeDigest: "sha256:00")
        new.state = .queued
        let job = try store.insertJob(new).job.id
        let run = run(of: job)
        let content = [UInt8](repeating: 7, count: 8)
        let file = open(folder + "/snapshot", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(file) }
        try #require(file >= 0 && write(file, content, 8) == 8)
        var last = snapshot(9, .end)
        last.tensors = [
            TensorRecord(name: "0.bias", role: .weight, dtype: "F32", shape: [2], offset: 0, byteCount: 8)
        ]
        let id = try store.publish(last, from: file, job: job, ownerUid: 1000).id
        #expect(run.takeWaiters(for: last, request: 0).isEmpty)

        try ask(run, "late")
        let waiter = try #require(run.checkpointWaiters.first)
        // A run that did not reach its end has no last checkpoint that would do.
        #expect(throws: SimmerError.operationCancelled) { try run.lastAnswer(to: waiter, in: store) }
        run.finished = (step: 9, reachedEnd: true)
        // Nor has one whose last one found no room: what the store has is from before the question.
        run.refusal = (SimmerError.noSpace(path: folder, neededBytes: 8, freeBytes: 0), 8)
        #expect(throws: SimmerError.operationCancelled) { try run.lastAnswer(to: waiter, in: store) }
        run.refusal = nil
        let answer = try run.lastAnswer(to: waiter, in: store)
        #expect(answer.id == id && answer.step == 9 && answer.tags == ["late"])
        #expect(try store.checkpoint("j:late").id == id)
        try store.close()
    }
}
