import Recipes
import Testing

@testable import Checks

/// Data that leaves a check little to work with: it says `skip` and why, and never stops; nor fails, but for what is to be told.
@Suite struct DataBadInputTests {
    private func expectQuiet(
        _ bench: DataBench, skipping ids: Set<String> = [], failing: Set<String> = [],
        at location: SourceLocation = #_sourceLocation
    ) {
        for check in DataSuite.cheap + DataSuite.full {
            let results = bench.bench.run(check)
            #expect(results.map(\.id) == check.ids, sourceLocation: location)
            for result in results {
                #expect((result.verdict == .fail) == failing.contains(result.id), "\(result)", sourceLocation: location)
                #expect(!result.message.isEmpty, sourceLocation: location)
                #expect(!result.message.contains("cannot be run"), "\(result)", sourceLocation: location)
                if ids.contains(result.id) {
                    #expect(result.verdict == .skip, "\(result)", sourceLocation: location)
                }
            }
        }
    }

    @Test func oneClass() throws {
        var images = TestImages.clean(60)
        images.labels = images.labels.map { _ in 0 }
        expectQuiet(try images.bench { $0.data.classes = 2 }, skipping: ["S4", "D4", "D7", "D8", "D15"])
        expectQuiet(try images.bench(), skipping: ["S4", "D4", "D7", "D8"])
    }

    @Test func oneExample() throws {
        let one = TestImages.clean(1)
        expectQuiet(
            try one.bench { $0.data.validation = .fraction(0) },
            skipping: ["S4", "D4", "D5", "D7", "D8", "D20", "D10", "D15"])
        expectQuiet(try TestTable.clean(1).bench { $0.data.validation = .fraction(0) }, skipping: ["S4", "D4", "D5"])
        expectQuiet(try TestTable.clean(2).bench { $0.data.validation = .fraction(0) }, skipping: ["S4", "D4"])
    }

    @Test func noValidation() throws {
        expectQuiet(try TestImages.clean(80).bench { $0.data.validation = .fraction(0) })
        expectQuiet(try TestTable.clean(80).bench { $0.data.validation = .fraction(0) })
        expectQuiet(try textBench(testText(2_000)) { $0.data.validation = .fraction(0) }, skipping: ["D5"])
    }

    @Test func columnsThatNeverVary() throws {
        var table = TestTable.clean(80)
        table.add("zero") { _, _ in "0" }
        expectQuiet(try table.bench())
        #expect(try table.bench().run(DamageCheck.self).numbers.first { $0.name == "constant_columns" }?.value == 1)
        table.rows = table.rows.map { _ in ["1", "2", "3", "0"] }
        expectQuiet(try table.bench(), skipping: ["D6"], failing: ["D5"])
    }

    @Test func imagesThatAreAllEqual() throws {
        var images = TestImages.clean(60)
        images.images = images.images.map { _ in images.images[0] }
        expectQuiet(try images.bench(), failing: ["D5"])
    }

    @Test func aTinyText() throws {
        expectQuiet(try textBench("abcabbacbacbcab") { $0.data.window = 2 }, skipping: ["S4", "D5", "D20"])
        expectQuiet(
            try textBench("a\nb\n") {
                $0.data.documents = .lines
                $0.data.validation = .fraction(0)
            }, skipping: ["S4"])
    }

    @Test func targetsThatAreNumbers() throws {
        var table = TestTable.clean(80)
        var random = SplitMix(2)
        table.labels = table.rows.map { _ in "\(random.normal())" }
        expectQuiet(try table.bench(), skipping: ["D7", "D8", "D10", "D15"])
        table.labels = table.rows.map { _ in "2.5" }
        expectQuiet(try table.bench(), skipping: ["D4", "D7", "D8"])
    }

    @Test func imagesOfOnePixel() throws {
        var images = TestImages(side: 1)
        var random = SplitMix(2)
        for index in 0..<60 {
            images.images.append([UInt8(random.below(256))])
            images.labels.append(UInt8(index % 2))
        }
        expectQuiet(try images.bench())
    }
}
