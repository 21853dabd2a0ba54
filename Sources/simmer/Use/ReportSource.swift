import Recipes
import Reports
import Terminal
import Wire

/// Gathers what a report shows from the daemon.
struct ReportSource {
    let daemon: Daemon
    /// Jobs that the ledger of expectations looks at, the newest first.
    private static let ledgerJobs = 60
    /// Points of a curve: more than a page has pixels across.
    private static let points = 1_500

    /// The job's recipe as this program reads it, and what is known of its data.
    static func recipe(of job: JobDetail) -> (recipe: Recipe?, facts: DataFacts?) {
        // Facts of a daemon of another version may have another shape: the page then says less.
        (Recipe.read(job.recipe).recipe, job.facts.flatMap { try? $0.decoded(as: DataFacts.self) })
    }

    func report(_ word: String) throws -> Report {
        let detail = try daemon.job(word)
        let id = String(detail.summary.id)
        let checks = try daemon.call(ListChecks.self, .init(job: id)).report
        let series = try daemon.call(
            QueryMetrics.self, .init(job: id, maxPoints: Self.points, reduce: .mean)
        ).series
        let (recipe, facts) = Self.recipe(of: detail)
        return Report(
            job: detail, recipe: recipe, facts: facts, series: series, results: checks.results,
            pictures: try pictures(id, checks.results), acknowledged: checks.acknowledged, forced: Self.forced(checks),
            ledger: try ledger(detail, recipe), improvements: try improvements(recipe),
            printed: Clock.format(Clock.now, "%Y-%m-%d %H:%M"),
            version: VersionCommand.version)
    }

    private static func forced(_ checks: CheckReport) -> [String] {
        guard checks.forced else { return [] }
        return ["The job was let go on whatever its checks say."] + checks.obstacles
    }

    private func pictures(_ job: String, _ results: [CheckResult]) throws -> [CheckPicture] {
        var pictures: [CheckPicture] = []
        var seen: Set<String> = []
        for result in results where !result.pictures.isEmpty && seen.insert(result.id).inserted {
            try daemon.stream(GetPictures.self, .init(job: job, check: result.id)) { output in
                if let picture = output.picture { pictures.append(CheckPicture(id: result.id, picture)) }
                return true
            }
        }
        return pictures
    }

    /// Rounds of `simmer improve` on a recipe of this name.
    private func improvements(_ recipe: Recipe?) throws -> [Improvement] {
        guard let recipe else { return [] }
        let rounds = try daemon.call(ListImprovements.self, .init(limit: 50)).rounds
        return rounds.filter { $0.name == recipe.name }.map(\.improvement)
    }

    /// Expectations of this job and of the user's newest others, this one first.
    private func ledger(_ own: JobDetail, _ recipe: Recipe?) throws -> [LedgerEntry] {
        let first = Self.entry(own.summary, recipe).map { [$0] } ?? []
        return first + (try ledger(ownerUid: own.summary.ownerUid, except: own.summary.id))
    }

    /// Expectations that recipes stated, of a user's newest jobs: a call for each of them.
    func ledger(ownerUid: Int?, except own: Int? = nil) throws -> [LedgerEntry] {
        let jobs = try daemon.call(
            ListJobs.self, .init(filter: JobFilter(ownerUid: ownerUid, includeEnded: true), limit: Self.ledgerJobs)
        ).jobs
        return try jobs.filter { $0.id != own && $0.partOf == nil }.compactMap { job in
            Self.entry(job, Self.recipe(of: try daemon.job(String(job.id))).recipe)
        }
    }

    private static func entry(_ job: JobSummary, _ recipe: Recipe?) -> LedgerEntry? {
        guard let expectation = recipe?.expect else { return nil }
        let metric = job.latestMetrics.first { $0.name == expectation.metric }
        return LedgerEntry(
            job: job.name, expectation: expectation, outcome: job.state.hasEnded ? metric?.value : nil)
    }
}

extension FreshFile {
    /// Writes a text; the file takes its name only when it is whole.
    static func write(_ text: String, to path: String, force: Bool) throws {
        let file = try FreshFile(path, force: force)
        do {
            try file.write(text)
            try file.publish()
        } catch {
            file.discard()
            throw error
        }
    }
}
