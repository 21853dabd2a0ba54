extension Subset {
    /// Where the example at a position comes from, in words: `row 17` of the training data as it was read, counted from 0 over
    /// all files in their order; of a text the window.
    public func place(of position: Int) -> String {
        switch source {
        case .rows(let rows):
            return rows.rows.indices.contains(position) ? "row \(rows.rows[position])" : "example \(position)"
        case .joined(let rows, _):
            guard position < rows.count else { return "unlabelled example \(position - rows.count)" }
            return rows.rows.indices.contains(position) ? "row \(rows.rows[position])" : "example \(position)"
        case .text: return "window \(position)"
        case .held: return "example \(position)"
        }
    }
}
