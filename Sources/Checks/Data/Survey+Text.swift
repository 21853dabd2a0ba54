import Datasets
import Recipes

extension Survey {
    private static let columns: [(name: String, doc: String, unit: String?)] = [
        ("length", "Characters.", nil),
        ("symbols", "Different characters.", nil),
        ("entropy", "Of the characters by how often they come.", "bits"),
        ("letters", "Share of the characters that are letters.", nil),
        ("capitals", "Share of the letters that are capitals.", nil),
        ("digits", "Share of the characters that are digits.", nil),
        ("spaces", "Share of the characters that are spaces or line ends.", nil),
        ("marks", "Share of the characters that are none of these.", nil),
        ("longest_run", "Times that one character comes in a row, at most.", nil),
    ]

    /// One pass over the documents of a text, or its windows. About 5 ns a character.
    init(text bench: Bench) {
        let dataset = bench.dataset
        let kinds = bench.facts.vocabulary.map { SymbolKind($0) }
        let window = max(bench.facts.inputShape.first ?? 1, 1)
        kind = .text
        labels = []
        targets = []
        classNames = []
        sketches = []
        sketchWidth = 0
        notFinite = ([], 0)
        var parts: [Part] = []
        var hashes: [ExampleHash] = []
        var values = [[Double]](repeating: [], count: Self.columns.count)
        var isSample = false
        for (name, subset) in [
            ("training", dataset.training), ("validation", dataset.validation), ("test", dataset.test),
        ] {
            let text = subset.text
            let isLines = bench.recipe.data.documents == .lines
            var ranges: [Range<Int>] = []
            var positions: [UInt32] = []
            if let text, isLines {
                ranges = Array(text.documents.prefix(Self.mostRows))
                isSample = isSample || text.documents.count > Self.mostRows
            } else if text != nil {
                let count = min(subset.count, Self.mostRows)
                isSample = isSample || subset.count > count
                positions = (0..<UInt32(count)).map { $0 }
                ranges = (0..<count).map { $0 * window..<($0 + 1) * window }
            }
            for range in ranges {
                guard let text else { continue }
                let clipped = range.clamped(to: text.tokens.indices)
                var hash = ExampleHash()
                var look = TextLook()
                for token in text.tokens[clipped] {
                    hash.add(UInt32(token))
                    look.add(token, kinds.indices.contains(Int(token)) ? kinds[Int(token)] : .mark)
                }
                hashes.append(hash)
                for (index, value) in look.numbers.enumerated() { values[index].append(value) }
            }
            parts.append(
                Part(
                    name: name, subset: subset, positions: positions,
                    firstRow: parts.last.map { $0.firstRow + $0.count } ?? 0, text: text, count: ranges.count))
        }
        self.parts = parts
        self.hashes = hashes
        self.isSample = isSample
        statistics = Self.columns.enumerated().map { ($1.name, $1.doc, $1.unit, values[$0]) }
    }
}

/// What a character is.
private enum SymbolKind {
    case capital, letter, digit, space, mark

    init(_ name: String) {
        guard let character = name.first else {
            self = .mark
            return
        }
        if character.isUppercase {
            self = .capital
        } else if character.isLetter {
            self = .letter
        } else if character.isNumber {
            self = .digit
        } else if character.isWhitespace {
            self = .space
        } else {
            self = .mark
        }
    }
}

/// Counts over the characters of one document.
private struct TextLook {
    private var counts: [UInt16: Int] = [:]
    private var length = 0
    private var (capitals, letters, digits, spaces, marks) = (0, 0, 0, 0, 0)
    private var (last, run, longest): (UInt16?, Int, Int) = (nil, 0, 0)

    mutating func add(_ token: UInt16, _ kind: SymbolKind) {
        counts[token, default: 0] += 1
        length += 1
        switch kind {
        case .capital:
            capitals += 1
            letters += 1
        case .letter: letters += 1
        case .digit: digits += 1
        case .space: spaces += 1
        case .mark: marks += 1
        }
        run = token == last ? run + 1 : 1
        last = token
        longest = max(longest, run)
    }

    /// In the order of the columns.
    var numbers: [Double] {
        let total = Double(max(length, 1))
        return [
            Double(length), Double(counts.count), Array(counts.values).entropy / 0.6931471805599453,
            Double(letters) / total, letters > 0 ? Double(capitals) / Double(letters) : .nan, Double(digits) / total,
            Double(spaces) / total, Double(marks) / total, Double(longest),
        ]
    }
}
