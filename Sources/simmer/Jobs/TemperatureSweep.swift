import Recipes
import Terminal
import Wire

/// Students of one recipe at several temperatures, each an ordinary job, held against each other in the end.
struct TemperatureSweep {
    let words: [String]
    let plain: DistillCommand.Student
    let command: DistillCommand

    private struct Result: Encodable {
        var temperature: Double
        var job: String
        var id: Int
        var accuracy: Double?
        var loss: Double?
    }

    private struct Report: Encodable {
        var students: [Result]
        /// The temperature of the best.
        var chosen: Double?
    }

    func run(_ daemon: Daemon, _ screen: Screen) throws {
        var students: [(student: DistillCommand.Student, local: LocalRecipe)] = []
        for word in words {
            var student = plain
            student.overrides["temperature"] = word
            // Each is read before any is sent.
            let local = try command.read(student)
            let suffix = "t" + word.filter { $0 != "+" }
            student.name = try command.names(plain, local, [suffix]).first
            students.append((student, local))
        }
        var jobs: [JobSummary] = []
        for (student, local) in students {
            var reply = try command.send(student, local, to: daemon)
            let started = StartedJob(daemon: daemon, screen: screen, options: command.following, file: local.file)
            try started.settle(&reply.job, findings: &reply.findings)
            screen.note("job \(reply.job.id) '\(reply.job.name.escaped())' \(reply.job.state.rawValue)")
            jobs.append(reply.job)
        }
        let ended = try wait(for: jobs.map(\.id), daemon, screen)
        for job in ended { try job.requireSuccess() }
        let report = report(ended)
        if screen.json { return try screen.put(json: report) }
        let table = Table(
            [
                Column("TEMPERATURE", .right), Column("JOB", shrinks: true), Column("VALIDATION", .right),
                Column("LOSS", .right), Column("", optional: true),
            ],
            rows: report.students.map { student in
                [
                    Cell(Number.plain(student.temperature)), Cell(student.job),
                    Cell(student.accuracy.map { Number.percent($0, digits: 2) } ?? ""),
                    Cell(student.loss.map(Number.short) ?? ""),
                    student.temperature == report.chosen ? Cell("best", .bold) : "",
                ]
            })
        screen.put(table)
    }

    private func wait(for ids: [Int], _ daemon: Daemon, _ screen: Screen) throws -> [JobSummary] {
        let interruption = Interruption(note: "simmer: no longer waiting; the students go on")
        defer { interruption.end() }
        let follower = JobFollower(daemon: daemon, screen: screen)
        try follower.follow(
            JobFilter(names: ids.map(String.init), includeEnded: true), until: JobFollower.ends,
            display: screen.isLive ? .live : .nothing, patience: .infinity)
        return try ids.map { try daemon.job(String($0)).summary }
    }

    /// The best has the most right answers on the validation data at its end; of equal ones the smaller loss.
    private func report(_ jobs: [JobSummary]) -> Report {
        let students = zip(words, jobs).map { word, job in
            func metric(_ name: String) -> Double? {
                job.latestMetrics.first { $0.name == "validation.\(name)" }?.value
            }
            return Result(
                temperature: Double(word) ?? 0, job: job.name, id: job.id, accuracy: metric("accuracy"),
                loss: metric("loss"))
        }
        let best = students.filter { $0.accuracy != nil }.max { first, second in
            let (one, other) = (first.accuracy ?? 0, second.accuracy ?? 0)
            return one == other ? (first.loss ?? .infinity) > (second.loss ?? .infinity) : one < other
        }
        return Report(students: students, chosen: best?.temperature)
    }
}
