/// Mean, deviation and range of numbers as they come (Welford 1962): nothing is kept of them, and nothing cancels out.
struct Moments {
    private(set) var count = 0
    private var runningMean = 0.0
    /// Of the distances from the mean.
    private var squares = 0.0
    private var least = Double.infinity
    private var most = -Double.infinity

    mutating func add(_ number: Double) {
        count += 1
        let distance = number - runningMean
        runningMean += distance / Double(count)
        squares += distance * (number - runningMean)
        least = Swift.min(least, number)
        most = Swift.max(most, number)
    }

    // Without numbers, or where one is too large for a double, there is nothing to say.
    var min: Double? { known(least) }
    var max: Double? { known(most) }
    var mean: Double? { known(runningMean) }
    /// Of the population.
    var deviation: Double? { known((squares / Double(count)).squareRoot()) }

    private func known(_ number: Double) -> Double? { count > 0 && number.isFinite ? number : nil }
}
