import Recipes

/// What is known of numbers as they come: those that are there, and those that are not.
struct NumberLook {
    private(set) var moments = Moments()
    private(set) var distinct = DistinctValues<Double>()
    private(set) var missing = Places()
    private(set) var infinite = Places()

    /// - Parameter place: of its row.
    mutating func add(_ number: Double, at place: Int) {
        if number.isFinite {
            moments.add(number)
            distinct.add(number)
        } else if number.isNaN {
            missing.add(place)
        } else {
            infinite.add(place)
        }
    }

    /// Values that are there.
    var count: Int { moments.count + infinite.count }

    func column(_ name: String, _ dtype: String) -> DataColumn {
        DataColumn(
            name: name, dtype: dtype, count: count, missing: missing.count, distinct: distinct.count, min: moments.min,
            max: moments.max, mean: moments.mean, std: moments.deviation)
    }
}
