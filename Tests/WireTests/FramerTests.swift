import CLinux
import Glibc
import Testing
import Wire

@Suite struct FramerTests {
    private let stream: [UInt8] = Array("{\"a\":1}\0{}\0{\"long\":\"value\"}\0".utf8)
    private let messages = ["{\"a\":1}", "{}", "{\"long\":\"value\"}"]

    private func drain(_ framer: inout Framer) -> [String] {
        var out: [String] = []
        while let frame = framer.next() { out.append(String(decoding: frame.bytes, as: UTF8.self)) }
        return out
    }

    @Test func cutAnywhereTheMessagesAreTheSame() throws {
        for cut in 0...stream.count {
            var framer = Framer()
            try framer.append(stream[..<cut])
            try framer.append(stream[cut...])
            #expect(drain(&framer) == messages, "cut at \(cut)")
            #expect(!framer.isMidMessage)
        }
    }

    @Test func byteByByte() throws {
        var framer = Framer()
        var out: [String] = []
        for byte in stream {
            try framer.append([byte])
            out += drain(&framer)
        }
        #expect(out == messages)
    }

    @Test func aStartedMessageIsSeen() throws {
        var framer = Framer()
        #expect(!framer.isMidMessage)
        try framer.append(Array("{}\0{".utf8))
        #expect(framer.isMidMessage)
        #expect(framer.waiting == 1)
        try framer.append(Array("}\0".utf8))
        #expect(!framer.isMidMessage)
        #expect(framer.waiting == 2)
    }

    @Test func limitIsExactAndFoundBeforeTheEnd() throws {
        var framer = Framer(limit: 8)
        try framer.append([UInt8](repeating: 65, count: 8) + [0])
        #expect(drain(&framer) == ["AAAAAAAA"])
        #expect(throws: FramingError.tooLong(limit: 8)) { try framer.append([UInt8](repeating: 65, count: 9)) }
        var slow = Framer(limit: 8)
        try slow.append([UInt8](repeating: 65, count: 8))
        #expect(throws: FramingError.tooLong(limit: 8)) { try slow.append([65]) }
    }

    @Test func descriptorsGoToTheLastMessageThatBegan() throws {
        var framer = Framer()
        let one = Descriptor(owning: -1)
        try framer.append(Array("{}\0{\"with\":1}\0".utf8), descriptors: [one])
        #expect(framer.next()?.descriptors.count == 0)
        #expect(framer.next()?.descriptors.count == 1)
    }

    @Test func descriptorsInTheMiddleAreRefused() throws {
        var framer = Framer()
        try framer.append(Array("{".utf8))
        #expect(throws: FramingError.misplacedDescriptors) {
            try framer.append(Array("}".utf8), descriptors: [Descriptor(owning: -1)])
        }
    }

    @Test func tooManyDescriptorsAreRefused() {
        var framer = Framer(descriptorLimit: 1)
        #expect(throws: FramingError.tooManyDescriptors(limit: 1)) {
            try framer.append(Array("{}\0".utf8), descriptors: [Descriptor(owning: -1), Descriptor(owning: -1)])
        }
    }
}

/// Descriptors over a real socket.
@Suite struct DescriptorPassingTests {
    @Test func eachMessageGetsItsOwn() throws {
        let (here, there) = try MessageChannel.pair()
        // All are on the way before the first read, two of them in one write.
        #expect(send("{\"n\":0}\0", here) > 0)
        #expect(send("{\"n\":1}\0{\"n\":2}\0", here, [try marked(1)]) > 0)
        #expect(send("{\"n\":3}\0", here, [try marked(3), try marked(4)]) > 0)
        #expect(send("{\"n\":5}\0", here) > 0)
        here.close()
        var framer = Framer()
        while try framer.receive(from: there.raw, wait: false) != .end {}
        var seen: [[UInt8]] = []
        while let frame = framer.next() { seen.append(frame.descriptors.map(mark)) }
        #expect(seen == [[], [1], [], [3, 4], []])
    }

    @Test func theyAreCloseOnExec() throws {
        let (here, there) = try MessageChannel.pair()
        #expect(send("{}\0", here, [try marked(7)]) > 0)
        var framer = Framer()
        #expect(try framer.receive(from: there.raw, wait: false) == .bytes(3))
        let frame = framer.next()
        #expect(fcntl(try #require(frame).descriptors[0].raw, F_GETFD) & FD_CLOEXEC != 0)
    }

    // The next ones look at, or limit, the open files of a whole process: each has one of its own.

    // The runtime opens a few files of its own whenever it likes; a leak is one or more in each of the rounds.

    @Test func nothingIsLeaked() async {
        await #expect(processExitsWith: .success) {
            let before = openDescriptors()
            for _ in 0..<20 {
                let (here, there) = try MessageChannel.pair()
                var framer = Framer()
                guard send("{}\0", here, [try marked(7)]) > 0,
                    try framer.receive(from: there.raw, wait: false) == .bytes(3)
                else { exit(2) }
                // A second message stays half read, with its descriptor in the framer.
                guard send("{", here, [try marked(8)]) > 0,
                    try framer.receive(from: there.raw, wait: false) == .bytes(1)
                else { exit(3) }
            }
            exit(openDescriptors() < before + 20 ? 0 : 4)
        }
    }

    @Test func refusedMessagesLeakNothing() async {
        await #expect(processExitsWith: .success) {
            let before = openDescriptors()
            for _ in 0..<20 {
                let (here, there) = try MessageChannel.pair()
                var framer = Framer(descriptorLimit: 1)
                guard send("{}\0", here, [try marked(1), try marked(2)]) > 0 else { exit(2) }
                do {
                    _ = try framer.receive(from: there.raw, wait: false)
                    exit(3)
                } catch is FramingError {}  // As it should be.
            }
            exit(openDescriptors() < before + 20 ? 0 : 4)
        }
    }

    /// Where the process may open no more files, the kernel drops descriptors: that is said, not overlooked.
    @Test func lostDescriptorsAreReported() async {
        await #expect(processExitsWith: .success) {
            let (here, there) = try MessageChannel.pair()
            guard send("{}\0", here, [try marked(1)]) > 0 else { exit(2) }
            var low = rlimit(rlim_cur: 3, rlim_max: 3)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &low)
            var framer = Framer()
            do {
                _ = try framer.receive(from: there.raw, wait: false)
                exit(3)
            } catch { exit(error as? FramingError == .descriptorsLost ? 0 : 4) }
        }
    }
}

/// A pipe's read end, marked by what was written into it.
private func marked(_ byte: UInt8) throws -> Descriptor {
    var ends: [Int32] = [-1, -1]
    try SystemFailure.check(pipe(&ends), "pipe")
    _ = [byte].withUnsafeBytes { write(ends[1], $0.baseAddress, 1) }
    close(ends[1])
    return Descriptor(owning: ends[0])
}

private func mark(_ descriptor: Descriptor) -> UInt8 {
    var byte: [UInt8] = [0]
    return read(descriptor.raw, &byte, 1) == 1 ? byte[0] : 0
}

private func send(_ text: String, _ socket: Descriptor, _ descriptors: [Descriptor] = []) -> Int {
    let bytes = Array(text.utf8)
    let numbers = descriptors.map(\.raw)
    return cl_send(socket.raw, bytes, bytes.count, numbers, numbers.count, true)
}

/// How many descriptors this process has open.
private func openDescriptors() -> Int {
    guard let folder = opendir("/proc/self/fd") else { return -1 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return count
}
