import Recipes

/// What is known of examples, on a terminal.
public enum ExampleScreens {
    /// The columns of a table and what lies in them.
    public static func table(_ columns: [ExampleColumn]) -> Table {
        func number(_ value: Double?) -> Cell { Cell(value.map(Number.short) ?? "") }
        return Table(
            [
                Column("COLUMN", shrinks: true), Column("UNIT", optional: true), Column("MIN", .right),
                Column("MEDIAN", .right), Column("MAX", .right), Column("VALUES", .right, yields: 1),
                Column("MISSING", .right, optional: true, yields: 2), Column("WHAT", shrinks: true, yields: 3),
            ],
            rows: columns.map { column in
                [
                    Cell(column.name, .bold), Cell(column.unit ?? ""), number(column.minimum), number(column.median),
                    number(column.maximum), Cell(Number.grouped(column.distinct)),
                    Cell(column.missing > 0 ? Number.grouped(column.missing) : ""), Cell(column.doc),
                ]
            })
    }

    /// Examples with the values of some columns.
    public static func table(_ examples: [FoundExample], columns: [ExampleColumn]) -> Table {
        let own: Set = [FoundExample.splitColumn, FoundExample.positionColumn]
        let shown = columns.filter { !own.contains($0.name) }
        return Table(
            [Column("SPLIT"), Column("POSITION", .right)]
                + shown.enumerated().map { index, column in
                    Column(
                        column.name.uppercased(), column.kind == .number ? .right : .left,
                        shrinks: column.kind == .text, optional: true, yields: index < 3 ? 0 : index)
                },
            rows: examples.map { example in
                [Cell(example.split), Cell(String(example.position))]
                    + shown.map { column in
                        Cell(
                            column.kind == .number
                                ? example.numbers[column.name].map(Number.plain) ?? ""
                                : example.words[column.name] ?? "")
                    }
            })
    }

    /// A histogram as bars, a line each.
    /// - Parameter width: columns of the screen.
    public static func bars(_ histogram: ExampleHistogram, width: Int, palette: Palette) -> [String] {
        let most = histogram.bins.map(\.count).max() ?? 0
        let names = histogram.bins.map { bin in
            name(of: bin).escaped().cut(to: max(8, width / 3))
        }
        let counts = histogram.bins.map { Number.grouped($0.count) }
        let nameWidth = names.map(\.columns).max() ?? 0
        let countWidth = counts.map(\.columns).max() ?? 0
        let room = max(10, width - nameWidth - countWidth - 4)
        let isText = histogram.bins.contains { $0.value != nil }
        var lines = histogram.bins.indices.map { index in
            let blanks = String(repeating: " ", count: nameWidth - names[index].columns)
            let number = String(repeating: " ", count: countWidth - counts[index].columns) + counts[index]
            let name = isText ? names[index] + blanks : blanks + names[index]
            let bar = bar(histogram.bins[index].count, of: most, width: room, palette)
            return "\(name)  \(number)" + (bar.isEmpty ? "" : "  " + palette.paint(bar, .note))
        }
        if histogram.others > 0 { lines.append("\(Number.grouped(histogram.others)) with other values") }
        if histogram.missing > 0 { lines.append("\(Number.grouped(histogram.missing)) without a value") }
        return lines
    }

    /// Eighths of a character where the terminal has them; what is there is never nothing.
    private static func bar(_ count: Int, of most: Int, width: Int, _ palette: Palette) -> String {
        guard count > 0, most > 0 else { return "" }
        let eighths = max(1, Int((Double(count) / Double(most) * Double(width) * 8).rounded()))
        guard palette.unicode else { return String(repeating: "#", count: max(1, (eighths + 4) / 8)) }
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
    }

    /// The value, or the range.
    public static func name(of bin: ExampleBin) -> String {
        if let value = bin.value { return value }
        guard let low = bin.low, let high = bin.high else { return "" }
        // A bin of one whole number is called by it.
        if high - low == 1, low != low.rounded() { return Number.plain(low + 0.5) }
        return "\(Number.short(low)) to \(Number.short(high))"
    }

    /// The question, and a mark below the place that a finding points at.
    public static func marked(_ query: String, offset: Int, width: Int?) -> [String] {
        let characters = query.unicodeScalars.map {
            String(String.UnicodeScalarView([$0])) == "\n" ? " " : String($0).escaped()
        }
        let place = min(max(offset, 0), characters.count)
        // A long question is cut around the place.
        let room = max(20, (width ?? 100) - 4)
        var start = 0
        if characters.count > room { start = min(max(0, place - room / 2), characters.count - room) }
        let shown = characters[start..<min(characters.count, start + room)].joined()
        let before = characters[start..<place].joined().columns
        return ["    " + shown, "    " + String(repeating: " ", count: before) + "^"]
    }
}
