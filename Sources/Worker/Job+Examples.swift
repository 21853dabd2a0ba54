import Checks
import Datasets
import Recipes
import Training
import Wire

/// What is asked about single examples.
extension Job {
    /// What is known of each example, or what a checkpoint answers to it, as a table in the assignment's last file.
    func tabulate(_ average: String?) throws(TrainingFailure) {
        var files = try sourceFiles()
        guard let target = files.popLast() else {
            throw TrainingFailure(code: .internal, message: "There is no file for the table of examples.")
        }
        let recipe = try readRecipe()
        let dataset = try openData(recipe, files)
        let table: ExampleTable
        if assignment.resume != nil {
            table = try evaluator(recipe, dataset.facts, average).table(dataset, isOfLines: recipe.isOfLines)
        } else {
            table = try knownTable(recipe, dataset)
        }
        do throws(ExampleTableFault) {
            try table.write(to: target.descriptor)
        } catch {
            throw TrainingFailure(code: .ioError, message: error.description)
        }
        send(.tabulated)
    }

    private func knownTable(_ recipe: Recipe, _ dataset: Dataset) throws(TrainingFailure) -> ExampleTable {
        let bench = Bench(
            recipe: recipe, dataset: dataset, threads: threads(recipe), clock: SystemClock(), show: { _, _ in })
        do {
            return try ExampleTable(bench)
        } catch let skip as CheckSkip {
            throw TrainingFailure(code: .dataError, message: skip.reason)
        } catch let failure as TrainingFailure {
            throw failure
        } catch {
            throw TrainingFailure(code: .internal, message: "The examples cannot be read: \(error)")
        }
    }

    func show(_ request: ShowRequest) throws(TrainingFailure) {
        let recipe = try readRecipe()
        let dataset = try openData(recipe, try sourceFiles())
        let shower = ExampleShower(dataset, isOfLines: recipe.isOfLines, request)
        for index in request.pages.indices { send(.shown(shower.page(index))) }
        send(.showEnded)
    }
}

extension Recipe {
    /// Whether the examples that a person knows are lines of a text, which a network sees character by character.
    fileprivate var isOfLines: Bool { data.format == .text && data.documents == .lines }
}

extension Evaluator {
    /// Loss and prediction for the examples of all splits.
    fileprivate func table(_ dataset: Dataset, isOfLines: Bool) -> ExampleTable {
        let splits = [("training", dataset.training), ("validation", dataset.validation), ("test", dataset.test)]
        let all = splits.map { name, subset in
            let own = answers(to: subset)
            guard isOfLines, let text = subset.text else { return (name: name, count: subset.count, answers: own) }
            return (name: name, count: text.documents.count, answers: own.means(over: text.documents))
        }
        var table = ExampleTable(rowCount: all.reduce(0) { $0 + $1.count })
        table.set(
            .init(FoundExample.splitColumn, "", words: all.flatMap { [String](repeating: $0.name, count: $0.count) }))
        table.set(.init(FoundExample.positionColumn, "", numbers: all.flatMap { (0..<$0.count).map { Double($0) } }))
        let names = all[0].answers.names
        table.set(
            .init(
                "loss", "The checkpoint's loss for the example.", unit: names == nil ? nil : "nats",
                numbers: all.flatMap(\.answers.losses)))
        func add(_ name: String, _ doc: String, _ values: [Double]) {
            if !values.isEmpty { table.set(.init(name, doc, numbers: values)) }
        }
        if let names {
            let classes = all.flatMap(\.answers.classes)
            if !classes.isEmpty {
                table.set(
                    .init(
                        "prediction", "The class that the checkpoint takes it for.",
                        words: classes.map { names.indices.contains($0) ? names[$0] : "" }))
            }
        } else {
            add("prediction", "The number that the checkpoint predicts.", all.flatMap(\.answers.numbers))
        }
        add(
            "confidence", "The probability that the checkpoint gives to its prediction.",
            all.flatMap(\.answers.confidences))
        add("correct", "Whether the checkpoint is right: 1 or 0; a share in sequences.", all.flatMap(\.answers.correct))
        return table
    }
}
