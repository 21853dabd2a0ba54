import Recipes
import Tensors

/// Changes a batch of training inputs as the recipe's `data.augment` says, each by itself; `Mixup` comes after.
///
/// What is drawn is a function of the seed, the step and the example's place among the training examples: neither the
/// batch it lies in, nor the number of threads, nor an interruption changes it. All moves of pixels are put together
/// first, so that an image is interpolated at most once; the other changes follow in the recipe's order.
public struct Augmenter: Sendable {
    private let augmentations: [Augmentation]
    private let height: Int, width: Int, channels: Int
    /// A pixel outside the image: what a raw 0 is normalised to.
    private let blank: [Float]
    /// For each augmentation the label that takes a label's place; empty keeps them.
    private let labelMaps: [[Int32]]
    private let random: Philox

    /// - Parameters:
    ///   - shape: of an example: `[features]`, or `[channels, height, width]`.
    ///   - blank: one number for each channel, or one for all.
    ///   - names: of the classes, in the order of their indices.
    public init(_ augmentations: [Augmentation], shape: [Int], blank: [Float], names: [String], seed: UInt64) {
        self.augmentations = augmentations
        channels = shape.first ?? 1
        height = shape.count == 3 ? shape[1] : 1
        width = shape.count == 3 ? shape[2] : 1
        let channels = channels
        self.blank = (0..<channels).map { blank.indices.contains($0) ? blank[$0] : blank.first ?? 0 }
        let places = Dictionary(zip(names, names.indices.map { Int32($0) }), uniquingKeysWith: { first, _ in first })
        labelMaps = augmentations.map { augmentation in
            guard case .flip(_, let labels?) = augmentation else { return [] }
            return names.enumerated().map { index, name in
                labels[name].flatMap { places[$0] } ?? Int32(index)
            }
        }
        random = Philox(seed: seed, purpose: .augment)
    }

    /// For the recipe's training data; nil where nothing is augmented.
    public init?(_ recipe: Recipe, _ dataset: Dataset) {
        guard !recipe.data.augment.isEmpty, case .rows(let training) = dataset.training.source else { return nil }
        let names = if case .classes(let names) = dataset.facts.target { names } else { [String]() }
        self.init(
            recipe.data.augment, shape: dataset.facts.inputShape,
            blank: zip(training.offset, training.factor).map { -$0 * $1 }, names: names, seed: recipe.seed)
    }

    /// Changes examples in place. Costs about 3 ns a pixel where images move by whole pixels, 8 ns where they are
    /// interpolated, 5 ns a number for noise.
    /// - Parameters:
    ///   - inputs: normalised, images as `[height, width, channels]`, one after the other.
    ///   - classes: one label an example; read and written only where a flip maps labels.
    ///   - positions: of the examples among the training examples.
    ///   - step: the update's index.
    public func apply(
        inputs: UnsafeMutablePointer<Float>, classes: UnsafeMutablePointer<Int32>, _ positions: ArraySlice<UInt32>,
        step: Int
    ) {
        let size = height * width * channels
        withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { scratch in
            guard let copy = scratch.baseAddress else { return }
            for (i, position) in positions.enumerated() {
                change(inputs + i * size, classes + i, copy) { index, block in
                    random.block(
                        step: UInt64(step), index: UInt64(position) << 30 | UInt64(index) << 26 | UInt64(block))
                }
            }
        }
    }

    /// - Parameter draw: four random words by the augmentation's index and the number of the draw.
    private func change(
        _ inputs: UnsafeMutablePointer<Float>, _ label: UnsafeMutablePointer<Int32>,
        _ copy: UnsafeMutablePointer<Float>, draw: (Int, Int) -> SIMD4<UInt32>
    ) {
        let size = height * width * channels
        var map = PixelMap.identity
        for (index, augmentation) in augmentations.enumerated() {
            let words = draw(index, 0)
            switch augmentation {
            case .shift(let pixels), .crop(let pixels):
                let moves = (0..<2).map { Double(Self.below(2 * pixels + 1, words[$0]) - pixels) }
                map.shift(right: moves[0], down: moves[1])
            case .flip(let axis, _):
                guard words[0] >> 31 == 1 else { continue }
                map.flip(horizontally: axis == .horizontal)
                let own = Int(label.pointee)
                if labelMaps[index].indices.contains(own) { label.pointee = labelMaps[index][own] }
            case .rotate(let degrees): map.rotate(Self.even(words[0]) * degrees * Double.pi / 180)
            case .scale(let factor):
                let size = 1 + abs(Self.even(words[0])) * (factor - 1)
                map.scale(words[1] >> 31 == 1 ? size : 1 / size)
            case .brightness, .noise, .cutout, .mixup: break
            }
        }
        if map != .identity {
            copy.update(from: inputs, count: size)
            blank.withUnsafeBufferPointer { blank in
                guard let blank = blank.baseAddress else { return }
                map.draw(copy, to: inputs, height: height, width: width, channels: channels, blank: blank)
            }
        }
        for (index, augmentation) in augmentations.enumerated() {
            switch augmentation {
            case .brightness(let amount):
                let shift = Float(Self.even(draw(index, 0)[0]) * amount)
                for i in 0..<size { inputs[i] += shift }
            case .noise(let deviation): addNoise(inputs, size, Float(deviation)) { draw(index, $0) }
            case .cutout(let side): cut(inputs, side, draw(index, 0))
            case .shift, .crop, .flip, .rotate, .scale, .mixup: break
            }
        }
    }

    /// The sum of four even 16-bit numbers has a third of their range's square as its variance.
    private func addNoise(
        _ inputs: UnsafeMutablePointer<Float>, _ count: Int, _ deviation: Float, draw: (Int) -> SIMD4<UInt32>
    ) {
        let unit = deviation * Float(3).squareRoot() / 65536
        func sum(_ one: UInt32, _ other: UInt32) -> Float {
            let first = (one & 0xffff) + (one >> 16)
            let second = (other & 0xffff) + (other >> 16)
            return Float(Int(first + second) - 131_070)
        }
        for pair in 0..<(count + 1) / 2 {
            let words = draw(pair)
            inputs[2 * pair] += unit * sum(words[0], words[1])
            if 2 * pair + 1 < count { inputs[2 * pair + 1] += unit * sum(words[2], words[3]) }
        }
    }

    /// The square's centre lies anywhere in the image, its edges where they fall. DeVries and Taylor 2017
    /// (arXiv:1708.04552).
    private func cut(_ inputs: UnsafeMutablePointer<Float>, _ side: Int, _ words: SIMD4<UInt32>) {
        let left = Self.below(width, words[0]) - side / 2
        let top = Self.below(height, words[1]) - side / 2
        let columns = max(left, 0)..<min(left + side, width)
        for row in max(top, 0)..<min(top + side, height) {
            (inputs + (row * width + columns.lowerBound) * channels).update(
                repeating: 0, count: columns.count * channels)
        }
    }

    /// Even in 0 ..< bound.
    private static func below(_ bound: Int, _ word: UInt32) -> Int { Int((UInt64(word) * UInt64(bound)) >> 32) }

    /// Even in -1 ..< 1.
    private static func even(_ word: UInt32) -> Double { Double(Int(word >> 8) - (1 << 23)) * 0x1p-23 }
}
