import Foundation
import Recipes
import Testing

@testable import Checks
@testable import Datasets

/// What the probes of the full suite say of images whose secret is known.
@Suite struct DataProbeTests {
    /// Noise with a picture on it, by class and place.
    private func images(
        _ count: Int = 400, side: Int = 16, seed: UInt64 = 1, noise: Int = 40,
        _ draw: (inout [Int], Int, inout SplitMix) -> Void
    ) -> TestImages {
        var random = SplitMix(seed)
        var set = TestImages(side: side)
        for _ in 0..<count {
            let label = random.below(2)
            var pixels = (0..<side * side).map { _ in random.below(noise) }
            draw(&pixels, label, &random)
            set.images.append(pixels.map { UInt8(max(0, min(255, $0))) })
            set.labels.append(UInt8(label))
        }
        return set
    }

    private func number(_ result: CheckResult, _ name: String) throws -> Double {
        let number = try #require(result.numbers.first { $0.name == name }, "\(result)")
        return try #require(number.value)
    }

    @Test func wrongLabelsAreFound() throws {
        var noisy = TestImages.clean(600)
        var random = SplitMix(7)
        var flipped = Set<Int>()
        for index in noisy.labels.indices where random.below(10) == 0 {
            noisy.labels[index] = 1 - noisy.labels[index]
            flipped.insert(index)
        }
        let bench = try noisy.bench()
        let result = try bench.run(LabelNoiseCheck.self)
        #expect(result.verdict == .warn, "\(result)")
        #expect(result.places.count == 24)
        let found = result.places.filter { place in flipped.contains { place.hasPrefix("x row \($0):") } }
        #expect(found.count >= 20)
        #expect(bench.pictures.contains { $0.name == "suspects" && $0.png != nil })
        #expect(try TestImages.clean(600).bench().run(LabelNoiseCheck.self).verdict == .pass)
    }

    /// Classes that overlap are hard, not wrong.
    @Test func hardExamplesAreNotWrong() throws {
        let result = try TestTable.clean(800).bench().run(LabelNoiseCheck.self)
        #expect(try number(result, "out_of_fold_error") > 8)
        #expect(result.verdict == .pass, "\(result)")
    }

    @Test func detailNeedsItsPixels() throws {
        // Stripes one pixel wide, across or along: the mean of a square of four is the same.
        let fine = images { pixels, label, random in
            let phase = random.below(2)
            for place in pixels.indices {
                let (y, x) = place.quotientAndRemainder(dividingBy: 16)
                if ((label == 0 ? y : x) + phase) % 2 == 0 { pixels[place] += 150 }
            }
        }
        let detailed = try fine.bench().run(ResolutionCheck.self)
        #expect(detailed.message.contains("best is 16 × 16"), "\(detailed)")
        #expect(try number(detailed, "8 × 8") < 70)
        let coarse = images { pixels, label, _ in
            for place in pixels.indices where (place % 16 < 8) == (label == 0) { pixels[place] += 150 }
        }
        let plain = try coarse.bench().run(ResolutionCheck.self)
        #expect(plain.message.contains("best is 4 × 4"), "\(plain)")
    }

    @Test func textureIsLocal() throws {
        // The whole image is one texture: its patches are worth as much in any order.
        let texture = images { pixels, label, _ in
            for place in pixels.indices where label == 0 && place % 2 == 0 { pixels[place] += 120 }
        }
        let local = try texture.bench().run(LocalityCheck.self)
        #expect(local.message.contains("Local features are enough"), "\(local)")
        // Half the image is bright: which one, no patch knows.
        let halves = images { pixels, label, _ in
            for place in pixels.indices where (place % 16 < 8) == (label == 0) { pixels[place] += 150 }
        }
        let global = try halves.bench().run(LocalityCheck.self)
        #expect(global.message.contains("arrangement"), "\(global)")
        #expect(try number(global, "patches shuffled, convolutions") < 75)
        #expect(try number(global, "whole") > 95)
    }

    @Test func aPlaceThatIsTheClass() throws {
        let corners = images(side: 24) { pixels, label, random in
            let (top, left) = (6 + random.below(10), (label == 0 ? 6 : 13) + random.below(3))
            for y in 0..<3 { for x in 0..<3 { pixels[(top + y) * 24 + left + x] = 220 } }
        }
        let result = try corners.bench().run(PositionCheck.self)
        #expect(try number(result, "every place by itself") > 95)
        #expect(try number(result, "mean over all places") < 80)
    }

    @Test func picturesThatLieAnywhere() throws {
        // A cross or a ring, anywhere: centred, the nearest neighbour knows which.
        let figures = images(500, side: 20, noise: 10) { pixels, label, random in
            let (top, left) = (random.below(13), random.below(13))
            for y in 0..<7 {
                for x in 0..<7 {
                    let isOn = label == 0 ? y == 3 || x == 3 : max(abs(y - 3), abs(x - 3)) == 2
                    if isOn { pixels[(top + y) * 20 + left + x] = 220 }
                }
            }
        }
        let result = try figures.bench().run(PreprocessingCheck.self)
        #expect(result.message.contains("gains"), "\(result)")
        let (centred, plain) = (try number(result, "centred"), try number(result, "as it is"))
        #expect(centred > plain + 5)
    }

    @Test func aColumnThatDrownsTheOthers() throws {
        var table = TestTable.clean(500)
        var random = SplitMix(5)
        table.add("noise") { _, _ in "\(1_000 * random.normal())" }
        let result = try table.bench { $0.data.normalize = .none }.run(PreprocessingCheck.self)
        #expect(
            result.message.contains("'each column of deviation 1' gains")
                || result.message.contains("'columns as ranks' gains"), "\(result)")
        let (even, plain) = (try number(result, "each column of deviation 1"), try number(result, "as it is"))
        #expect(even > plain + 5)
        #expect(try table.bench().run(PreprocessingCheck.self).action == nil)
    }

    @Test func changesThatCost() throws {
        let result = try TestImages.clean(400, side: 16).bench().run(VariationCheck.self)
        #expect(result.verdict == .pass)
        #expect(try number(result, "as it is") > 90)
        let (bright, plain) = (try number(result, "brightness +0.5"), try number(result, "as it is"))
        #expect(bright <= plain)
    }

    @Test func deformationsByHand() {
        var image: [Float] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
        Deformation.shift(right: 1, down: 0).apply(to: &image, shape: [1, 3, 3], blank: -1)
        #expect(image == [-1, 1, 2, -1, 4, 5, -1, 7, 8])
        image = [1, 2, 3, 4, 5, 6, 7, 8, 9]
        Deformation.scale(1).apply(to: &image, shape: [1, 3, 3], blank: -1)
        #expect(image == [1, 2, 3, 4, 5, 6, 7, 8, 9])
        Deformation.rotate(180).apply(to: &image, shape: [1, 3, 3], blank: 0)
        for (own, expected) in zip(image, [9, 8, 7, 6, 5, 4, 3, 2, 1] as [Float]) {
            #expect(abs(own - expected) < 1e-4)
        }
    }
}
