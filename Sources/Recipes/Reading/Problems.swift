/// Where in a recipe: the keys from its root.
struct Place: Sendable, Equatable {
    var keys: [String] = []

    static func + (place: Place, key: String) -> Place { Place(keys: place.keys + [key]) }
    static func + (place: Place, index: Int) -> Place { place + String(index) }

    /// `optimizer.rate`, as `--set` and people write it.
    var dotted: String { keys.joined(separator: ".") }

    /// `/optimizer/rate`: a JSON pointer, RFC 6901.
    var pointer: String {
        keys.map { key in
            "/" + key.map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }.joined()
        }.joined()
    }
}

/// What is found wrong while something is read.
struct Problems: Sendable {
    private(set) var findings: [Finding] = []

    var hasErrors: Bool { findings.contains { $0.severity == .error } }

    mutating func add(
        _ code: String, _ message: String, at place: Place? = nil, line: Int?, hint: String? = nil,
        severity: Severity = .error
    ) {
        findings.append(
            Finding(
                severity: severity, code: code, message: message, path: place?.pointer, line: line, hint: hint))
    }

    mutating func add(_ more: [Finding]) { findings.append(contentsOf: more) }

    /// In the order of their lines; those without a line come first.
    var sorted: [Finding] {
        findings.enumerated().sorted { ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset) }
            .map(\.element)
    }
}

/// Finds the name that was most likely meant.
enum Spelling {
    /// The nearest of the names, where it is near enough to be a slip of the fingers: at most a third of the letters.
    static func nearest(_ word: String, of names: some Sequence<String>) -> String? {
        let typed = Array(word.lowercased().utf8.prefix(64))
        var best: (name: String, distance: Int)?
        for name in names {
            let distance = distance(typed, Array(name.lowercased().utf8))
            let allowed = max(1, max(typed.count, name.utf8.count) / 3)
            if distance <= allowed, distance < best?.distance ?? .max { best = (name, distance) }
        }
        return best?.name
    }

    /// Damerau and Levenshtein's, with swaps of neighbours (optimal string alignment).
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var before: [Int] = []
        var previous = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var cost = min(previous[j + 1] + 1, row[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
                row.append(cost)
            }
            before = previous
            previous = row
        }
        return previous[b.count]
    }
}
