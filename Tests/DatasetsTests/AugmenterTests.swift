import Datasets
import Recipes
import Tensors
import Testing

/// What is done to an image, seen from outside.
@Suite struct AugmenterTests {
    private let height = 9
    private let width = 7
    private let blank: Float = -0.5
    private let names = (0..<10).map { String($0) }

    /// Images whose pixels are all different.
    private func images(_ count: Int) -> [[Float]] {
        let random = Philox(seed: 3, purpose: .noise)
        return (0..<count).map { image in
            (0..<height * width).map { random.uniform(step: UInt64(image), index: UInt64($0)) }
        }
    }

    private func apply(
        _ augmentations: [Augmentation], _ images: [[Float]], shape: [Int]? = nil, labels: [Int32]? = nil,
        positions: [UInt32]? = nil, step: Int = 5, threads: Int = 1
    ) -> (images: [[Float]], labels: [Int32]) {
        let augmenter = Augmenter(
            augmentations, shape: shape ?? [1, height, width], blank: [blank], names: names, seed: 8)
        var inputs = images.flatMap { $0 }
        var classes = labels ?? images.indices.map { Int32($0 % 10) }
        let positions = positions ?? images.indices.map { UInt32($0) }
        inputs.withUnsafeMutableBufferPointer { inputs in
            classes.withUnsafeMutableBufferPointer { classes in
                guard let inputs = inputs.baseAddress, let classes = classes.baseAddress else { return }
                let size = (shape ?? [1, height, width]).reduce(1, *)
                ThreadPool(threads: threads).run(positions.count) { place in
                    augmenter.apply(
                        inputs: inputs + place * size, classes: classes + place, positions[place...place], step: step)
                }
            }
        }
        let size = images.first?.count ?? 0
        return (images.indices.map { Array(inputs[$0 * size..<($0 + 1) * size]) }, classes)
    }

    private func moved(_ image: [Float], right: Int, down: Int) -> [Float] {
        (0..<height * width).map { place in
            let (row, column) = (place / width - down, place % width - right)
            let isInside = (0..<height).contains(row) && (0..<width).contains(column)
            return isInside ? image[row * width + column] : blank
        }
    }

    private func mirrored(_ image: [Float]) -> [Float] {
        (0..<height * width).map { image[$0 / width * width + width - 1 - $0 % width] }
    }

    @Test func aShiftMovesWholePixelsAndFillsWithBlank() {
        let before = images(400)
        let after = apply([.shift(pixels: 2)], before).images
        var counts: [[Int]: Int] = [:]
        for (old, new) in zip(before, after) {
            let moves = (-2...2).flatMap { right in (-2...2).map { [right, $0] } }
            let fitting = moves.filter { moved(old, right: $0[0], down: $0[1]) == new }
            #expect(fitting.count == 1)
            counts[fitting.first ?? [], default: 0] += 1
        }
        // Each of the 25 moves comes 16 times on average; none is rare or frequent (5 deviations).
        #expect(counts.count == 25 && counts.values.allSatisfy { (1...36).contains($0) })
    }

    @Test func aCropOutOfAPaddedImageIsAShift() {
        let before = images(40)
        #expect(apply([.crop(padding: 3)], before).images == apply([.shift(pixels: 3)], before).images)
        #expect(apply([.crop(padding: 3)], before).images != before)
    }

    @Test func aFlipMirrorsHalfAndItsLabels() {
        let before = images(400)
        let labels = before.indices.map { Int32($0 % 10) }
        let after = apply(
            [.flip(axis: .horizontal, labels: ["6": "9", "9": "6"])], before, labels: labels)
        var flipped = 0
        for (i, new) in after.images.enumerated() {
            let isFlipped = new == mirrored(before[i])
            #expect(isFlipped || new == before[i])
            flipped += isFlipped ? 1 : 0
            let mapped: [Int32: Int32] = isFlipped ? [6: 9, 9: 6] : [:]
            #expect(after.labels[i] == mapped[labels[i]] ?? labels[i])
        }
        #expect((150...250).contains(flipped))
        #expect(apply([.flip(axis: .horizontal)], before, labels: labels).labels == labels)
        let vertical = apply([.flip(axis: .vertical)], before).images
        let turned = before.map { image in (0..<height).reversed().flatMap { image[$0 * width..<($0 + 1) * width] } }
        #expect(zip(vertical, zip(before, turned)).allSatisfy { $0 == $1.0 || $0 == $1.1 })
        #expect(vertical != before)
    }

