/// One split, as batches are filled from it: rows of a table or of images, or windows of a text.
public struct Subset: Sendable {
    enum Source: Sendable {
        case rows(ExampleRows)
        case text(TextWindows)
        /// Labelled rows, then rows without targets.
        case joined(ExampleRows, [ExampleRows])
        case held(HeldExamples)
    }
    let source: Source

    init(_ examples: ExampleSet, rows: [UInt32], _ normalization: Normalization) {
        source = .rows(ExampleRows(examples, rows: rows, normalization))
    }

    init(_ text: TextWindows) { source = .text(text) }

    /// Labelled examples, then those that have no targets.
    init(_ labelled: ExampleRows, unlabelled: [ExampleRows]) { source = .joined(labelled, unlabelled) }

    init(_ rows: ExampleRows) { source = .rows(rows) }

    /// The class of an example that has none.
    public static let noClass = Int32.min

    /// Examples that have targets, which are the first; nil where all have.
    public var labelledCount: Int? { if case .joined(let rows, _) = source { rows.count } else { nil } }

    /// Whether an epoch has each example exactly once. Windows of a text are drawn with replacement, and unlabelled examples
    /// come in passes of their own.
    public var comesOnceAnEpoch: Bool {
        switch source {
        case .rows, .held: true
        case .text: false
        case .joined: labelledCount == count
        }
    }

    /// Examples: positions 0 ..< count.
    public var count: Int {
        switch source {
        case .rows(let rows): rows.count
        case .text(let text): text.count
        case .joined(let rows, let others): others.reduce(rows.count) { $0 + $1.count }
        case .held(let held): held.count
        }
    }

    /// Numbers in one example.
    public var elementCount: Int {
        switch source {
        case .rows(let rows), .joined(let rows, _): rows.elementCount
        case .text(let text): text.window
        case .held(let held): held.elementCount
        }
    }

    /// Numbers in one target; 1 for classes.
    public var targetWidth: Int {
        switch source {
        case .rows(let rows): rows.targetWidth
        case .held(let held): held.targetWidth
        case .text, .joined: 1
        }
    }

    /// Classes to predict in one example: 1, or one for each token of a window.
    public var targetsPerExample: Int {
        switch source {
        case .text(let text): text.targetsPerExample
        case .held(let held): held.targetsPerExample
        case .rows, .joined: 1
        }
    }

    /// Writes the normalised inputs of the examples at `positions`, one after the other: images as
    /// `[height, width, channels]`, text as its token ids.
    /// - Precondition: `destination` has room for `positions.count * elementCount` numbers.
    public func fill(inputs destination: UnsafeMutablePointer<Float>, _ positions: ArraySlice<UInt32>) {
        switch source {
        case .rows(let rows): rows.fill(inputs: destination, positions)
        case .text(let text): text.fill(inputs: destination, positions)
        case .held(let held): held.fill(inputs: destination, positions)
        case .joined(let rows, let others):
            for (index, position) in positions.enumerated() {
                let (part, place) = Self.place(Int(position), rows, others)
                part.fill(inputs: destination + index * elementCount, [UInt32(place)])
            }
        }
    }

    private static func place(
        _ position: Int, _ first: ExampleRows, _ others: [ExampleRows]
    ) -> (part: ExampleRows, place: Int) {
        var (part, place) = (first, position)
        for other in others where place >= part.count {
            place -= part.count
            part = other
        }
        return (part, place)
    }

    /// Writes the class indices of the examples at `positions`, `targetsPerExample` each, `noClass` for one without; nothing
    /// where the targets are numbers.
    public func fill(classes destination: UnsafeMutablePointer<Int32>, _ positions: ArraySlice<UInt32>) {
        switch source {
        case .rows(let rows): rows.fill(classes: destination, positions)
        case .text(let text): text.fill(classes: destination, positions)
        case .held(let held): held.fill(classes: destination, positions)
        case .joined(let rows, _):
            for (index, position) in positions.enumerated() {
                if position < rows.count {
                    rows.fill(classes: destination + index, [position])
                } else {
                    destination[index] = Self.noClass
                }
            }
        }
    }

    /// Writes the target numbers of the examples at `positions`; nothing where the targets are classes.
    public func fill(numbers destination: UnsafeMutablePointer<Float>, _ positions: ArraySlice<UInt32>) {
        switch source {
        case .rows(let rows): rows.fill(numbers: destination, positions)
        case .held(let held): held.fill(numbers: destination, positions)
        case .text, .joined: break
        }
    }
}
