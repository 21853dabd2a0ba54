import Recipes

/// `simmer list`.
public enum JobTable {
    /// A row a job; columns that nothing stands in are left out.
    public static func table(_ jobs: [JobSummary], now: Int) -> Table {
        let owners = Set(jobs.map(\.ownerUid)).count > 1
        let rows = jobs.map { job -> [Cell] in
            let validation =
                job.metric("validation.accuracy") ?? job.metric("validation.mae") ?? job.metric("validation.loss")
            return [
                Cell(String(job.id)),
                Cell(job.name, .bold),
                Cell(owners ? job.ownerName ?? String(job.ownerUid) : ""),
                Cell(stateText(job), job.state.style),
                Cell(job.priority == 0 ? "" : String(job.priority)),
                Cell(job.stepText),
                Cell(job.fraction.map { Number.percent($0) } ?? ""),
                Cell(job.state.isAlive ? job.progress?.stepsPerSecond.map { speedText($0) + "/s" } ?? "" : ""),
                Cell(job.remaining(now: now).map { Span.text($0) } ?? ""),
                Cell(job.metric("train.loss")?.text ?? "", job.metric("train.loss")?.style ?? .plain),
                Cell(validation.map { "\($0.text) \(short($0.name))" } ?? "", validation?.style ?? .plain),
                Cell(job.lastCheckpointUsec.map { Span.relative($0, now: now) } ?? ""),
                Cell(job.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")),
                Cell(job.state == .succeeded ? "" : job.reason?.message ?? "", .dim),
            ]
        }
        return Table(
            [
                Column("ID", .right), Column("NAME", shrinks: true), Column("OWNER", optional: true, yields: 2),
                Column("STATE"), Column("PRIO", .right, optional: true, yields: 3),
                Column("STEP", .right, optional: true, yields: 6), Column("DONE", .right, optional: true),
                Column("SPEED", .right, optional: true, yields: 5), Column("LEFT", optional: true),
                Column("LOSS", .right, optional: true, yields: 4), Column("VALIDATION", optional: true),
                Column("SAVED", optional: true, yields: 1),
                Column("LABELS", shrinks: true, optional: true, yields: 7),
                Column("REASON", shrinks: true, optional: true),
            ], rows: rows)
    }

    /// The state, the place in the queue, and what the job is on its way to.
    static func stateText(_ job: JobSummary) -> String {
        if job.state == .queued, let place = job.queuePosition { return "queued (\(place))" }
        return job.state.rawValue
    }

    private static func short(_ name: String) -> String {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        return last == "accuracy" ? "acc" : last
    }

    /// What `--sort` knows; names of columns, lower case.
    public static let sortKeys = ["id", "name", "state", "priority", "step", "done", "created", "loss", "saved"]

    /// The jobs in the order of a key; a `-` before the key turns it round. Nil for a key that is none.
    public static func sorted(_ jobs: [JobSummary], by key: String) -> [JobSummary]? {
        let reversed = key.hasPrefix("-")
        let name = reversed ? String(key.dropFirst()) : key
        func order<V: Comparable>(_ value: (JobSummary) -> V) -> [JobSummary] {
            let sorted = jobs.enumerated().sorted {
                let (a, b) = (value($0.element), value($1.element))
                return a == b ? $0.offset < $1.offset : a < b
            }
            .map(\.element)
            return reversed ? sorted.reversed() : sorted
        }
        switch name {
        case "id": return order(\.id)
        case "name": return order(\.name)
        case "state": return order { JobState.allCases.firstIndex(of: $0.state) ?? 0 }
        case "priority": return order(\.priority)
        case "step": return order { $0.progress?.step ?? -1 }
        case "done": return order { $0.fraction ?? -1 }
        case "created": return order(\.createdUsec)
        case "loss": return order { $0.metric("train.loss")?.value ?? .infinity }
        case "saved": return order { $0.lastCheckpointUsec ?? 0 }
        default: return nil
        }
    }
}
