import Datasets
import Recipes
import Tensors
import Training

/// A small network of the check's own, trained for a second: what it learns of changed data says something of the data,
/// whatever the recipe's network is.
struct Probe {
    enum Net: Equatable {
        case linear
        case perceptron
        /// Two convolutions, then every place by itself.
        case places
        /// Two convolutions, then the mean over all places.
        case pooled
    }
    /// Examples to learn from and to judge by, at most.
    static let mostLearned = 4_000
    static let mostJudged = 2_000
    private static let batch = 64
    /// Numbers of all examples together, at most: 96 MiB.
    static let mostNumbers = 24 << 20

    /// Of how many examples, and how many of them rightly told.
    struct Score: Equatable {
        var hits: Int
        var count: Int

        var accuracy: Double { Double(hits) / Double(max(count, 1)) }
        /// Its standard error.
        var error: Double { (accuracy * (1 - accuracy) / Double(max(count, 1))).squareRoot() }
    }

    let bench: Bench
    /// Standardised: by column, or over all pixels.
    let training: HeldExamples
    let judge: HeldExamples

    /// - Throws: `CheckSkip` where there are no classes to tell apart, or too few examples.
    init(_ bench: Bench) throws {
        let survey = try bench.labelledSurvey()
        guard bench.dataset.training.targetsPerExample == 1 else { throw CheckSkip("An example has several targets.") }
        let size = max(bench.dataset.training.elementCount, 1)
        let most = max(Self.mostNumbers / size, 1)
        let learnable = survey.training.count
        let own = survey.parts[1].count >= 20 ? survey.parts[1] : nil
        let learned = min(Self.mostLearned, learnable, most * 2 / 3)
        // Where there is no validation split, every fourth of the examples judges.
        let held = own == nil ? learned / 4 : 0
        guard learned - held >= 40, size > 0 else {
            throw CheckSkip("There are \(learnable.of("training example")); a probe needs 40 to learn from.")
        }
        let rows = (0..<learned).map { UInt32(survey.position(survey.training.firstRow + $0 * learnable / learned)) }
        let judged: HeldExamples
        if let own {
            let count = min(Self.mostJudged, own.count, max(most / 3, 20))
            judged = own.subset.held(
                (0..<count).map { UInt32(survey.position(own.firstRow + $0 * own.count / count)) })
        } else {
            judged = bench.dataset.training.held(rows.enumerated().filter { $0.offset % 4 == 3 }.map(\.element))
        }
        var training = bench.dataset.training.held(
            own == nil ? rows.enumerated().filter { $0.offset % 4 != 3 }.map(\.element) : rows)
        var judge = judged
        let scaling = Standardization(training, isTable: bench.kind == .table)
        scaling.apply(&training.inputs)
        scaling.apply(&judge.inputs)
        self.bench = bench
        self.training = training
        self.judge = judge
    }

    /// - Throws: `CheckSkip` where examples are no images.
    static func images(_ bench: Bench) throws -> Probe {
        guard bench.kind == .images else { throw CheckSkip("The examples are not images.") }
        let shape = bench.facts.inputShape
        guard shape[1] >= 8, shape[2] >= 8 else {
            throw CheckSkip("The images have \(shape[1]) × \(shape[2]) pixels: there is nothing to take away.")
        }
        return try Probe(bench)
    }

    /// Trains on examples and judges by others.
    func score(_ net: Net, _ training: HeldExamples? = nil, _ judge: HeldExamples? = nil) throws -> Score {
        let model = try train(net, training ?? self.training)
        return Self.score(model, judge ?? self.judge)
    }

    static func score(_ model: Training.Model, _ examples: HeldExamples) -> Score {
        let score = model.evaluate(Subset(examples))
        return Score(hits: score.correct, count: score.count)
    }

    /// About a second of two threads for 28 × 28 pixels.
    func train(_ net: Net, _ examples: HeldExamples) throws -> Training.Model {
        try Self.train(net, examples, bench)
    }

    /// - Parameter classes: what the examples' classes are called where they are no longer the data's own.
    static func train(
        _ net: Net, _ examples: HeldExamples, _ bench: Bench, classes: [String]? = nil
    ) throws -> Training.Model {
        let trial = try Trial(
            recipe(net, bench),
            bench.dataset.replacing(training: examples, validation: nil, classes: classes), pool: bench.pool)
        // Seven epochs, or as many updates as few examples need.
        let steps = min(max(7 * examples.count / batch, 150), 450)
        try trial.train(to: steps)
        return trial.model
    }

