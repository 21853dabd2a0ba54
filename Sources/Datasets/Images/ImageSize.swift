/// Pixels of an image as its file has it.
public struct ImageSize: Sendable, Hashable {
    public var height: Int
    public var width: Int

    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }
}

extension Subset {
    /// How large the image at `position` was in its file; nil where no image of its source was brought to another size.
    public func fileSize(of position: Int) -> ImageSize? {
        guard position >= 0, position < count else { return nil }
        switch source {
        case .rows(let rows): return rows.fileSize(of: position)
        case .joined(let rows, _): return position < rows.count ? rows.fileSize(of: position) : nil
        case .text, .held: return nil
        }
    }
}

extension ExampleRows {
    fileprivate func fileSize(of position: Int) -> ImageSize? {
        let row = Int(rows[position])
        return examples.sizes.indices.contains(row) ? examples.sizes[row] : nil
    }
}
