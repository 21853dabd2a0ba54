import Foundation
import Testing

/// What a killed test would leave behind.
struct LifeLineTests {
    @Test func aDaemonEndsWithTheTestsAndNoSooner() throws {
        let daemon = try PrivateDaemon()
        _ = try daemon.json("submit", try daemon.write("r.yaml", SmallRecipe.spirals(steps: "forever")))
        try daemon.wait("it trains") { try daemon.step("spirals") > 10 }
        let worker = try #require(daemon.workers.first)
        let first = try #require(daemon.lifeLine)
        daemon.end(SIGKILL)
        try daemon.start()
        // That of the daemon before has been let go; once it is cut, its watcher has ended, and has killed whom it would.
        first.cut()
        #expect(try daemon.simmer("daemon", "status").status == 0)
        try #require(daemon.lifeLine).cut()
        try daemon.wait("the daemon has ended") { !daemon.isRunning }
        try daemon.wait("so has its worker") { kill(worker, 0) != 0 }
    }
}
