import Glibc
import Recipes
import Wire

/// Who makes a call, fixed when the connection was made, and how fast that one reads.
package struct Caller: Sendable {
    package enum Role: Sendable, Equatable { case user, admin }

    var pid: Int32
    var uid: Int
    var role: Role
    var flow: Flow

    package init(pid: Int32, uid: Int, role: Role, flow: Flow) {
        self.pid = pid
        self.uid = uid
        self.role = role
        self.flow = flow
    }

    /// Whether this caller may read and handle what belongs to `owner`.
    package func mayHandle(owner: Int) -> Bool { role == .admin || uid == owner }

    /// - Throws: `SimmerError.notOwner`.
    package func require(owner: Int) throws {
        if !mayHandle(owner: owner) { throw SimmerError.notOwner(ownerUid: owner) }
    }

    /// - Throws: `StandardError.permissionDenied`.
    package func requireAdmin() throws {
        if role != .admin { throw StandardError.permissionDenied }
    }

    /// Root, the daemon's own user and the members of the admin group are admins. All others who can connect are
    /// users: the socket's mode and group decide who can.
    package static func role(uid: UInt32, groups: [UInt32], roles: Configuration.Roles) -> Role {
        if uid == 0 || uid == geteuid() { return .admin }
        guard let name = roles.adminGroup, let admin = Accounts.group(named: name) else { return .user }
        return groups.contains(admin) ? .admin : .user
    }
}

/// Names of users and groups as the system knows them.
enum Accounts {
    static func group(named name: String) -> UInt32? {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: 16384)
        guard getgrnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return entry.gr_gid
    }

    static func user(_ uid: Int) -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16384)
        guard let id = UInt32(exactly: uid), getpwuid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil
        else { return nil }
        return entry.pw_name.map { String(cString: $0) }
    }
}
