import Datasets
import Foundation
import Recipes
import Testing
import Training

/// A text from its file to the network's answers.
@Suite struct TextTests {
    private func recipe(
        _ kinds: [Layer.Kind], _ documents: DataSource.Documents, _ change: (inout Recipe) -> Void = { _ in }
    ) -> Recipe {
        digits(kinds) { recipe in
            recipe.data = DataSource(format: .text)
            recipe.data.train = FileSet(inputs: ["table.csv"])
            recipe.data.documents = documents
            recipe.data.window = 6
            recipe.optimizer.rate = 0.03
            recipe.until = .steps(120)
            change(&recipe)
        }
    }

    private let bigram: [Layer.Kind] = [.embedding(units: .count(12)), head]

    /// The next letter follows from the last: both of whole text and of lines this is learned, measured and told.
    @Test(arguments: [DataSource.Documents.whole, .lines]) func theNextLetterIsLearned(
        _ documents: DataSource.Documents
    ) throws {
        let circle = String(repeating: "abcdefgh", count: 150)
        let lines = String(repeating: "abcdefgh\n", count: 120)
        let layers = documents == .whole ? bigram : [.embedding(units: .count(12)), .flatten, head]
        let recipe = recipe(layers, documents)
        let dataset = try table(documents == .whole ? circle : lines, recipe)
        let kept = try train(recipe, dataset).last
        let evaluator = try kept.bytes.withUnsafeBytes {
            try Evaluator(
                recipe: recipe, facts: dataset.facts, snapshot: kept.snapshot, bytes: $0, average: nil, threads: 1)
        }
        let score = try evaluator.evaluate(dataset, split: "validation")
        #expect(score.metrics["accuracy"] == 1)
        #expect((score.metrics["loss"] ?? 9) < 0.2)
        #expect(score.count == dataset.facts.validationCount * dataset.facts.targetsPerExample)
        // Of a window the answer is what comes after it; of a line what comes after it so far.
        let asked = documents == .whole ? "abcdefbcdefgha" : "ab\nabcdef\nabcdefgh\n"
        let expected = documents == .whole ? ["g", "h", "b"] : ["c", "g", "\n"]
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("simmer-text-\(UUID().uuidString)")
        try Data(asked.utf8).write(to: url)
        let descriptor = open(url.path, O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try FileManager.default.removeItem(at: url)
        let inputs = try Subset.predictionInputs(
            SourceFile(path: "asked", descriptor: descriptor), recipe: recipe, facts: dataset.facts)
        #expect(evaluator.predict(inputs, offset: 0, limit: 9).map(\.label) == expected)
    }

    /// Windows at random starts are a function of seed, epoch and place: a run that stops in an epoch goes on with them.
    @Test func aStoppedRunSeesTheSameWindows() throws {
        let recipe = recipe(bigram, .whole) { $0.until = .steps(40) }
        let letters = (0..<700).map { (place: Int) -> UInt8 in
            let letter: Int = (place * place + place / 7) % 23
            return UInt8(97 + letter)
        }
        let text = String(decoding: letters, as: UTF8.self)
        let dataset = try table(text, recipe)
        let whole = try train(recipe, dataset).last.future
        for stop in [3, dataset.facts.stepsPerEpoch(of: recipe) + 1] {
            let middle = try train(recipe, dataset, orders: [stop: [.stop]]).last
            #expect(try train(recipe, dataset, from: middle, threads: 2).last.future.differences(to: whole) == [])
        }
        var plain = recipe
        plain.data.shuffle = false
        #expect(try train(plain, try table(text, plain)).last.future.differences(to: whole) != [])
    }
}
