import Recipes

/// What a run knows of time: none of it enters its state.
struct Pace {
    /// Seconds of training in earlier processes.
    var activeBefore = 0.0
    var lastSnapshot: Double
    private var began: Double
    private var held = 0.0
    private var heldSince: Double?
    private var lastProgress: Double
    private var lastStep = 0
    private(set) var stepsPerSecond = 0.0

    init(now: Double) {
        began = now
        lastSnapshot = now
        lastProgress = now
    }

    /// The first step comes next.
    mutating func start(_ now: Double, step: Int) {
        began = now
        lastSnapshot = now
        lastProgress = now
        lastStep = step
    }

    mutating func hold(_ now: Double) { heldSince = now }

    mutating func go(_ now: Double, step: Int) {
        if let since = heldSince { held += now - since }
        heldSince = nil
        lastProgress = now
        lastStep = step
    }

    /// Seconds of training so far, without those held.
    func active(_ now: Double) -> Double { activeBefore + (heldSince ?? now) - began - held }

    /// Whether it is time to tell; takes the rate over a quarter of a second and smooths it over about two seconds.
    mutating func tick(_ now: Double, step: Int) -> Bool {
        let passed = now - lastProgress
        guard passed >= 0.25 else { return false }
        let rate = Double(step - lastStep) / passed
        let weight = min(1, passed / 2)
        stepsPerSecond = stepsPerSecond == 0 ? rate : stepsPerSecond + weight * (rate - stepsPerSecond)
        lastProgress = now
        lastStep = step
        return true
    }

    /// Steps over which train metrics are averaged: about half a second's work by the model's size, never by the clock,
    /// so that metrics and state are the same on every machine.
    /// - Parameter multiplyAdds: of one example forward.
    static func metricInterval(examples: Int, multiplyAdds: Int) -> Int {
        // Two operations each, and twice as many backward; at 50 GFLOP/s.
        let seconds = 6 * Double(examples) * Double(multiplyAdds) / 50e9
        return [10, 20, 50, 100, 200, 500].last { Double($0) * seconds <= 0.5 } ?? 10
    }
}
