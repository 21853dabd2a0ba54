import Glibc
import Recipes
import Server
import Testing
import Wire

@Suite struct CallerTests {
    private func caller(_ uid: Int, _ role: Caller.Role) -> Caller {
        Caller(pid: 1, uid: uid, role: role, flow: Flow())
    }

    @Test func whoIsAnAdmin() {
        var roles = Configuration.Roles()
        // A group that every system has, with the id 0.
        roles.adminGroup = "root"
        let other = geteuid() + 4242
        #expect(Caller.role(uid: 0, groups: [], roles: roles) == .admin)
        #expect(Caller.role(uid: geteuid(), groups: [], roles: roles) == .admin)
        #expect(Caller.role(uid: other, groups: [77, 0], roles: roles) == .admin)
        #expect(Caller.role(uid: other, groups: [77], roles: roles) == .user)
        // Without the group, or where the system does not know it, nobody else is.
        roles.adminGroup = nil
        #expect(Caller.role(uid: other, groups: [0], roles: roles) == .user)
        roles.adminGroup = "no-such-group-here"
        #expect(Caller.role(uid: other, groups: [0], roles: roles) == .user)
    }

    @Test func aUserHandlesItsOwnJobsAndAnAdminAll() throws {
        try caller(1000, .user).require(owner: 1000)
        try caller(1000, .admin).require(owner: 1001)
        try caller(1000, .admin).requireAdmin()
        #expect(throws: SimmerError.notOwner(ownerUid: 1001)) { try caller(1000, .user).require(owner: 1001) }
        #expect(throws: StandardError.permissionDenied) { try caller(1000, .user).requireAdmin() }
    }

    /// A reader that takes nothing holds a fixed amount of memory, and its stream waits.
    @Test func aSlowReaderStopsItsStream() async {
        let flow = Flow()
        #expect(flow.reserve(Flow.highWater))
        #expect(await flow.drained())
        #expect(flow.reserve(Flow.limit - Flow.highWater))
        #expect(!flow.reserve(1))
        async let drained = flow.drained()
        flow.sent(Flow.limit)
        #expect(await drained)
        #expect(flow.reserve(Flow.limit))
        async let gone = flow.drained()
        flow.close()
        #expect(await !gone)
        #expect(!flow.reserve(1))
    }
}
