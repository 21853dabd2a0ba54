extension Yaml {
    /// The value on one line, as `--set` takes it: `[flatten, {linear: 256}, relu]`.
    var flow: String {
        func quoted(_ text: String) -> String { JSONValue.string(text).canonicalText }
        switch content {
        case .scalar(let text, let plain): return plain && !text.isEmpty ? text : quoted(text)
        case .sequence(let values): return "[" + values.map(\.flow).joined(separator: ", ") + "]"
        case .mapping(let pairs):
            // The short form of a group beside its longer one has no spelling of its own; no layer is written so.
            return "{"
                + pairs.map { "\(Self.isWord($0.key) ? $0.key : quoted($0.key)): \($0.value.flow)" }
                .joined(separator: ", ") + "}"
        }
    }

    private static func isWord(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte) || byte == 45
                    || byte == 95
            }
    }
}
