import Datasets
import Recipes
import Testing

@testable import Checks

/// D6 of folders of images whose files are of several sizes, and D4's picture.
@Suite struct OddSizesTests {
    /// An archive of two classes; sizes by the image's number.
    private func bench(_ count: Int = 240, _ size: (Int) -> (height: Int, width: Int)) throws -> DataBench {
        var random = SplitMix(8)
        var archive: [UInt8] = []
        for index in 0..<count {
            let (height, width) = size(index)
            let pixels = (0..<height * width).map { _ in Float(random.unit()) }
            archive += member(
                "\(index % 2 == 0 ? "cat" : "dog")/\(1000 + index).png",
                try PNGEncoder.encode(
                    pixels.map { UInt8($0 * 255) }, height: height, width: width, channels: 1))
        }
        archive += [UInt8](repeating: 0, count: 1024)
        let recipe = dataRecipe(.images) { recipe in
            recipe.data.train = FileSet(inputs: ["x.tar"])
            recipe.data.validation = .fraction(0.2)
            recipe.data.size = [8, 8]
        }
        return try DataBench(recipe, ["x.tar": archive])
    }

    /// A file of a ustar archive (POSIX.1-1988).
    private func member(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at place: Int) {
            header.replaceSubrange(place..<place + text.utf8.count, with: text.utf8)
        }
        func octal(_ value: Int, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(name, at: 0)
        put("0000644", at: 100)
        put(octal(bytes.count, 11), at: 124)
        put(String(repeating: " ", count: 8) + "0", at: 148)
        put("ustar\u{0}00", at: 257)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", at: 148)
        return header + bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
    }

    @Test func aBannerAmongPhotographsIsTold() throws {
        let result = try bench { $0 == 17 ? (2, 60) : (9 + $0 % 4, 12 - $0 % 3) }.run(DamageCheck.self)
        #expect(result.verdict == .warn, "\(result.message)")
        #expect(result.places.count == 1 && result.places[0].contains("1017.png"), "\(result.places)")
        #expect(result.numbers.first { $0.name == "odd_sizes" }?.value == 1)
    }

    @Test func sizesOfManyKindsAreQuiet() throws {
        // Upright and lying photographs, and a tail up to twice the usual.
        let mixed = try bench { $0 % 3 == 0 ? (12, 9) : $0 % 7 == 0 ? (18, 24) : (9, 12) }.run(DamageCheck.self)
        #expect(mixed.verdict == .pass, "\(mixed.message)")
        // A whole part of the data in another size is no slip.
        let parts = try bench { $0 % 10 == 0 ? (40, 40) : (8 + $0 % 2, 8) }.run(DamageCheck.self)
        #expect(parts.verdict == .pass, "\(parts.message)")
        let one = try bench { _ in (8, 8) }.run(DamageCheck.self)
        #expect(one.verdict == .pass && !one.numbers.contains { $0.name == "odd_sizes" }, "\(one.message)")
    }

    @Test func fewSizesSayNothing() {
        func sizes(_ all: [(Int, Int)]) -> OddSizes? {
            OddSizes(all.enumerated().map { (row: $0, size: ImageSize(height: $1.0, width: $1.1)) })
        }
        #expect(sizes([]) == nil)
        #expect(sizes([(8, 8)]) == nil)
        #expect(sizes([(8, 8), (8, 8)]) == nil)
        #expect(sizes([(0, 8), (8, 8)]) == nil)
        #expect(sizes([(8, 8), (9, 8)])?.odd.isEmpty == true)
    }

    @Test func examplesAreDrawnByTheirTargets() throws {
        let images = try TestImages.clean(120).bench()
        _ = try images.run(OrderCheck.self)
        let plane = try #require(images.pictures.first { $0.name == "plane" }?.chart)
        #expect(plane.kind == .points && plane.series.map(\.name) == ["0", "1"])
        #expect(plane.series.reduce(0) { $0 + $1.x.count } == 96)
        #expect(plane.series.allSatisfy { ($0.x + $0.y).allSatisfy(\.isFinite) && $0.x.count == $0.y.count })
        // Equal images have no plane, and are no reason to end.
        var blank = TestImages.clean(40)
        blank.images = blank.images.map { $0.map { _ in 7 } }
        let equal = try blank.bench()
        _ = try equal.run(OrderCheck.self)
        #expect(!equal.pictures.contains { $0.name == "plane" })
    }
}