    /// `[examples, outputs]`: the logits of each by a network that has learned from the parts without it.
    /// - Parameters:
    ///   - order: every example once; the one at a place belongs to part place % `folds`.
    ///   - classes: as in `train`.
    static func outOfFold(
        _ net: Net, _ examples: HeldExamples, _ bench: Bench, order: [UInt32], folds: Int, outputs: Int,
        classes: [String]? = nil
    ) throws -> [Float] {
        let subset = Subset(examples)
        var logits = [Float](repeating: 0, count: examples.count * outputs)
        for fold in 0..<folds {
            let held = order.indices.filter { $0 % folds == fold }.map { order[$0] }
            let others = order.indices.filter { $0 % folds != fold }.map { order[$0] }
            let model = try train(net, subset.held(others), bench, classes: classes)
            var next = 0
            _ = model.evaluate(Subset(subset.held(held))) { model in
                for row in 0..<model.batch.count {
                    for index in 0..<outputs {
                        logits[Int(held[next]) * outputs + index] = model.network.outputs[row * outputs + index]
                    }
                    next += 1
                }
            }
        }
        return logits
    }

    private static func recipe(_ net: Net, _ bench: Bench) -> Recipe {
        let shape = bench.facts.inputShape
        let kinds: [Layer.Kind]
        switch net {
        case .linear: kinds = [.flatten, .linear(units: .classes)]
        case .perceptron: kinds = [.flatten, .linear(units: .count(64)), .relu, .linear(units: .classes)]
        case .places, .pooled:
            // Large images are gone over in steps, so that a probe costs the same for all.
            let stride = shape.count == 3 ? max(1, min(shape[1], shape[2]) / 28) : 1
            kinds =
                [
                    .conv2d(channels: 8, kernel: max(3, stride), stride: stride, padding: .pixels(1)), .relu,
                    .maxpool2d(size: 2, stride: 2), .conv2d(channels: 16, kernel: 3, padding: .same), .relu,
                ] + (net == .pooled ? [.globalaveragepool] : [.flatten]) + [.linear(units: .classes)]
        }
        var recipe = Recipe(
            name: "probe", data: bench.recipe.data,
            model: Recipes.Model(layers: kinds.enumerated().map { Layer(kind: $1, name: "\($0)") }),
            optimizer: Optimizer(kind: .adam, rate: net == .linear ? 3e-3 : 2e-3))
        recipe.data.augment = []
        recipe.data.shuffle = true
        recipe.data.unlabelled = nil
        recipe.data.made = nil
        recipe.data.without = []
        recipe.loss = Loss(kind: .crossEntropy)
        recipe.seed = bench.recipe.seed
        recipe.batch = batch
        return recipe
    }

    /// A number for each changed copy of the data, in per cent.
    static func numbers(_ scores: [(name: String, score: Score)]) -> [CheckNumber] {
        scores.map { CheckNumber($0.name, 100 * $0.score.accuracy, unit: "%") }
    }

    static func chart(_ scores: [(name: String, score: Score)], x: String) -> Chart {
        Chart(
            .bars, x: x, y: "validation accuracy [%]",
            series: [
                ChartSeries(
                    "probe", x: scores.indices.map { Double($0) }, y: scores.map { 100 * $0.score.accuracy })
            ], labels: scores.map(\.name))
    }
}

/// Mean 0 and deviation 1, of each column or of all pixels.
struct Standardization {
    private let mean: [Float]
    private let factor: [Float]

    init(_ examples: HeldExamples, isTable: Bool) {
        let width = isTable ? max(examples.elementCount, 1) : 1
        var sums = [Double](repeating: 0, count: width)
        var squares = [Double](repeating: 0, count: width)
        for (index, value) in examples.inputs.enumerated() {
            sums[index % width] += Double(value)
            squares[index % width] += Double(value) * Double(value)
        }
        let count = Double(max(examples.inputs.count / width, 1))
        mean = sums.map { Float($0 / count) }
        factor = zip(sums, squares).map { sum, square in
            let variance = square / count - sum / count * (sum / count)
            return variance > 1e-20 ? Float(1 / variance.squareRoot()) : 0
        }
    }

    func apply(_ inputs: inout [Float]) {
        let width = mean.count
        for index in inputs.indices { inputs[index] = (inputs[index] - mean[index % width]) * factor[index % width] }
    }
}

/// Examples changed one by one.
struct ImageSet {
    /// `[channels, height, width]`.
    let shape: [Int]

    var channels: Int { shape[0] }
    var height: Int { shape[1] }
    var width: Int { shape[2] }

    /// What lies outside of the square in the middle becomes blank.
    func crop(_ examples: HeldExamples, _ side: Int, blank: Float) -> HeldExamples {
        let (top, left) = ((height - side) / 2, (width - side) / 2)
        return changed(examples) { _, image in
            for y in 0..<height {
                for x in 0..<width where !(top..<top + side).contains(y) || !(left..<left + side).contains(x) {
                    for channel in 0..<channels { image[(y * width + x) * channels + channel] = blank }
                }
            }
        }
    }

