import Datasets
import Recipes
import Tensors
import Training

/// R8: what the network loses when a column's values are exchanged between the examples (Breiman 2001, "Random Forests",
/// section 10). Of two columns that say the same neither seems to matter.
enum InputImportance: Check {
    static let ids = ["R8"]
    private static let measured = 1_000
    private static let repeats = 5
    private static let mostColumns = 200
    private static let shown = 20

    static func seconds(_ bench: Bench) -> Double { 0.2 + 200 * (bench.stepSeconds ?? 0) }

    /// A column of the table, and the inputs that it becomes.
    private struct Column {
        var name: String
        var inputs: Range<Int>
        var gain = 0.0
        var error = 0.0
        var isUseless: Bool { gain <= 2 * error }
    }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let model = try bench.requireTrained()
        let validation = try bench.requireValidation()
        guard bench.facts.inputShape.count == 1, bench.facts.vocabulary.isEmpty else {
            throw CheckSkip("Single pixels and characters are not columns that could be left out.")
        }
        var columns = TableColumn.all(bench.dataset).map { Column(name: $0.name, inputs: $0.inputs) }
        guard (2...mostColumns).contains(columns.count) else {
            throw CheckSkip("\(Worded.plural(columns.count, "column")): two to \(mostColumns) are measured.")
        }
        guard validation.count >= 30 else {
            throw CheckSkip("\(Worded.plural(validation.count, "validation example")) are too few to measure by.")
        }
        let held = validation.held(bench.sampled(measured, of: validation.count, stream: 8))
        let whole = mean(model.losses(Subset(held)))
        for place in columns.indices { exchange(&columns[place], place, held, model, whole, seed: bench.recipe.seed) }
        let sorted = columns.sorted { $0.gain > $1.gain }
        bench.draw(
            Picture(
                "importance", caption: "What exchanging a column's values between examples adds to the validation loss",
                chart: Chart(
                    .bars, x: "column", y: "loss added [nats]",
                    series: [ChartSeries("loss added", x: [], y: sorted.prefix(shown).map(\.gain))],
                    labels: sorted.prefix(shown).map(\.name))), for: "R8")
        let useless = sorted.filter(\.isUseless)
        let best = sorted.prefix(3).map { "\($0.name) (\(Worded.number($0.gain)))" }.joined(separator: ", ")
        return [
            CheckResult(
                "R8", .pass, .counterfactual,
                "What matters most is \(best). "
                    + (useless.isEmpty
                        ? "Every column is of use."
                        : "\(Worded.plural(useless.count, "column")) of \(columns.count) could not be shown to be of use."),
                numbers: sorted.prefix(shown).map { CheckNumber($0.name, $0.gain) },
                places: useless.prefix(40).map(\.name),
                action: useless.isEmpty ? nil : "Try the recipe without them, a few at a time: fewer inputs regularise."
            )
        ]
    }

    private static func exchange(
        _ column: inout Column, _ place: Int, _ held: HeldExamples, _ model: Training.Model, _ whole: Double,
        seed: UInt64
    ) {
        let random = Philox(seed: seed, purpose: .checks)
        let width = held.elementCount
        var gains: [Double] = []
        for round in 0..<repeats {
            var changed = held
            // Durstenfeld's shuffle (Comm. ACM 7(7), 1964) of the rows that the column's values come from.
            var order = Array(0..<held.count)
            for last in stride(from: held.count - 1, to: 0, by: -1) {
                order.swapAt(
                    last,
                    random.below(last + 1, step: UInt64(place) << 32 | 0x7238_0000 | UInt64(round), index: UInt64(last))
                )
            }
            for (row, other) in order.enumerated() {
                for input in column.inputs { changed.inputs[row * width + input] = held.inputs[other * width + input] }
            }
            gains.append(mean(model.losses(Subset(changed))) - whole)
        }
        column.gain = mean(gains)
        let squares = gains.reduce(0) { $0 + ($1 - column.gain) * ($1 - column.gain) } / Double(repeats - 1)
        column.error = (squares / Double(repeats)).squareRoot()
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }
}
