extension Configuration: Keyed {
    static var draft: Configuration { Configuration() }

    /// Reads a configuration; an empty text gives the defaults.
    /// - Returns: the configuration, nil when any finding is an error; findings in the order of their lines.
    public static func read(_ text: String) -> (configuration: Configuration?, findings: [Finding]) {
        var problems = Problems()
        guard let tree = Yaml.read(text, &problems) else { return (nil, problems.sorted) }
        var configuration = draft
        // A file of comments only is an empty scalar.
        if !tree.isEmpty { keys.read(tree, at: Place(), into: &configuration, &problems) }
        return (problems.hasErrors ? nil : configuration, problems.sorted)
    }

    /// `hot` keys take effect at a reload, the others when the daemon starts.
    static let keys = Table<Configuration>(
        keys: [
            .integer("slots", \.slots, 1...64, .hot, "Jobs that train at the same time."),
            .integer(
                "threads", \.threads, 1...256, .hot, initial: "auto",
                "Threads of a job that does not say; `auto` is the number of processors, at most 2."),
            .text(
                "state_directory", \.stateDirectory, initial: "auto", .frozen,
                "Where simmer.db, chunks.db and the data sets lie; `auto` is $STATE_DIRECTORY under systemd, else "
                    + "$XDG_STATE_HOME/simmer. `--state-dir` goes first."),
            .text(
                "socket", \.socket, initial: "auto", .frozen, longest: 107,
                "The socket to listen on where systemd passes none; `auto` is /run/simmer/io.simmer for the system's "
                    + "daemon, $XDG_RUNTIME_DIR/simmer/io.simmer for a user's. `--socket` goes first."),
            .duration(
                "checkpoint_grace", \.checkpointGrace, 1...3_600, .hot,
                "How long a stop of the daemon waits for the workers' last checkpoints."),
            .choice("log_level", \.logLevel, .hot, "The least important messages that are logged."),
            .integer("nice", \.nice, 0...19, .hot, "How much workers give way to other programs, as in nice(1)."),
            .text(
                "roles.user_group", \.roles.userGroup, initial: "none", .hot, longest: 64,
                "The group whose members may submit jobs and handle their own; `none` is everybody who can connect."),
            .text(
                "roles.admin_group", \.roles.adminGroup, initial: "none", .hot, longest: 64,
                "The group whose members may handle every job and the daemon; `none` leaves root and the daemon's own user."
            ),
            .integer("limits.queued_jobs", \.limits.queuedJobs, 1...100_000, .hot, "Jobs of one user that wait."),
            .integer("limits.connections", \.limits.connections, 8...16_384, .hot, "Clients at the same time."),
            .integer(
                "limits.connections_per_user", \.limits.connectionsPerUser, 1...16_384, .hot,
                "Clients of one user at the same time; root is not limited."),
            .integer(
                "limits.watches_per_user", \.limits.watchesPerUser, 1...4_096, .hot,
                "Streams of events and metrics of one user at the same time."),
            .size(
                "limits.message", \.limits.messageBytes, (64 << 10)...(16 << 20), .frozen, "The longest message."),
            .size("limits.data", \.limits.dataBytes, (1 << 20)...(1 << 44), .hot, "The largest data file."),
            .size(
                "limits.worker_memory", \.limits.workerMemory, (64 << 20)...(1 << 44), initial: "auto", .hot,
                "What a worker may use; `auto` is the plan's estimate with slack."),
            .duration(
                "limits.inspection", \.limits.inspectionSeconds, 10...86_400, .hot,
                "How long an inspection of data or an evaluation may take."),
            .integer(
                "limits.log_entries", \.limits.logEntries, 100...10_000_000, .hot,
                "Log entries kept of one job; the first one left says how many are gone."),
            .duration(
                "limits.log_age", \.limits.logAge, 3_600...3_153_600_000, .hot, "How long log entries are kept."),
            .integer(
                "limits.events", \.limits.events, 100...10_000_000, .hot,
                "Events kept of one job. That it was made, changed or came into another state stays as long as the job."
            ),
            .duration("limits.event_age", \.limits.eventAge, 3_600...3_153_600_000, .hot, "How long they are kept."),
            .size(
                "store.reserve", \.store.reserve, 0...(1 << 44), .hot,
                "What the store leaves free of its file system."),
            .duration(
                "store.deletion_grace", \.store.deletionGrace, 0...2_592_000, .hot,
                "How long deleted bytes stay before they are given back."),
            .duration(
                "store.scrub_every", \.store.scrubEvery, 0...31_536_000, .hot,
                "How often every stored byte is read and checked; `0 seconds` is never."),
            .duration(
                "proofs.every", \.proofs.every, 0...31_536_000, .hot,
                "How often a job's steps from one checkpoint to the next are done again, beside all else and nicer than it, "
                    + "to prove that it can be resumed bit for bit; once a week its best checkpoint is measured again. "
                    + "`0 seconds` is never."),
            .hours(
                "polite.hours", \.polite.hours, .hot,
                "Hours of the local day in which running jobs are held at a step and none is started, as in "
                    + "`08:00-18:00`, or `22:00-06:00` over midnight. They go on by themselves, with the same bits."),
            .number(
                "polite.load", \.polite.load, 0.1...10_000, .hot,
                "Processors that programs other than simmer's may keep busy, as a mean of about a minute; above it jobs "
                    + "are held, and go on below three quarters of it, a minute later at the earliest."),
            .choice(
                "checks.gate", \.checks.gate, .hot,
                "Whether a run that is longer than `checks.smoke` stops there until its cheap checks are green, its "
                    + "warnings acknowledged: `on`, `off`, where it is only told, or `auto`, which is `on` under systemd."
            ),
            .duration(
                "checks.smoke", \.checks.smoke, 1...86_400, .hot,
                "How long a job may train before its checks are asked for."),
        ] + NotifyKeys.keys(\.notify, .hot, ofRecipe: false) + [
            .custom(
                "notify.sendmail", "path", initial: draft.sendmail, .hot,
                "The program that mail is piped to, with the arguments `-t -oi`."
            ) { yaml, place, root, problems in
                guard let path = yaml.text(at: place, &problems) else { return }
                guard path.hasPrefix("/") else {
                    return yaml.outOfRange("an absolute path", at: place, &problems)
                }
                root.sendmail = path
            },
            .duration(
                "notify.silence", \.silence, 1...604_800, .hot,
                "How long the worker of a job that trains may say nothing before that is told as needs-person."),
        ], noun: "configuration")
}
