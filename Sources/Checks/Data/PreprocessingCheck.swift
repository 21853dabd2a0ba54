import Datasets
import Recipes
import Tensors

/// D12: whether variation that says nothing can be taken out before the network sees it: by what the nearest neighbour
/// gains from it, which learns nothing.
enum PreprocessingCheck: Check {
    static let ids = ["D12"]

    static func seconds(_ bench: Bench) -> Double { bench.kind == .text ? 0 : 2 }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let probe = try Probe(bench)
        var changes: [(name: String, training: HeldExamples, judge: HeldExamples)] = [
            ("as it is", try raw(bench, probe).training, try raw(bench, probe).judge)
        ]
        if bench.kind == .images {
            guard bench.facts.inputShape[1] >= 8, bench.facts.inputShape[2] >= 8 else {
                throw CheckSkip("The images are too small to be moved.")
            }
            let set = ImageSet(shape: bench.facts.inputShape)
            let blank = probe.training.inputs.min() ?? 0
            changes[0] = ("as it is", probe.training, probe.judge)
            changes.append(("even contrast", set.evenContrast(probe.training), set.evenContrast(probe.judge)))
            changes.append(
                ("centred", set.centre(probe.training, blank: blank), set.centre(probe.judge, blank: blank)))
            changes.append(
                ("upright", set.deskew(probe.training, blank: blank), set.deskew(probe.judge, blank: blank)))
        } else {
            changes.append(("each column of deviation 1", probe.training, probe.judge))
            changes.append(("columns as ranks", ranks(probe.training, probe), ranks(probe.judge, probe)))
        }
        var results: [(name: String, isRight: [Bool])] = []
        for (name, training, judge) in changes {
            results.append((name, nearest(training, judge, bench.pool)))
        }
        let scores = results.map { result in
            (
                name: result.name,
                score: Probe.Score(hits: result.isRight.count { $0 }, count: result.isRight.count)
            )
        }
        bench.draw(
            Picture(
                "preprocessing", caption: "How often the nearest training example has the right class.",
                chart: Probe.chart(scores, x: "change of all examples")), for: "D12")
        let base = results[0].isRight
        var best: (name: String, gain: Double)?
        for result in results.dropFirst() {
            let won = zip(base, result.isRight).count { !$0 && $1 }
            let lost = zip(base, result.isRight).count { $0 && !$1 }
            let gain = Double(won - lost) / Double(max(base.count, 1))
            // McNemar's test, one-sided 97.5 %.
            guard gain > 0.01, Double(won - lost) > 1.96 * Double(won + lost).squareRoot(), gain > best?.gain ?? 0
            else {
                continue
            }
            best = (result.name, gain)
        }
        return [
            CheckResult(
                "D12", .pass, .counterfactual,
                "The nearest neighbour is right in \(scores[0].score.accuracy.percent) of \(base.count.of("example"))"
                    + (best.map { "; '\($0.name)' gains \((100 * $0.gain).figure) points." }
                        ?? ", and no change gains a point."),
                numbers: Probe.numbers(scores),
                action: best.map {
                    "'\($0.name)' takes out variation that says nothing of the class: change the data so, or augment by it."
                })
        ]
    }

    /// As the recipe normalises it.
    private static func raw(_ bench: Bench, _ probe: Probe) throws -> (training: HeldExamples, judge: HeldExamples) {
        guard bench.kind == .table else { return (probe.training, probe.judge) }
        // A table's columns as the network gets them: the probe's are scaled already, so their scale is put back.
        let survey = try bench.survey()
        let subset = bench.dataset.training
        let count = min(survey.training.count, 1_000)
        let sample = subset.held((0..<count).map { UInt32($0 * (subset.labelledCount ?? subset.count) / count) })
        let width = max(sample.elementCount, 1)
        var scale = [Float](repeating: 0, count: width)
        for column in 0..<width {
            scale[column] = Float(
                stride(from: column, to: sample.inputs.count, by: width).map { Double(sample.inputs[$0]) }.spread)
        }
        func scaled(_ examples: HeldExamples) -> HeldExamples {
            var examples = examples
            for index in examples.inputs.indices { examples.inputs[index] *= scale[index % width] }
            return examples
        }
        return (scaled(probe.training), scaled(probe.judge))
    }

    /// Each number by the share of training examples below it.
    private static func ranks(_ examples: HeldExamples, _ probe: Probe) -> HeldExamples {
        var examples = examples
        let width = max(examples.elementCount, 1)
        for column in 0..<width {
            let known = stride(from: column, to: probe.training.inputs.count, by: width).map {
                probe.training.inputs[$0]
            }
            .sorted()
            for index in stride(from: column, to: examples.inputs.count, by: width) {
                let value = examples.inputs[index]
                var (low, high) = (0, known.count)
                while low < high {
                    let middle = (low + high) / 2
                    if known[middle] < value { low = middle + 1 } else { high = middle }
                }
                examples.inputs[index] = Float(low) / Float(max(known.count, 1))
            }
        }
        return examples
    }

    /// Whether the nearest training example has an example's class.
    private static func nearest(_ training: HeldExamples, _ judge: HeldExamples, _ pool: ThreadPool) -> [Bool] {
        let size = training.elementCount
        let (rows, columns) = (judge.count, training.count)
        guard size > 0, rows > 0, columns > 0 else { return [] }
        let squares = (0..<columns).map { index in
            training.inputs[index * size..<(index + 1) * size].reduce(Float(0)) { $0 + $1 * $1 }
        }
        var isRight = [Bool](repeating: false, count: rows)
        let block = 32
        training.inputs.withUnsafeBufferPointer { known in
            judge.inputs.withUnsafeBufferPointer { asked in
                isRight.withUnsafeMutableBufferPointer { isRight in
                    guard let known = known.baseAddress, let asked = asked.baseAddress else { return }
                    // Each tile writes its own rows.
                    pool.run((rows + block - 1) / block) { tile in
                        let first = tile * block
                        let count = min(block, rows - first)
                        let products = FloatMemory(count: count * columns)
                        let scratch = FloatMemory(count: Streams.productScratch)
                        Streams.innerProducts(
                            asked + first * size, rows: count, known, columns: columns, width: size,
                            into: products.base, scratch: scratch.base)
                        for row in 0..<count {
                            var best = (Float.infinity, 0)
                            for column in 0..<columns {
                                let distance = squares[column] - 2 * products.base[row * columns + column]
                                if distance < best.0 { best = (distance, column) }
                            }
                            isRight[first + row] = training.classes[best.1] == judge.classes[first + row]
                        }
                    }
                }
            }
        }
        return isRight
    }
}
