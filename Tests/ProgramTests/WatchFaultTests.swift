import Foundation
import GRDBSQLite
import Testing

/// Faults of memory, disk and clock, put in from outside: what the watchers of a whole system say of them.
@Suite(.serialized)
struct WatchFaultTests {
    private func verdict(_ daemon: PrivateDaemon, _ job: String, _ id: String) throws -> JSON {
        let report = try daemon.simmer("check", job, "--json").output
        return try JSON(report)["results"].list.first { $0["id"].string == id } ?? JSON("{}")
    }

    // MARK: The disk

    /// A byte of a checkpoint changes below the store's hands: the proof says so, and so do status and whoever is told.
    @Test func aDamagedCheckpointIsNoProof() throws {
        let daemon = try PrivateDaemon()
        _ = try daemon.json("submit", try daemon.write("r.yaml", SmallRecipe.convolutional(steps: 150, every: "50")))
        try daemon.waitState("small", "succeeded")
        let last = try daemon.job("small")["lastCheckpoint"].string
        daemon.end(SIGTERM)
        let store = daemon.folder.appendingPathComponent("store").path
        try alter(
            "\(store)/chunks.db",
            [
                "ATTACH '\(store)/simmer.db' AS main_store",
                """
                UPDATE chunk SET bytes = CAST(substr(bytes, 1, 99) || X'5A5A5A5A' || substr(bytes, 104) AS BLOB)
                WHERE digest = (SELECT digest FROM main_store.checkpoint_chunk WHERE checkpoint = '\(last)'
                ORDER BY size DESC LIMIT 1)
                """,
            ])
        let tell = try daemon.write("tell", "#!/bin/sh\ncat >> '\(daemon.folder.path)/told'\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: tell)
        _ = try daemon.write("simmerd.yaml", "proofs: {every: 1 second}\nnotify: {command: [\(tell)]}\n")
        try daemon.start()
        try daemon.wait("the proof") { try daemon.json("status", "small")["proof"]["same"].bool == false }
        let proof = try daemon.json("status", "small")["proof"]
        #expect(proof["step"].int == 150 && proof["message"].string.contains("is damaged"), "\(proof)")
        let screen = try daemon.simmer("status", "small").output
        #expect(screen.contains("FAILED at step 150") && screen.contains("damaged"), "\(screen)")
        let result = try verdict(daemon, "small", "W12")
        #expect(result["verdict"].string == "fail" && result["places"][0].string.contains("is not what was stored"))
        try daemon.wait("it is told") {
            let told = try String(contentsOf: daemon.folder.appendingPathComponent("told"), encoding: .utf8)
            return told.contains("\"needs-person\"") && told.contains("is damaged")
        }
        #expect(try daemon.simmer("daemon", "status").output.contains("damaged"))
        // The one before is whole: the job can be gone on with from there.
        #expect(try daemon.simmer("checkpoint", "verify", "small@last").status == 0)
    }

    private func alter(_ path: String, _ statements: [String]) throws {
        var connection: OpaquePointer?
        try #require(sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK)
        defer { sqlite3_close(connection) }
        for sql in statements {
            let status = sqlite3_exec(connection, sql, nil, nil, nil)
            try #require(status == SQLITE_OK, "\(sql): \(String(cString: sqlite3_errmsg(connection)))")
        }
        #expect(sqlite3_changes(connection) == 1)
    }

    // MARK: Memory

    /// A bit of a weight changes between two updates: seen, taken back, and the run ends with the bits of one that never knew.
    @Test(.enabled(if: geteuid() == 0)) func aFlippedBitIsTakenBack() throws {
        let daemon = try PrivateDaemon()
        let recipe = """
            recipe: 1
            name: flipped
            seed: 3
            data: {format: spirals, examples: 100000, validation: {fraction: 0.9}}
            model: {layers: [{linear: 512}, tanh, {linear: 512}, tanh, {linear: classes}]}
            optimizer: {kind: sgd, rate: 0.05}
            batch: 8
            until: {steps: 1200}
            evaluate: {every: 1000}
            checkpoint: {every: 250}
            resources: {threads: 1}
            """
        _ = try daemon.json("submit", try daemon.write("r.yaml", recipe))
        // Its metrics come before the evaluation, which takes longer than a pause.
        try daemon.wait("update 1000", seconds: 300) {
            try daemon.job("flipped")["latestMetrics"].list.contains {
                $0["name"].string == "train.loss" && $0["step"].int == 1000
            }
        }
        #expect(try daemon.simmer("pause", "flipped").status == 0)
        try daemon.waitState("flipped", "paused", seconds: 300)
        try #require(try daemon.step("flipped") == 1000)
        let worker = try #require(daemon.workers.first)
        let file = daemon.folder.appendingPathComponent("w.safetensors")
        #expect(try daemon.simmer("checkpoint", "export", "flipped@last", "-o", file.path).status == 0)
        let pattern = try tensor("0.bias", of: Data(contentsOf: file)).prefix(512)
        #expect(try flip(pattern, in: worker) > 0)
        #expect(try daemon.simmer("resume", "flipped").status == 0)
        try daemon.waitState("flipped", "succeeded", seconds: 300)
        let result = try verdict(daemon, "flipped", "W13")
        #expect(result["verdict"].string == "warn" && result["message"].string.contains("Rolled back"), "\(result)")
        let logs = try daemon.simmer("logs", "flipped").output
        #expect(logs.contains("Weights or moments have changed between two updates"), "\(logs)")
        let replay = try daemon.json("replay", "flipped", "--from", "1000", "--to", "1200")
        #expect(replay["same"].bool == true)
    }

    /// A tensor's bytes in a safetensors file.
    private func tensor(_ name: String, of file: Data) throws -> Data {
        let length = file.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
        let header = try JSON(String(decoding: file[8..<8 + length], as: UTF8.self))
        let places = header[name]["data_offsets"]
        let (start, end) = (try #require(places[0].int), try #require(places[1].int))
        return file[8 + length + start..<8 + length + end]
    }

    /// Changes a bit of every copy in a process's own memory; what it shares with others is left alone.
    private func flip(_ pattern: Data, in process: pid_t) throws -> Int {
        let memory = open("/proc/\(process)/mem", O_RDWR | O_CLOEXEC)
        try #require(memory >= 0, "errno \(errno)")
        defer { close(memory) }
        var found = 0
        for line in try String(contentsOfFile: "/proc/\(process)/maps", encoding: .utf8).split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count >= 2, parts[1] == "rw-p" else { continue }
            let ends = parts[0].split(separator: "-").compactMap { Int($0, radix: 16) }
            guard ends.count == 2, ends[1] - ends[0] < 1 << 30 else { continue }
            var bytes = Data(count: ends[1] - ends[0])
            let count = bytes.withUnsafeMutableBytes { pread(memory, $0.baseAddress, $0.count, off_t(ends[0])) }
            guard count > 0 else { continue }
            var place = bytes.startIndex
            while let range = bytes.range(of: pattern, in: place..<count) {
                var byte = bytes[range.lowerBound] ^ 1
                #expect(pwrite(memory, &byte, 1, off_t(ends[0] + range.lowerBound)) == 1)
                found += 1
                place = range.upperBound
            }
        }
        return found
    }

    // MARK: Clocks

    /// For a daemon: a clock that the test sets, and time that goes faster. For a worker: memory that is lost.
    private static let library = #"""
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <pthread.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/timerfd.h>
        #include <time.h>
        #include <unistd.h>

        static int (*real_time)(clockid_t, struct timespec *);
        static int (*real_timer)(int, int, const struct itimerspec *, struct itimerspec *);
        static double speed = 1;
        static const char *wall_file;
        static double begin[2];

        static int is_steady(clockid_t id) {
            return id == CLOCK_MONOTONIC || id == CLOCK_BOOTTIME || id == CLOCK_MONOTONIC_RAW;
        }
        static double seconds(const struct timespec *t) { return t->tv_sec + t->tv_nsec * 1e-9; }
        static struct timespec parts(double s) {
            struct timespec t;
            t.tv_sec = (time_t)s;
            t.tv_nsec = (long)((s - (double)t.tv_sec) * 1e9);
            return t;
        }
        static void *leak(void *unused) {
            for (;;) {
                char *lost = malloc(1 << 20);
                if (lost) memset(lost, 1, 1 << 20);
                usleep(400000);
            }
            return unused;
        }
        __attribute__((constructor)) static void set_up(void) {
            real_time = dlsym(RTLD_NEXT, "clock_gettime");
            real_timer = dlsym(RTLD_NEXT, "timerfd_settime");
            struct timespec now;
            real_time(CLOCK_MONOTONIC, &now);
            begin[0] = seconds(&now);
            real_time(CLOCK_BOOTTIME, &now);
            begin[1] = seconds(&now);
            if (getenv("TEST_SPEED")) speed = atof(getenv("TEST_SPEED"));
            wall_file = getenv("TEST_WALL");
            pthread_t thread;
            if (getenv("TEST_LEAK")) pthread_create(&thread, NULL, leak, NULL);
        }
        int clock_gettime(clockid_t id, struct timespec *t) {
            if (!real_time) real_time = dlsym(RTLD_NEXT, "clock_gettime");
            int status = real_time(id, t);
            if (status != 0) return status;
            if (speed != 1 && is_steady(id)) {
                double first = begin[id == CLOCK_BOOTTIME];
                *t = parts(first + (seconds(t) - first) * speed);
            }
            if (wall_file && id == CLOCK_REALTIME) {
                FILE *file = fopen(wall_file, "r");
                long offset = 0;
                if (file && fscanf(file, "%ld", &offset) == 1) t->tv_sec += offset;
                if (file) fclose(file);
            }
            return status;
        }
        int timerfd_settime(int descriptor, int flags, const struct itimerspec *new, struct itimerspec *old) {
            if (speed == 1) return real_timer(descriptor, flags, new, old);
            struct itimerspec slow = *new;
            double value = seconds(&new->it_value);
            if (flags & TFD_TIMER_ABSTIME) {
                // Of whichever clock: those of the day are far above those of the machine.
                if (value > 0 && value < 1e9) value = begin[0] + (value - begin[0]) / speed;
            } else {
                value /= speed;
            }
            slow.it_value = parts(value);
            slow.it_interval = parts(seconds(&new->it_interval) / speed);
            return real_timer(descriptor, flags, &slow, old);
        }
        """#

    private static let compiler = ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// The library, and a simmerd whose workers have it too.
    private func faults(in folder: URL, worker: String) throws -> (library: String, program: URL) {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let source = folder.appendingPathComponent("faults.c").path
        let library = folder.appendingPathComponent("faults.so").path
        try Data(Self.library.utf8).write(to: URL(fileURLWithPath: source))
        let compiled = try Programs.run(
            URL(fileURLWithPath: try #require(Self.compiler)),
            ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl", "-lpthread"])
        try #require(compiled.status == 0, "\(compiled.errors)")
        let program = folder.appendingPathComponent("simmerd")
        // A worker is looked for beside the program's own file.
        if link(Programs.path("simmerd").path, program.path) != 0 {
            try FileManager.default.copyItem(at: Programs.path("simmerd"), to: program)
        }
        let script = folder.appendingPathComponent("simmer-worker").path
        let text =
            "#!/bin/sh\nexport LD_PRELOAD='\(library)' \(worker)\nexec '\(Programs.path("simmer-worker").path)'\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: script))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
        return (library, program)
    }

    /// Hours of the machine in half a minute: a worker that loses memory is named, a clock that jumps is, and a week later the
    /// best checkpoint measures what it did.
    @Test(.enabled(if: Self.compiler != nil)) func whatTakesHoursIsSeen() throws {
        let folder = URL(fileURLWithPath: "/tmp/simmer-faults-\(UUID().uuidString.prefix(8))")
        defer { _ = try? FileManager.default.removeItem(at: folder) }
        let (library, program) = try faults(in: folder, worker: "TEST_LEAK=1")
        let wall = folder.appendingPathComponent("wall")
        try Data("0\n".utf8).write(to: wall)
        let daemon = try PrivateDaemon(
            configuration: "notify: {silence: 604800 seconds}\nproofs: {every: 600 seconds}\n",
            environment: ["LD_PRELOAD": library, "TEST_SPEED": "600", "TEST_WALL": wall.path], program: program)
        _ = try daemon.json("submit", try daemon.write("r.yaml", SmallRecipe.spirals(name: "short")))
        try daemon.waitState("short", "succeeded")
        _ = try daemon.json("submit", try daemon.write("q.yaml", SmallRecipe.spirals(steps: "forever", name: "long")))
        try daemon.wait("it trains") { try daemon.step("long") > 500 }
        #expect(try verdict(daemon, "long", "W21")["verdict"].string == "")
        try daemon.wait("six hours", seconds: 120) { try verdict(daemon, "long", "W16")["verdict"].string == "warn" }
        #expect(try verdict(daemon, "long", "W16")["message"].string.contains("memory grows by"))
        try Data("691200\n".utf8).write(to: wall)
        try daemon.wait("the jump") { try verdict(daemon, "long", "W21")["verdict"].string == "warn" }
        #expect(
            try verdict(daemon, "long", "W21")["numbers"][0]["value"].double.map { abs($0 - 691_200) < 7_200 } == true)
        #expect(try daemon.state("long") == "running")
        #expect(try daemon.simmer("stop", "long").status == 0)
        try daemon.wait("the best, measured again", seconds: 120) {
            try verdict(daemon, "short", "W19")["verdict"].string == "pass"
        }
    }
}
