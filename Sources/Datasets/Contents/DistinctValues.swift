import Recipes

/// How many different values there are, up to `DataColumn.mostDistinct`.
struct DistinctValues<Value: Hashable> {
    private var values: Set<Value> = []
    /// Too many to count.
    private var isFull = false

    /// nil where there are too many to count.
    var count: Int? { isFull ? nil : values.count }

    mutating func add(_ value: Value) {
        guard !isFull, values.insert(value).inserted, values.count > DataColumn.mostDistinct else { return }
        isFull = true
        values = []
    }
}