    /// Bilinear interpolation is exact on a plane, so the plane's slope shows the map.
    @Test(arguments: [Augmentation.rotate(degrees: 40), .scale(factor: 1.8), .shift(pixels: 3)])
    func aPlaneStaysOne(_ augmentation: Augmentation) {
        let size = 31
        let plane = (0..<size * size).map { 0.3 * Float($0 % size) - 0.2 * Float($0 / size) + 1 }
        let results = apply([augmentation], Array(repeating: plane, count: 60), shape: [1, size, size]).images
        var seen = Set<Int>()
        for image in results {
            func at(_ x: Int, _ y: Int) -> Float { image[(15 + y) * size + 15 + x] }
            let (slopeX, slopeY) = ((at(4, 0) - at(-4, 0)) / 8, (at(0, 4) - at(0, -4)) / 8)
            for (x, y) in [(3, 2), (-4, 1), (0, -5), (2, -3)] {
                #expect(abs(at(x, y) - (at(0, 0) + Float(x) * slopeX + Float(y) * slopeY)) < 2e-5)
            }
            let steepness = (slopeX * slopeX + slopeY * slopeY).squareRoot() / Float(0.13).squareRoot()
            let turn = (0.3 * slopeY + 0.2 * slopeX) / (0.13 * steepness)  // the angle's sine
            switch augmentation {
            case .rotate:
                #expect(abs(steepness - 1) < 1e-4 && abs(turn) <= 0.6429 && at(0, 0) == plane[15 * size + 15])
                seen.insert(Int((turn * 10).rounded()))
            case .scale:
                #expect(abs(turn) < 1e-4 && (0.555...1.801).contains(steepness))
                #expect(abs(at(0, 0) - plane[15 * size + 15]) < 1e-6)
                seen.insert(Int((steepness * 10).rounded()))
            default:
                #expect(abs(steepness - 1) < 1e-4 && abs(turn) < 1e-4)
                seen.insert(Int((10 * (at(0, 0) - plane[15 * size + 15])).rounded()))
            }
        }
        #expect(seen.count >= 7)
    }

    @Test func noiseHasItsDeviation() {
        let zeros = [[Float](repeating: 0, count: 63)]
        let values = apply([.noise(deviation: 0.3)], Array(repeating: zeros[0], count: 800)).images.flatMap { $0 }
        let count = Float(values.count)
        let mean = values.reduce(0, +) / count
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        #expect(abs(mean) < 4 * 0.3 / count.squareRoot())
        #expect(abs(variance.squareRoot() / 0.3 - 1) < 0.015)
        #expect(values.allSatisfy { abs($0) <= 0.3 * 3.4642 })
        #expect(Set(values).count > 10_000)
        // A row of features takes it too.
        #expect(apply([.noise(deviation: 0.3)], [[1, 2, 3]], shape: [3]).images[0] != [1, 2, 3])
    }

    @Test func brightnessIsOneNumber() {
        let before = images(50)
        let shifts = zip(before, apply([.brightness(amount: 0.4)], before).images).map { old, new in
            let shifts = zip(new, old).map { $0 - $1 }
            #expect(shifts.allSatisfy { abs($0 - shifts[0]) < 1e-6 && abs($0) <= 0.4001 })
            return shifts[0]
        }
        #expect((shifts.min() ?? 0) < -0.2 && (shifts.max() ?? 0) > 0.2)
    }

    @Test func cutoutFillsASquare() {
        let before = images(200)
        var seen = Set<[Int]>()
        for (old, new) in zip(before, apply([.cutout(pixels: 3)], before).images) {
            let places = old.indices.filter { new[$0] != old[$0] }
            #expect(places.allSatisfy { new[$0] == 0 } && (4...9).contains(places.count))
            let rows = Set(places.map { $0 / width }), columns = Set(places.map { $0 % width })
            #expect(rows.count <= 3 && columns.count <= 3 && rows.count * columns.count == places.count)
            seen.insert(places)
        }
        // 63 centres, each with about three of the squares.
        #expect(seen.count > 45)
    }

    /// Neither the batch nor the threads matter; the step and the example do.
    @Test func isAFunctionOfSeedStepAndExample() {
        let all: [Augmentation] = [
            .shift(pixels: 2), .rotate(degrees: 10), .flip(axis: .horizontal), .noise(deviation: 0.1),
            .brightness(amount: 0.2), .cutout(pixels: 2),
        ]
        let before = images(40)
        let whole = apply(all, before).images
        #expect(apply(all, before, threads: 3).images == whole)
        for place in [0, 17, 39] {
            #expect(apply(all, [before[place]], positions: [UInt32(place)]).images == [whole[place]])
        }
        #expect(apply(all, before, step: 6).images != whole)
        let same = apply(all, [before[0], before[0]], positions: [0, 1]).images
        #expect(same[0] != same[1])
    }
}
