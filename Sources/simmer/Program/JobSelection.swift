import Glibc
import Recipes
import Wire

extension Daemon {
    /// Every job that passes a filter, page by page.
    func allJobs(_ filter: JobFilter? = nil, limit: Int = .max) throws -> (jobs: [JobSummary], total: Int) {
        var jobs: [JobSummary] = []
        var cursor: String?
        var total = 0
        repeat {
            let page = try call(
                ListJobs.self, .init(filter: filter, limit: min(1_000, max(1, limit - jobs.count)), cursor: cursor))
            jobs += page.jobs
            total = page.total
            cursor = page.nextCursor
        } while cursor != nil && jobs.count < limit
        return (jobs, total)
    }

    /// What the words on a command line mean: names, ids and uuids stay as they are, a pattern (`night-*`) becomes the
    /// ids of the jobs that it matches.
    /// - Throws: `Complaint` with status 3 for a pattern that matches nothing.
    func jobs(matching words: [String], where accepts: (JobSummary) -> Bool = { _ in true }) throws -> [String] {
        guard words.contains(where: isPattern) else { return words }
        let all = try allJobs(JobFilter(includeEnded: true)).jobs
        var found: [String] = []
        for word in words {
            guard isPattern(word) else {
                found.append(word)
                continue
            }
            let matches = all.filter { fnmatch(word, $0.name, 0) == 0 && accepts($0) }.map { String($0.id) }
            guard !matches.isEmpty else {
                throw Complaint(
                    "no job matches '\(word)'", hint: "'simmer list --all' shows every job.", code: .notFound)
            }
            found += matches.filter { !found.contains($0) }
        }
        return found
    }

    /// The job of a word: one read of the store.
    func job(_ word: String) throws -> JobDetail { try call(GetJob.self, .init(job: word)).job }
}

/// Whether a word is a glob(7) pattern.
func isPattern(_ word: String) -> Bool { word.contains { $0 == "*" || $0 == "?" || $0 == "[" } }
