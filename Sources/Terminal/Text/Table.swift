/// A piece of a table: text from anywhere (escaped here) and what it means.
public struct Cell: Sendable, Equatable, ExpressibleByStringInterpolation {
    public var text: String
    public var style: Style

    public init(_ text: some StringProtocol, _ style: Style = .plain) {
        self.text = text.escaped()
        self.style = style
    }

    public init(stringLiteral value: String) { self.init(value) }
}

/// One column of a table.
public struct Column: Sendable, Equatable {
    public var title: String
    public var alignment: Alignment
    /// May be cut when the screen is too narrow; the widest of these is cut first.
    public var shrinks: Bool
    /// Left out while no row has anything in it.
    public var optional: Bool

    public init(_ title: String, _ alignment: Alignment = .left, shrinks: Bool = false, optional: Bool = false) {
        self.title = title
        self.alignment = alignment
        self.shrinks = shrinks
        self.optional = optional
    }
}

/// Rows under titles, as wide as their contents.
public struct Table: Sendable, Equatable {
    public var columns: [Column]
    /// One cell a column.
    public var rows: [[Cell]]

    public init(_ columns: [Column], rows: [[Cell]] = []) {
        self.columns = columns
        self.rows = rows
    }

    /// The lines of the table.
    /// - Parameters:
    ///   - header: whether the titles come first; they don't for a table without rows.
    ///   - width: columns of the screen; nil (a pipe or a file) cuts nothing.
    public func lines(header: Bool = true, width: Int? = nil, palette: Palette = .bare) -> [String] {
        guard !rows.isEmpty else { return [] }
        let shown = columns.indices.filter { index in
            !columns[index].optional || rows.contains { !$0[index].text.isEmpty }
        }
        var widths = shown.map { index in
            max(header ? columns[index].title.columns : 0, rows.map { $0[index].text.columns }.max() ?? 0)
        }
        if let width { shrink(&widths, shown: shown, to: width) }
        var lines: [String] = []
        if header {
            lines.append(line(columns.map { Cell($0.title, .bold) }, shown, widths, palette))
        }
        for row in rows { lines.append(line(row, shown, widths, palette)) }
        return lines
    }

    private func line(_ cells: [Cell], _ shown: [Int], _ widths: [Int], _ palette: Palette) -> String {
        var parts: [String] = []
        for (place, index) in shown.enumerated() {
            let text = cells[index].text.cut(to: widths[place])
            let last = place == shown.count - 1 && columns[index].alignment == .left
            // Blanks stay outside the colour, and none trail at the end of a line.
            let blanks = String(repeating: " ", count: last ? 0 : max(0, widths[place] - text.columns))
            let painted = palette.paint(text, cells[index].style)
            parts.append(columns[index].alignment == .left ? painted + blanks : blanks + painted)
        }
        var line = parts.joined(separator: "  ")
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }

    private func shrink(_ widths: inout [Int], shown: [Int], to width: Int) {
        var excess = widths.reduce(0, +) + 2 * max(0, shown.count - 1) - width
        while excess > 0 {
            let candidates = widths.indices.filter { columns[shown[$0]].shrinks && widths[$0] > 8 }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
            widths[widest] -= 1
            excess -= 1
        }
    }
}
