import Datasets
import Glibc
import Recipes

/// D5: no example is there twice, least of all in two splits or with two labels.
enum DuplicateCheck: Check {
    static let ids = ["D5"]

    /// Characters in a row that two texts do not share by chance.
    private static let passage = 50

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let survey = try bench.survey()
        guard survey.rowCount > 1 else { throw CheckSkip("There is one example.") }
        if survey.kind == .text {
            return [bench.recipe.data.documents == .lines ? lines(survey) : try passages(survey)]
        }
        return [try examples(bench, survey)]
    }

    private struct Count {
        /// Rows that repeat an earlier training example, within training.
        var within = 0
        /// Rows of validation or test that are also training examples.
        var across: [Int] = []
        /// Rows of groups with more than one label.
        var conflicting: [Int] = []

        init(_ survey: Survey, _ twins: Duplicates, skips: (Int) -> Bool = { _ in false }) {
            let training = survey.training.rows
            for group in twins.groups where !skips(group[0]) {
                let own = group.count { training.contains($0) }
                within += max(own - 1, 0)
                if own > 0 { across += group.filter { !training.contains($0) } }
                if survey.labels.indices.contains(group[0]), Set(group.map { survey.labels[$0] }).count > 1 {
                    conflicting += group
                }
            }
        }
    }

    private static func examples(_ bench: Bench, _ survey: Survey) throws -> CheckResult {
        let twins = Duplicates(survey)
        // Images of one grey are counted as damage.
        let contrast = survey.statistic("contrast")
        if twins.groups.first?.count == survey.rowCount {
            if contrast?.first == 0 { throw CheckSkip("All examples are equal, and of one grey: D6 says of which.") }
            return CheckResult(
                "D5", .fail, .invariant,
                "All \(survey.rowCount.of("example")) are equal in every number: they say nothing of their targets.",
                numbers: [CheckNumber("within", Double(survey.training.count - 1))],
                action: "Look at how the files were written: one example was written again and again.")
        }
        let count = Count(survey, twins) { row in contrast.map { $0[row] == 0 } ?? false }
        let training = max(survey.training.count, 1)
        let others = survey.rowCount - survey.training.count
        let near = try survey.kind == .images ? NearTwins(survey, bench) : nil
        let share = Double(count.within) / Double(training)
        let acrossShare = Double(count.across.count) / Double(max(others, 1))
        var result = CheckResult(
            "D5", .pass, .invariant,
            "\(count.within.of("training example")) of \(training) occur twice, and \(count.across.count) of "
                + "\(others) in the other splits are training examples.",
            numbers: [
                CheckNumber("within", Double(count.within)), CheckNumber("across", Double(count.across.count)),
                CheckNumber("conflicting", Double(count.conflicting.count)),
            ])
        if survey.isSample { result.message += " Looked for among a sample of \(survey.rowCount)." }
        if let near {
            result.numbers += [
                CheckNumber("near_within", Double(near.within.count)),
                CheckNumber("near_across", Double(near.across.count)),
            ]
            if !(near.within + near.across).isEmpty {
                result.message +=
                    " Nearly equal: \(near.within.count) within training, \(near.across.count) across splits."
            }
            draw(bench, survey, near)
        }
        let bits = survey.kind == .table ? Self.bits(survey) : .infinity
        let needed = 2 * log2(Double(survey.rowCount)) + 10
        if bits < needed {
            result.message +=
                " The columns hold so few values (\(bits.figure) bits a row) that rows repeat by themselves; it is "
                + "counted and not judged."
            return result
        }
        func note(_ rows: [Int]) {
            result.places = rows.prefix(24).map { row in
                let twin = twins.first[row].map { " = \(survey.place($0))" } ?? ""
                return "\(survey.place(row))\(twin)" + (survey.labels.isEmpty ? "" : ": \(survey.label(row))")
            }
        }
        if count.conflicting.count >= 3 {
            result.verdict = .fail
            result.message =
                "\(count.conflicting.count.of("example")) are equal in every number and have different labels."
            note(count.conflicting)
            result.action = "Find out which label is right, and leave the other out."
        } else if count.across.count >= 3, acrossShare > 0.001 {
            result.verdict = .fail
            result.message =
                "\(count.across.count.of("example")) of the validation or test split, \(acrossShare.percent) of them, are "
                + "training examples: they measure memory."
            note(count.across)
            result.action = "Take them out of the training data, and split before anything is copied."
        } else if !count.conflicting.isEmpty || !count.across.isEmpty && acrossShare > 0.001 {
            result.verdict = .warn
            note(count.conflicting + count.across)
            result.action = "Look at these, and leave one of each out."
        } else if share > 0.05 {
            result.verdict = .warn
            result.message += " That is \(share.percent) of the training examples."
            note(twins.groups.filter { survey.training.rows.contains($0[0]) }.compactMap { $0.dropFirst().first })
            result.action = "Leave the copies out, or say why they count more than once."
        } else if let near, near.across.count >= 3, Double(near.across.count) > 0.01 * Double(others) {
            result.verdict = .warn
            result.places = near.across.prefix(24).map { "\(survey.place($0.row)) ~ \(survey.place($0.twin))" }
            result.action = "Look at the pairs: nearly the same image on both sides of the split measures memory."
        } else if !count.across.isEmpty || count.within > 0 {
            note(count.across + twins.groups.compactMap { $0.dropFirst().first })
        }
        return result
    }

    /// Bits that a row of a table holds if its columns were half dependent on each other: below twice the logarithm of the
    /// number of rows, rows are equal by chance. Counted over rows that differ; a column in which hardly two values agree
    /// holds as many as anyone wants.
    private static func bits(_ survey: Survey) -> Double {
        var hashes = Set<ExampleHash>()
        let rows = survey.training.rows.prefix(5_000).filter { hashes.insert(survey.hashes[$0]).inserted }
        guard rows.count > 1 else { return 0 }
        let inputs = rows.map { survey.stored($0) }
        let all = Double(rows.count) * Double(rows.count - 1)
        var sum = 0.0
        for column in 0..<inputs[0].count {
            var counts: [Float: Int] = [:]
            for row in inputs { counts[row[column], default: 0] += 1 }
            let pairs = counts.values.reduce(0.0) { $0 + Double($1) * Double($1 - 1) }
            if pairs < 20, rows.count >= 20 { return .infinity }
            sum += -log2(max(pairs, 1) / all)
        }
        return sum / 2
    }

    private static func draw(_ bench: Bench, _ survey: Survey, _ near: NearTwins) {
        let pairs = (near.across + near.within).prefix(64)
        guard let sheet = ContactSheet(bench.facts), !pairs.isEmpty else { return }
        bench.draw(
            sheet.picture(
                "near-twins",
                caption: "Pairs of nearly equal images, side by side; those across splits first. "
                    + pairs.prefix(8).map { "\(survey.name($0.row)) ~ \(survey.name($0.twin))" }.joined(separator: ", "),
                inputs: survey.inputs(pairs.flatMap { [$0.row, $0.twin] })), for: "D5")
    }

    /// Lines that come twice. Short ones, such as names, do so by themselves.
    private static func lines(_ survey: Survey) -> CheckResult {
        let lengths = survey.statistic("length") ?? []
        let twins = Duplicates(survey)
        let all = Count(survey, twins)
        let long = Count(survey, twins) { row in lengths[row] < Double(passage) }
        let others = survey.rowCount - survey.training.count
        let longOthers = (survey.training.rows.upperBound..<survey.rowCount).count { lengths[$0] >= Double(passage) }
        let share = Double(long.across.count) / Double(max(longOthers, 1))
        var result = CheckResult(
            "D5", .pass, .invariant,
            "\(all.within.of("training line")) of \(survey.training.count) occur twice, and \(all.across.count) of "
                + "\(others) in the other splits are training lines; \(long.across.count) of these have "
                + "\(passage) characters or more.",
            numbers: [
                CheckNumber("within", Double(all.within)), CheckNumber("across", Double(all.across.count)),
                CheckNumber("long_across", Double(long.across.count)),
            ])
        guard long.across.count >= 3, share > 0.001 else { return result }
        result.verdict = share > 0.01 ? .fail : .warn
        result.places = long.across.prefix(24).map { row in
            "\(survey.place(row)) = \(twins.first[row].map { survey.place($0) } ?? "")"
        }
        result.action = "Leave one of each out: long lines that are in both splits measure memory."
        return result
    }

    /// Passages of a whole text's validation part that stand word for word in its training part.
    private static func passages(_ survey: Survey) throws -> CheckResult {
        guard let training = survey.training.text, survey.parts.count > 1, let other = survey.parts[1].text,
            other.tokens.count > passage, training.tokens.count > passage
        else { throw CheckSkip("There is no validation text of \(passage) characters.") }
        var known = Set<UInt64>()
        // Every place of the training text, up to the memory of 16 million of them.
        let most = min(training.tokens.count, 8_000_000)
        known.reserveCapacity(most)
        RollingHash.each(training.tokens.prefix(most), length: passage) { _, hash in known.insert(hash) }
        var covered = 0
        var end = 0
        var places: [Int] = []
        RollingHash.each(other.tokens.prefix(4_000_000), length: passage) { place, hash in
            guard known.contains(hash) else { return }
            if place >= end { places.append(place) }
            covered += place + passage - max(end, place)
            end = place + passage
        }
        let share = Double(covered) / Double(min(other.tokens.count, 4_000_000))
        var result = CheckResult(
            "D5", .pass, .invariant,
            "\(share.percent) of the validation text appear in the training text as well, in passages of \(passage) "
                + "characters or more.",
            numbers: [
                CheckNumber("share", 100 * share, unit: "%"), CheckNumber("passages", Double(places.count)),
            ])
        guard share > 0.05 else { return result }
        result.verdict = share > 0.2 ? .fail : .warn
        result.places = places.prefix(24).map { other.origin(ofToken: $0).description }
        result.action = "Take the repeated passages out, or choose another part for validation."
        return result
    }
}

/// Hashes of all passages of one length, each from the one before (Karp and Rabin 1987), modulo 2^61 - 1.
enum RollingHash {
    private static let prime: UInt64 = (1 << 61) - 1
    private static let base: UInt64 = 1_000_003

    static func each(_ tokens: ArraySlice<UInt16>, length: Int, _ take: (Int, UInt64) -> Void) {
        guard tokens.count >= length, length > 0 else { return }
        var power: UInt64 = 1
        for _ in 1..<length { power = multiply(power, base) }
        var hash: UInt64 = 0
        for place in tokens.indices {
            let index = place - tokens.startIndex
            if index >= length {
                let gone = multiply(UInt64(tokens[place - length]) + 1, power)
                hash = hash >= gone ? hash - gone : hash + prime - gone
            }
            hash = multiply(hash, base) + UInt64(tokens[place]) + 1
            if hash >= prime { hash -= prime }
            if index >= length - 1 { take(place - length + 1, hash) }
        }
    }

    private static func multiply(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (high, low) = a.multipliedFullWidth(by: b)
        var sum = (low & prime) + (low >> 61 | high << 3)
        if sum >= prime { sum -= prime }
        return sum
    }
}
