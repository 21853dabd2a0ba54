import Foundation
import Glibc
import Testing

/// A hostile or broken peer gets a closed connection or an error; the daemon goes on.
struct FramingTests {
    let daemon: PrivateDaemon

    init() throws { daemon = try PrivateDaemon() }

    /// Sends bytes, reads until the daemon closes or `seconds` pass; the number of NUL-ended replies, and whether it closed.
    func exchange(_ bytes: [UInt8], seconds: Int = 5, piecewise: Bool = false) throws -> (
        replies: [String], closed: Bool
    ) {
        let (descriptor, connected) = Self.connect(to: daemon.socket)
        defer { close(descriptor) }
        try #require(connected == 0)
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(
                    descriptor, $0.baseAddress.map { $0 + sent }, piecewise ? 1 : bytes.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { break }
            sent += count
        }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        let end = Date().addingTimeInterval(Double(seconds))
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 { return (Self.split(received), true) }
            if count < 0 { return (Self.split(received), errno == ECONNRESET) }
            received.append(contentsOf: buffer[..<count])
            // A stream has no end of its own.
            if received.last == 0, Date() >= end { return (Self.split(received), false) }
            if received.last == 0, seconds <= 1 { return (Self.split(received), false) }
        }
    }

    /// Without descriptors left connections wait; a daemon that is told to end meanwhile ends in order.
    @Test func aDaemonWithoutDescriptorsEndsInOrder() throws {
        let folder = URL(fileURLWithPath: "/tmp/simmer-few-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { _ = try? FileManager.default.removeItem(at: folder) }
        let script = folder.appendingPathComponent("simmerd")
        try Data("#!/bin/sh\nulimit -n 64\nexec '\(Programs.path("simmerd").path)' \"$@\"\n".utf8).write(to: script)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
        let daemon = try PrivateDaemon(program: script)
        var connections: [Int32] = []
        defer { for connection in connections { close(connection) } }
        for _ in 0..<80 {
            let (descriptor, outcome) = Self.connect(to: daemon.socket)
            connections.append(descriptor)
            try #require(outcome == 0)
        }
        try daemon.wait("it says so") { daemon.log.contains("a connection waits") }
        #expect(daemon.end(SIGTERM) == 0, "\(daemon.log)")
    }

    private static func connect(to path: String) -> (descriptor: Int32, outcome: Int32) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let outcome = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return (descriptor, outcome)
    }

    static func split(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    static let malformed: [(String, [UInt8])] = [
        ("no JSON", Array("hello\0".utf8)),
        ("trailing comma", Array(#"{"method": "io.simmer.GetStatus",}"#.utf8) + [0]),
        ("repeated key", Array(#"{"method": "io.simmer.GetStatus", "method": "io.simmer.Shutdown"}"#.utf8) + [0]),
        ("bad UTF-8", Array(#"{"method": "io.simmer."#.utf8) + [0xff, 0xfe] + Array(#""}"#.utf8) + [0]),
        ("unknown envelope key", Array(#"{"method": "io.simmer.GetStatus", "extra": 1}"#.utf8) + [0]),
        ("more and oneway", Array(#"{"method": "io.simmer.GetStatus", "more": true, "oneway": true}"#.utf8) + [0]),
        ("deep", Array(String(repeating: "[", count: 10_000).utf8) + [0]),
        ("empty", [0]),
        ("too large", Array(repeating: 0x20, count: 2 << 20)),
    ]

    @Test(arguments: malformed)
    func malformedMessageClosesTheConnection(message: (String, [UInt8])) throws {
        let (replies, closed) = try exchange(message.1)
        #expect(closed, "\(message.0)")
        #expect(replies.isEmpty, "\(replies)")
        #expect(try daemon.simmer("status").status == 0)
    }

    @Test func aMessageInSingleBytesAndTwoInOneAreAnswered() throws {
        let call = Array(#"{"method": "org.varlink.service.GetInfo"}"#.utf8) + [0]
        #expect(try exchange(call, seconds: 1, piecewise: true).replies.count == 1)
        #expect(try exchange(call + call, seconds: 2).replies.count == 2)
    }

    @Test func onewayIsSilent() throws {
        let call = Array(#"{"method": "io.simmer.GetJob", "parameters": {"job": "x"}, "oneway": true}"#.utf8) + [0]
        let (replies, closed) = try exchange(call, seconds: 2)
        #expect(replies.isEmpty && !closed)
    }

    @Test func watchWithoutMoreIsRefused() throws {
        let call = Array(#"{"method": "io.simmer.WatchJobs", "parameters": {}}"#.utf8) + [0]
        let (replies, _) = try exchange(call, seconds: 1)
        #expect(replies.first?.contains("org.varlink.service.ExpectedMore") == true, "\(replies)")
    }

    /// What another job does is no sign of life for who waits for a quiet one: heartbeats come all the same.
    @Test(arguments: [
        #"{"method": "io.simmer.WatchJobs", "more": true, "parameters": {"filter": {"names": ["quiet"]}, "heartbeatUsec": 700000}}"#,
        #"{"method": "io.simmer.WatchMetrics", "more": true, "parameters": {"job": "busy", "names": ["none"], "heartbeatUsec": 700000}}"#,
    ]) func heartbeatsComeWhileOtherThingsHappen(_ call: String) throws {
        let quiet = try daemon.write("quiet.yaml", SmallRecipe.spirals(name: "quiet"))
        _ = try daemon.json("submit", quiet, "--paused")
        // Its reports come four times a second.
        let busy = try daemon.write("busy.yaml", SmallRecipe.spirals(steps: "{hours: 1}", name: "busy"))
        _ = try daemon.json("submit", busy)
        try daemon.wait("it trains") { try daemon.state("busy") == "running" }
        let (replies, closed) = try exchange(Array(call.utf8) + [0], seconds: 4)
        let beats = replies.count { $0.contains(#""heartbeat""#) || $0.contains(#""points":[]"#) }
        #expect(beats >= 2 && !closed, "\(replies)")
    }
}
