extension Subset {
    /// Where the example at a position comes from, in words: `row 17` of the training data as it was read, counted from 0 over
    /// all files in their order, or `made row 17`; of a text the window.
    public func place(of position: Int) -> String {
        switch source {
        case .rows(let rows):
            return rows.place(of: position)
        case .joined(let rows, _):
            guard position < rows.count else { return "unlabelled example \(position - rows.count)" }
            return rows.place(of: position)
        case .text: return "window \(position)"
        case .held: return "example \(position)"
        }
    }
}

extension ExampleRows {
    fileprivate func place(of position: Int) -> String {
        guard rows.indices.contains(position) else { return "example \(position)" }
        let row = Int(rows[position])
        return examples.firstMade.flatMap { row >= $0 ? "made row \(row - $0)" : nil } ?? "row \(row)"
    }
}
