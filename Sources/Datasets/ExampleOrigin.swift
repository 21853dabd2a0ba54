/// Where an example lies in the user's files.
public struct ExampleOrigin: Sendable, Equatable, CustomStringConvertible {
    public enum Unit: Sendable {
        /// From 0.
        case row
        /// From 1.
        case line
        /// From 0.
        case character
        /// An image's place among those of its archive, by name, from 0.
        case image
    }
    /// As the recipe writes it; empty where several files became one text.
    public var file: String
    public var row: Int
    public var unit: Unit
    /// Of an image, in its archive.
    public var name: String?

    /// `train-images.idx row 17`, `wine.csv line 18`, `photos.tar cat/3.png`, `play.txt character 640`.
    public var description: String {
        if let name { return "\(file) \(name)" }
        let place =
            switch unit {
            case .row: "row \(row)"
            case .line: "line \(row)"
            case .character: "character \(row)"
            case .image: "image \(row)"
            }
        return file.isEmpty ? place : "\(file) \(place)"
    }
}

/// Which files rows came from, one file after the other. Nothing for examples that simmer draws itself.
struct Origins: Sendable {
    enum Rows: Sendable {
        /// So many, each known by its number.
        case counted(Int)
        /// The line on which each begins.
        case lines([UInt32])
        /// Images, by their names.
        case names([String])

        var count: Int {
            switch self {
            case .counted(let count): count
            case .lines(let lines): lines.count
            case .names(let names): names.count
            }
        }
    }
    private var pieces: [(path: String, rows: Rows)] = []

    init() {}

    mutating func add(_ path: String, _ rows: Rows) { pieces.append((path, rows)) }

    mutating func append(_ others: Origins) { pieces += others.pieces }

    subscript(row: Int) -> ExampleOrigin? {
        var place = row
        for (path, rows) in pieces {
            if place < rows.count {
                switch rows {
                case .counted: return ExampleOrigin(file: path, row: place, unit: .row)
                case .lines(let lines): return ExampleOrigin(file: path, row: Int(lines[place]), unit: .line)
                case .names(let names):
                    return ExampleOrigin(file: path, row: place, unit: .image, name: names[place])
                }
            }
            place -= rows.count
        }
        return nil
    }
}

extension Subset {
    /// Where the example at `position` lies; nil where it is in no file, or was made in memory.
    public func origin(of position: Int) -> ExampleOrigin? {
        guard position >= 0, position < count else { return nil }
        switch source {
        case .rows(let rows): return rows.examples.origins[Int(rows.rows[position])]
        case .joined(let rows, _):
            return position < rows.count ? rows.examples.origins[Int(rows.rows[position])] : nil
        case .text(let text): return text.origin(ofToken: text.firstToken(of: position))
        case .held: return nil
        }
    }

    /// Whether the example at `position` is one that somebody made: `data.made`.
    public func isMade(_ position: Int) -> Bool {
        guard position >= 0, position < count else { return false }
        switch source {
        case .rows(let rows): return rows.isMade(position)
        case .joined(let rows, _): return position < rows.count && rows.isMade(position)
        case .text, .held: return false
        }
    }

    /// The example's number among the rows of its source, in the order of the files: what a split has taken apart.
    public func sourceRow(of position: Int) -> Int {
        guard position >= 0, position < count else { return position }
        switch source {
        case .rows(let rows): return Int(rows.rows[position])
        case .joined(let rows, _): return position < rows.count ? Int(rows.rows[position]) : position
        case .text(let text): return text.firstToken(of: position)
        case .held: return position
        }
    }
}
