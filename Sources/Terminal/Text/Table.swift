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
    /// Left out of a screen that is too narrow, the highest first; 0 stays.
    public var yields: Int

    public init(
        _ title: String, _ alignment: Alignment = .left, shrinks: Bool = false, optional: Bool = false, yields: Int = 0
    ) {
        self.title = title
        self.alignment = alignment
        self.shrinks = shrinks
        self.optional = optional
        self.yields = yields
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
        var shown = columns.indices.filter { index in
            !columns[index].optional || rows.contains { !$0[index].text.isEmpty }
        }
        var widths = columns.indices.map { index in
            max(header ? columns[index].title.columns : 0, rows.map { $0[index].text.columns }.max() ?? 0)
        }
        if let width { fit(&shown, &widths, to: width) }
        var lines: [String] = []
        if header {
            lines.append(line(columns.map { Cell($0.title, .bold) }, shown, widths, palette))
        }
        for row in rows { lines.append(line(row, shown, widths, palette)) }
        return lines
    }

    private func line(_ cells: [Cell], _ shown: [Int], _ widths: [Int], _ palette: Palette) -> String {
        var parts: [String] = []
        for index in shown {
            let text = cells[index].text.cut(to: widths[index])
            let last = index == shown.last && columns[index].alignment == .left
            // Blanks stay outside the colour, and none trail at the end of a line.
            let blanks = String(repeating: " ", count: last ? 0 : max(0, widths[index] - text.columns))
            let painted = palette.paint(text, cells[index].style)
            parts.append(columns[index].alignment == .left ? painted + blanks : blanks + painted)
        }
        var line = parts.joined(separator: "  ")
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }

    /// Leaves columns out until the rest fits when it shrinks as far as it may, then shrinks what must.
    private func fit(_ shown: inout [Int], _ widths: inout [Int], to width: Int) {
        let least = 8
        func excess(_ width: Int, _ columnWidth: (Int) -> Int) -> Int {
            shown.map(columnWidth).reduce(0, +) + 2 * max(0, shown.count - 1) - width
        }
        while excess(width, { columns[$0].shrinks ? min(least, widths[$0]) : widths[$0] }) > 0 {
            guard let first = shown.max(by: { columns[$0].yields < columns[$1].yields }), columns[first].yields > 0
            else { break }
            shown.removeAll { $0 == first }
        }
        while excess(width, { widths[$0] }) > 0 {
            let candidates = shown.filter { columns[$0].shrinks && widths[$0] > least }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
        // Titles give way before a line is broken; what stands below them, numbers above all, is never cut for it.
        let contents = columns.indices.map { index in rows.map { $0[index].text.columns }.max() ?? 0 }
        while excess(width, { widths[$0] }) > 0 {
            let candidates = shown.filter { !columns[$0].shrinks && widths[$0] > max(contents[$0], Self.leastTitle) }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
            widths[widest] -= 1
        }
    }

    /// Columns of a title that is cut, its `…` included.
    private static let leastTitle = 4
}
