import Foundation
import Testing

/// Workers of short work that somebody kills, as the kernel does where memory is short.
@Suite struct ShortWorkTests {
    /// A daemon whose workers die to order: `plan` has how many live first, and how many die then.
    private struct Bench {
        let daemon: PrivateDaemon
        private let folder: URL

        init(configuration: String = "") throws {
            // The daemon finds its worker beside its own file, and a link of it on the same disk costs nothing.
            folder = Programs.folder.appendingPathComponent("dying-\(UUID().uuidString.prefix(8))")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let program = folder.appendingPathComponent("simmerd")
            try FileManager.default.linkItem(at: Programs.path("simmerd"), to: program)
            let worker = folder.appendingPathComponent("simmer-worker")
            let text = """
                #!/bin/sh
                # Two workers may begin at once.
                exec 9< "$0"
                flock 9
                read living dying < '\(folder.path)/plan'
                if [ $living -gt 0 ]; then
                    echo $((living - 1)) $dying > '\(folder.path)/plan'
                elif [ $dying -gt 0 ]; then
                    echo 0 $((dying - 1)) > '\(folder.path)/plan'
                    exec 9<&-
                    head -c 1 <&3 > /dev/null
                    kill -KILL $$
                fi
                exec 9<&-
                exec '\(Programs.path("simmer-worker").path)' "$@"
                """
            try Data(text.utf8).write(to: worker)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: worker.path)
            try Data("0 0\n".utf8).write(to: folder.appendingPathComponent("plan"))
            daemon = try PrivateDaemon(configuration: configuration, program: program)
        }

        func plan(living: Int = 0, dying: Int) throws {
            try Data("\(living) \(dying)\n".utf8).write(to: folder.appendingPathComponent("plan"))
        }

        func end() {
            daemon.end(SIGKILL)
            _ = try? FileManager.default.removeItem(at: folder)
        }
    }

    @Test func anInspectionOutlivesItsWorkersAndAJobIsPreparedAnew() throws {
        let bench = try Bench()
        defer { bench.end() }
        let daemon = bench.daemon
        let recipe = try daemon.write("r.yaml", SmallRecipe.spirals())
        try bench.plan(dying: 2)
        _ = try daemon.json("submit", recipe, "--wait")
        let log = try daemon.simmer("logs", "spirals").output
        #expect(log.contains("was killed by signal 9") && log.contains("it is tried again (3 of 3)"), "\(log)")

        try bench.plan(dying: 3)
        _ = try daemon.simmer("submit", recipe)
        try daemon.waitState("spirals-2", "failed")
        let reason = try daemon.job("spirals-2")["reason"]["message"].string
        #expect(reason.contains("killed by signal 9") && reason.contains("`simmer resume spirals-2`"), "\(reason)")
        #expect(!reason.contains("4096 MiB"), "\(reason)")
        _ = try daemon.json("resume", "spirals-2")
        try daemon.waitState("spirals-2", "succeeded")
    }

    /// Nothing of it is there that could be measured: the words say so, and name no state that it is in already.
    @Test func aJobWithBadDataIsNotTakenUpAgain() throws {
        let daemon = try PrivateDaemon()
        let recipe = SmallRecipe.spirals().replacing(
            "format: spirals, examples: 600", with: "format: csv, train: t.csv, target: y")
        _ = try daemon.write("t.csv", "x,y\n1,a\n2\n")
        _ = try daemon.simmer("submit", try daemon.write("r.yaml", recipe))
        try daemon.waitState("spirals", "failed")
        let refused = try daemon.simmer("resume", "spirals")
        #expect(refused.status == 4 && refused.errors.contains("submit it anew"), "\(refused)")
        #expect(!refused.errors.contains("or failed"), "\(refused.errors)")
    }

    @Test func anEnsembleIsMeasuredWhoeverIsKilled() throws {
        let bench = try Bench(configuration: "slots: 2")
        defer { bench.end() }
        let daemon = bench.daemon
        let text = SmallRecipe.convolutional(steps: 100, name: "two") + "\nkind: ensemble\nmembers: 2\n"
        // Its inspection and two members live.
        try bench.plan(living: 3, dying: 2)
        _ = try daemon.json("submit", try daemon.write("r.yaml", text), "--wait")
        #expect(try daemon.simmer("logs", "two").output.contains("it is tried again (3 of 3)"))
        #expect(try daemon.json("status", "two")["ensemble"]["members"].list.count == 2)

        // Two networks are squeezed: it is inspected, they are measured, and the student's inspection fails.
        try bench.plan(living: 2, dying: 3)
        _ = try daemon.simmer("squeeze", "two", "--set", "until=100", "--detach")
        try daemon.waitState("two-squeezed", "failed")
        let reason = try daemon.job("two-squeezed")["reason"]["message"].string
        #expect(reason.contains("two-squeezed.student") && reason.contains("killed by signal 9"), "\(reason)")
        _ = try daemon.json("resume", "two-squeezed")
        try daemon.waitState("two-squeezed", "succeeded")
        let names = try daemon.json("list", "--all")["jobs"].list.map { $0["name"].string }
        #expect(names.filter { $0.contains("student") } == ["two-squeezed.student"], "\(names)")
        #expect(try daemon.simmer("checkpoint", "show", "two-squeezed.student@last").status == 0)
    }
}
