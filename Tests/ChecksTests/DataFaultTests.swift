import Foundation
import Recipes
import Testing

@testable import Checks

/// One fault at a time, and beside it the near miss that must stay quiet.
@Suite struct DataFaultTests {
    @Test func aClassThatOnlyValidationHas() throws {
        var strange = TestImages.clean(40, seed: 2)
        strange.labels[7] = 2
        let result = try TestImages.clean().bench(validation: strange) { $0.data.classes = 3 }.run(SchemaCheck.self)
        #expect(result.verdict == .fail)
        #expect(result.places == ["vx row 7: 2"])
        #expect(try TestImages.clean().bench(validation: .clean(40, seed: 2)).run(SchemaCheck.self).verdict == .pass)
    }

    /// One wrong byte among the labels, which makes two hundred classes of two.
    @Test func aLabelFarAboveTheOthers() throws {
        var images = TestImages.clean()
        images.labels[17] = 200
        let result = try images.bench(validation: .clean(40, seed: 2)).run(SchemaCheck.self)
        #expect(result.verdict == .warn)
        #expect(result.places == ["x row 17: 200"])
        #expect(result.message.contains("end at 1: that makes 201 classes, 198 of them"), "\(result.message)")
        // As many as the recipe says; a class that follows the others; one that is there often.
        let meant = try images.bench(validation: .clean(40, seed: 2)) { $0.data.classes = 201 }
        #expect(try meant.run(SchemaCheck.self).verdict == .pass)
        images.labels[17] = 2
        #expect(try images.bench(validation: .clean(40, seed: 2)).run(SchemaCheck.self).verdict == .pass)
        for index in 0..<30 { images.labels[index] = 200 }
        #expect(try images.bench(validation: .clean(40, seed: 2)).run(SchemaCheck.self).verdict == .pass)
    }

    @Test func aColumnThatIsTheAnswer() throws {
        var table = TestTable.clean()
        table.add("code") { _, label in label == "sour" ? "7" : "3" }
        var result = try table.bench().run(LeakCheck.self)
        #expect(result.verdict == .fail)
        #expect(result.places == ["'code'"])

        var words = TestTable.clean()
        words.add("word") { _, label in label == "sour" ? "acid" : "sugar" }
        result = try words.bench().run(LeakCheck.self)
        #expect(result.verdict == .fail)
        #expect(result.places == ["'word'"])

        // Right in 95 % of the rows: a good column.
        var good = TestTable.clean()
        good.add("code") { index, label in (label == "sour") == (index % 20 != 0) ? "7" : "3" }
        #expect(try good.bench().run(LeakCheck.self).verdict == .pass)
    }

    @Test func aPixelThatIsTheAnswer() throws {
        var marked = TestImages.clean()
        for index in marked.images.indices { marked.images[index][5] = marked.labels[index] * 9 }
        let result = try marked.bench().run(LeakCheck.self)
        #expect(result.verdict == .fail)
        #expect(result.places == ["(row 0, column 5)"])
        #expect(try TestImages.clean().bench().run(LeakCheck.self).verdict == .pass)
    }

    @Test func aColumnThatIsTheTargetNumber() throws {
        var random = SplitMix(4)
        var table = TestTable.clean()
        table.labels = table.rows.map { _ in "\((random.normal() * 1000).rounded() / 8)" }
        #expect(try table.bench().run(LeakCheck.self).verdict == .pass)
        table.add("again") { _, label in label }
        let result = try table.bench().run(LeakCheck.self)
        #expect(result.verdict == .fail)
        #expect(result.places == ["'again'"])
    }

    @Test func aTextThatRepeatsItself() throws {
        let verse = "round and round it goes, "
        let result = try textBench(String(repeating: verse, count: 200)) { $0.data.window = 40 }.run(LeakCheck.self)
        #expect(result.verdict == .fail)
        #expect(result.numbers.first?.value == Double(verse.count))
        #expect(try textBench(testText(4_000)).run(LeakCheck.self).verdict == .pass)
    }

    @Test func aFileInOrderOfItsLabels() throws {
        var sorted = TestTable.clean()
        let order = sorted.labels.indices.sorted { (sorted.labels[$0], $0) < (sorted.labels[$1], $1) }
        sorted.rows = order.map { sorted.rows[$0] }
        sorted.labels = order.map { sorted.labels[$0] }
        #expect(try sorted.bench { $0.data.shuffle = false }.run(OrderCheck.self).verdict == .fail)
        let shuffled = try sorted.bench().run(OrderCheck.self)
        #expect(shuffled.verdict == .pass)
        #expect(shuffled.message.contains("sorted"))
        #expect(try TestTable.clean().bench { $0.data.shuffle = false }.run(OrderCheck.self).verdict == .pass)
    }

