import Datasets
import Recipes
import Training

extension ImproveRound {
    private static let mostGroups = 8
    private static let mostColumns = 200
    /// What counts as a gain or a loss, as a part of the loss without any column: behind columns that say it all there is
    /// little left, and two networks differ in that by their last bits of training.
    private static let least = 0.01

    /// O8: the columns of a table one group after the other, in the order of the file; a quarter of the steps each, with two
    /// seeds. A column that is not there yet has its mean in every row, so that the network stays the same one. nil where
    /// the inputs are no columns.
    func inputGains(_ twins: TwinRuns) throws(TrainingFailure) -> [InputGain]? {
        let columns = TableColumn.all(data)
        guard recipe.data.format == .csv, !columns.isEmpty else { return nil }
        guard (2...Self.mostColumns).contains(columns.count), data.training.count >= 20,
            data.training.count * data.training.elementCount <= 1 << 26
        else {
            notes.append(
                "Columns were not added one by one: that is done for 2 to \(Self.mostColumns) columns and 20 rows or more, in "
                    + "tables of up to 256 MiB.")
            return nil
        }
        let count = min(columns.count, Self.mostGroups)
        let groups = (0..<count).map {
            Array(columns[$0 * columns.count / count..<($0 + 1) * columns.count / count])
        }
        let training = data.training.held((0..<UInt32(data.training.count)).map { $0 })
        let validation = data.validation.held((0..<UInt32(data.validation.count)).map { $0 })
        let seeds = min(max(request.seeds, 1), 2)
        var before: [[Double]] = []
        var without = 0.0
        var gains: [InputGain] = []
        for known in 0...count {
            let hidden = groups[known...].flatMap { $0.flatMap { Array($0.inputs) } }
            let (some, judged) = Self.hiding(hidden, training, validation)
            let masked = data.replacing(training: some, validation: judged)
            let what = known == 0 ? "no column" : "columns up to \(groups[known - 1].last?.name ?? "")"
            var losses: [[Double]] = []
            for index in 0..<seeds {
                losses.append(try twins.run(recipe, masked, what: what, index: index, upTo: 1).first)
            }
            if known > 0 {
                gains.append(
                    gain(groups[known - 1].map(\.name), before, losses, among: count, least: Self.least * without))
            } else {
                without = TwinRuns.mean(losses.map(TwinRuns.mean))
            }
            before = losses
        }
        return gains
    }

    /// Beyond chance only where every seed says so: with one network each, what differs may be its first weights.
    private func gain(
        _ names: [String], _ before: [[Double]], _ after: [[Double]], among: Int, least: Double
    ) -> InputGain {
        var (sumBefore, sumAfter): ([Double], [Double]) = ([], [])
        for losses in before { Self.add(losses, to: &sumBefore) }
        for losses in after { Self.add(losses, to: &sumAfter) }
        let share = 1 / Double(max(before.count, 1))
        let differences = zip(sumBefore, sumAfter).map { ($0 - $1) * share }
        let interval = PairedBootstrap.interval(differences, seed: recipe.seed, among: among)
        let each = zip(before, after).map { TwinRuns.mean($0) - TwinRuns.mean($1) }
        let agrees = each.allSatisfy { $0 > 0 } || each.allSatisfy { $0 < 0 }
        let gain = TwinRuns.mean(differences)
        return InputGain(
            columns: names, loss: TwinRuns.mean(sumAfter) * share, gain: gain, low: interval.low,
            high: interval.high, verdict: agrees && abs(gain) >= least ? .init(interval) : .same)
    }

    /// The examples with the training mean in place of these inputs.
    private static func hiding(
        _ inputs: [Int], _ training: HeldExamples, _ validation: HeldExamples
    ) -> (HeldExamples, HeldExamples) {
        var (training, validation) = (training, validation)
        let width = training.elementCount
        for input in inputs {
            let places = stride(from: input, to: training.inputs.count, by: width)
            let mean = places.reduce(0.0) { $0 + Double(training.inputs[$1]) } / Double(max(training.count, 1))
            for place in places { training.inputs[place] = Float(mean) }
            for place in stride(from: input, to: validation.inputs.count, by: width) {
                validation.inputs[place] = Float(mean)
            }
        }
        return (training, validation)
    }
}
