import ArgumentParser
import Recipes
import Wire

/// Which steps of a job's curves.
struct CurveOptions: ParsableArguments {
    @Option(help: ArgumentHelp("First step.", valueName: "step"))
    var from: Int?

    @Option(help: ArgumentHelp("Last step.", valueName: "step"))
    var to: Int?

    func validate() throws {
        if let from, let to, to < from { throw ValidationError("--from \(from) is greater than --to \(to).") }
    }
}

extension Daemon {
    /// A misspelt name is an error, not an empty table or plot.
    /// - Throws: `Complaint` that names the metrics there are, where one that is wanted is none.
    func require(metrics wanted: [String], of job: String) throws {
        guard !wanted.isEmpty else { return }
        let known = try call(ListMetrics.self, .init(job: job)).names
        guard let unknown = wanted.first(where: { !known.contains($0) }) else { return }
        throw Complaint(
            "job '\(job)' has no metric '\(unknown)'",
            hint: known.isEmpty ? "It has none yet." : "It has \(known.joined(separator: ", ")).", code: .notFound)
    }
}
