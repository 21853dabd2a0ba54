import ArgumentParser
import Recipes
import Terminal
import Wire

struct DistillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distill", abstract: "Queue a job whose network learns from others' answers.",
        discussion: """
            EXAMPLES:
              simmer distill small.yaml --teacher mnist-big@best --follow
              simmer distill small.yaml --teacher a@best b@best/swa c@best --set temperature=2 --name squeezed
              simmer distill small.yaml --teacher mnist-big@best --sweep-temperature 1,2,5,10,20 --steps 2000
              simmer distill small.yaml --teacher five --after five
              simmer distill same.yaml --teacher first@last --generations 3

            The recipe is the student's; its data are inspected as those of 'submit' are. The teachers must know the \
            same inputs and classes. They are copied: what becomes of their jobs is of no matter to the student. A job's name \
            alone is its best checkpoint, an ensemble's its members' best.

            A teacher that the student waits for is what its job has come to when that has succeeded: '--teacher big@last \
            --after big'. Where that does not fit, or is not there, the student fails and says so; 'resume' tries again.

            --sweep-temperature queues a student for each temperature, NAME-t1 and so on, waits for them, and says which \
            is best on the validation data. --generations queues students of which each is the teacher of the next (Born \
            Again Networks, Furlanello et al. 2018, arXiv:1805.04770): NAME-g1 learns from the teachers, NAME-g2 from \
            NAME-g1, and so on.
            """)

    @Argument(help: "The recipe; '-' reads it from standard input.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "A checkpoint to learn from, or an average of one (a@best/ema-0.999), or several.", valueName: "checkpoint"),
        completion: Completions.checkpoints)
    var teacher: [String]

    @Option(
        help: ArgumentHelp("Train a student at each of these temperatures, and compare them.", valueName: "list"))
    var sweepTemperature: Numbers?

    @Option(help: ArgumentHelp("Queue this many students, each the teacher of the next.", valueName: "n"))
    var generations: Int?

    @Option(help: ArgumentHelp("End after so many steps, whatever the recipe says.", valueName: "n"))
    var steps: Int?

    @OptionGroup var submission: SubmissionOptions
    @OptionGroup var following: FollowOptions
    @OptionGroup var common: CommonOptions

    /// Numbers with commas between.
    struct Numbers: ExpressibleByArgument {
        var words: [String]

        init?(argument: String) {
            words = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard words.allSatisfy({ Double($0)?.isFinite == true }) else { return nil }
        }
    }

    func validate() throws {
        guard sweepTemperature == nil || generations == nil else {
            throw ValidationError("Sweep the temperature, or train generations.")
        }
        if let words = sweepTemperature?.words,
            !(2...20).contains(words.count) || Set(words.map { Double($0) }).count < words.count
        {
            throw ValidationError("--sweep-temperature takes 2 to 20 temperatures that differ.")
        }
        if let generations, !(2...20).contains(generations) {
            throw ValidationError("--generations is 2 to 20.")
        }
        if recipe == "-", sweepTemperature != nil || generations != nil {
            throw ValidationError("Several students need their recipe in a file: standard input can be read once.")
        }
        if let steps, steps < 1 { throw ValidationError("--steps is at least 1.") }
        if sweepTemperature != nil, submission.paused || following.idOnly {
            throw ValidationError("A sweep waits for its students and compares them.")
        }
    }

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon(timeout: 120)
        var overrides = submission.values.overrides
        if let steps { overrides["until"] = String(steps) }
        let plain = Student(name: submission.name, teachers: teacher, overrides: overrides, after: submission.after)
        if let words = sweepTemperature?.words {
            return try TemperatureSweep(words: words, plain: plain, command: self).run(daemon, screen)
        }
        let local = try read(plain)
        guard let generations else {
            var reply = try send(plain, local, to: daemon)
            let started = StartedJob(daemon: daemon, screen: screen, options: following, file: local.file)
            try started.settle(&reply.job, findings: &reply.findings)
            return try started.report(reply.job, whole: reply)
        }
        var replies: [DistillJob.Output] = []
        let names = try names(plain, local, (1...generations).map { "g\($0)" })
        for name in names {
            var student = plain
            student.name = name
            if let before = replies.last?.job {
                student.teachers = ["\(before.id)@last"]
                student.after.append(String(before.id))
            }
            var reply = try send(student, try read(student), to: daemon)
            let started = StartedJob(daemon: daemon, screen: screen, options: following, file: local.file)
            try started.settle(&reply.job, findings: &reply.findings)
            replies.append(reply)
            if name != names.last, !screen.json || following.idOnly { say(reply.job, screen) }
        }
        guard let last = replies.last else { return }
        let started = StartedJob(daemon: daemon, screen: screen, options: following, file: local.file)
        try started.report(last.job, whole: ListJobs.Output(jobs: replies.map(\.job), total: replies.count))
    }

    private func say(_ job: JobSummary, _ screen: Screen) {
        screen.put(following.idOnly ? String(job.id) : "job \(job.id) '\(job.name.escaped())' \(job.state.rawValue)")
    }

    /// One job to be queued.
    struct Student {
        var name: String?
        var teachers: [String]
        var overrides: [String: String]
        var after: [String]
    }

    /// Names of several students of one recipe.
    func names(_ student: Student, _ local: LocalRecipe, _ suffixes: [String]) throws -> [String] {
        let base = student.name ?? local.recipe?.name ?? ""
        let names = suffixes.map { "\(base)-\($0)" }
        if let bad = names.first(where: { !Recipe.isValidName($0) }) {
            throw Complaint("'\(bad)' cannot name a job", hint: "Give a shorter --name.", code: .usage)
        }
        return names
    }

    /// - Throws: `Complaint` where anything is wrong with the recipe as this student has it.
    func read(_ student: Student) throws -> LocalRecipe {
        let local = try LocalRecipe(
            recipe, overrides: Recipe.distilling(student.teachers, student.overrides), folder: submission.values.data)
        try local.requireGood()
        return local
    }

    func send(_ student: Student, _ local: LocalRecipe, to daemon: Daemon) throws -> DistillJob.Output {
        try local.send(
            DistillJob.self,
            DistillJob.Input(
                teachers: student.teachers, recipe: local.text, files: local.files.isEmpty ? nil : local.files,
                name: student.name, priority: submission.priority, labels: submission.labels,
                dependsOn: student.after.isEmpty ? nil : student.after,
                startPaused: submission.paused ? true : nil,
                overrides: student.overrides.isEmpty ? nil : student.overrides, acknowledge: submission.reasons,
                force: submission.force ? true : nil, requestId: Daemon.requestId()),
            to: daemon)
    }
}
