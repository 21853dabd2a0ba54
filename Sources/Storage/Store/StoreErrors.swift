import Foundation
import GRDB
import Recipes

extension Store {
    /// Runs store work and gives its failures the words that users see.
    ///
    /// After a failed fsync nothing written to that file can be trusted, and trying again would only seem to succeed
    /// (the kernel marks the pages clean): the store refuses all writes from then on, and a restart recovers from disk.
    func translating<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw translate(error, path: path)
        } catch let error as RowDecodingError {
            let message = "\(path) holds a value of another type than was stored: \(error)"
            addDegraded("store_damaged", message)
            throw SimmerError.storeDegraded(message: message)
        }
    }

    private func translate(_ error: DatabaseError, path: String) -> SimmerError {
        switch error.resultCode {
        case .SQLITE_FULL:
            return .noSpace(path: path, neededBytes: nil, freeBytes: freeBytes(of: directory))
        case .SQLITE_IOERR:
            if error.extendedResultCode == .SQLITE_IOERR_FSYNC || error.extendedResultCode == .SQLITE_IOERR_DIR_FSYNC {
                refuseWrites("A write to \(path) could not be made durable. Check the disk, then restart the daemon.")
            }
            return .ioFailed(operation: "\(error.extendedResultCode)", errno: Int(EIO), path: path)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            let message = "\(path) is damaged: \(error.message ?? "no details"). Restore a backup; scrub says more."
            addDegraded("store_damaged", message)
            return .storeDegraded(message: message)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return .tooBusy(resource: path, limit: 1, retryAfterUsec: 1_000_000)
        default:
            return .internalFault(reference: "store: \(error.description)")
        }
    }

    /// Throws where an earlier failure forbids writing.
    func checkWritable() throws {
        if let message = health.withLock({ $0.refusal }) { throw SimmerError.storeDegraded(message: message) }
    }

    func refuseWrites(_ message: String) {
        health.withLock { $0.refusal = message }
        addDegraded("store_failed", message)
    }

    func addDegraded(_ code: String, _ message: String, hint: String? = nil) {
        health.withLock { health in
            if health.findings.contains(where: { $0.code == code && $0.message == message }) { return }
            // A bounded list: after the first hundred the rest says nothing new.
            if health.findings.count < 100 {
                health.findings.append(Finding(severity: .error, code: code, message: message, hint: hint))
            }
        }
    }
}

extension SimmerError {
    /// Bytes that cannot be read, or are not what was stored.
    var isDamage: Bool {
        switch self {
        case .storeDegraded, .ioFailed, .checkpointCorrupt, .noSuchCheckpoint: true
        default: false
        }
    }

    var isNoSpace: Bool { if case .noSpace = self { true } else { false } }
}

/// Free bytes for an ordinary user on the file system that holds `path`; nil where the system will not say.
public func freeBytes(of path: String) -> Int? {
    var information = statvfs()
    guard statvfs(path, &information) == 0 else { return nil }
    return Int(information.f_bavail) * Int(information.f_frsize)
}

/// The error for a system call that has just failed.
func systemError(_ operation: String, path: String, neededBytes: Int? = nil) -> SimmerError {
    let reason = errno
    if reason == ENOSPC || reason == EDQUOT {
        return .noSpace(path: path, neededBytes: neededBytes, freeBytes: freeBytes(of: path))
    }
    return .ioFailed(operation: operation, errno: Int(reason), path: path)
}
