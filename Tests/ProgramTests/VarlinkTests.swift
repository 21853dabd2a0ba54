import Foundation
import Testing

/// The daemon as PyPI's varlink sees it.
@Suite(.enabled(if: Programs.python != nil, "SKIPPED: SIMMER_PYTHON names no Python with the package varlink"))
struct VarlinkTests {
    let daemon: PrivateDaemon

    init() throws { daemon = try PrivateDaemon() }

    func varlink(_ arguments: String...) throws -> Programs.Outcome {
        try Programs.run(
            URL(fileURLWithPath: Programs.python ?? ""), ["-u", "-m", "varlink.cli"] + arguments)
    }

    @Test func listsAndIntrospects() throws {
        let info = try varlink("info", "unix:\(daemon.socket)")
        #expect(info.output.contains("io.simmer") && info.output.contains("org.varlink.service"), "\(info.errors)")
        let help = try varlink("help", "unix:\(daemon.socket)/io.simmer")
        #expect(help.output.contains("method SubmitJob"))
        let printed = try Programs.run(Programs.path("simmerd"), ["print-idl"])
        #expect(printed.status == 0)
        #expect(help.output.contains("method WatchJobs") && printed.output.contains("method WatchJobs"))
    }

    @Test func callsAndErrors() throws {
        let status = try varlink("call", "unix:\(daemon.socket)/io.simmer.GetStatus", "{}")
        #expect(try JSON(status.output)["ready"].bool == true, "\(status.errors)")
        let missing = try varlink("call", "unix:\(daemon.socket)/io.simmer.GetJob", #"{"job": "nobody"}"#)
        #expect(missing.errors.contains("io.simmer.NoSuchJob") && missing.errors.contains("nobody"))
        let wrong = try varlink("call", "unix:\(daemon.socket)/io.simmer.ListJobs", #"{"limit": "many"}"#)
        #expect(wrong.errors.contains("InvalidParameter"), "\(wrong.errors)")
        let refused = try varlink(
            "call", "unix:\(daemon.socket)/io.simmer.SubmitJob", #"{"recipe": "recipe: 1\nnmae: x\n"}"#)
        #expect(refused.errors.contains("RecipeInvalid") && refused.errors.contains("nmae"), "\(refused.errors)")
        let unknown = try varlink("call", "unix:\(daemon.socket)/io.simmer.NoSuchMethod", "{}")
        #expect(unknown.errors.contains("MethodNotFound"), "\(unknown.errors)")
    }

    @Test func streamsAWatch() throws {
        let recipe = try daemon.write("r.yaml", SmallRecipe.spirals(name: "seen"))
        _ = try daemon.json("submit", recipe)
        let watch = try varlink(
            "call", "-m", "unix:\(daemon.socket)/io.simmer.WatchJobs",
            #"{"filter": {"names": ["seen"]}, "until": ["succeeded", "failed"]}"#)
        #expect(watch.output.contains("snapshot_end"), "\(watch.errors)")
        #expect(watch.output.contains("succeeded"))
    }
}