    @Test func rowsOnBothSidesOfTheSplit() throws {
        let training = TestImages.clean()
        var validation = TestImages.clean(60, seed: 2)
        for index in 0..<5 {
            validation.images[10 + index] = training.images[20 + index]
            validation.labels[10 + index] = training.labels[20 + index]
        }
        let result = try training.bench(validation: validation).run(DuplicateCheck.self)
        #expect(result.verdict == .fail)
        #expect(result.places.first == "vx row 10 = x row 20: \(training.labels[20])")
        #expect(result.places.count == 5)
        #expect(
            try training.bench(validation: .clean(60, seed: 2)).run(DuplicateCheck.self).verdict == .pass)
    }

    @Test func oneRowWithTwoLabels() throws {
        var table = TestTable.clean()
        for index in 0..<3 {
            table.rows.append(table.rows[index])
            table.labels.append(table.labels[index] == "sour" ? "sweet" : "sour")
        }
        let result = try table.bench().run(DuplicateCheck.self)
        #expect(result.verdict == .fail)
        #expect(result.message.contains("different labels"))
        // The header is line 1.
        #expect(result.places.contains { $0.hasPrefix("t.csv line 302") })
    }

    /// A reader that gives the same example again and again.
    @Test func allExamplesEqual() throws {
        var images = TestImages.clean()
        images.images = [[UInt8]](repeating: images.images[0], count: images.images.count)
        let result = try images.bench().run(DuplicateCheck.self)
        #expect(result.verdict == .fail)
        #expect(result.message.contains("are equal in every number"), "\(result.message)")
        var table = TestTable.clean()
        table.rows = [[String]](repeating: table.rows[0], count: table.rows.count)
        #expect(try table.bench().run(DuplicateCheck.self).verdict == .fail)
        // Of blank ones D6 says what they are.
        images.images = images.images.map { [UInt8](repeating: 7, count: $0.count) }
        #expect(try images.bench().run(DuplicateCheck.self).verdict == .skip)
    }

    /// Three dice: rows repeat by themselves, with whatever label.
    @Test func rowsThatRepeatByThemselves() throws {
        var random = SplitMix(5)
        var table = TestTable(names: ["one", "two", "three"])
        for _ in 0..<300 {
            table.rows.append((0..<3).map { _ in "\(1 + random.below(6))" })
            table.labels.append(random.below(2) == 0 ? "low" : "high")
        }
        let result = try table.bench().run(DuplicateCheck.self)
        #expect(result.verdict == .pass)
        #expect(result.numbers.first { $0.name == "conflicting" }?.value ?? 0 > 3)
    }

    @Test func nearlyTheSameImageOnBothSides() throws {
        let training = TestImages.clean(400, side: 16)
        var validation = TestImages.clean(60, seed: 2, side: 16)
        var random = SplitMix(6)
        for index in 0..<6 {
            validation.images[index] = training.images[30 + index].map { UInt8(min(255, Int($0) + random.below(2))) }
            validation.labels[index] = training.labels[30 + index]
        }
        let bench = try training.bench(validation: validation)
        let result = try bench.run(DuplicateCheck.self)
        #expect(result.verdict == .warn)
        #expect(result.numbers.first { $0.name == "near_across" }?.value == 6)
        #expect(result.places.first == "vx row 0 ~ x row 30")
        #expect(bench.pictures.contains { $0.name == "near-twins" && $0.png != nil })
    }

    @Test func passagesThatTwoPartsOfATextShare() throws {
        let text = testText(8_000)
        #expect(try textBench(text).run(DuplicateCheck.self).verdict == .pass)
        // The last fifth is validation: half of it is copied from the beginning.
        let copied = text.prefix(7_200) + text.prefix(800)
        let result = try textBench(String(copied)).run(DuplicateCheck.self)
        #expect(result.verdict == .fail)
        #expect(abs((result.numbers.first?.value ?? 0) - 50) < 2)
        #expect(result.places == ["t.txt character 7200"])
    }

    @Test func linesThatComeTwice() throws {
        func lines(_ make: (Int) -> String) throws -> CheckResult {
            try textBench((0..<400).map(make).joined(separator: "\n")) { $0.data.documents = .lines }
                .run(DuplicateCheck.self)
        }
        // Names.
        #expect(try lines { "name \($0 % 50)" }.verdict == .pass)
        #expect(try lines { "a line that is long enough to be no chance at all, number \($0)" }.verdict == .pass)
        #expect(try lines { "a line that is long enough to be no chance at all, number \($0 % 50)" }.verdict == .fail)
    }

    @Test func imagesOfOneGrey() throws {
        var images = TestImages.clean()
        for index in 0..<6 { images.images[index] = [UInt8](repeating: 17, count: 144) }
        images.labels[0] = 0
        images.labels[1] = 1
        let result = try images.bench().run(DamageCheck.self)
        #expect(result.verdict == .fail)
        #expect(result.places.count == 6)
        #expect(result.places.contains("x row 0: 0"))
        let clean = try TestImages.clean().bench()
        #expect(try clean.run(DamageCheck.self).verdict == .pass)

        // A class of blank images is a class.
        var blank = TestImages.clean()
        for index in blank.images.indices where blank.labels[index] == 1 {
            blank.images[index] = [UInt8](repeating: UInt8(index % 200), count: 144)
        }
        #expect(try blank.bench().run(DamageCheck.self).verdict == .warn)
    }

    @Test func rowsWithoutAnyValue() throws {
        var table = TestTable.clean()
        for index in 0..<5 { table.rows[index * 7] = ["", "", ""] }
        let result = try table.bench { $0.data.missing = .mean }.run(DamageCheck.self)
        #expect(result.verdict == .fail)
        #expect(Set(result.places.map { $0.prefix { $0 != ":" } }).contains("t.csv line 2"))
        var some = TestTable.clean()
        for index in 0..<50 { some.rows[index][1] = "" }
        #expect(try some.bench { $0.data.missing = .mean }.run(DamageCheck.self).verdict == .pass)
    }

    @Test func aTextDecodedWrongly() throws {
        let result = try textBench(testText(4_000).replacingOccurrences(of: "old", with: "\u{fffd}ld")).run(
            DamageCheck.self)
        #expect(result.verdict == .warn)
        #expect(
            try textBench(testText(4_000).replacingOccurrences(of: "old", with: "\u{f6}ld")).run(DamageCheck.self)
                .verdict == .pass)
    }

    @Test func classesThatAreHardlyThere() throws {
        var table = TestTable.clean(600)
        table.labels = table.labels.indices.map { $0 % 200 == 7 ? "sour" : "sweet" }
        #expect(try table.bench { $0.model.head = .zero }.run(BalanceCheck.self).verdict == .fail)
        #expect(try table.bench().run(BalanceCheck.self).verdict == .pass)
        table.labels = table.labels.indices.map { $0 % 20 == 7 ? "sour" : "sweet" }
        #expect(try table.bench { $0.model.head = .zero }.run(BalanceCheck.self).verdict == .warn)
        table.labels = table.labels.indices.map { $0 % 8 == 7 ? "sour" : "sweet" }
        #expect(try table.bench { $0.model.head = .zero }.run(BalanceCheck.self).verdict == .pass)
    }

    @Test func aNumberOfTheRow() throws {
        var sorted = TestTable.clean()
        let order = sorted.labels.indices.sorted { (sorted.labels[$0], $0) < (sorted.labels[$1], $1) }
        sorted.rows = order.map { sorted.rows[$0] }
        sorted.labels = order.map { sorted.labels[$0] }
        sorted.add("id") { index, _ in "\(index + 1)" }
        let result = try sorted.bench().run(NuisanceCheck.self)
        #expect(result.verdict == .fail)
        #expect(result.places == ["column 'id'"])
        var table = TestTable.clean()
        table.add("id") { index, _ in "\(index + 1)" }
        #expect(try table.bench().run(NuisanceCheck.self).verdict == .warn)
        // Whole numbers that do not number the rows.
        var random = SplitMix(8)
        var counted = TestTable.clean()
        counted.add("count") { _, _ in "\(random.below(5_000))" }
        #expect(try counted.bench().run(NuisanceCheck.self).verdict == .pass)
    }

    @Test func missingValuesThatTell() throws {
        var table = TestTable.clean()
        var random = SplitMix(9)
        for index in table.rows.indices where table.labels[index] == "sour" && random.below(5) < 4 {
            table.rows[index][2] = ""
        }
        let result = try table.bench { $0.data.missing = .mean }.run(NuisanceCheck.self)
        #expect(result.verdict == .warn)
        #expect(result.message.contains("missing"))
        var fair = TestTable.clean()
        for index in fair.rows.indices where random.below(5) < 2 { fair.rows[index][2] = "" }
        #expect(try fair.bench { $0.data.missing = .mean }.run(NuisanceCheck.self).verdict == .pass)
    }

    @Test func aColumnThatKnowsTooMuch() throws {
        var table = TestTable.clean(600)
        var random = SplitMix(10)
        table.add("sugar") { _, label in "\((label == "sour" ? 1.0 : 9) + random.normal())" }
        let result = try table.bench().run(NuisanceCheck.self)
        #expect(result.verdict == .warn)
        #expect(result.places == ["column 'sugar'"])
        // Right in nine of ten, as the best column of the breast cancer data.
        var good = TestTable.clean(600)
        good.add("sugar") { _, label in "\((label == "sour" ? 1.0 : 3.6) + random.normal())" }
        #expect(try good.bench().run(NuisanceCheck.self).verdict == .pass)
    }

    @Test func oneNumberOfAMillion() throws {
        var table = TestTable.clean()
        table.rows[41][1] = "1e6"
        let result = try table.bench().run(OutlierCheck.self)
        #expect(result.verdict == .fail)
        #expect(result.places.first == "t.csv line 43: weight 1000000")
        #expect(try TestTable.clean().bench().run(OutlierCheck.self).verdict == .pass)
    }

    /// Incomes: a z of dozens, and no outlier.
    @Test(arguments: 1...8) func aHeavyTail(_ seed: Int) throws {
        var table = TestTable.clean()
        var random = SplitMix(UInt64(seed))
        table.add("income") { _, _ in "\(exp(1.5 * random.normal()))" }
        table.add("pareto") { _, _ in "\(1 / (1 - random.unit()))" }
        table.add("rare") { index, _ in index % 100 == 3 ? "1" : "0" }
        let result = try table.bench().run(OutlierCheck.self)
        #expect(result.verdict == .pass, "\(result)")
        #expect(result.numbers.first { $0.name == "largest_z" }?.value ?? 0 > 20)
    }

    /// A pixel at the edge of the images: hardly ever anything but 0.
    @Test func aColumnThatIsNearlyAlwaysZero() throws {
        var table = TestTable.clean(1_000)
        table.add("edge") { index, _ in index == 10 ? "200" : index == 500 ? "255" : "0" }
        let result = try table.bench().run(OutlierCheck.self)
        // In five columns the two have no neighbours, which is told; the column itself is as it should be.
        #expect(!result.message.contains("'edge'") && !result.places.contains { $0.contains("edge") }, "\(result)")
        #expect(result.numbers.first { $0.name == "largest_z" }?.value ?? 0 > 20)
    }

    @Test func aNumberThatStandsForAMissingOne() throws {
        var table = TestTable.clean()
        for index in stride(from: 3, to: 300, by: 25) { table.rows[index][2] = "-999" }
        let result = try table.bench().run(OutlierCheck.self)
        #expect(result.verdict == .warn)
        #expect(result.action?.contains("-999") == true)
    }

    /// What a clean job hears of the whole suite: nothing.
    @Test func cleanDataIsQuiet() throws {
        for bench in [
            try TestTable.clean().bench(), try TestImages.clean().bench(), try textBench(testText(4_000)),
            try textBench((0..<300).map { "name\($0 * 7 % 300)" }.joined(separator: "\n")) {
                $0.data.documents = .lines
            },
            try DataBench(dataRecipe(.digits) { $0.data.examples = 240 }),
            try DataBench(dataRecipe(.spirals) { $0.data.examples = 300 }),
        ] {
            for check in DataSuite.cheap {
                for result in bench.bench.run(check) {
                    #expect(result.verdict == .pass || result.verdict == .skip, "\(result)")
                }
            }
            for picture in bench.pictures {
                #expect(!picture.caption.isEmpty)
                for series in picture.chart?.series ?? [] {
                    #expect(series.x.count == series.y.count)
                    #expect(!(series.x + series.y).contains { !$0.isFinite }, "\(picture.name)")
                }
            }
        }
    }

    @Test func twoRunsSayTheSame() throws {
        func results() throws -> [CheckResult] {
            let bench = try TestImages.clean().bench()
            return DataSuite.cheap.flatMap { bench.bench.run($0) }
        }
        let first = try results()
        let second = try results()
        #expect(first == second)
    }
}
