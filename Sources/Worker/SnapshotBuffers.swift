import Glibc
import Recipes
import Training
import Wire

/// The memfds that carry snapshots to the daemon, each faulted in once and lent in turn: one, and a second from the first time
/// on that a snapshot is taken while another is on its way. Each is as large as the whole state.
///
/// At most one is on its way; a second may wait, filled, and gives way to a newer snapshot, unless it is one that must
/// not be lost (best, asked for, last) and the newer one is of the ordinary kind.
///
/// Sendable because every field is touched only with the mutex held, but for the mapped bytes of a buffer in the state
/// `filling`, which belong to the thread that fills it.
final class SnapshotBuffers: SnapshotSink, @unchecked Sendable {
    private enum State {
        case free
        case filling
        /// Filled; goes out when the other one comes back.
        case waiting(Snapshot)
        case lent
    }
    private struct Slot {
        var state = State.free
        var memory: Descriptor
        var bytes: UnsafeMutableRawBufferPointer
        var wasSent = false
        /// The newest request that what it holds was taken after.
        var request = 0
    }

    /// One on its way, one that waits.
    private static let most = 2

    private let send: @Sendable (WorkerReport, [Int32]) -> Void
    private let mailbox: Mailbox
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let returned: UnsafeMutablePointer<pthread_cond_t>
    private var slots: [Slot] = []
    private var byteCount = 0
    /// One that was asked for gave way to the one that waited: it is taken once that is on its way.
    private var isOneOwed = false

    init(_ mailbox: Mailbox, send: @escaping @Sendable (WorkerReport, [Int32]) -> Void) {
        self.mailbox = mailbox
        self.send = send
        mutex = .allocate(capacity: 1)
        returned = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(returned, nil)
    }

    deinit {
        for slot in slots { munmap(slot.bytes.baseAddress, slot.bytes.count) }
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(returned)
        mutex.deallocate()
        returned.deallocate()
    }

    /// Makes the first buffer, before the first step.
    func prepare(byteCount: Int) throws {
        self.byteCount = byteCount
        try addSlot()
    }

    /// Touches every page: a fresh one costs ten times the copy.
    private func addSlot() throws {
        let size = max(byteCount, 1)
        let memory = try SharedMemory.create(name: "simmer-snapshot-\(slots.count)", byteCount: size)
        let address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED | Int32(MAP_POPULATE), memory.raw, 0)
        guard let address, address != MAP_FAILED else { throw SystemFailure("mmap", errno: errno) }
        slots.append(Slot(memory: memory, bytes: UnsafeMutableRawBufferPointer(start: address, count: size)))
    }

    func buffer(byteCount: Int, cause: Snapshot.Cause) throws -> SnapshotBuffer? {
        if slots.isEmpty { try prepare(byteCount: byteCount) }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        // The waiting one first: there is never more than one, and the newer takes its place.
        let waiting = slots.firstIndex { if case .waiting = $0.state { true } else { false } }
        if let waiting, case .waiting(let snapshot) = slots[waiting].state, snapshot.cause.mustArrive,
            !cause.mustArrive || snapshot.cause == .decay && cause != .end && cause != .stop
        {
            if cause == .asked { isOneOwed = true }
            return nil
        }
        guard let index = try waiting ?? freeSlot() else { return nil }
        slots[index].state = .filling
        slots[index].request = mailbox.takenRequest
        return SnapshotBuffer(
            index: index, bytes: UnsafeMutableRawBufferPointer(rebasing: slots[index].bytes[..<byteCount]))
    }

    /// With the mutex held: one that nobody has; nil where both are in use.
    private func freeSlot() throws -> Int? {
        if let free = slots.firstIndex(where: { if case .free = $0.state { true } else { false } }) { return free }
        guard slots.count < Self.most else { return nil }
        try addSlot()
        return slots.count - 1
    }

    func submit(_ snapshot: Snapshot, _ buffer: SnapshotBuffer) {
        pthread_mutex_lock(mutex)
        slots[buffer.index].state = .waiting(snapshot)
        sendNext()
        pthread_mutex_unlock(mutex)
    }

    func drain() {
        pthread_mutex_lock(mutex)
        while !slots.allSatisfy({ if case .free = $0.state { true } else { false } }) {
            pthread_cond_wait(returned, mutex)
        }
        pthread_mutex_unlock(mutex)
    }

    /// The daemon has taken the bytes over, or given the checkpoint up.
    func takeBack(_ index: Int) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard slots.indices.contains(index), case .lent = slots[index].state else { return }
        slots[index].state = .free
        sendNext()
        if isOneOwed { mailbox.put(.checkpoint) }
        isOneOwed = false
        pthread_cond_broadcast(returned)
    }

    /// With the mutex held: lends the waiting buffer where none is lent.
    private func sendNext() {
        guard !slots.contains(where: { if case .lent = $0.state { true } else { false } }) else { return }
        for index in slots.indices {
            guard case .waiting(let snapshot) = slots[index].state else { continue }
            let descriptors = slots[index].wasSent ? [] : [slots[index].memory.raw]
            slots[index].state = .lent
            slots[index].wasSent = true
            send(
                .checkpoint(
                    snapshot: snapshot, buffer: index, byteCount: byteCount, request: slots[index].request),
                descriptors)
            return
        }
    }
}

extension Snapshot.Cause {
    fileprivate var mustArrive: Bool { self != .time && self != .step }
}
