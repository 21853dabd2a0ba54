import Datasets
import Recipes

/// S4, second part: the answer does not stand among the inputs.
enum LeakCheck: Check {
    static let ids = ["S4"]

    /// Rows that are compared, at most.
    private static let most = 20_000
    /// Fewer prove nothing.
    private static let least = 50
    /// Share of the rows in which a leaked input equals the target.
    private static let share = 0.999

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let survey = try bench.survey()
        if survey.kind == .text { return [try text(bench, survey)] }
        let rows = Array(survey.training.rows.prefix(most))
        guard rows.count >= least else {
            throw CheckSkip("There are \(rows.count.of("training example")); fewer than \(least) prove nothing.")
        }
        let found: [(name: String, share: Double)]
        if survey.labels.isEmpty {
            found = equalNumbers(bench, survey, rows)
        } else {
            guard survey.trainingClasses > 1 else { throw CheckSkip("The training examples are all of one class.") }
            found = givingAway(bench, survey, rows)
        }
        let what = survey.kind == .images ? "pixel" : "input"
        guard let first = found.first else {
            return [
                CheckResult(
                    "S4", .pass, .invariant, "No \(what) alone is the answer in \(rows.count.of("row")).",
                    numbers: [CheckNumber("rows", Double(rows.count)), CheckNumber("leaks", 0)])
            ]
        }
        return [
            CheckResult(
                "S4", .fail, .invariant,
                "The \(what) \(first.name) is the answer in \(first.share.percent) of \(rows.count.of("row"))"
                    + (found.count > 1 ? ", and \(found.count - 1) more are." : "."),
                numbers: [
                    CheckNumber("rows", Double(rows.count)), CheckNumber("leaks", Double(found.count)),
                    CheckNumber("share", 100 * first.share, unit: "%"),
                ], places: found.prefix(24).map(\.name),
                action: "Take it out of the inputs: a network that reads the answer learns nothing else.")
        ]
    }

    /// Inputs that have one value for each class, another for each.
    private static func givingAway(
        _ bench: Bench, _ survey: Survey, _ rows: [Int]
    ) -> [(name: String, share: Double)] {
        let columns = LeakColumn.all(bench, survey)
        let classes = survey.classNames.count
        var alive = Array(columns.indices)
        var values = [[Float?]](repeating: [Float?](repeating: nil, count: classes), count: columns.count)
        var misses = [Int](repeating: 0, count: columns.count)
        let most = Int(Double(rows.count) * (1 - share))
        var seen = [Bool](repeating: false, count: classes)
        for row in rows {
            let label = Int(survey.labels[row])
            guard seen.indices.contains(label) else { continue }
            seen[label] = true
            let inputs = survey.stored(row)
            alive.removeAll { column in
                let value = columns[column].value(inputs)
                if let known = values[column][label] {
                    if known != value { misses[column] += 1 }
                } else {
                    values[column][label] = value
                }
                return misses[column] > most
            }
            if alive.isEmpty { return [] }
        }
        let present = seen.count { $0 }
        guard rows.count >= 5 * present else { return [] }
        return alive.filter { Set(values[$0].compactMap { $0 }).count == present }.map {
            (columns[$0].name, 1 - Double(misses[$0]) / Double(rows.count))
        }
    }

    /// Inputs that equal the target number.
    private static func equalNumbers(
        _ bench: Bench, _ survey: Survey, _ rows: [Int]
    ) -> [(name: String, share: Double)] {
        // A constant target is equalled by a constant input, which tells nothing.
        guard Set(rows.map { survey.targets[$0] }).count > 2 else { return [] }
        let columns = LeakColumn.all(bench, survey)
        var hits = [Int](repeating: 0, count: columns.count)
        for row in rows {
            let inputs = survey.stored(row)
            for (index, column) in columns.enumerated() where column.value(inputs) == survey.targets[row] {
                hits[index] += 1
            }
        }
        return columns.indices.filter { Double(hits[$0]) > share * Double(rows.count) }.map {
            (columns[$0].name, Double(hits[$0]) / Double(rows.count))
        }
    }

    /// A text whose next character is one that lies at a fixed distance before it.
    private static func text(_ bench: Bench, _ survey: Survey) throws -> CheckResult {
        guard let text = survey.training.text else { throw CheckSkip("There is no training text.") }
        let window = max(bench.facts.inputShape.first ?? 1, 1)
        var worst = (distance: 1, share: 0.0, count: 0)
        for distance in 1...min(window, 256) {
            var hits = 0
            var count = 0
            for document in text.documents where count < 100_000 {
                let part = document.prefix(100_000)
                guard part.count > distance else { continue }
                for place in part.lowerBound + distance..<part.upperBound {
                    if text.tokens[place] == text.tokens[place - distance] { hits += 1 }
                }
                count += part.count - distance
            }
            let share = Double(hits) / Double(max(count, 1))
            if count >= 1_000, share > worst.share { worst = (distance, share, count) }
        }
        guard worst.count > 0 else { throw CheckSkip("The training text is too short: fewer than 1,000 characters.") }
        let numbers = [
            CheckNumber("distance", Double(worst.distance), unit: "characters"),
            CheckNumber("share", 100 * worst.share, unit: "%"),
        ]
        guard worst.share > share else {
            return CheckResult(
                "S4", .pass, .invariant,
                "No character before it is the next one: at the best distance, \(worst.distance), in "
                    + "\(worst.share.percent) of the places.", numbers: numbers)
        }
        return CheckResult(
            "S4", .fail, .invariant,
            "The next character is the one \(worst.distance.of("character")) before it in \(worst.share.percent) of "
                + "the places: the text repeats itself.", numbers: numbers, places: [text.origin(ofToken: 0).file],
            action: "Look at the file: it holds one passage again and again.")
    }
}

/// One column of a table, or one input where there are no columns.
private struct LeakColumn {
    let name: String
    /// Its inputs: several where it is made of words.
    let inputs: Range<Int>

    /// A word's place among the column's words, or the number itself.
    func value(_ row: [Float]) -> Float {
        guard inputs.count > 1 else { return row[inputs.lowerBound] }
        return Float(inputs.firstIndex { row[$0] > 0.5 } ?? -1)
    }

    static func all(_ bench: Bench, _ survey: Survey) -> [LeakColumn] {
        let names = bench.inputNames
        if bench.facts.columns.reduce(0, { $0 + $1.width }) == names.count, !bench.facts.columns.isEmpty {
            var first = 0
            return bench.facts.columns.map { column in
                defer { first += column.width }
                return LeakColumn(name: "'\(column.name)'", inputs: first..<first + column.width)
            }
        }
        guard survey.kind == .images else {
            return names.indices.map { LeakColumn(name: "'\(names[$0])'", inputs: $0..<$0 + 1) }
        }
        let shape = bench.facts.inputShape
        let (channels, width) = (max(shape[0], 1), max(shape[2], 1))
        return names.indices.map { index in
            let pixel = index / channels
            let channel = channels > 1 ? ", channel \(index % channels)" : ""
            return LeakColumn(
                name: "(row \(pixel / width), column \(pixel % width)\(channel))", inputs: index..<index + 1)
        }
    }
}
