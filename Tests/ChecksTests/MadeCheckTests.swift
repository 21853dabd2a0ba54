import Foundation
import Recipes
import Testing

@testable import Checks
@testable import Datasets

/// R5: made examples that are told from real ones, and made ones that are not.
@Suite struct MadeCheckTests {
    private func number(_ result: CheckResult, _ name: String) throws -> Double {
        let number = try #require(result.numbers.first { $0.name == name }, "\(result)")
        return try #require(number.value)
    }

    private func bench(_ real: TestImages, _ made: TestImages?) throws -> DataBench {
        var contents = ["x": real.files.inputs, "y": real.files.targets]
        let recipe = dataRecipe(.idx) { recipe in
            recipe.data.train = FileSet(inputs: ["x"], targets: ["y"])
            recipe.data.validation = .fraction(0.2)
            guard let made else { return }
            contents["mx"] = made.files.inputs
            contents["my"] = made.files.targets
            recipe.data.made = FileSet(inputs: ["mx"], targets: ["my"])
        }
        return try DataBench(recipe, contents)
    }

    private func bench(_ real: TestTable, _ made: TestTable, regression: Bool = false) throws -> DataBench {
        let recipe = dataRecipe(.csv) { recipe in
            recipe.data.train = FileSet(inputs: ["t.csv"])
            recipe.data.validation = .fraction(0.2)
            recipe.data.made = FileSet(inputs: ["m.csv"])
            if regression { recipe.loss = Loss(kind: .mse) }
        }
        return try DataBench(recipe, ["t.csv": real.bytes, "m.csv": made.bytes])
    }

    @Test func imagesDrawnAlikeAreNotTold() throws {
        let result = try bench(TestImages.clean(400), .clean(300, seed: 2)).run(MadeCheck.self)
        #expect(result.verdict == .pass, "\(result)")
        #expect(try abs(number(result, "auc") - 0.5) < 0.1, "\(result)")
        #expect(try number(result, "auc_low") < 0.5 && number(result, "auc_high") > 0.5)
        #expect(try number(result, "made") == 300 && number(result, "pairs") > 250)
        #expect(result.places.isEmpty && result.action == nil)
    }

    @Test func invertedAndSmoothImagesAreTold() throws {
        var inverted = TestImages.clean(300, seed: 2)
        inverted.images = inverted.images.map { $0.map { 255 - $0 } }
        // Renderings have no noise.
        var smooth = TestImages.clean(300, seed: 3)
        smooth.images = smooth.images.map { $0.map { $0 < 100 ? 25 : $0 } }
        for made in [inverted, smooth] {
            let bench = try bench(.clean(400), made)
            let result = try bench.run(MadeCheck.self)
            #expect(result.verdict == .warn, "\(result)")
            #expect(try number(result, "auc") > 0.98 && number(result, "auc_low") > 0.95, "\(result)")
            #expect(result.places.count == 24 && result.places.allSatisfy { $0.hasPrefix("mx row ") })
            #expect(result.action?.contains("--only made") == true)
            #expect(bench.pictures.contains { $0.name == "made" && $0.png != nil })
            #expect(bench.pictures.contains { $0.name == "made-scores" })
        }
    }

    /// Nearly all made examples are of one class, and the real ones of both: that alone is nothing to tell them by.
    @Test func anotherMixOfClassesDoesNotCount() throws {
        var many = TestImages.clean(1_200, seed: 2)
        let kept = many.labels.indices.filter { many.labels[$0] == 0 || $0 % 6 == 0 }
        many.images = kept.map { many.images[$0] }
        many.labels = kept.map { many.labels[$0] }
        let result = try bench(.clean(500), many).run(MadeCheck.self)
        #expect(result.verdict == .pass, "\(result)")
        #expect(try abs(number(result, "auc") - 0.5) < 0.1, "\(result)")
    }

    @Test func columnsThatGiveThemAwayAreNamed() throws {
        let alike = try bench(TestTable.clean(400), .clean(400, seed: 2)).run(MadeCheck.self)
        #expect(alike.verdict == .pass, "\(alike)")
        #expect(try abs(number(alike, "auc") - 0.5) < 0.1)
        // A simulation that leaves a column's spread out.
        var flat = TestTable.clean(400, seed: 2)
        for index in flat.rows.indices { flat.rows[index][2] = "2.5" }
        let result = try bench(.clean(400), flat).run(MadeCheck.self)
        #expect(result.verdict == .warn, "\(result)")
        #expect(result.message.contains("'age' alone tells them"), "\(result)")
        #expect(result.places.allSatisfy { $0.hasPrefix("m.csv line ") })
    }

    /// Made rows with larger targets: of each eighth of them as many of both, so that the targets alone tell nothing.
    @Test func targetsThatAreNumbers() throws {
        func rows(_ count: Int, seed: UInt64, above: Double) -> TestTable {
            var random = SplitMix(seed)
            var table = TestTable(names: ["a", "b"])
            while table.rows.count < count {
                let a = random.normal()
                guard a > above || random.below(4) == 0 else { continue }
                // One input says much of the target: without as many of both, the targets alone would tell.
                table.rows.append(["\(a + 0.3 * random.normal())", "\(random.normal())"])
                table.labels.append("\(a)")
            }
            return table
        }
        let result = try bench(rows(600, seed: 1, above: -9), rows(600, seed: 2, above: 0), regression: true).run(
            MadeCheck.self)
        #expect(result.verdict == .pass, "\(result)")
        #expect(try number(result, "pairs") < 450)
    }

    /// More classes than pairs can be looked at: none of them has room by itself.
    @Test func manyClassesShareTheRoom() throws {
        func rows(_ seed: UInt64) -> TestTable {
            var random = SplitMix(seed)
            var table = TestTable(names: ["a", "b"])
            for label in 0..<2_300 {
                table.rows.append(["\(random.normal())", "\(random.normal())"])
                table.labels.append("c\(label)")
                table.rows.append(["\(random.normal())", "\(random.normal())"])
                table.labels.append("c\(label)")
            }
            return table
        }
        let result = try bench(rows(1), rows(2)).run(MadeCheck.self)
        #expect(try number(result, "pairs") == 2_000 && result.verdict == .pass, "\(result)")
    }

    @Test func withoutThemThereIsNothingToTell() throws {
        let none = try bench(TestImages.clean(100), nil).run(MadeCheck.self)
        #expect(none.verdict == .skip && none.message.contains("data.made"))
        let few = try bench(TestImages.clean(100), .clean(30, seed: 2)).run(MadeCheck.self)
        #expect(few.verdict == .skip && few.message.contains("takes 50"), "\(few)")
    }

    /// The table of examples says which they are.
    @Test func theTableOfExamplesKnowsThem() throws {
        let with = try ExampleTable(bench(TestImages.clean(100), .clean(30, seed: 2)).bench)
        let made = try #require(with["made"]?.numbers)
        #expect(made.reduce(0, +) == 30)
        let (split, file) = (try #require(with["split"]?.words), try #require(with["file"]?.words))
        for row in made.indices {
            #expect((made[row] == 1) == (file[row] == "mx"), "\(row) \(file[row]) \(split[row])")
            #expect(made[row] == 0 || split[row] == "training")
        }
        #expect(try ExampleTable(bench(TestImages.clean(100), nil).bench)["made"] == nil)
    }
}
