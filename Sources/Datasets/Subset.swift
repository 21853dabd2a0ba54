/// One split, as batches are filled from it: rows of a table or of images, or windows of a text.
public struct Subset: Sendable {
    enum Source: Sendable {
        case rows(ExampleRows)
        case text(TextWindows)
    }
    let source: Source

    init(_ examples: ExampleSet, rows: [UInt32], _ normalization: Normalization) {
        source = .rows(ExampleRows(examples, rows: rows, normalization))
    }

    init(_ text: TextWindows) { source = .text(text) }

    /// Examples: positions 0 ..< count.
    public var count: Int {
        switch source {
        case .rows(let rows): rows.count
        case .text(let text): text.count
        }
    }

    /// Numbers in one example.
    public var elementCount: Int {
        switch source {
        case .rows(let rows): rows.elementCount
        case .text(let text): text.window
        }
    }

    /// Numbers in one target; 1 for classes.
    public var targetWidth: Int { if case .rows(let rows) = source { rows.targetWidth } else { 1 } }

    /// Classes to predict in one example: 1, or one for each token of a window.
    public var targetsPerExample: Int { if case .text(let text) = source { text.targetsPerExample } else { 1 } }

    /// Writes the normalised inputs of the examples at `positions`, one after the other: images as
    /// `[height, width, channels]`, text as its token ids.
    /// - Precondition: `destination` has room for `positions.count * elementCount` numbers.
    public func fill(inputs destination: UnsafeMutablePointer<Float>, _ positions: ArraySlice<UInt32>) {
        switch source {
        case .rows(let rows): rows.fill(inputs: destination, positions)
        case .text(let text): text.fill(inputs: destination, positions)
        }
    }

    /// Writes the class indices of the examples at `positions`, `targetsPerExample` each; nothing where the targets are
    /// numbers.
    public func fill(classes destination: UnsafeMutablePointer<Int32>, _ positions: ArraySlice<UInt32>) {
        switch source {
        case .rows(let rows): rows.fill(classes: destination, positions)
        case .text(let text): text.fill(classes: destination, positions)
        }
    }

    /// Writes the target numbers of the examples at `positions`; nothing where the targets are classes.
    public func fill(numbers destination: UnsafeMutablePointer<Float>, _ positions: ArraySlice<UInt32>) {
        if case .rows(let rows) = source { rows.fill(numbers: destination, positions) }
    }
}
