import Foundation
import Recipes
import Testing

@testable import Checks
@testable import Datasets

@Suite struct ContactSheetTests {
    /// The pixels on the sheet are the file's, byte by byte, whatever they are normalised to.
    @Test(arguments: [DataSource.Normalize.standard, .unit, .none, .fixed(mean: [0.3], deviation: [0.7])])
    func pixelsAreTheFiles(_ normalize: DataSource.Normalize) throws {
        let images = TestImages.clean(40)
        let bench = try images.bench {
            $0.data.normalize = normalize
            $0.data.validation = .fraction(0)
        }.bench
        let sheet = try #require(ContactSheet(bench.facts))
        let picture = sheet.picture("s", caption: "c", bench.dataset.training, (0..<40).map { $0 })
        let text = try #require(picture.png)
        let bytes = Array(try #require(Data(base64Encoded: text)))
        let pixels = try ImageFile.pixels(bytes, channels: 1)
        #expect(pixels.height == 3 * 13 + 1)
        #expect(pixels.width == 16 * 13 + 1)
        for index in 0..<40 {
            let (row, column) = index.quotientAndRemainder(dividingBy: 16)
            for y in 0..<12 {
                let start = (1 + row * 13 + y) * pixels.width + 1 + column * 13
                #expect(Array(pixels.bytes[start..<start + 12]) == Array(images.images[index][y * 12..<(y + 1) * 12]))
            }
        }
    }

    @Test func noiseFitsIntoAMessage() throws {
        var random = SplitMix(3)
        var images = TestImages(side: 64)
        for index in 0..<256 {
            images.images.append((0..<64 * 64).map { _ in UInt8(truncatingIfNeeded: random.next()) })
            images.labels.append(UInt8(index % 2))
        }
        let bench = try images.bench { $0.data.validation = .fraction(0) }.bench
        let sheet = try #require(ContactSheet(bench.facts))
        let picture = sheet.picture("s", caption: "c", bench.dataset.training, (0..<256).map { $0 })
        let text = try #require(picture.png)
        #expect(text.utf8.count <= Picture.mostBytes)
    }

    @Test func numbersSideBySideAreNoImage() throws {
        let bench = try TestTable.clean(20).bench()
        #expect(ContactSheet(bench.bench.facts) == nil)
    }

    @Test func coloursComeBack() throws {
        let pixels = (0..<5 * 4 * 3).map { UInt8($0 * 4) }
        let bytes = try PNGEncoder.encode(pixels, height: 5, width: 4, channels: 3)
        let read = try ImageFile.pixels(bytes, channels: 3)
        #expect(read == Pixels(height: 5, width: 4, channels: 3, bytes: pixels))
        #expect(throws: PNGFault.self) { try PNGEncoder.encode(pixels, height: 5, width: 5, channels: 3) }
    }

    @Test func base64() {
        for count in 0...10 {
            let bytes = (0..<count).map { UInt8($0 * 37 % 256) }
            #expect(Base64.encode(bytes) == Data(bytes).base64EncodedString())
        }
    }
}
