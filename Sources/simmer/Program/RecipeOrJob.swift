import Glibc
import Recipes
import Wire

/// What a word means where a command takes a recipe or a job: with a slash, or `.yaml` or `.yml` at its end, it is a path;
/// else it is a job, but for a file of that name that no job has.
enum RecipeOrJob {
    case recipe
    case job

    /// What a manual says of it.
    static let help: String =
        "A word with a slash, or that ends in .yaml or .yml, is a file; any other is a job unless a file has that name, and a "
        + "name that both have is refused: './NAME' is the file, the id the job."

    /// Asks the daemon only where a file has the name.
    /// - Throws: `Complaint` for a word that is both.
    init(_ word: String, _ daemon: Daemon) throws {
        if word == "-" || word.contains("/") || word.hasSuffix(".yaml") || word.hasSuffix(".yml") {
            self = .recipe
            return
        }
        var status = stat()
        // A folder is no recipe, whatever it is called.
        guard stat(word, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            self = .job
            return
        }
        let ids: [String]
        do {
            let job = try daemon.job(word).summary
            ids = [word == String(job.id) ? job.name : String(job.id)]
        } catch SimmerError.noSuchJob {
            ids = []
        } catch SimmerError.ambiguousName(_, let candidates) {
            ids = candidates
        } catch ClientFailure.noDaemon {
            ids = []
        }
        guard ids.isEmpty else {
            throw Complaint(
                "'\(word)' is a file here, and a job",
                hint: "'./\(word)' means the file, '\(ids.joined(separator: "' or '"))' the job.", code: .usage)
        }
        self = .recipe
    }
}
