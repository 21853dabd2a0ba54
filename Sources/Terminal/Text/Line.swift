/// One line made of pieces, each with its own meaning.
public struct Line: Sendable, Equatable {
    public var cells: [Cell]

    public init(_ cells: [Cell] = []) { self.cells = cells }
    public init(_ text: String, _ style: Style = .plain) { cells = [Cell(text, style)] }

    public static func + (line: Line, cell: Cell) -> Line { Line(line.cells + [cell]) }
    public static func + (first: Line, second: Line) -> Line { Line(first.cells + second.cells) }
    public static func += (line: inout Line, cell: Cell) { line.cells.append(cell) }

    /// Columns that the line takes.
    public var columns: Int { cells.reduce(0) { $0 + $1.text.columns } }
    /// The text without colours.
    public var text: String { cells.map(\.text).joined() }
    public var isEmpty: Bool { cells.allSatisfy(\.text.isEmpty) }

    /// The line as a terminal gets it, cut to `width` columns where one is given.
    public func rendered(_ palette: Palette, width: Int? = nil) -> String {
        cut(to: width).cells.map { palette.paint($0.text, $0.style) }.joined()
    }

    /// The line in at most `width` columns; whole where there is no width.
    public func cut(to width: Int?) -> Line {
        guard let width, columns > width else { return self }
        var room = width
        var cells: [Cell] = []
        for cell in self.cells where room > 0 {
            var shorter = cell
            shorter.text = cell.text.cut(to: room)
            room -= shorter.text.columns
            cells.append(shorter)
        }
        return Line(cells)
    }

    /// The parts with `separator` between them, leaving out those that do not fit in `width`; empty ones never count.
    public static func fitting(_ parts: [Line], separator: String, width: Int?) -> Line {
        var result = Line()
        for part in parts where !part.isEmpty {
            let needed = part.columns + (result.isEmpty ? 0 : separator.columns)
            if let width, result.columns + needed > width, !result.isEmpty { continue }
            if !result.isEmpty { result += Cell(separator) }
            result.cells += part.cells
        }
        return result
    }
}
