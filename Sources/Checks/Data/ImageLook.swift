import Recipes

/// Statistics of one image: what distinguishes images without knowing what they show.
struct ImageLook {
    static let columns: [(name: String, doc: String, unit: String?)] = [
        ("ink", "Mean brightness, 0 black to 1 white.", nil),
        ("contrast", "Deviation of the brightness within the image.", nil),
        ("sharpness", "Root mean square of the difference between neighbouring pixels.", nil),
        ("entropy", "Of the image's grey levels.", "bits"),
        ("center_x", "Centre of the brightness from the left edge, 0 to 1.", nil),
        ("center_y", "Centre of the brightness from the upper edge, 0 to 1.", nil),
        ("symmetry", "Correlation of the image with its mirror image.", nil),
        ("box_width", "Width of what is brighter than the middle of the image's range.", "pixels"),
        ("box_height", "Height of what is brighter than the middle of the image's range.", "pixels"),
        ("darkest", "Brightness below which 5 % of the pixels lie.", nil),
        ("brightest", "Brightness below which 99 % of the pixels lie.", nil),
    ]

    private let height: Int, width: Int, channels: Int
    private let low: Float
    private let factor: Float

    /// - Parameter sample: some stored pixels, which tell the range of numbers that are not bytes.
    init(_ facts: DataFacts, sample: [Float]) {
        let shape = facts.inputShape
        channels = shape.count == 3 ? max(shape[0], 1) : 1
        height = shape.count == 3 ? shape[1] : 1
        width = shape.count == 3 ? shape[2] : shape.reduce(1, *)
        let finite = sample.lazy.filter(\.isFinite)
        let (least, most) = (finite.min() ?? 0, finite.max() ?? 1)
        if facts.scale == 255 || least >= 0 && most > 1 && most <= 255 && finite.allSatisfy({ $0 == $0.rounded() }) {
            // Bytes are brightness already.
            (low, factor) = (0, 1 / 255)
        } else if least >= 0, most <= 1 {
            (low, factor) = (0, 1)
        } else {
            (low, factor) = (least, 1 / max(most - least, .leastNormalMagnitude))
        }
    }

    /// About 8 ns a pixel.
    /// - Parameters:
    ///   - inputs: as the file has them, `[height, width, channels]`.
    ///   - result: one number for each of `columns`.
    func measure(_ inputs: UnsafeBufferPointer<Float>, into result: UnsafeMutableBufferPointer<Double>) {
        let count = height * width
        guard count > 0, inputs.count >= count * channels, result.count >= Self.columns.count else { return }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { grey in
            for pixel in 0..<count {
                var sum: Float = 0
                for channel in 0..<channels { sum += inputs[pixel * channels + channel] }
                let value = (sum / Float(channels) - low) * factor
                grey[pixel] = value.isFinite ? max(0, min(1, value)) : 0
            }
            measure(grey, result)
        }
    }

    private func measure(_ grey: UnsafeMutableBufferPointer<Float>, _ result: UnsafeMutableBufferPointer<Double>) {
        let count = height * width
        var histogram = [Int](repeating: 0, count: 256)
        var (sum, squares, sumX, sumY, mirrored) = (0.0, 0.0, 0.0, 0.0, 0.0)
        var (least, most): (Float, Float) = (1, 0)
        var edges = 0.0
        for y in 0..<height {
            let row = y * width
            var rowSum: Float = 0
            for x in 0..<width {
                let value = grey[row + x]
                rowSum += value
                squares += Double(value * value)
                sumX += Double(value) * Double(x)
                mirrored += Double(value * grey[row + width - 1 - x])
                least = min(least, value)
                most = max(most, value)
                histogram[Int(value * 255 + 0.5)] += 1
                if x > 0 { edges += Double((value - grey[row + x - 1]) * (value - grey[row + x - 1])) }
                if y > 0 { edges += Double((value - grey[row + x - width]) * (value - grey[row + x - width])) }
            }
            sum += Double(rowSum)
            sumY += Double(rowSum) * Double(y)
        }
        let total = Double(count)
        let mean = sum / total
        // An image of one grey has no deviation, whatever the sums' last bits say.
        let variance = most > least ? max(squares / total - mean * mean, 0) : 0
        let pairs = Double(height * (width - 1) + (height - 1) * width)
        result[0] = mean
        result[1] = variance.squareRoot()
        result[2] = (edges / max(pairs, 1)).squareRoot()
        result[3] = histogram.entropy / 0.6931471805599453
        result[4] = sum > 0 ? (sumX / sum + 0.5) / Double(width) : .nan
        result[5] = sum > 0 ? (sumY / sum + 0.5) / Double(height) : .nan
        result[6] = variance > 0 ? (mirrored / total - mean * mean) / variance : .nan
        let box = box(grey, above: (least + most) / 2, isEmpty: most <= least)
        result[7] = box.width
        result[8] = box.height
        result[9] = level(histogram, count * 5 / 100)
        result[10] = level(histogram, count * 99 / 100)
    }

    private func level(_ histogram: [Int], _ rank: Int) -> Double {
        var below = 0
        for (level, number) in histogram.enumerated() {
            below += number
            if below > rank { return Double(level) / 255 }
        }
        return 1
    }

    private func box(
        _ grey: UnsafeMutableBufferPointer<Float>, above middle: Float, isEmpty: Bool
    ) -> (width: Double, height: Double) {
        guard !isEmpty else { return (.nan, .nan) }
        var (left, right, top, bottom) = (width, -1, height, -1)
        for y in 0..<height {
            for x in 0..<width where grey[y * width + x] > middle {
                left = min(left, x)
                right = max(right, x)
                top = min(top, y)
                bottom = max(bottom, y)
            }
        }
        return (Double(right - left + 1), Double(bottom - top + 1))
    }
}
