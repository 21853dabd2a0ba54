import Foundation
import Glibc
import Recipes
import Testing

/// A terminal of so many columns, for a program that looks whether it writes to one.
enum ProgramTerminal {
    /// TIOCSPTLCK and TIOCGPTN, which Glibc's module leaves out as it does posix_openpt.
    private static let setLock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430

    /// Runs a program to its end with this terminal as its standard output and error.
    /// - Returns: its status, and the lines as they were written.
    static func run(
        _ program: URL, _ arguments: [String], columns: Int, environment: [String: String]
    ) throws -> (status: Int32, lines: [String]) {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(master >= 0)
        defer { close(master) }
        var isLocked: Int32 = 0
        var number: Int32 = 0
        try #require(ioctl(master, Self.setLock, &isLocked) == 0 && ioctl(master, Self.getNumber, &number) == 0)
        let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(slave >= 0)
        var size = winsize(ws_row: 50, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        try #require(ioctl(slave, UInt(TIOCSWINSZ), &size) == 0)

        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            .merging(["TERM": "xterm", "NO_COLOR": "1", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(fileDescriptor: slave)
        process.standardError = FileHandle(fileDescriptor: slave)
        // Read while it runs: a terminal takes only so much.
        let written = Locked<[UInt8]>([])
        let isRead = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            var bytes = [UInt8](repeating: 0, count: 4096)
            // The end of a terminal that nobody has open any more is an error.
            while true {
                let count = read(master, &bytes, bytes.count)
                if count <= 0 { break }
                let part = bytes[..<count]
                written.withLock { $0 += part }
            }
            isRead.signal()
        }
        do { try process.run() } catch {
            close(slave)
            isRead.wait()
            throw error
        }
        close(slave)
        process.waitUntilExit()
        isRead.wait()
        let text = String(decoding: written.value, as: UTF8.self)
        return (process.terminationStatus, text.split(whereSeparator: \.isNewline).map(String.init))
    }
}
