import Datasets
import Recipes

/// D10: whether the class shows in a part of the image, or in its parts without their arrangement.
enum LocalityCheck: Check {
    static let ids = ["D10"]

    static func seconds(_ bench: Bench) -> Double { bench.kind == .images ? 6 : 0 }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let probe = try Probe.images(bench)
        let set = ImageSet(shape: bench.facts.inputShape)
        let side = min(set.height, set.width)
        let blank = probe.training.inputs.min() ?? 0
        var scores: [(name: String, score: Probe.Score)] = []
        for part in [4, 2] {
            let size = max(side / part, 2)
            scores.append(
                (
                    "middle \(size) × \(size)",
                    try probe.score(
                        .perceptron, set.crop(probe.training, size, blank: blank),
                        set.crop(probe.judge, size, blank: blank))
                ))
        }
        let whole = try probe.score(.perceptron)
        scores.append(("whole", whole))
        let convolution = try probe.score(.places)
        scores.append(("whole, convolutions", convolution))
        let shuffled = try probe.score(
            .places, set.shuffle(probe.training, seed: bench.recipe.seed),
            set.shuffle(probe.judge, seed: bench.recipe.seed &+ 1))
        scores.append(("patches shuffled, convolutions", shuffled))
        bench.draw(
            Picture(
                "locality", caption: "What a small network tells apart from parts of the image.",
                chart: Probe.chart(scores, x: "what is seen")), for: "D10")
        if let sheet = ContactSheet(bench.facts) {
            let some = Subset(set.shuffle(probe.judge, seed: bench.recipe.seed &+ 1)).held(
                (0..<UInt32(min(64, probe.judge.count))).map { $0 })
            bench.draw(sheet.picture("shuffled", caption: "Patches shuffled.", inputs: some.inputs), for: "D10")
        }
        let loss = convolution.accuracy - shuffled.accuracy
        let half = scores[1].score
        var words =
            "The middle half shows \(half.accuracy.percent) of the classes, the whole \(whole.accuracy.percent); with its "
            + "patches shuffled, convolutions tell \(shuffled.accuracy.percent) instead of \(convolution.accuracy.percent)."
        words +=
            loss < 0.05 ? " Local features are enough." : " The arrangement of the parts matters."
        return [
            CheckResult(
                "D10", .pass, .counterfactual, words, numbers: Probe.numbers(scores),
                action: loss < 0.05
                    ? "Convolutions with a global average are worth a try."
                    : "The network must see the whole image before its last layer.")
        ]
    }
}

/// D11: which changes of the image cost a network that has never seen them.
enum VariationCheck: Check {
    static let ids = ["D11"]

    static func seconds(_ bench: Bench) -> Double { bench.kind == .images ? 1 : 0 }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let probe = try Probe.images(bench)
        let shape = bench.facts.inputShape
        let blank = probe.training.inputs.min() ?? 0
        let model = try probe.train(.perceptron, probe.training)
        let plain = Probe.score(model, probe.judge)
        let unit = Double(max(min(shape[1], shape[2]) / 28, 1))
        let sweeps: [(name: String, change: Deformation)] = [
            ("shift 1", .shift(right: unit, down: 0)), ("shift 2", .shift(right: 2 * unit, down: 0)),
            ("shift 4", .shift(right: 4 * unit, down: 0)), ("shift 2 down", .shift(right: 0, down: 2 * unit)),
            ("rotate 10°", .rotate(10)), ("rotate 20°", .rotate(20)), ("rotate -20°", .rotate(-20)),
            ("scale 0.8", .scale(0.8)), ("scale 1.2", .scale(1.2)),
        ]
        var scores: [(name: String, score: Probe.Score)] = [("as it is", plain)]
        for (name, change) in sweeps {
            var moved = probe.judge
            change.apply(to: &moved.inputs, shape: shape, blank: blank)
            scores.append((name, Probe.score(model, moved)))
        }
        for shift in [-0.5, 0.5] {
            var other = probe.judge
            for index in other.inputs.indices { other.inputs[index] += Float(shift) }
            scores.append(("brightness \(shift > 0 ? "+" : "")\(shift)", Probe.score(model, other)))
        }
        bench.draw(
            Picture(
                "variation",
                caption:
                    "What a network that was trained on the images as they are tells of changed ones; a brightness of "
                    + "1 is a deviation of the pixels.", chart: Probe.chart(scores, x: "change")), for: "D11")
        let between = betweenShare(probe.training)
        let worst = scores.dropFirst().min { $0.score.accuracy < $1.score.accuracy }
        return [
            CheckResult(
                "D11", .pass, .counterfactual,
                "\(between.percent) of the pixels' variance lie between the classes. Of the changes "
                    + (worst.map { "'\($0.name)' costs most: \($0.score.accuracy.percent) instead of " } ?? "")
                    + "\(plain.accuracy.percent).",
                numbers: [CheckNumber("between_classes", 100 * between, unit: "%")] + Probe.numbers(scores),
                action: "Where such changes come up in use, put them into `data.augment`.")
        ]
    }

    /// Variance of the class means, as a share of all.
    private static func betweenShare(_ examples: HeldExamples) -> Double {
        let size = examples.elementCount
        let classes = Int(examples.classes.max() ?? 0) + 1
        var sums = [[Double]](repeating: [Double](repeating: 0, count: size), count: classes)
        var counts = [Double](repeating: 0, count: classes)
        var total = [Double](repeating: 0, count: size)
        var squares = 0.0
        for index in 0..<examples.count {
            let label = Int(examples.classes[index])
            guard sums.indices.contains(label) else { continue }
            counts[label] += 1
            for element in 0..<size {
                let value = Double(examples.inputs[index * size + element])
                sums[label][element] += value
                total[element] += value
                squares += value * value
            }
        }
        let count = max(counts.reduce(0, +), 1)
        var within = squares
        var all = squares
        for element in 0..<size {
            all -= total[element] * total[element] / count
            for label in 0..<classes where counts[label] > 0 {
                within -= sums[label][element] * sums[label][element] / counts[label]
            }
        }
        return all > 0 ? max(0, 1 - within / all) : 0
    }
}

