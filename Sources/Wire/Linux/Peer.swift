import CLinux

/// Who is at the other end of a Unix socket, as the kernel recorded it when the peer connected.
public struct Peer: Sendable, Equatable {
    public let pid: Int32
    public let uid: UInt32
    public let gid: UInt32
    /// Supplementary groups.
    public let groups: [UInt32]

    /// Reads SO_PEERCRED and SO_PEERGROUPS.
    public init(of socket: Int32) throws(SystemFailure) {
        var pid: Int32 = 0
        var uid: UInt32 = 0
        var gid: UInt32 = 0
        try SystemFailure.check(cl_peer_credentials(socket, &pid, &uid, &gid), "getsockopt SO_PEERCRED")
        // Two tries at most: the peer's groups are fixed, so the count of the first is the size of the second.
        var groups = [UInt32](repeating: 0, count: 64)
        var count = Int(
            try SystemFailure.check(cl_peer_groups(socket, &groups, groups.count), "getsockopt SO_PEERGROUPS"))
        if count > groups.count {
            groups = [UInt32](repeating: 0, count: count)
            count = Int(try SystemFailure.check(cl_peer_groups(socket, &groups, count), "getsockopt SO_PEERGROUPS"))
        }
        self.pid = pid
        self.uid = uid
        self.gid = gid
        self.groups = Array(groups.prefix(count))
    }

    /// Whether the peer's main or a supplementary group is this one.
    public func isMember(of group: UInt32) -> Bool { gid == group || groups.contains(group) }
}
