/// Every key of a file format, declared once: reading, checks, `explain` and the manual come from it.
public struct KeyTable: Sendable {
    public struct Section: Sendable {
        /// Empty for the file's own keys; else a layer or segment.
        public var name: String
        public var help: String
        public var entries: [KeyEntry]
        /// The key that a bare value stands for.
        public var shortForm: String?
    }
    public var entries: [KeyEntry]
    /// Layers and segments, each with options.
    public var layers: [Section]
    public var segments: [Section]
}
