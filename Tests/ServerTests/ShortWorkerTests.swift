import Foundation
import Glibc
import Logging
import Recipes
import Testing
import Wire

@testable import Server

/// Workers that are killed over short work: by others, which says nothing of the work, and by themselves.
@Suite struct ShortWorkerTests {
    /// Workers in the shape of a script, which finds how many there were before it in `$count`, and its answer in `answer`.
    private struct Bench {
        let folder: String
        let workers: ShortWorkers
        let told = Locked<[String]>([])

        init(_ script: String) throws {
            folder = NSTemporaryDirectory() + "simmer-short-" + UUID().uuidString
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(try MessageCoding.encode(WorkerReport.answered)).write(
                to: URL(fileURLWithPath: folder + "/answer"))
            let word = try MessageCoding.encode(WorkerReport.ready(environment: [:]))
            try Data(word).write(to: URL(fileURLWithPath: folder + "/word"))
            let text = """
                #!/bin/sh
                cd '\(folder)'
                echo >> count
                count=$(wc -l < count)
                head -c 1 <&3 > order
                \(script)
                """
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/worker"))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder + "/worker")
            workers = ShortWorkers(
                program: WorkerProgram(path: folder + "/worker", nice: 0),
                records: try WorkerRecords(stateDirectory: folder),
                log: Logger(label: "simmerd") { _ in SwiftLogNoOpLogHandler() })
        }

        func run(
            _ hear: @escaping @Sendable (WorkerReport) throws -> Void = { _ in },
            again: @escaping @Sendable () -> Void = {}
        ) async throws -> WorkerReport {
            let assignment = Assignment(task: .inspect, recipe: "", overrides: [:], threads: 1, jobName: "j")
            return try await workers.run(
                assignment, descriptors: [], memory: 1 << 30, seconds: 60, hear: hear,
                again: { text in
                    told.withLock { $0.append(text) }
                    again()
                })
        }

        /// Workers that there have been.
        var count: Int {
            get throws { try String(contentsOfFile: folder + "/count", encoding: .utf8).count }
        }

        // Left-overs in the system's temporary directory are no failure of the code under test.
        func end() { try? FileManager.default.removeItem(atPath: folder) }
    }

    @Test func theThirdAnswersWhereTwoWereKilled() async throws {
        let bench = try Bench("[ $count = 3 ] || kill -KILL $$\ncat answer >&3")
        defer { bench.end() }
        guard case .answered = try await bench.run() else { return #expect(Bool(false), "no answer") }
        #expect(try bench.count == 3)
        let told = bench.told.value
        #expect(told.count == 2 && told.allSatisfy { $0.contains("was killed by signal 9 (by hand") }, "\(told)")
        #expect(told.last?.contains("3 of 3") == true, "\(told)")
    }

    @Test(arguments: [SIGKILL, SIGTERM]) func thereIsNoFourth(_ signal: Int32) async throws {
        let bench = try Bench("kill -\(signal) $$")
        defer { bench.end() }
        let died = await #expect(throws: ShortWorkDied.self) { _ = try await bench.run() }
        let text = try #require(died?.description)
        #expect(text.contains("killed by signal \(signal)") && text.contains("as 2 before it"), "\(text)")
        // It is not its own limit that it ran into.
        #expect(try bench.count == 3 && !text.contains("1024 MiB"), "\(text)")
    }

    @Test func whatIsGivenUpBetweenTwoHasNoSecond() async throws {
        let bench = try Bench("[ $count = 2 ] || kill -KILL $$\ncat answer >&3")
        defer { bench.end() }
        await #expect(throws: SimmerError.operationCancelled) {
            _ = try await bench.run(again: { bench.workers.cancelAll() })
        }
        #expect(try bench.count == 1 && bench.told.value.count == 1 && !bench.workers.isBusy)
    }

    /// What runs out of its own memory does so every time.
    @Test(arguments: ["kill -SEGV $$", "kill -ILL $$", "exit 1"])
    func whatDiesByItselfIsNotTriedAgain(_ end: String) async throws {
        let bench = try Bench(end)
        defer { bench.end() }
        let died = await #expect(throws: ShortWorkDied.self) { _ = try await bench.run() }
        #expect(died?.description.contains("1024 MiB") == true, "\(died?.description ?? "")")
        #expect(try bench.count == 1 && bench.told.value.isEmpty)
    }

    /// Whoever listens would hear it twice.
    @Test func whatHasSaidSomethingIsNotTriedAgain() async throws {
        let bench = try Bench("cat word >&3\nkill -KILL $$")
        defer { bench.end() }
        let heard = Locked(0)
        let died = await #expect(throws: ShortWorkDied.self) {
            _ = try await bench.run({ _ in heard.withLock { $0 += 1 } })
        }
        #expect(died?.signal == SIGKILL && heard.value == 1)
        #expect(try bench.count == 1)
    }
}
