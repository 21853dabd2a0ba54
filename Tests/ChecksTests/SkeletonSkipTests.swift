import Datasets
import Recipes
import Testing

@testable import Checks

/// What a check cannot be run on: it says so, and nothing crashes.
@Suite struct SkeletonSkipTests {
    private let small: [Layer.Kind] = [.linear(units: .count(8)), .relu, head]

    /// Runs everything; no failure of one of these jobs may be anything but what it is about.
    private func all(_ recipe: Recipe, _ text: String?) throws -> [String: CheckResult] {
        let bench = try SkeletonBench(recipe, text: text)
        let checks = SkeletonSuite.cheap + SkeletonSuite.full
        let results = checks.flatMap { bench.run($0) }
        #expect(results.map(\.id) == checks.flatMap { $0.ids })
        for result in results where result.verdict == .skip { #expect(!result.message.isEmpty) }
        return Dictionary(results.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    @Test func oneClass() throws {
        // Two classes in the set, but a single one left.
        let recipe = fileRecipe(.csv, small) { $0.data.without = ["no"] }
        let results = try all(recipe, classTable(rows: 60))
        for id in ["K2", "K12", "K20", "K21", "K25", "S8"] { #expect(results[id]?.verdict == .skip, "\(id)") }
    }

    @Test func twoExamples() throws {
        let recipe = fileRecipe(.csv, small) { $0.data.validation = .fraction(0) }
        let results = try all(recipe, "a,b,label\n1,2,yes\n2,1,no\n")
        #expect(results["K20"]?.verdict == .skip)
        #expect(results["K21"]?.verdict == .pass)
        #expect(results["K7"]?.verdict == .pass)
    }

    @Test func oneExample() throws {
        let recipe = fileRecipe(.csv, small) { $0.data.validation = .fraction(0) }
        let results = try all(recipe, "a,b,y\n1,2,3.5\n")
        #expect(results["K20"]?.verdict == .skip)
        #expect(results["K31"]?.verdict == .skip)
    }

    @Test func noValidation() throws {
        let recipe = fileRecipe(.csv, small) { $0.data.validation = .fraction(0) }
        let results = try all(recipe, classTable(rows: 200))
        #expect(results["K10"]?.verdict == .skip)
        #expect(results["K20"]?.verdict == .pass)
        for result in results.values { #expect(result.verdict != .fail, "\(result.id): \(result.message)") }
    }

    @Test func equalTargets() throws {
        let rows = (0..<80).map { "\($0),\($0 % 7),2.5\n" }.joined()
        let results = try all(fileRecipe(.csv, small), "a,b,y\n" + rows)
        for id in ["K12", "K20", "K25"] {
            #expect(results[id]?.verdict == .skip, "\(id): \(results[id]?.message ?? "")")
        }
        for result in results.values { #expect(result.verdict != .fail, "\(result.id): \(result.message)") }
    }

    @Test func constantColumns() throws {
        let rows = (0..<120).map { "1,\($0 % 2),0,\($0 % 2 == 0 ? "yes" : "no")\n" }.joined()
        let results = try all(fileRecipe(.csv, small), "a,b,c,label\n" + rows)
        #expect(results["S4"]?.verdict == .fail)
        #expect(results["K27"]?.verdict == .pass)
    }

    @Test func tinyText() throws {
        let recipe = fileRecipe(.text, [.embedding(units: .count(4)), .gru(units: .count(4)), head]) {
            $0.data.window = 4
            $0.data.validation = .fraction(0)
        }
        _ = try all(recipe, "abab abba")
    }

    @Test func oneCharacterOverAndOver() throws {
        let recipe = fileRecipe(.text, [.embedding(units: .count(4)), .gru(units: .count(4)), head]) {
            $0.data.window = 8
            $0.data.validation = .fraction(0.1)
        }
        _ = try all(recipe, String(repeating: "a", count: 900) + "b" + String(repeating: "a", count: 900))
    }

    @Test func modelsThatDoNotFit() throws {
        let results = try all(smallRecipe([.linear(units: .count(3)), head]), nil)
        for result in results.values where result.verdict == .fail { Issue.record("\(result.id): \(result.message)") }
        #expect(results["K12"]?.verdict == .skip)
    }

    @Test func ratesThatExplode() throws {
        let results = try all(
            fileRecipe(.csv, small) { $0.optimizer = Optimizer(kind: .sgd, rate: 1e6) }, numberTable(rows: 100))
        #expect(results["S8"]?.verdict == .fail)
        #expect(results["K7"]?.verdict == .skip)
    }

    @Test func batchLargerThanTheData() throws {
        let results = try all(fileRecipe(.csv, small) { $0.batch = 4096 }, classTable(rows: 100))
        for result in results.values { #expect(result.verdict != .fail, "\(result.id): \(result.message)") }
    }

    @Test func accumulatedBatches() throws {
        let results = try all(fileRecipe(.csv, small) { $0.accumulate = 4 }, classTable(rows: 300))
        for result in results.values { #expect(result.verdict != .fail, "\(result.id): \(result.message)") }
    }
}
