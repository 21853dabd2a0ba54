import Recipes

/// What watchers remember from one snapshot to the next: lists of numbers by name. It lies beside the state, not in it:
/// no weight depends on it.
struct WatchMemory: Equatable {
    var lists: [String: [Double]] = [:]

    init() {}

    /// Reads what `text` wrote. What cannot be read is forgotten: watchers then begin anew, and training is the same.
    init(_ text: String?) {
        guard let text, case .object(let fields)? = try? StrictJSON.parse(text) else { return }
        for (name, value) in fields {
            guard case .array(let values) = value else { continue }
            lists[name] = values.compactMap { value in
                switch value {
                case .int(let number): Double(number)
                case .double(let number): number
                default: nil
                }
            }
        }
    }

    /// Canonical JSON; lists that are empty are left out.
    var text: String { json.canonicalText }

    var json: JSONValue {
        .object(
            lists.filter { !$0.value.isEmpty }.mapValues { list in
                // Whole numbers without their point: of counts it would be half of the text.
                .array(list.map { number in Int(exactly: number).map(JSONValue.int) ?? .double(number) })
            })
    }
}
