import Recipes

/// W8: how the validation loss moved in the last quarter of a run, and where its best step lies. Said at the end.
struct CurveEnd {
    /// Points kept; of a longer curve every second one.
    static let most = 256

    private var steps: [Double] = []
    private var losses: [Double] = []
    /// Every so manieth evaluation is kept.
    private var stride = 1
    private var seen = 0
    private var best = (step: 0.0, loss: Double.infinity)

    mutating func add(_ loss: Double, step: Int) {
        guard loss.isFinite else { return }
        if loss < best.loss { best = (Double(step), loss) }
        seen += 1
        guard seen % stride == 0 else { return }
        steps.append(Double(step))
        losses.append(loss)
        guard steps.count > Self.most else { return }
        steps = steps.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        losses = losses.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        stride *= 2
    }

    func judge(step: Int) -> CheckResult {
        let last = steps.indices.filter { steps[$0] >= 0.75 * Double(step) }
        guard last.count >= 5, steps.count >= 8, step > 0 else {
            return .skip("W8", "\(steps.count) evaluations are too few to see a slope.")
        }
        // Theil (1950) and Sen (1968): the median of the slopes between all pairs.
        var slopes: [Double] = []
        for (place, one) in last.enumerated() {
            for other in last[(place + 1)...] where steps[other] > steps[one] {
                slopes.append((losses[other] - losses[one]) / (steps[other] - steps[one]))
            }
        }
        slopes.sort()
        guard !slopes.isEmpty else { return .skip("W8", "The evaluations are all of one step.") }
        let slope = slopes[slopes.count / 2]
        let level = last.map { losses[$0] }.sorted()[last.count / 2]
        // What the quarter made of it, as a part of the loss.
        let change = level > 0 ? slope * 0.25 * Double(step) / level : 0
        let place = best.step / Double(step)
        let message: String
        var action: String?
        if place < 0.1 {
            message =
                "The best validation loss is of step \(Int(best.step)), in the first tenth: the run was too long, or "
                + "learned by heart."
            action = "Take `@best`; a shorter run, more data or more regularisation would do as well."
        } else if place > 0.75, change < -0.01 {
            message =
                "The best validation loss is of step \(Int(best.step)), and it still falls: by "
                + "\(percent(-change)) % in the last quarter."
            action = "A longer run would do better: `simmer extend JOB --steps N`."
        } else {
            message =
                "The best validation loss is of step \(Int(best.step)) of \(step); in the last quarter it changed by "
                + "\(percent(change)) %."
        }
        return CheckResult(
            "W8", .pass, .curve, message,
            numbers: [
                CheckNumber("slope", slope * 1000, unit: "loss a 1000 steps"),
                CheckNumber("change in the last quarter", change * 100, unit: "%"),
                CheckNumber("best step", best.step, unit: "steps"), CheckNumber("best loss", best.loss),
            ], action: action, step: step)
    }

    var numbers: [Double] {
        guard seen > 0, best.loss.isFinite else { return [] }
        return [Double(stride), Double(seen), best.step, best.loss] + steps + losses
    }

    init() {}

    init(_ numbers: [Double]) {
        guard numbers.count >= 4, numbers.count.isMultiple(of: 2), numbers.count <= 6 + 2 * Self.most,
            numbers.allSatisfy(\.isFinite), let stride = Int(exactly: numbers[0]), stride >= 1, stride <= 1 << 40,
            let seen = Int(exactly: numbers[1])
        else { return }
        let points = (numbers.count - 4) / 2
        self.stride = stride
        self.seen = seen
        best = (numbers[2], numbers[3])
        steps = Array(numbers[4..<4 + points])
        losses = Array(numbers[(4 + points)...])
    }
}
