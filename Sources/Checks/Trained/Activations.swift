import Datasets
import Networks
import Recipes
import Training

/// R17: what each layer gives, as images and in numbers: units that are silent, units at the end of their range, and the
/// checkerboards that strided layers leave.
enum Activations: Check {
    static let ids = ["R17"]
    /// Validation examples that are measured, and of them those that are shown.
    private static let measured = 2_000
    private static let shown = 16
    /// Layers, and channels of each, that are shown.
    private static let shownLayers = 3
    private static let shownChannels = 8
    /// A layer of fewer units is silent by accident.
    private static let leastUnits = 16

    static func seconds(_ bench: Bench) -> Double { 0.5 + 20 * (bench.stepSeconds ?? 0) }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let model = try bench.requireTrained()
        let validation = try bench.requireValidation()
        let layers = watched(model)
        guard !layers.isEmpty else { throw CheckSkip("No layer of the network is an activation.") }
        let positions = bench.sampled(measured, of: validation.count, stream: 6)
        var tallies = layers.map { Tally(layer: $0, of: model.network) }
        for start in stride(from: 0, to: positions.count, by: model.batch.capacity) {
            let part = positions[start..<min(start + model.batch.capacity, positions.count)]
            model.fill(validation, part)
            let kept = start < shown ? min(shown - start, part.count) : 0
            model.network.pass(model.batch, behind: layers) { layer, values in
                guard let place = layers.firstIndex(of: layer) else { return }
                tallies[place].add(values, examples: part.count, kept: kept)
            }
        }
        for tally in tallies.filter({ $0.shape.count == 3 }).prefix(shownLayers) {
            if let picture = tally.picture(channels: shownChannels) { bench.draw(picture, for: "R17") }
        }
        drawSilence(tallies, bench)
        return [result(tallies, examples: positions.count, watched: bench.history?.deadUnits)]
    }

    /// Layers that end in an activation, one for each value of the network.
    private static func watched(_ model: Training.Model) -> [Int] {
        let plan = model.network.plan
        var layers: [Int] = []
        var seen: Set<[Int]> = []
        for (index, layer) in plan.layers.enumerated() where layer.mark == nil {
            switch layer.layer.kind {
            case .relu, .leakyrelu, .gelu, .silu, .tanh, .sigmoid:
                let fused = model.network.layers(fusedWith: index)
                if !fused.isEmpty, seen.insert(fused).inserted { layers.append(index) }
            default: break
            }
        }
        return layers
    }

    private static func drawSilence(_ tallies: [Tally], _ bench: Bench) {
        var series = [ChartSeries("silent", x: [], y: tallies.map { 100 * $0.deadShare })]
        if tallies.contains(where: \.bounded) {
            series.append(ChartSeries("saturated", x: [], y: tallies.map { 100 * $0.saturatedShare }))
        }
        bench.draw(
            Picture(
                "silence", caption: "Share of the units of each layer that hardly ever, or always, give the same",
                chart: Chart(
                    .bars, x: "layer", y: "units [%]",
                    series: series, labels: tallies.map(\.name))), for: "R17")
    }

    /// - Parameter watched: what W5 has said of the run; it warns of silent units by what they did to the loss, and one
    ///   warning is enough.
    private static func result(_ tallies: [Tally], examples: Int, watched: CheckVerdict?) -> CheckResult {
        var numbers: [CheckNumber] = []
        for tally in tallies.prefix(12) {
            numbers.append(CheckNumber("silent units of \(tally.name)", 100 * tally.deadShare, unit: "%"))
            if tally.bounded {
                numbers.append(CheckNumber("saturated units of \(tally.name)", 100 * tally.saturatedShare, unit: "%"))
            }
            if let power = tally.checkerboard {
                numbers.append(CheckNumber("checkerboard in \(tally.name)", 100 * power, unit: "%"))
            }
        }
        let isJudged = { (tally: Tally) in tally.unitCount >= leastUnits && examples >= 100 && tally.troubled > 0.5 }
        let isWatched = { (tally: Tally) in watched != nil && tally.kind == .relu && tally.troubled <= 0.9 }
        let worst = tallies.filter { isJudged($0) && !isWatched($0) }.max { $0.troubled < $1.troubled }
        if let worst {
            let kind = worst.deadShare > 0.5 ? "silent" : "at the end of their range"
            return CheckResult(
                "R17", worst.troubled > 0.9 ? .fail : .warn, .statistic,
                "\(Worded.percent(worst.troubled)) of the \(worst.unitCount) units of \(worst.name) are \(kind) on "
                    + "\(Worded.plural(examples, "validation example")).", numbers: numbers,
                action: "Take a smaller rate, or a warm-up; look at how the inputs are scaled and the weights begin.")
        }
        let most = tallies.map(\.troubled).max() ?? 0
        var message =
            "Of \(Worded.plural(tallies.count, "activation")) none has more than \(Worded.percent(most)) of its units silent or at the "
            + "end of their range, on \(Worded.plural(examples, "validation example"))."
        if let watched, tallies.contains(where: { isJudged($0) && isWatched($0) }) {
            message += " Silent units are judged by W5, which has followed the loss: \(watched.rawValue)."
        }
        return CheckResult("R17", .pass, .statistic, message, numbers: numbers)
    }

    /// What one layer gives, counted.
    private struct Tally {
        let name: String
        let kind: Layer.Kind
        /// `[features]`, `[positions, features]` or `[channels, height, width]`.
        let shape: [Int]
        let unitCount: Int
        private var active: [Int]
        private var saturated: [Int]
        private var places = 0
        private var kept: [Float] = []
        private var keptExamples = 0
        private var alternating = 0.0
        private var power = 0.0

        init(layer: Int, of network: Network) {
            let resolved = network.plan.layers[layer]
            kind = resolved.layer.kind
            // A pooling that is computed together with the activation gives fewer places.
            let shapes = network.layers(fusedWith: layer).sorted().map { network.plan.layers[$0].outputShape }
            let last = shapes.last ?? resolved.outputShape
            // Flattening moves nothing: what it is made of still is an image.
            shape = shapes.last { $0.count == 3 && $0.reduce(1, *) == last.reduce(1, *) } ?? last
            unitCount = max(shape.count == 3 ? shape[0] : shape.last ?? 1, 1)
            name = "\(resolved.layer.name) \(String(describing: kind).prefix { $0 != "(" })"
            active = [Int](repeating: 0, count: unitCount)
            saturated = active
        }

        /// Values of tanh and sigmoid have two ends.
        var bounded: Bool {
            switch kind {
            case .tanh, .sigmoid: true
            default: false
            }
        }

        private func isActive(_ value: Float) -> Bool {
            switch kind {
            // What these give to inputs far below 0 is not 0.
            case .gelu, .silu: abs(value) > 1e-3
            case .sigmoid: value > 0.003
            default: value > 0 || bounded
            }
        }

        mutating func add(_ values: UnsafeBufferPointer<Float>, examples: Int, kept count: Int) {
            // In memory the units are the last axis, of images as well.
            let each = values.count / max(examples, 1)
            places += values.count / unitCount
            for (index, value) in values.enumerated() {
                let unit = index % unitCount
                if isActive(value) { active[unit] += 1 }
                if bounded, abs(value) > 0.99 || kind == .sigmoid && value < 0.01 { saturated[unit] += 1 }
            }
            guard shape.count == 3, each == shape.reduce(1, *) else { return }
            if count > 0 {
                kept += values.prefix(count * each)
                keptExamples += count
            }
            addCheckerboard(values, examples: min(examples, 16), each)
        }

        /// The part of the power that alternates from pixel to pixel in both directions.
        private mutating func addCheckerboard(_ values: UnsafeBufferPointer<Float>, examples: Int, _ each: Int) {
            let (height, width) = (shape[1], shape[2])
            guard height > 3, width > 3 else { return }
            for example in 0..<examples {
                for channel in 0..<unitCount {
                    var (sum, squares, mean) = (0.0, 0.0, 0.0)
                    for y in 0..<height {
                        for x in 0..<width {
                            let value = Double(values[example * each + (y * width + x) * unitCount + channel])
                            sum += (x + y) % 2 == 0 ? value : -value
                            squares += value * value
                            mean += value
                        }
                    }
                    let count = Double(height * width)
                    alternating += sum * sum / count
                    power += max(squares - mean * mean / count, 0)
                }
            }
        }

        /// Units that are active on less than a hundredth of the places.
        var deadShare: Double { share { Double(active[$0]) < 0.01 * Double(places) } }
        var saturatedShare: Double { bounded ? share { Double(saturated[$0]) > 0.99 * Double(places) } : 0 }
        var troubled: Double { max(deadShare, saturatedShare) }
        /// Noise has one part in as many as there are pixels.
        var checkerboard: Double? { power > 0 ? alternating / power : nil }

        private func share(_ holds: (Int) -> Bool) -> Double {
            Double((0..<unitCount).count(where: holds)) / Double(unitCount)
        }

        /// A row for each example, a column for each of the first channels.
        func picture(channels: Int) -> Picture? {
            let (height, width) = (shape[1], shape[2])
            guard keptExamples > 0, height > 1, width > 1 else { return nil }
            let each = unitCount * height * width
            let columns = min(channels, unitCount)
            var tiles: [[UInt8]] = []
            for example in 0..<keptExamples {
                for channel in 0..<columns {
                    tiles.append(
                        TileSheet.spread(
                            (0..<height * width).map { kept[example * each + $0 * unitCount + channel] }))
                }
            }
            let word = name.map { $0.isLetter || $0.isNumber ? $0 : "-" }
            return TileSheet(height: height, width: width, channels: 1, columns: columns).picture(
                "layer-\(String(word))",
                caption: "What \(name) gives to \(keptExamples) validation examples, a row each; "
                    + "\(columns) of \(unitCount) channels", tiles)
        }
    }
}
