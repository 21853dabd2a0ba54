/// Where something was found: how often, and in which rows, which come in their order.
struct Places {
    private static let most = 5
    private(set) var count = 0
    private var first: [Int] = []
    private var last: Int?
    private var hasMore = false

    mutating func add(_ place: Int) {
        count += 1
        guard place != last else { return }
        last = place
        if first.count < Self.most { first.append(place) } else { hasMore = true }
    }

    /// `row 3`, or `rows 3, 5, 8, 9, 12 and others`.
    func text(_ noun: String) -> String {
        noun + (first.count == 1 ? " " : "s ") + first.map(String.init).joined(separator: ", ")
            + (hasMore ? " and others" : "")
    }
}
