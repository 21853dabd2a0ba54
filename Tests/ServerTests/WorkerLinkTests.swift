import Dispatch
import Foundation
import Glibc
import Testing
import Wire

@testable import Server

@Suite struct WorkerLinkTests {
    /// How a worker ends that is sent an order with so many descriptors.
    private func end(descriptors count: Int) async throws -> (end: ChildProcess.End, fault: String?) {
        let path = NSTemporaryDirectory() + "simmer-link-" + UUID().uuidString
        // It waits for the end of its socket.
        try Data("#!/bin/sh\nexec cat <&3 > /dev/null\n".utf8).write(to: URL(fileURLWithPath: path))
        defer { _ = try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        let (child, socket) = try WorkerProgram(path: path, nice: 0).start(resume: nil, memory: nil)
        let null = Descriptor(owning: open("/dev/null", O_RDONLY | O_CLOEXEC))
        let queue = DispatchQueue(label: "simmer.link-test")
        return try await withCheckedThrowingContinuation { continuation in
            queue.async {
                let link = WorkerLink(child: child, socket: socket, queue: queue)
                link.start { word in
                    guard case .ended(let end, let fault) = word else { return }
                    // Nothing else holds it until then.
                    withExtendedLifetime(link) { continuation.resume(returning: (end, fault)) }
                }
                do {
                    try link.send(.go, descriptors: Array(repeating: null, count: count))
                } catch {
                    continuation.resume(throwing: error)
                }
                // One that took the order would wait for ever.
                if count == 0 { link.kill(SIGTERM) }
            }
        }
    }

    @Test func anOrderThatCannotBeSentEndsTheWorker() async throws {
        let (end, fault) = try await end(descriptors: 1_000)
        guard case .signalled(SIGKILL) = end else { return #expect(Bool(false), "\(end)") }
        #expect(try #require(fault).hasPrefix("sendmsg: "), "\(fault ?? "")")
    }

    @Test func oneThatIsSentDoesNot() async throws {
        let (end, fault) = try await end(descriptors: 0)
        guard case .signalled(SIGTERM) = end else { return #expect(Bool(false), "\(end)") }
        #expect(fault == nil)
    }
}
