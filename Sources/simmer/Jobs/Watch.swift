import ArgumentParser
import Recipes
import Terminal
import Wire

struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Follow jobs as they run.",
        discussion: """
            EXAMPLES:
              simmer watch
              simmer watch mnist-cnn
              simmer watch 'night-*' --json | jq .job.progress.step

            Ends when the named jobs have ended, with status 9 if one failed or was cancelled; without names it shows \
            what runs and waits until Ctrl-C. Ctrl-C lets go of the screen; the jobs go on.
            """)

    @Argument(help: ArgumentHelp("Jobs: names, ids or patterns.", valueName: "job"), completion: Completions.jobs)
    var jobs: [String] = []

    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon()
        let words = try daemon.jobs(matching: jobs)
        // A name that is none is an error now, not a watch of nothing.
        let ids = try words.map { try daemon.job($0).summary.id }
        let interruption = Interruption(
            note: ids.isEmpty
                ? "simmer: detached; the jobs go on"
                : "simmer: detached; \(ids.count == 1 ? "the job goes" : "the jobs go") on. 'simmer status' shows it.")
        defer { interruption.end() }
        let follower = JobFollower(daemon: daemon, screen: screen)
        let filter =
            ids.isEmpty ? JobFilter(includeEnded: false) : JobFilter(names: ids.map(String.init), includeEnded: true)
        try follower.follow(
            filter, until: ids.isEmpty ? nil : JobFollower.ends,
            display: screen.json ? .json : screen.isLive ? .live : .lines)
        for id in ids { try follower.jobs[id]?.requireSuccess() }
    }
}
