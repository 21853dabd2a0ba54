import Datasets
import Recipes
import Testing

@Suite struct DigitsTests {
    /// FNV-1a of images 0 to 99 of seed 1337: changes when, and only when, a drawn byte changes, which would change
    /// every run on digits.
    @Test func imagesHaveAFixedDigest() {
        var digest: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in 0..<100 {
            for byte in image(seed: 1337, index) {
                digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3
            }
        }
        #expect(digest == 0x8ac89307873cc1fe, "0x\(String(digest, radix: 16))")
    }

    @Test func imagesDependOnSeedAndIndexAlone() {
        let first = image(seed: 1, 7)
        _ = image(seed: 1, 8)
        #expect(image(seed: 1, 7) == first)
        #expect(image(seed: 2, 7) != first)
        #expect(image(seed: 1, 17) != first)
    }

    @Test func everyTenAreOneOfEach() {
        for ten in 0..<5 {
            let labels = (0..<10).map { Digits.label(seed: 5, index: 10 * ten + $0) }
            #expect(labels.sorted() == Array(0..<10))
        }
    }

    @Test func everyDigitHasInkInTheMiddleAndLittleAtTheEdge() {
        for index in 0..<200 {
            let pixels = image(seed: 3, index)
            let ink = pixels.reduce(0) { $0 + Int($1) } / pixels.count
            #expect((6...130).contains(ink), "image \(index): mean \(ink)")
            #expect((pixels.max() ?? 0) > 120, "image \(index)")
        }
    }

    @Test func aDataSetOfDigitsIsSplitAndMeasured() throws {
        let recipe = recipe(.digits) { $0.examples = 1000 }
        let data = try Dataset.open(recipe, files: [])
        #expect(data.facts.inputShape == [1, 28, 28])
        #expect(data.facts.outputCount(for: nil) == 10)
        #expect(data.facts.trainingCount == 900)
        #expect(data.facts.validationCount == 100)
        #expect(data.facts.testCount == 100)
        #expect(data.facts.classCounts == [Int](repeating: 90, count: 10))
        #expect((0.05...0.3).contains(data.facts.mean[0]))
        // Normalised by its own statistics, the training data has mean 0 and deviation 1.
        let values = allInputs(data.training).flatMap { $0 }.map { Double($0) }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        #expect(abs(mean) < 1e-5)
        #expect(abs(variance - 1) < 1e-4)
    }

    @Test func spiralsHaveThreeArms() throws {
        let data = try Dataset.open(recipe(.spirals) { $0.examples = 300 }, files: [])
        #expect(data.facts.inputShape == [2])
        #expect(data.facts.classCounts == [90, 90, 90])
        #expect(data.facts.mean.count == 2)
    }

    private func image(seed: UInt64, _ index: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Digits.side * Digits.side)
        bytes.withUnsafeMutableBufferPointer { Digits.draw(seed: seed, index: index, into: $0) }
        return bytes
    }
}
