import Datasets
import Recipes
import Training

/// K26: what goes into the network, looked at just before it. K27: made back to what the file has, labels too.
enum Taps: Check {
    static let ids = ["K26", "K27"]

    static func seconds(_ bench: Bench) -> Double { 0.3 }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let steps = try bench.firstSteps()
        draw(steps.taps, bench)
        return [inputs(steps.taps, bench), roundTrip(bench)]
    }

    // MARK: K26

    private static func inputs(_ taps: [FirstSteps.Tap], _ bench: Bench) -> CheckResult {
        let isText = !bench.facts.vocabulary.isEmpty
        let training = bench.dataset.training.held(bench.positions(bench.dataset.training, 500, salt: 12))
        let validation = bench.dataset.validation
        let other = validation.count > 0 ? validation.held(bench.positions(validation, 500, salt: 13)) : nil
        let isMixed = bench.recipe.data.augment.contains { if case .mixup = $0 { true } else { false } }
        return inputs(
            taps: taps.map(\.inputs), plain: training.inputs, evaluated: other?.inputs,
            elements: training.elementCount, isText: isText,
            normalize: bench.recipe.data.normalize,
            note: isMixed ? " Mixed examples are shown as they were mixed." : "")
    }

    /// - Parameters:
    ///   - taps: buffers as the network got them.
    ///   - plain: training examples before they are augmented; evaluated: validation examples; nil without any.
    ///   - elements: numbers of an example.
    static func inputs(
        taps: [[Float]], plain: [Float], evaluated: [Float]?, elements: Int, isText: Bool,
        normalize: DataSource.Normalize, note: String = ""
    ) -> CheckResult {
        let all = taps.flatMap { $0 }
        let bad = all.count { !$0.isFinite }
        guard bad == 0 else {
            return CheckResult(
                "K26", .fail, .invariant,
                "\(count(bad, "number")) of what goes into the network \(bad == 1 ? "is" : "are") not finite.",
                numbers: [CheckNumber("not finite", Double(bad))],
                action: "Look at `data.augment` and `data.normalize`.")
        }
        let own = Spread(all.map { Double($0) })
        let before = Spread(plain.map { Double($0) })
        let judged = evaluated.map { Spread($0.map { Double($0) }) }
        var numbers = [
            CheckNumber("mean", own.mean), CheckNumber("deviation", own.deviation),
            CheckNumber("mean before augmentation", before.mean),
            CheckNumber("deviation before augmentation", before.deviation),
        ]
        if let judged {
            numbers += [
                CheckNumber("mean in evaluation", judged.mean),
                CheckNumber("deviation in evaluation", judged.deviation),
            ]
        }
        if own.deviation == 0 {
            return CheckResult(
                "K26", .fail, .invariant, "Everything that goes into the network is one number: \(figure(own.mean)).",
                numbers: numbers, action: "Look at the files, at `data.augment` and at `data.normalize`.")
        }
        if isText {
            return CheckResult("K26", .pass, .statistic, "Token ids go into the network." + note, numbers: numbers)
        }
        var odd: [String] = []
        let most = all.map { abs($0) }.max() ?? 0
        numbers.append(CheckNumber("largest size", Double(most)))
        var tooFew = ""
        if let judged, let evaluated, before.deviation > 0 {
            let counts = [plain.count, evaluated.count].map { $0 / max(elements, 1) }
            let shift = abs(judged.mean - before.mean) / before.deviation
            let ratio = judged.deviation / before.deviation
            if counts.contains(where: { $0 < leastCompared }) {
                tooFew =
                    " Of \(count(counts[0], "training example")) and \(counts[1]) for validation it cannot be told "
                    + "whether they are of one kind."
            } else if shift > 0.2 && surelyDiffer(plain, evaluated, elements, of: { $0 })
                || (ratio < 0.8 || ratio > 1.25)
                    && surelyDiffer(plain, evaluated, elements, of: { ($0 - before.mean) * ($0 - before.mean) })
            {
                odd.append(
                    "validation inputs have a mean of \(figure(judged.mean)) and a deviation of \(figure(judged.deviation)), "
                        + "those of training \(figure(before.mean)) and \(figure(before.deviation))")
            }
        }
        if normalize == .standard, abs(before.mean) > 0.2 || before.deviation < 0.3 || before.deviation > 2 {
            odd.append(
                "`normalize: standard` leaves a mean of \(figure(before.mean)) and a deviation of \(figure(before.deviation))"
            )
        }
        if normalize == .none, before.deviation > 10 || abs(before.mean) > 10 {
            odd.append("the inputs are not normalised: up to \(figure(Double(most)))")
        }
        guard odd.isEmpty else {
            return CheckResult(
                "K26", .warn, .statistic, odd.joined(separator: "; ").capitalizedFirst + ".", numbers: numbers,
                action: normalize == .none
                    ? "Write `data.normalize: standard`."
                    : "Look at the picture: are both splits of one kind, and read in one way?")
        }
        return CheckResult(
            "K26", .pass, .statistic,
            "What goes into the network has a mean of \(figure(own.mean, 2)) and a deviation of \(figure(own.deviation, 2)), "
                + (tooFew.isEmpty && evaluated != nil ? "in training and in evaluation alike." : "in training.")
                + tooFew + note,
            numbers: numbers)
    }

    /// Examples of each split that a comparison of the two takes: fewer have no standard error to trust.
    private static let leastCompared = 20

    /// Whether a mean over two splits differs by more than chance gives, at p = 1e-4. Numbers of one example go together,
    /// so that examples are counted, not numbers.
    private static func surelyDiffer(
        _ one: [Float], _ other: [Float], _ elements: Int, of measure: (Double) -> Double
    ) -> Bool {
        let spreads = [one, other].map { values in
            Spread(
                stride(from: 0, to: values.count, by: max(elements, 1)).map { start in
                    let example = values[start..<min(start + max(elements, 1), values.count)]
                    return example.reduce(0.0) { $0 + measure(Double($1)) } / Double(max(example.count, 1))
                })
        }
        let errors = spreads.map { $0.error * $0.error }
        return abs(spreads[0].mean - spreads[1].mean) > Pairs.certain * (errors[0] + errors[1]).squareRoot()
    }

    private static func draw(_ taps: [FirstSteps.Tap], _ bench: Bench) {
        let names = bench.classNames
        func label(_ tap: FirstSteps.Tap, _ index: Int) -> String {
            if tap.classes.isEmpty {
                let width = tap.numbers.count / max(tap.count, 1)
                return tap.numbers[index * width..<(index + 1) * width].map { figure(Double($0)) }.joined(
                    separator: " ")
            }
            let label = Int(tap.classes[index * bench.facts.targetsPerExample])
            return names.flatMap { $0.indices.contains(label) ? $0[label] : nil } ?? "\(label)"
        }
        for tap in taps {
            let labels = (0..<min(tap.count, 64)).map { label(tap, $0) }
            if let sheet = ContactSheet(bench.facts) {
                let rows = stride(from: 0, to: labels.count, by: ContactSheet.columns).map { start in
                    labels[start..<min(start + ContactSheet.columns, labels.count)].joined(separator: " ")
                }
                bench.draw(
                    sheet.picture(
                        "update-\(tap.step)",
                        caption:
                            "What went into the network in update \(tap.step), made back to pixels; labels row by row: "
                            + rows.joined(separator: " | "), inputs: tap.inputs), for: "K26")
            } else if bench.facts.vocabulary.isEmpty {
                let size = tap.inputs.count / max(tap.count, 1)
                bench.draw(
                    Picture(
                        "update-\(tap.step)", caption: "What went into the network in update \(tap.step), before it",
                        chart: Chart(
                            .map, x: "input", y: "example: its target", labels: (0..<min(size, 100)).map { "\($0)" },
                            rowLabels: labels.prefix(32).enumerated().map { "\($0): \($1)" },
                            cells: (0..<min(tap.count, 32)).map { row in
                                (0..<min(size, 100)).map { Double(tap.inputs[row * size + $0]) }
                            })), for: "K26")
            } else {
                bench.draw(text(tap, bench), for: "K26")
            }
        }
    }

    /// Windows as they are read, with what follows.
    private static func text(_ tap: FirstSteps.Tap, _ bench: Bench) -> Picture {
        let vocabulary = bench.facts.vocabulary
        let size = tap.inputs.count / max(tap.count, 1)
        func word(_ id: Int) -> String {
            vocabulary.indices.contains(id) ? (vocabulary[id] == "\n" ? "⏎" : vocabulary[id]) : "?"
        }
        let places = bench.facts.targetsPerExample
        let lines = (0..<min(tap.count, 8)).map { row -> String in
            let input = (0..<min(size, 48)).map { word(Int(tap.inputs[row * size + $0])) }.joined()
            let target = (0..<min(places, 48)).map { word(Int(tap.classes[row * places + $0])) }.joined()
            return "\(input) → \(target)"
        }
        return Picture(
            "update-\(tap.step)",
            caption: "What went into the network in update \(tap.step), and its targets: "
                + lines.joined(separator: "  |  "))
    }

    // MARK: K27

    private static func roundTrip(_ bench: Bench) -> CheckResult {
        let subset = bench.dataset.training
        let positions = bench.positions(subset, 256, salt: 14)
        let held = subset.held(positions)
        if !bench.facts.vocabulary.isEmpty { return text(held, bench.facts) }
        var stored = [Float](repeating: 0, count: held.inputs.count)
        stored.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { subset.fill(stored: base, positions[...]) }
        }
        return numbers(held, stored, bench.facts)
    }

    /// - Parameter stored: the same examples as their file has them.
    static func numbers(_ held: HeldExamples, _ stored: [Float], _ facts: DataFacts) -> CheckResult {
        let scale = facts.scale ?? 1
        let isBytes = scale == 255 || stored.allSatisfy { $0 >= 0 && $0 <= 255 && $0 == $0.rounded() }
        var worst = 0.0
        var place: Int?
        for index in held.inputs.indices {
            let channel = index % max(facts.mean.count, 1)
            let mean = (facts.mean.isEmpty ? 0 : facts.mean[channel]) * scale
            let deviation = (facts.deviation.isEmpty ? 1 : facts.deviation[channel]) * scale
            let back = Double(held.inputs[index]) * deviation + mean
            // Single precision keeps seven digits of what was subtracted.
            let size = isBytes ? 1 : max(abs(Double(stored[index])), abs(mean), deviation, 1e-30)
            let gap = abs(back - Double(stored[index])) / size
            if !(gap <= worst) { (worst, place) = (gap, index / max(held.elementCount, 1)) }
        }
        let limit = isBytes ? 0.01 : 1e-4
        let numbers = [
            CheckNumber("largest difference", worst, unit: isBytes ? "steps of 255" : nil),
            CheckNumber("examples", Double(held.count)),
        ]
        guard worst <= limit else {
            return CheckResult(
                "K27", worst <= (isBytes ? 1.5 : 1e-2) ? .warn : .fail, .invariant,
                "Made back from what goes into the network, example \(place ?? 0) differs from its file by \(figure(worst)).",
                numbers: numbers, action: "Look at the statistics of `data.normalize`.")
        }
        return CheckResult(
            "K27", .pass, .invariant,
            "\(count(held.count, "example")), made back from what goes into the network, \(isBytes ? "are the file's bytes" : "are the file's numbers").",
            numbers: numbers)
    }

    /// Tokens are characters that there are, and targets are what follows.
    static func text(_ held: HeldExamples, _ facts: DataFacts) -> CheckResult {
        var strange = 0
        var shifted = 0
        let places = held.targetsPerExample
        for id in held.inputs where !(id >= 0 && Int(id) < facts.vocabulary.count && id == id.rounded()) {
            strange += 1
        }
        if places > 1 {
            for example in 0..<held.count {
                for place in 0..<places - 1
                where Int32(held.inputs[example * held.elementCount + place + 1])
                    != held.classes[example * places + place]
                {
                    shifted += 1
                }
            }
        }
        let numbers = [
            CheckNumber("ids without a character", Double(strange)),
            CheckNumber("targets that do not follow", Double(shifted)),
            CheckNumber("examples", Double(held.count)),
        ]
        guard strange == 0, shifted == 0 else {
            return CheckResult(
                "K27", .fail, .invariant,
                strange > 0
                    ? "\(count(strange, "token")) stand for no character."
                    : "\(count(shifted, "target")) are not the characters that follow.", numbers: numbers,
                action: "Read K26's windows: inputs and targets must be one text, moved by one.")
        }
        return CheckResult(
            "K27", .pass, .invariant,
            "\(count(held.count, "window")) read as text"
                + (places > 1 ? ", and every target is the character that follows." : "."), numbers: numbers)
    }
}
