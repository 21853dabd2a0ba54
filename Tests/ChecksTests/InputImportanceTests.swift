import Datasets
import Recipes
import Testing

@testable import Checks

@Suite(.serialized) struct InputImportanceTests {
    /// Two columns make the class, the third is noise; the network says so, the same way twice.
    @Test func noiseIsOfNoUse() throws {
        let data = try TestTable.clean(900).bench { recipe in
            recipe.model.layers = stack([.linear(units: .count(8)), .relu, .linear(units: .classes)])
            recipe.optimizer.rate = 3e-3
            recipe.batch = 32
        }
        let trained = try TrainedBench(data.bench.recipe, data.bench.dataset, steps: 120)
        let result = try #require(trained.bench.run(InputImportance.self).first)
        #expect(result.verdict == .pass)
        let gains = Dictionary(result.numbers.map { ($0.name, $0.value ?? 0) }, uniquingKeysWith: { first, _ in first })
        #expect((gains["size"] ?? 0) > 0.1 && (gains["weight"] ?? 0) > 0.1, "\(result)")
        #expect(abs(gains["age"] ?? 1) < 0.05)
        #expect(!result.places.contains("size") && !result.places.contains("weight"))
        #expect(trained.bench.run(InputImportance.self).first == result)
    }
}
