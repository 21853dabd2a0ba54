import Recipes
import Storage

/// Which examples come on which page, as a pure function of the table, the question and the seed.
struct ExampleSelection {
    private let reader: ExampleReader
    private let query: ExampleQuery
    private let seed: UInt64
    private let pageSize: Int
    private var all: [(place: ExamplePlace, value: String?)]?
    private var shuffled: [(place: ExamplePlace, value: String?)]?

    init(_ reader: ExampleReader, _ query: ExampleQuery, seed: UInt64, pageSize: Int) {
        self.reader = reader
        self.query = query
        self.seed = seed
        self.pageSize = pageSize
    }

    /// Empty where there is no such page any more.
    mutating func page(_ page: ExamplePage) throws -> ShowRequest.Page {
        let (caption, places): (String, [ExamplePlace]) =
            switch page.choice {
            case .random: ("at random", Array(try random().dropFirst(page.index * pageSize).prefix(pageSize)))
            case .asked:
                (
                    "in the order asked for",
                    Array(try reader.places(query, limit: (page.index + 1) * pageSize).dropFirst(page.index * pageSize))
                )
            case .stratified: try stratified(page.index)
            case .extremes: try extremes(page.index)
            }
        return ShowRequest.Page(
            name: "\(page.choice.rawValue)-\(page.index + 1)", caption: caption, places: places)
    }

    // MARK: At random

    private mutating func random() throws -> [ExamplePlace] { try order().map(\.place) }

    private mutating func order() throws -> [(place: ExamplePlace, value: String?)] {
        if let shuffled { return shuffled }
        let keyed = try places().map { (key: key(of: $0.place), example: $0) }
        let sorted = keyed.sorted { $0.key < $1.key }.map(\.example)
        shuffled = sorted
        return sorted
    }

    private mutating func places() throws -> [(place: ExamplePlace, value: String?)] {
        if let all { return all }
        let found = try reader.places(query.filter, with: FoundExample.labelColumn)
        all = found
        return found
    }

    /// SplitMix64's last step (Steele, Lea and Flood 2014) of seed and place.
    private func key(of place: ExamplePlace) -> UInt64 {
        let split: UInt64 = place.split == "training" ? 1 : place.split == "validation" ? 2 : 3
        var word = seed &+ (UInt64(bitPattern: Int64(place.position)) << 2 | split) &* 0x9e37_79b9_7f4a_7c15
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }

    // MARK: Class by class

    /// Whole rows of the sheet of one class each.
    private mutating func stratified(_ index: Int) throws -> (String, [ExamplePlace]) {
        let label = reader.columns.first { $0.name == FoundExample.labelColumn }
        guard let label, label.kind != .number, label.distinct > 0 else { return try byTarget(index) }
        var members: [String: [ExamplePlace]] = [:]
        for example in try order() {
            if let value = example.value { members[value, default: []].append(example.place) }
        }
        let names = members.keys.sorted { one, other in
            if let one = Double(one), let other = Double(other) { return one < other }
            return one < other
        }
        guard !names.isEmpty else { return ("by class", []) }
        let rows = max(1, pageSize / ShowRequest.rowSize)
        let width = min(ShowRequest.rowSize, pageSize)
        var places: [ExamplePlace] = []
        var captions: [String] = []
        for row in 0..<rows {
            // The rows of all pages in a row: class after class, and then each one's next ones.
            let (round, name) = (index * rows + row).quotientAndRemainder(dividingBy: names.count)
            let own = members[names[name]]?.dropFirst(round * width).prefix(width) ?? []
            if own.isEmpty { continue }
            captions.append(names[name])
            places += own
        }
        return ("by class, in rows: \(captions.joined(separator: ", "))", places)
    }

    /// At equal distances in the order of the numbers.
    private mutating func byTarget(_ index: Int) throws -> (String, [ExamplePlace]) {
        let numbered = try places().filter { $0.value.flatMap(Double.init) != nil }
        let sorted = (numbered.isEmpty ? try places() : numbered).enumerated().sorted { one, other in
            let (first, second) = (one.element.value.flatMap(Double.init), other.element.value.flatMap(Double.init))
            return first == second ? one.offset < other.offset : first ?? 0 < second ?? 0
        }.map(\.element.place)
        // Each page takes the places between those of the page before.
        let step = Double(sorted.count) / Double(pageSize)
        guard step >= 1 else { return ("by target", index == 0 ? sorted : []) }
        guard Double(index) < step else { return ("by target", []) }
        return (
            "by target, the lowest first",
            (0..<pageSize).map { sorted[min(Int(Double($0) * step) + index, sorted.count - 1)] }
        )
    }

    // MARK: At the ends

    /// Rows of one column each: its lowest on the left, its highest on the right.
    private func extremes(_ index: Int) throws -> (String, [ExamplePlace]) {
        let names: Set = [FoundExample.positionColumn, FoundExample.labelColumn, "row"]
        let columns = reader.columns.filter { $0.kind == .number && $0.distinct > 2 && !names.contains($0.name) }
        let rows = max(1, pageSize / ShowRequest.rowSize)
        let half = min(ShowRequest.rowSize, pageSize) / 2
        var places: [ExamplePlace] = []
        var captions: [String] = []
        for column in columns.dropFirst(index * rows).prefix(rows) {
            guard let place = reader.columns.firstIndex(of: column) else { continue }
            let present = QueryExpression.not(.isNull(.column(place)))
            for isDescending in [false, true] {
                let ends = ExampleQuery(
                    filter: query.filter.map { .all([$0, present]) } ?? present,
                    order: [.init(.column(place), isDescending: isDescending)])
                let found = try reader.places(ends, limit: half)
                places += isDescending ? found.reversed() : found
            }
            captions.append(column.name)
        }
        return ("lowest and highest, in rows: \(captions.joined(separator: ", "))", places)
    }
}
