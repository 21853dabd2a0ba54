import Recipes

/// D6: examples that hold nothing.
enum DamageCheck: Check {
    static let ids = ["D6"]

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let survey = try bench.survey()
        return switch survey.kind {
        case .images: [try images(bench, survey)]
        case .table: [try table(bench, survey)]
        case .text: [try text(bench, survey)]
        }
    }

    private static func images(_ bench: Bench, _ survey: Survey) throws -> CheckResult {
        var result = try greys(bench, survey)
        if let sizes = OddSizes(survey) { note(sizes, survey, in: &result) }
        return result
    }

    /// Thresholds of cleanvision for what is dark, light, of little information; they tell of the style of the data as
    /// well as of damage, so they are shown and judge nothing. What judges: images of one grey, or nearly.
    private static func greys(_ bench: Bench, _ survey: Survey) throws -> CheckResult {
        guard let contrast = survey.statistic("contrast"), let sharpness = survey.statistic("sharpness"),
            let entropy = survey.statistic("entropy"), let darkest = survey.statistic("darkest"),
            let brightest = survey.statistic("brightest")
        else { throw CheckSkip("There is no image.") }
        guard bench.facts.inputShape.dropFirst().reduce(1, *) > 1 else {
            throw CheckSkip("An image of one pixel cannot be damaged.")
        }
        let usual = contrast.quantile(0.5)
        let sharp = sharpness.quantile(0.5)
        let rows = contrast.indices
        let constant = rows.filter { contrast[$0] == 0 }
        let blank = rows.filter { contrast[$0] > 0 && contrast[$0] < 0.05 * usual }
        let blurred = rows.filter { contrast[$0] > 0 && sharpness[$0] < 0.1 * sharp }
        var result = CheckResult(
            "D6", .pass, .invariant,
            "No image is of one grey, or nearly, among \(rows.count.of("image")).",
            numbers: [
                CheckNumber("constant", Double(constant.count)), CheckNumber("nearly_constant", Double(blank.count)),
                CheckNumber("blurred", Double(blurred.count)),
                CheckNumber("dark", Double(rows.count { brightest[$0] < 0.32 })),
                CheckNumber("light", Double(rows.count { 1 - darkest[$0] < 0.05 })),
                CheckNumber("little_information", Double(rows.count { 0.1 * entropy[$0] < 0.3 })),
            ])
        let odd = constant + blank
        if let sheet = ContactSheet(bench.facts), !(odd + blurred).isEmpty {
            let shown = Array((odd + blurred.filter { !odd.contains($0) }).prefix(128))
            bench.draw(
                sheet.picture(
                    "damaged", caption: "Images of one grey, nearly so, and blurred, in this order.",
                    inputs: survey.inputs(shown)), for: "D6")
        }
        guard !odd.isEmpty else { return result }
        let share = Double(odd.count) / Double(rows.count)
        if constant.count == rows.count {
            result.verdict = .fail
            result.message = "Every image is of one grey: there is nothing to see."
            result.action = "Look at how the files were made."
        } else {
            let classes = Set(constant.compactMap { survey.labels.indices.contains($0) ? survey.labels[$0] : nil })
            // A class of blank images is a class; blank images of several are damage.
            let isDamage = classes.count > 1 && Double(constant.count) / Double(rows.count) >= 0.005
            result.verdict = isDamage ? .fail : .warn
            result.message =
                "\(constant.count.of("image is", "images are")) of one grey and \(blank.count) nearly so, "
                + "\(share.percent) of all" + (classes.count > 1 ? ", with \(classes.count) different labels." : ".")
            result.action = "Look at them, and leave them out where they show nothing."
        }
        result.places = odd.prefix(24).map { "\(survey.place($0)): \(survey.label($0))" }
        return result
    }

    /// A few images of another size warn; where they are many they are a part of the data.
    private static func note(_ sizes: OddSizes, _ survey: Survey, in result: inout CheckResult) {
        let share = Double(sizes.odd.count) / Double(max(sizes.count, 1))
        result.numbers.append(CheckNumber("odd_sizes", Double(sizes.odd.count)))
        guard !sizes.odd.isEmpty else { return }
        guard share < 0.005 || sizes.odd.count == 1 else {
            result.message += " \(share.percent) of the files are of another size than the rest: too many to be a slip."
            return
        }
        if result.verdict == .pass { result.verdict = .warn }
        result.message +=
            " \(sizes.odd.count.of("file is", "files are")) of another size or shape than the rest (\(sizes.usualWords)), "
            + "and brought to one size anyway."
        result.places += sizes.odd.prefix(24).map { "\(survey.place($0.row)): \($0.words)" }
        result.action =
            result.action ?? "Look at them: an icon among photographs, or a scan that was cut wrongly, teaches nothing."
    }

    private static func table(_ bench: Bench, _ survey: Survey) throws -> CheckResult {
        let names = bench.inputNames
        let fill = bench.facts.columns.flatMap(\.fill).map { Float($0) }
        let hasFill = fill.count == names.count && bench.recipe.data.missing == .mean
        var isConstant = [Bool](repeating: true, count: names.count)
        let first = survey.stored(survey.training.firstRow)
        var empty: [Int] = []
        var filled = 0
        for row in 0..<survey.rowCount {
            let inputs = survey.stored(row)
            var missing = 0
            for index in inputs.indices {
                if inputs[index] != first[index], row < survey.training.rows.upperBound { isConstant[index] = false }
                if hasFill, inputs[index] == fill[index] { missing += 1 }
            }
            filled += missing
            if hasFill, missing == inputs.count, !inputs.isEmpty { empty.append(row) }
        }
        let rows = survey.rowCount
        let constant = names.indices.filter { isConstant[$0] }
        if constant.count == names.count, survey.training.count > 1 {
            throw CheckSkip("Every column is constant: there is nothing to learn from.")
        }
        var result = CheckResult(
            "D6", .pass, .invariant, "No row is empty among \(rows.of("row")).",
            numbers: [
                CheckNumber("empty_rows", Double(empty.count)), CheckNumber("constant_columns", Double(constant.count)),
                CheckNumber(
                    "filled", 100 * Double(filled) / Double(max(rows * names.count, 1)), unit: "%"),
            ])
        if !constant.isEmpty, survey.training.count > 1 {
            result.message +=
                " \(constant.count.of("column never varies", "columns never vary")): "
                + constant.prefix(5).map { "'\(names[$0])'" }.joined(separator: ", ") + "."
            result.action = "Columns that never vary can be left out."
        }
        guard !empty.isEmpty else { return result }
        let share = Double(empty.count) / Double(rows)
        result.verdict = share >= 0.005 && empty.count > 2 ? .fail : .warn
        result.message = "\(empty.count.of("row")) have no value at all, only a label: \(share.percent)."
        result.places = empty.prefix(24).map { "\(survey.place($0)): \(survey.label($0))" }
        result.action = "Leave these rows out."
        return result
    }

    /// What a wrong decoding leaves behind.
    private static func text(_ bench: Bench, _ survey: Survey) throws -> CheckResult {
        guard let text = survey.training.text, !text.tokens.isEmpty else { throw CheckSkip("There is no text.") }
        let odd = bench.facts.vocabulary.map { name in
            name.unicodeScalars.contains { scalar in
                scalar.value == 0xfffd || (0x80..<0xa0).contains(scalar.value)
                    || scalar.value < 0x20 && ![9, 10, 12, 13].contains(scalar.value)
            }
        }
        let places = text.tokens.indices.filter {
            odd.indices.contains(Int(text.tokens[$0])) && odd[Int(text.tokens[$0])]
        }
        let share = Double(places.count) / Double(text.tokens.count)
        var result = CheckResult(
            "D6", .pass, .statistic,
            places.isEmpty
                ? "No character of the training text is a replacement or control character."
                : "\(places.count.of("character")) are replacement or control characters, \(share.percent).",
            numbers: [
                CheckNumber("odd_characters", Double(places.count)), CheckNumber("share", 100 * share, unit: "%"),
            ])
        guard share > 0.001 else { return result }
        result.verdict = .warn
        result.places = places.prefix(12).map { text.origin(ofToken: $0).description }
        result.action = "The text was decoded wrongly at some time: convert it anew from its source."
        return result
    }
}
