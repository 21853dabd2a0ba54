import ArgumentParser
import Glibc
import Recipes
import Terminal
import Wire

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List jobs.",
        discussion: """
            EXAMPLES:
              simmer list
              simmer list 'night-*' --state running --sort -step
              simmer list --all --json

            Without patterns: the jobs that run or wait, and those that ended within a day.
            """,
        aliases: ["ls"])

    @Argument(help: ArgumentHelp("Names, or patterns of names.", valueName: "job"), completion: Completions.jobs)
    var patterns: [String] = []

    @Option(parsing: .unconditionalSingleValue, help: "Only jobs in this state; may be given again.")
    var state: [JobState] = []

    @Flag(help: "Only my own jobs.")
    var mine = false

    @Flag(name: [.short, .long], help: "Every job, however long ago it ended.")
    var all = false

    @Option(
        name: [.short, .long], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Only jobs with this label; may be given again.", valueName: "key=value"))
    var label: [Assignment] = []

    @Option(
        help: ArgumentHelp(
            "Order: \(JobTable.sortKeys.joined(separator: ", ")); prefix it with '-' to reverse.", valueName: "key"))
    var sort: String = "id"

    @Option(help: ArgumentHelp("At most this many jobs.", valueName: "n"))
    var limit: Int?

    @OptionGroup var table: TableOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard JobTable.sorted([], by: sort) != nil else {
            throw ValidationError(
                "Unknown sort key '\(sort)'; use one of \(JobTable.sortKeys.joined(separator: ", ")).")
        }
        if let limit, limit < 1 { throw ValidationError("--limit is at least 1.") }
    }

    func run() throws {
        let screen = common.screen
        let filter = JobFilter(
            states: state.isEmpty ? nil : state, ownerUid: mine ? Int(getuid()) : nil,
            labels: label.isEmpty ? nil : Assignment.dictionary(label), includeEnded: true)
        var jobs = try common.daemon().allJobs(filter).jobs
        let found = jobs.count
        let recent = Clock.now - 86_400_000_000
        if !patterns.isEmpty {
            for pattern in patterns where !jobs.contains(where: { ListCommand.matches($0, pattern) }) {
                throw Complaint(
                    "no job matches '\(pattern)'", hint: "'simmer list --all' shows every job.", code: .notFound)
            }
            jobs = jobs.filter { job in patterns.contains { ListCommand.matches(job, $0) } }
        } else if !all && state.isEmpty {
            jobs = jobs.filter {
                !$0.state.hasEnded || $0.state == .stopped || ($0.endedUsec ?? $0.createdUsec) >= recent
            }
        }
        let hidden = patterns.isEmpty ? found - jobs.count : 0
        let total = jobs.count
        jobs = Array((JobTable.sorted(jobs, by: sort) ?? jobs).prefix(limit ?? .max))
        if screen.json { return try screen.put(json: ListJobs.Output(jobs: jobs, total: total)) }
        screen.put(JobTable.table(jobs, now: Clock.now), header: !table.noHeader)
        if jobs.isEmpty { screen.note("no jobs; 'simmer submit RECIPE' queues one") }
        if hidden > 0 { screen.note("\(counted(hidden, "older job")) not shown; --all shows every job") }
    }

    private static func matches(_ job: JobSummary, _ word: String) -> Bool {
        isPattern(word)
            ? fnmatch(word, job.name, 0) == 0 : job.name == word || String(job.id) == word || job.uuid == word
    }
}

extension JobState: ExpressibleByArgument {}
