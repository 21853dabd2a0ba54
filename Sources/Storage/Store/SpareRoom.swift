import Glibc

/// `store.spare`: a file that is there to be given up. Taking checkpoints away needs some room itself, for the journal and the
/// log, and a store that is opened needs some as well: on a full disk this is it.
struct SpareRoom: Sendable {
    private static let byteCount = 4 << 20

    private let path: String
    private let directory: String

    init(directory: String) {
        self.directory = directory
        path = directory + "/store.spare"
    }

    /// Where the disk has room for it; elsewhere the next time.
    func take() {
        guard access(path, F_OK) != 0, let free = freeBytes(of: directory), free > Self.byteCount + (128 << 10) else {
            return
        }
        let file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        if posix_fallocate(file, 0, Self.byteCount) != 0 { unlink(path) }
        close(file)
    }

    /// Gives the room to whoever writes next.
    func giveUp() { unlink(path) }

    /// The same where there is hardly any left.
    func giveUpIfFull() { if isShort { giveUp() } }

    /// Hardly any room is left besides this.
    var isShort: Bool { freeBytes(of: directory).map { $0 < 1 << 20 } ?? false }

    /// Not enough for this and, beside it, for the journals of a checkpoint.
    var isToBeRegained: Bool { freeBytes(of: directory).map { $0 < Self.byteCount + (2 << 20) } ?? false }

    /// Not even for this several times over.
    var isFarFromEnough: Bool { freeBytes(of: directory).map { $0 < 4 * Self.byteCount } ?? false }
}
