import Datasets
import Recipes

/// Images side by side in one picture, as their file had them before they were normalised.
package struct ContactSheet {
    /// Images in a row.
    package static let columns = 16
    /// Images on a sheet at most.
    package static let most = 256
    /// Pixels between two images.
    private static let gap = 1
    /// Grey that neither ink nor paper has.
    private static let ground: UInt8 = 96
    /// A side of the sheet at most, in pixels: more is no longer seen, and does not fit into a message.
    private static let longestSide = 1_200

    private let height: Int, width: Int, channels: Int
    private let mean: [Float], deviation: [Float]
    /// Whether the file's numbers are bytes, which are shown as they are.
    private let isBytes: Bool

    /// - Returns: nil where the examples are no images.
    package init?(_ facts: DataFacts) {
        guard facts.inputShape.count == 3, facts.inputShape.allSatisfy({ $0 > 0 }), facts.vocabulary.isEmpty else {
            return nil
        }
        channels = facts.inputShape[0]
        height = facts.inputShape[1]
        width = facts.inputShape[2]
        let scale = facts.scale ?? 255
        mean = facts.mean.map { Float($0 * scale) }
        deviation = facts.deviation.map { Float($0 * scale) }
        isBytes = facts.scale == 255
    }

    /// The inputs of examples as pixels of the file, `[height, width, channels]` each.
    /// - Parameter inputs: normalised, as batches hold them.
    package func pixels(_ inputs: [Float]) -> [Float] {
        inputs.indices.map { index in
            let channel = index % channels
            func of(_ values: [Float], _ other: Float) -> Float {
                values.indices.contains(channel) ? values[channel] : values.first ?? other
            }
            return inputs[index] * of(deviation, 1) + of(mean, 0)
        }
    }

    /// A sheet of normalised inputs, as many as there are, 256 at most.
    package func picture(_ name: String, caption: String, inputs: [Float]) -> Picture {
        let pixels = pixels(Array(inputs.prefix(Self.most * height * width * channels)))
        return picture(name, caption: caption, pixels: bytes(pixels))
    }

    /// A sheet of examples of a split.
    package func picture(_ name: String, caption: String, _ subset: Subset, _ positions: [UInt32]) -> Picture {
        let held = subset.held(Array(positions.prefix(Self.most)))
        return picture(name, caption: caption, inputs: held.inputs)
    }

    /// Bytes stay as they are; other numbers are spread over the sheet's own range.
    private func bytes(_ pixels: [Float]) -> [UInt8] {
        var (low, high): (Float, Float) = (0, 255)
        let finite = pixels.lazy.filter(\.isFinite)
        if !isBytes, let least = finite.min(), let most = finite.max() {
            (low, high) = least >= 0 && most <= 1 ? (0, 1) : (least, most)
            // Raw bytes that are not normalised.
            if least >= 0, most > 1, most <= 255, pixels.allSatisfy({ $0 == $0.rounded() }) { (low, high) = (0, 255) }
        }
        let factor = 255 / max(high - low, .leastNormalMagnitude)
        return pixels.map { value in
            value.isFinite ? UInt8(max(0, min(255, ((value - low) * factor).rounded()))) : 0
        }
    }

    private func picture(_ name: String, caption: String, pixels: [UInt8]) -> Picture {
        let size = height * width * channels
        let count = pixels.count / max(size, 1)
        guard count > 0 else { return Picture(name, caption: caption + " (no example)") }
        let columns = min(Self.columns, count)
        let rows = (count + columns - 1) / columns
        var step = 1
        while max(columns * (width / step + Self.gap), rows * (height / step + Self.gap)) > Self.longestSide,
            step < min(width, height)
        {
            step += 1
        }
        // Noise does not compress: then the images are shown smaller.
        while true {
            let text = png(pixels, count, columns: columns, rows: rows, step: step)
            switch text {
            case .success(let text) where text.utf8.count <= Picture.mostBytes || step >= min(width, height):
                return Picture(name, caption: caption, png: text)
            case .success: step *= 2
            case .failure(let fault):
                return Picture(name, caption: "\(caption) (not drawn: \(fault.description))")
            }
        }
    }

    private func png(
        _ pixels: [UInt8], _ count: Int, columns: Int, rows: Int, step: Int
    ) -> Result<String, PNGFault> {
        let (tileHeight, tileWidth) = (max(height / step, 1), max(width / step, 1))
        let sheetHeight = rows * (tileHeight + Self.gap) + Self.gap
        let sheetWidth = columns * (tileWidth + Self.gap) + Self.gap
        let shown = channels >= 3 ? 3 : 1
        var sheet = [UInt8](repeating: Self.ground, count: sheetHeight * sheetWidth * shown)
        for index in 0..<count {
            let top = Self.gap + index / columns * (tileHeight + Self.gap)
            let left = Self.gap + index % columns * (tileWidth + Self.gap)
            for row in 0..<tileHeight {
                for column in 0..<tileWidth {
                    let place = ((top + row) * sheetWidth + left + column) * shown
                    for channel in 0..<shown {
                        sheet[place + channel] = mean(pixels, index, row * step, column * step, channel, step)
                    }
                }
            }
        }
        do throws(PNGFault) {
            return .success(
                Base64.encode(
                    try PNGEncoder.encode(sheet, height: sheetHeight, width: sheetWidth, channels: shown)))
        } catch {
            return .failure(error)
        }
    }

    /// The mean of a square of pixels; with a step of 1 the pixel itself.
    private func mean(
        _ pixels: [UInt8], _ index: Int, _ row: Int, _ column: Int, _ channel: Int, _ step: Int
    ) -> UInt8 {
        let base = index * height * width * channels
        var sum = 0
        var count = 0
        for y in row..<min(row + step, height) {
            for x in column..<min(column + step, width) {
                sum += Int(pixels[base + (y * width + x) * channels + channel])
                count += 1
            }
        }
        return UInt8((sum + count / 2) / max(count, 1))
    }
}
