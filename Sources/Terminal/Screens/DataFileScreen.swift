import Recipes

/// What one data file holds, on a terminal.
public enum DataFileScreen {
    /// `iris.csv: csv, 150 rows, 4.45 KiB`.
    public static func title(_ name: String, format: String, rows: Int?, shape: [Int]?, sizeBytes: Int) -> Line {
        let size = shape.map { $0.map(String.init).joined(separator: " x ") }
        var parts = [format]
        if format == DataFileFormat.png.rawValue || format == DataFileFormat.jpeg.rawValue {
            parts += [size].compactMap { $0 }
        } else {
            let noun = format == DataFileFormat.text.rawValue ? "line" : "row"
            let count =
                rows.map { "\(Number.grouped($0)) \(noun)\($0 == 1 ? "" : "s")" } ?? "more \(noun)s than were read"
            parts.append(count + (size.map { " of \($0)" } ?? ""))
        }
        parts.append(Size.text(sizeBytes))
        return Line([Cell(name, .bold), Cell(": " + parts.joined(separator: ", "))])
    }

    public static func table(_ columns: [DataColumn]) -> Table {
        func number(_ value: Double?) -> Cell { Cell(value.map(Number.short) ?? "") }
        return Table(
            [
                Column("COLUMN", shrinks: true), Column("TYPE"), Column("COUNT", .right),
                Column("MISSING", .right, optional: true), Column("VALUES", .right, yields: 1),
                Column("MIN", .right, optional: true), Column("MAX", .right, optional: true),
                Column("MEAN", .right, optional: true, yields: 2), Column("STD", .right, optional: true, yields: 3),
            ],
            rows: columns.map { column in
                [
                    Cell(column.name, .bold), Cell(column.dtype), Cell(Number.grouped(column.count)),
                    Cell(column.missing > 0 ? Number.grouped(column.missing) : "", .caution),
                    Cell(
                        column.distinct.map(Number.grouped) ?? "> \(Number.grouped(DataColumn.mostDistinct))"),
                    number(column.min), number(column.max), number(column.mean), number(column.std),
                ]
            })
    }

    /// The first rows, under the names that they have in common, in the order of the columns.
    public static func samples(_ samples: [JSONValue], columns: [DataColumn]) -> Table {
        let rows = samples.map { sample -> [String: JSONValue] in
            if case .object(let row) = sample { row } else { [:] }
        }
        let keys = Set(rows.flatMap(\.keys))
        let known = columns.map(\.name).filter(keys.contains)
        var names: [String] = []
        // Of two columns of one name the second has another key.
        for name in known where !names.contains(name) { names.append(name) }
        names += keys.subtracting(names).sorted()
        return Table(
            names.enumerated().map { index, name in
                Column(name, isNumber(rows, name) ? .right : .left, shrinks: true, yields: index < 4 ? 0 : index)
            },
            rows: rows.map { row in names.map { text(row[$0] ?? .null) } })
    }

    private static func isNumber(_ rows: [[String: JSONValue]], _ name: String) -> Bool {
        rows.allSatisfy { row in
            switch row[name] {
            case .int, .double, .null, nil: true
            default: false
            }
        }
    }

    private static func text(_ value: JSONValue) -> Cell {
        switch value {
        case .null: Cell("")
        case .bool(let value): Cell(value ? "true" : "false")
        case .int(let value): Cell(String(value))
        case .double(let value): Cell(Number.plain(value))
        case .string(let value): Cell(value)
        case .array(let values): Cell(values.map { text($0).text }.joined(separator: " "))
        case .object: Cell(value.canonicalText)
        }
    }
}
