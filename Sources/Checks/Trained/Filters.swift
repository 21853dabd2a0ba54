import Networks
import Recipes
import Training

/// R16: the first layer's weights as images. Edges and strokes are smooth, noise is not.
enum Filters: Check {
    static let ids = ["R16"]
    private static let shown = 64
    /// A score says something of filters with so many pixels across.
    private static let leastSide = 5

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let model = try bench.requireTrained()
        guard bench.facts.isImages else { throw CheckSkip("The inputs are not images.") }
        guard let first = FirstLayer(model) else {
            throw CheckSkip("The first layer with weights looks at no pixels that lie side by side.")
        }
        let channels = first.channels == 3 ? 3 : 1
        let picked = Array(0..<min(shown, first.count))
        bench.draw(
            TileSheet(height: first.height, width: first.width, channels: channels, columns: 16).picture(
                "filters",
                caption: "\(picked.count) of the \(first.count) filters of \(first.name), "
                    + "\(first.height) × \(first.width): grey is 0, black and white the largest sizes of each",
                picked.map { TileSheet.signed(first.pixels($0, channels)) }), for: "R16")
        let scores = (0..<first.count).compactMap { Self.smoothness(first.pixels($0, 1), first.height, first.width) }
        guard !scores.isEmpty, min(first.height, first.width) >= 2 else {
            return [CheckResult("R16", .pass, .statistic, "The filters have one pixel, or are all the same.")]
        }
        let mean = MeanError(scores).mean
        let words =
            "The \(Worded.plural(first.count, "filter")) of \(first.name) have a smoothness of \(Worded.number(mean)): 0 is noise, "
            + "1 is one colour."
        let small = min(first.height, first.width) < leastSide
        return [
            CheckResult(
                "R16", .pass, .statistic,
                words + (small ? " Of \(first.height) × \(first.width) pixels that says little; look at them." : ""),
                numbers: [
                    CheckNumber("smoothness", mean), CheckNumber("least", scores.min() ?? 0),
                    CheckNumber("largest", scores.max() ?? 0), CheckNumber("filters", Double(first.count)),
                ])
        ]
    }

    /// 1 less the mean difference of neighbours over that of any two pixels, which is what neighbours of shuffled pixels
    /// differ by; nil where all are the same.
    static func smoothness(_ pixels: [Float], _ height: Int, _ width: Int) -> Double? {
        var (neighbours, pairs) = (0.0, 0)
        for y in 0..<height {
            for x in 0..<width {
                let value = Double(pixels[y * width + x])
                if x + 1 < width {
                    (neighbours, pairs) = (neighbours + abs(value - Double(pixels[y * width + x + 1])), pairs + 1)
                }
                if y + 1 < height {
                    (neighbours, pairs) = (neighbours + abs(value - Double(pixels[(y + 1) * width + x])), pairs + 1)
                }
            }
        }
        // The sum over all pairs of a sorted list in one walk.
        let sorted = pixels.map { Double($0) }.sorted()
        var (all, before) = (0.0, 0.0)
        for (index, value) in sorted.enumerated() {
            all += value * Double(index) - before
            before += value
        }
        let count = Double(sorted.count) * Double(sorted.count - 1) / 2
        guard pairs > 0, all > 0 else { return nil }
        return 1 - neighbours / Double(pairs) / (all / count)
    }

    /// The weights that the pixels meet first: of a convolution, or of a linear layer behind a flatten.
    private struct FirstLayer {
        let name: String
        let count: Int, channels: Int, height: Int, width: Int
        private let values: UnsafePointer<Float>
        private let isConvolution: Bool

        init?(_ model: Training.Model) {
            let plan = model.network.plan
            guard let tensor = plan.tensors.first(where: { $0.storage == .parameters && $0.decays }),
                plan.layers.indices.contains(tensor.layer)
            else { return nil }
            let layer = plan.layers[tensor.layer]
            values = UnsafePointer(model.network.parameters + tensor.offset)
            name = tensor.name
            count = tensor.shape.first ?? 0
            switch layer.layer.kind {
            case .conv2d(_, _, _, _, _, let groups) where groups == 1 && tensor.shape.count == 4:
                isConvolution = true
                (channels, height, width) = (tensor.shape[1], tensor.shape[2], tensor.shape[3])
            case .linear where tensor.shape.count == 2 && tensor.shape[1] == plan.inputShape.reduce(1, *):
                // Only what keeps the pixels in their places comes before it.
                let before = plan.layers.prefix(tensor.layer).allSatisfy {
                    switch $0.layer.kind {
                    case .flatten, .dropout, .dropout2d: true
                    default: false
                    }
                }
                guard before, plan.inputShape.count == 3 else { return nil }
                isConvolution = false
                (channels, height, width) = (plan.inputShape[0], plan.inputShape[1], plan.inputShape[2])
            default: return nil
            }
        }

        /// `[height, width, shown]` of one filter: of as many channels as are shown, or their mean.
        func pixels(_ filter: Int, _ shown: Int) -> [Float] {
            var pixels = [Float](repeating: 0, count: height * width * shown)
            for place in 0..<height * width {
                for channel in 0..<channels {
                    // A convolution is stored [height, width, in, out], a linear layer [out, height, width, channels].
                    let index =
                        isConvolution
                        ? (place * channels + channel) * count + filter
                        : (filter * height * width + place) * channels + channel
                    if shown == channels {
                        pixels[place * shown + channel] = values[index]
                    } else {
                        pixels[place] += values[index] / Float(channels)
                    }
                }
            }
            return pixels
        }
    }
}