/// D13: whether it matters where in the image a feature is.
enum PositionCheck: Check {
    static let ids = ["D13"]

    static func seconds(_ bench: Bench) -> Double { bench.kind == .images ? 6 : 0 }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let probe = try Probe.images(bench)
        let scores = [
            ("every place by itself", try probe.score(.places)), ("mean over all places", try probe.score(.pooled)),
        ].map { (name: $0.0, score: $0.1) }
        bench.draw(
            Picture(
                "position", caption: "Two convolutions with and without the places of what they find.",
                chart: Probe.chart(scores, x: "last layer sees")), for: "D13")
        let gain = scores[0].score.accuracy - scores[1].score.accuracy
        return [
            CheckResult(
                "D13", .pass, .counterfactual,
                "With the places of its features a small network tells \(scores[0].score.accuracy.percent), with their mean "
                    + "\(scores[1].score.accuracy.percent).", numbers: Probe.numbers(scores),
                action: gain > 0.02
                    ? "Position matters: keep places until the last layers (`flatten`), or give them more depth before "
                        + "`globalaveragepool`." : "A global average loses nothing: `globalaveragepool` saves weights.")
        ]
    }
}

/// D14: how much of the resolution is needed.
enum ResolutionCheck: Check {
    static let ids = ["D14"]

    static func seconds(_ bench: Bench) -> Double { bench.kind == .images ? 1 : 0 }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let probe = try Probe.images(bench)
        let set = ImageSet(shape: bench.facts.inputShape)
        var scores: [(name: String, score: Probe.Score)] = []
        for factor in [1, 2, 4] where min(set.height, set.width) / factor >= 2 {
            let training = factor == 1 ? probe.training : set.coarsen(probe.training, factor)
            let judge = factor == 1 ? probe.judge : set.coarsen(probe.judge, factor)
            scores.append(
                ("\(set.height / factor) × \(set.width / factor)", try probe.score(.perceptron, training, judge)))
        }
        bench.draw(
            Picture(
                "resolution", caption: "What a small network tells apart at lower resolutions.",
                chart: Probe.chart(scores, x: "pixels")), for: "D14")
        let best = scores.max { $0.score.accuracy < $1.score.accuracy }
        // Breiman et al. 1984: the simplest within one standard error of the best.
        let chosen = scores.last { score in
            best.map { score.score.accuracy >= $0.score.accuracy - $0.score.error } ?? false
        }
        let isLess = chosen?.name != scores.first?.name
        return [
            CheckResult(
                "D14", .pass, .counterfactual,
                "The smallest size within a standard error of the best is \(chosen?.name ?? "none"): "
                    + scores.map { "\($0.name) tells \($0.score.accuracy.percent)" }.joined(separator: ", ") + ".",
                numbers: Probe.numbers(scores),
                action: isLess ? "Try smaller images first: they train several times faster." : nil)
        ]
    }
}
