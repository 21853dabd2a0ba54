extension CheckCatalogue {
    /// Every check of a suite as a list for a manual page, in mdoc(7).
    public static func mdoc(_ suite: CheckSuite) -> String {
        var lines = [".Bl -tag -width Ds"]
        for entry in all where entry.suite == suite {
            lines.append(".It Ic \\&\(entry.id) No \(KeyTable.escaped(entry.title))")
            lines += KeyTable.paragraph(entry.hypothesis)
            lines += KeyTable.paragraph(entry.threshold.capitalizedFirst.ended)
            lines += KeyTable.paragraph("From: \(entry.origin)".ended)
        }
        lines.append(".El")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Every check as the rows of a table in Markdown.
    public static func markdown() -> String {
        func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }
        return
            (["| check | suite | tested | threshold | from |", "|---|---|---|---|---|"]
            + all.map { entry in
                let words = [entry.hypothesis, entry.threshold, entry.origin].map(cell).joined(separator: " | ")
                return "| **\(entry.id)** \(cell(entry.title)) | \(entry.suite.rawValue) | \(words) |"
            }).joined(separator: "\n") + "\n"
    }
}

extension String {
    /// With a full stop, where there is none.
    fileprivate var ended: String { hasSuffix(".") ? self : self + "." }
}
