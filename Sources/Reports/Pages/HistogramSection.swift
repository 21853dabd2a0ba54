import Recipes

/// How large gradients and updates were over the run: two strips for each matrix, of one job or of two.
struct HistogramSection {
    /// With what each job is called; empty for one alone.
    let jobs: [(name: String, report: Report)]

    init(_ report: Report) { jobs = [("", report)] }

    init(_ comparison: Comparison) {
        jobs = [(comparison.names.0, comparison.first), (comparison.names.1, comparison.second)]
    }

    var elements: [Element] {
        // By the matrices' names, in the order of the network; those of the first job first.
        var names: [String] = []
        var strips: [String: [(job: String, picture: Picture)]] = [:]
        for job in jobs {
            for one in job.report.pictures where one.isHistogram {
                if strips[one.picture.name] == nil { names.append(one.picture.name) }
                strips[one.picture.name, default: []].append((job.name, one.picture))
            }
        }
        guard !names.isEmpty else { return [] }
        let figures = names.flatMap { name in
            (strips[name] ?? []).map { job, picture in
                var picture = picture
                if !job.isEmpty { picture.caption = "\(job): \(picture.caption)" }
                return Element.figure(picture, of: nil, isStrip: true)
            }
        }
        return [
            .paragraph(
                "Of each matrix a sample of its numbers, at each evaluation: a column is a histogram, its rows are sizes by "
                    + "powers of two, and the darker a cell, the more lie there. Gradients that sink from column to "
                    + "column vanish, those that rise explode; updates are of some thousandths in a run that learns.")
        ] + figures
    }
}

extension CheckPicture {
    /// Histograms have a section of their own.
    var isHistogram: Bool {
        id == "W3" && (picture.name.hasPrefix("gradients.") || picture.name.hasPrefix("updates."))
    }
}
