import Datasets
import Networks
import Recipes
import Training

/// D16: the network is a compressed data set. Its worst errors beside the training examples that they are like, to the
/// network's own eye: by what the layer before the last gives.
enum WorstErrors: Check {
    static let ids = ["D16"]
    private static let shown = 16
    private static let neighbours = 5
    /// Training examples that neighbours are sought among.
    private static let searched = 10_000
    /// Numbers of an example that are compared, at most.
    private static let widest = 4_096

    static func seconds(_ bench: Bench) -> Double { 1 + 100 * (bench.stepSeconds ?? 0) }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let model = try bench.requireTrained()
        let validation = try bench.requireValidation()
        guard let names = bench.facts.classNames, model.classCount != nil else {
            throw CheckSkip("It is about classes, and the answers are numbers.")
        }
        guard bench.facts.targetsPerExample == 1 else {
            throw CheckSkip(
                "Every position of a sequence has an answer of its own; there are no examples to lay side by side.")
        }
        let answers = try TrainedAnswers(model, validation)
        let wrong = answers.said.indices.filter { answers.said[$0] != answers.labels[$0] }
            .sorted { (answers.losses[$1], $0) < (answers.losses[$0], $1) }
        guard !wrong.isEmpty else {
            return [CheckResult("D16", .pass, .statistic, "No validation example is answered wrongly.")]
        }
        let worst = Array(wrong.prefix(shown))
        let candidates = bench.sampled(searched, of: bench.dataset.training.count, stream: 5)
        let features = Features(model)
        let errors = features.rows(validation, worst.map { UInt32($0) })
        let near = features.nearest(errors, bench.dataset.training, candidates, neighbours)
        var labels = [Int32](repeating: 0, count: neighbours)
        var lines: [String] = []
        var (likeSaid, likeLabel) = (0, 0)
        for (place, row) in worst.enumerated() {
            let positions = near[place]
            bench.dataset.training.fill(classes: &labels, positions[...])
            let classes = labels.prefix(positions.count).map { Int($0) }
            let (label, said) = (Int(answers.labels[row]), Int(answers.said[row]))
            let agree = classes.count { $0 == said }
            if 2 * agree > classes.count { likeSaid += 1 }
            if 2 * classes.count(where: { $0 == label }) > classes.count { likeLabel += 1 }
            let origin = validation.origin(of: row).map { " (\($0))" } ?? ""
            lines.append(
                "validation \(row)\(origin): \(names[label]), said \(names[said]) with "
                    + "\(Worded.percent(Double(answers.confidence[row]))); nearest in training are "
                    + classes.map { names.indices.contains($0) ? names[$0] : "?" }.joined(separator: ", "))
        }
        draw(worst.map { UInt32($0) }, near, bench)
        return [
            CheckResult(
                "D16", .pass, .statistic,
                "Of the \(Worded.plural(worst.count, "worst error")) \(likeSaid) lie among training examples of the class "
                    + "that was said, \(likeLabel) among those of their label.",
                numbers: [
                    CheckNumber("errors", Double(wrong.count)), CheckNumber("shown", Double(worst.count)),
                    CheckNumber("among examples of the class that was said", Double(likeSaid)),
                    CheckNumber("among examples of their label", Double(likeLabel)),
                ], places: lines)
        ]
    }

    private static func draw(_ worst: [UInt32], _ near: [[UInt32]], _ bench: Bench) {
        guard let sheet = ContactSheet(bench.facts) else { return }
        let shape = bench.facts.inputShape
        let channels = shape[0] >= 3 ? 3 : 1
        func tiles(_ subset: Subset, _ positions: [UInt32]) -> [[UInt8]] {
            let inputs = subset.held(positions).inputs
            let size = shape.reduce(1, *)
            return positions.indices.map { index in
                let pixels = sheet.pixels(Array(inputs[index * size..<(index + 1) * size]))
                let grey = TileSheet.spread(pixels)
                // Of more channels than colours the first are shown.
                return (0..<shape[1] * shape[2]).flatMap { place in
                    (0..<channels).map { grey[place * shape[0] + $0] }
                }
            }
        }
        let errors = tiles(bench.dataset.validation, worst)
        var all: [[UInt8]] = []
        for (index, positions) in near.enumerated() {
            all.append(errors[index])
            all += tiles(bench.dataset.training, positions)
        }
        bench.draw(
            TileSheet(height: shape[1], width: shape[2], channels: channels, columns: 2 * (neighbours + 1)).picture(
                "errors",
                caption:
                    "The worst errors, two in a row, each followed by the \(neighbours) training examples that it is "
                    + "most like to the network", all), for: "D16")
    }

    /// What the layer before the last gives; the inputs themselves where there is none.
    private struct Features {
        let model: Training.Model
        let layer: Int?

        init(_ model: Training.Model) {
            self.model = model
            let layers = model.network.plan.layers
            // The stage before the last product: its value goes into the logits.
            let last = layers.lastIndex { !$0.parameters.isEmpty && $0.mark == nil } ?? 0
            let own = Set(model.network.layers(fusedWith: last))
            layer = layers.indices.prefix(last).last { index in
                let fused = model.network.layers(fusedWith: index)
                return layers[index].mark == nil && !fused.isEmpty && own.isDisjoint(with: fused)
                    && layers[index].outputShape.reduce(1, *) <= WorstErrors.widest
            }
        }

        /// `[positions, width]`, every row of length 1.
        func rows(_ subset: Subset, _ positions: [UInt32]) -> [[Float]] {
            var rows: [[Float]] = []
            for start in stride(from: 0, to: positions.count, by: model.batch.capacity) {
                let part = positions[start..<min(start + model.batch.capacity, positions.count)]
                model.fill(subset, part)
                if let layer {
                    model.network.pass(model.batch, behind: [layer]) { _, values in
                        let width = values.count / max(part.count, 1)
                        for row in 0..<part.count { rows.append(Array(values[row * width..<(row + 1) * width])) }
                    }
                } else {
                    let width = subset.elementCount
                    for row in 0..<part.count {
                        rows.append(Array(UnsafeBufferPointer(start: model.batch.inputs + row * width, count: width)))
                    }
                }
            }
            return rows.map { row in
                let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
                return length > 0 ? row.map { $0 / length } : row
            }
        }

        /// Of each row the candidates with the largest cosine, the nearest first.
        func nearest(_ rows: [[Float]], _ subset: Subset, _ candidates: [UInt32], _ count: Int) -> [[UInt32]] {
            var best = [[(cosine: Float, position: UInt32)]](repeating: [], count: rows.count)
            for start in stride(from: 0, to: candidates.count, by: 512) {
                let part = Array(candidates[start..<min(start + 512, candidates.count)])
                for (position, other) in zip(part, self.rows(subset, part)) {
                    for index in rows.indices {
                        var sum: Float = 0
                        for (a, b) in zip(rows[index], other) { sum += a * b }
                        if best[index].count == count, let last = best[index].last, sum <= last.cosine { continue }
                        let place = best[index].firstIndex { $0.cosine < sum } ?? best[index].count
                        best[index].insert((sum, position), at: place)
                        if best[index].count > count { best[index].removeLast() }
                    }
                }
            }
            return best.map { $0.map(\.position) }
        }
    }
}
