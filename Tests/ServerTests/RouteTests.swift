import Testing
import Wire

@testable import Server

@Suite struct RouteTests {
    /// A method that is declared and has no route is a promise that no daemon keeps.
    @Test func everyMethodHasOneRoute() async throws {
        let idle = try IdleDaemon()
        let names = Routes(daemon: idle.daemon, connections: { 0 }).all.map(\.declaration.name)
        #expect(names.sorted() == Interface.methods.map(\.name).sorted())
        try await idle.end()
    }
}
