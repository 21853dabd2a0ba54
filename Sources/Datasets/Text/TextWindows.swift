import Recipes

/// Examples cut from a text: windows of token ids, and the tokens that follow.
struct TextWindows: Sendable {
    enum Cut: Sendable {
        /// `window` ids in a row, and for each the next one as its target. Positions 0 ..< count are the windows one
        /// after the other; those from `count` on begin at every token in turn. Without targets the last window ends
        /// at the last token, and may begin within the one before.
        case whole
        /// Of each place its own token as the target, and the `window` before it in its line as inputs; what lies before
        /// the line is the boundary.
        case places
        /// As `places`, but these alone.
        case chosen([UInt32])
    }
    let tokens: Tokens
    /// The part of them that examples are cut from.
    let range: Range<Int>
    let window: Int
    let cut: Cut
    private let hasTargets: Bool
    let count: Int
    /// Where the tokens came from.
    var origin = TextOrigin()

    /// - Parameter hasTargets: false where the last window needs no token after it, for predictions.
    init(_ tokens: Tokens, range: Range<Int>? = nil, window: Int, _ cut: Cut, hasTargets: Bool = true) {
        self.tokens = tokens
        let range = range ?? 0..<tokens.count
        self.range = range
        self.window = window
        self.cut = cut
        self.hasTargets = hasTargets
        count =
            switch cut {
            case .whole where hasTargets: max(range.count - 1, 0) / window
            case .whole: range.count < window ? 0 : (range.count + window - 1) / window
            case .places: range.count
            case .chosen(let places): places.count
            }
    }

    var targetsPerExample: Int { if case .whole = cut { window } else { 1 } }

    /// Tokens at which a window with targets can begin; nil where an example is bound to its place.
    var startCount: Int? { if case .whole = cut { max(range.count - window, 0) } else { nil } }

    /// Writes `window` ids for each position, as numbers.
    func fill(inputs destination: UnsafeMutablePointer<Float>, _ positions: ArraySlice<UInt32>) {
        switch tokens {
        case .bytes(let values): fill(inputs: destination, positions, values)
        case .words(let values): fill(inputs: destination, positions, values)
        }
    }

    /// Writes `targetsPerExample` ids for each position; nothing where there are no targets.
    func fill(classes destination: UnsafeMutablePointer<Int32>, _ positions: ArraySlice<UInt32>) {
        guard hasTargets else { return }
        switch tokens {
        case .bytes(let values): fill(classes: destination, positions, values)
        case .words(let values): fill(classes: destination, positions, values)
        }
    }

    /// How often each id is a target of the examples 0 ..< count.
    func targetCounts(of vocabularySize: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: vocabularySize)
        func add(_ values: ArraySlice<some FixedWidthInteger>) { for value in values { counts[Int(value)] += 1 } }
        let first = if case .whole = cut { range.lowerBound + 1 } else { range.lowerBound }
        let places = first..<first + count * targetsPerExample
        switch tokens {
        case .bytes(let values): add(values[places])
        case .words(let values): add(values[places])
        }
        return counts
    }

    /// The first token of a window of `whole`, or the target's place.
    private func place(_ position: UInt32) -> Int {
        let position = Int(position)
        return switch cut {
        case .whole where hasTargets: range.lowerBound + (position < count ? position * window : position - count)
        case .whole: min(range.lowerBound + position * window, range.upperBound - window)
        case .places: range.lowerBound + position
        case .chosen(let places): Int(places[position])
        }
    }

    private func fill<Token: FixedWidthInteger>(
        inputs destination: UnsafeMutablePointer<Float>, _ positions: ArraySlice<UInt32>, _ tokens: [Token]
    ) {
        var target = destination
        tokens.withUnsafeBufferPointer { tokens in
            for position in positions {
                let place = place(position)
                if case .whole = cut {
                    for index in 0..<window { target[index] = Float(tokens[place + index]) }
                } else {
                    var index = window
                    var before = place - 1
                    while index > 0, before >= range.lowerBound, tokens[before] != 0 {
                        index -= 1
                        target[index] = Float(tokens[before])
                        before -= 1
                    }
                    target.update(repeating: 0, count: index)
                }
                target += window
            }
        }
    }

    private func fill<Token: FixedWidthInteger>(
        classes destination: UnsafeMutablePointer<Int32>, _ positions: ArraySlice<UInt32>, _ tokens: [Token]
    ) {
        var target = destination
        let shift = if case .whole = cut { 1 } else { 0 }
        let length = targetsPerExample
        tokens.withUnsafeBufferPointer { tokens in
            for position in positions {
                let place = place(position) + shift
                for index in 0..<length { target[index] = Int32(truncatingIfNeeded: tokens[place + index]) }
                target += length
            }
        }
    }
}