    /// Sixteen patches in an order of each example's own.
    func shuffle(_ examples: HeldExamples, seed: UInt64) -> HeldExamples {
        let (patchHeight, patchWidth) = (height / 4, width / 4)
        let random = Philox(seed: seed, purpose: .checks)
        return changed(examples) { index, image in
            let old = Array(image)
            let order = random.permutation(16, step: 4 << 40 | UInt64(index))
            for (to, from) in order.enumerated() {
                for y in 0..<patchHeight {
                    for x in 0..<patchWidth {
                        let target = ((to / 4 * patchHeight + y) * width + to % 4 * patchWidth + x) * channels
                        let source =
                            ((Int(from) / 4 * patchHeight + y) * width + Int(from) % 4 * patchWidth + x) * channels
                        for channel in 0..<channels { image[target + channel] = old[source + channel] }
                    }
                }
            }
        }
    }

    /// Every square of so many pixels becomes its mean: the detail of a smaller image, at the old size.
    func coarsen(_ examples: HeldExamples, _ factor: Int) -> HeldExamples {
        changed(examples) { _, image in
            for top in stride(from: 0, to: height, by: factor) {
                for left in stride(from: 0, to: width, by: factor) {
                    for channel in 0..<channels {
                        var sum: Float = 0
                        var count: Float = 0
                        for y in top..<min(top + factor, height) {
                            for x in left..<min(left + factor, width) {
                                sum += image[(y * width + x) * channels + channel]
                                count += 1
                            }
                        }
                        for y in top..<min(top + factor, height) {
                            for x in left..<min(left + factor, width) {
                                image[(y * width + x) * channels + channel] = sum / count
                            }
                        }
                    }
                }
            }
        }
    }

    /// Mean 0 and deviation 1 within each image.
    func evenContrast(_ examples: HeldExamples) -> HeldExamples {
        changed(examples) { _, image in
            let values = image.map { Double($0) }
            let (mean, deviation) = (values.average, values.spread)
            for index in image.indices { image[index] = deviation > 0 ? Float((values[index] - mean) / deviation) : 0 }
        }
    }

    /// The centre of brightness in the middle, by whole pixels; what comes in is blank.
    func centre(_ examples: HeldExamples, blank: Float) -> HeldExamples {
        moved(examples, blank: blank) { moments in
            { y, x in (y + moments.y - Double(height - 1) / 2, x + moments.x - Double(width - 1) / 2) }
        }
    }

    /// Upright: each row is moved so that brightness no longer slants, and centred.
    func deskew(_ examples: HeldExamples, blank: Float) -> HeldExamples {
        moved(examples, blank: blank) { moments in
            let slant = max(-1, min(1, moments.yy > 0 ? moments.xy / moments.yy : 0))
            return { y, x in
                let down = y - Double(height - 1) / 2
                return (down + moments.y, x - Double(width - 1) / 2 + moments.x + slant * down)
            }
        }
    }

    /// Of the brightness above the image's darkest.
    private struct Moments {
        var x = 0.0, y = 0.0, xy = 0.0, yy = 0.0
    }

    /// Each pixel from where `place` says, to the nearest one.
    private func moved(
        _ examples: HeldExamples, blank: Float, _ place: (Moments) -> (Double, Double) -> (Double, Double)
    ) -> HeldExamples {
        changed(examples) { _, image in
            let old = Array(image)
            guard let least = old.min() else { return }
            var moments = Moments()
            var total = 0.0
            for y in 0..<height {
                for x in 0..<width {
                    let weight = Double(old[(y * width + x) * channels] - least)
                    total += weight
                    moments.x += weight * Double(x)
                    moments.y += weight * Double(y)
                }
            }
            guard total > 0 else { return }
            moments.x /= total
            moments.y /= total
            for y in 0..<height {
                for x in 0..<width {
                    let weight = Double(old[(y * width + x) * channels] - least) / total
                    moments.xy += weight * (Double(x) - moments.x) * (Double(y) - moments.y)
                    moments.yy += weight * (Double(y) - moments.y) * (Double(y) - moments.y)
                }
            }
            let source = place(moments)
            for y in 0..<height {
                for x in 0..<width {
                    let (fromY, fromX) = source(Double(y), Double(x))
                    let (row, column) = (Int(fromY.rounded()), Int(fromX.rounded()))
                    let isInside = (0..<height).contains(row) && (0..<width).contains(column)
                    for channel in 0..<channels {
                        image[(y * width + x) * channels + channel] =
                            isInside ? old[(row * width + column) * channels + channel] : blank
                    }
                }
            }
        }
    }

    private func changed(
        _ examples: HeldExamples, _ change: (Int, inout ArraySlice<Float>) -> Void
    ) -> HeldExamples {
        var examples = examples
        let size = examples.elementCount
        let count = examples.count
        for index in 0..<count {
            var image = ArraySlice(Array(examples.inputs[index * size..<(index + 1) * size]))
            change(index, &image)
            examples.inputs.replaceSubrange(index * size..<(index + 1) * size, with: image)
        }
        return examples
    }
}
