import Glibc
import Recipes

/// D7: how often each class comes.
enum BalanceCheck: Check {
    static let ids = ["D7"]

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let survey = try bench.labelledSurvey()
        let counts = bench.facts.classCounts
        let present = counts.indices.filter { counts[$0] > 0 }
        guard let rarest = present.min(by: { counts[$0] < counts[$1] }),
            let commonest = present.max(by: { counts[$0] < counts[$1] })
        else { throw CheckSkip("There is no training example.") }
        func name(_ index: Int) -> String {
            survey.classNames.indices.contains(index) ? survey.classNames[index] : "\(index)"
        }
        let ratio = Double(counts[commonest]) / Double(counts[rarest])
        let evenness = counts.entropy / log(Double(present.count))
        let share = Double(counts[rarest]) / Double(max(counts.reduce(0, +), 1))
        bench.draw(
            Picture(
                "classes", caption: "Training examples of each class.",
                chart: Chart(
                    .bars, x: "class", y: "examples",
                    series: [
                        ChartSeries(
                            "training", x: counts.indices.map { Double($0) }, y: counts.map { Double($0) })
                    ], labels: counts.indices.map { name($0) })), for: "D7")
        let weighted = bench.recipe.loss.map { !$0.classWeights.isEmpty || !$0.positiveWeights.isEmpty } ?? false
        let isHandled = weighted || bench.recipe.model.head == .prior
        var result = CheckResult(
            "D7", .pass, .statistic,
            "Of \(present.count.of("class", "classes")) '\(name(commonest))' is the most frequent with "
                + "\(counts[commonest].of("training example")), '\(name(rarest))' the rarest with \(counts[rarest]).",
            numbers: [
                CheckNumber("ratio", ratio), CheckNumber("rarest_share", 100 * share, unit: "%"),
                CheckNumber("evenness", evenness),
            ])
        guard ratio > 10 else { return [result] }
        guard !isHandled else {
            result.message += weighted ? " The loss weighs them." : " The last bias begins at their shares."
            return [result]
        }
        // A long tail of many classes is no binary job of which one side is hardly there.
        result.verdict = ratio > 100 && evenness < 0.5 ? .fail : .warn
        result.message += " Nothing in the recipe counters it: the first thing learned is to say '\(name(commonest))'."
        result.places = present.sorted { counts[$0] < counts[$1] }.prefix(12).map { "\(name($0)): \(counts[$0])" }
        result.action = "Write `model.head: prior`, or weigh the classes by `loss.class_weights`."
        return [result]
    }
}
