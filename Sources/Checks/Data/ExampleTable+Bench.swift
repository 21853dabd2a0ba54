import Datasets
import Recipes

extension ExampleTable {
    /// The table of a job's examples: who they are, their statistics, the columns of a csv, and what the checks of the data
    /// found out about each. MNIST takes three seconds, most of them for the neighbours.
    /// - Throws: `CheckSkip` where there is no training example.
    package init(_ bench: Bench) throws {
        let survey = try bench.survey()
        self.init(survey, bench, showsMissing: true)
        let twins = Duplicates(survey)
        set(
            Column(
                "duplicate_of", "The first example that is equal to this one in every number: its split and position.",
                words: (0..<survey.rowCount).map { twins.first[$0].map { survey.name($0) } ?? "" }))
        guard let neighbours = try bench.neighbours() else { return }
        let rows = 0..<survey.rowCount
        set(
            Column(
                "neighbour_distance", "Distance to the nearest other of 10,000 training examples.",
                numbers: rows.map { neighbours.nearest($0) }))
        let middle = rows.map { neighbours.farthest($0) }.quantile(0.5)
        set(
            Column(
                "outlier", "Distance to the tenth neighbour in medians of it: 1 is usual.",
                numbers: rows.map { middle > 0 ? neighbours.farthest($0) / middle : .nan }))
    }

    /// Without what the checks find out.
    /// - Parameter showsMissing: whether a cell that was filled in is empty, as in the file; a network sees its mean.
    init(_ survey: Survey, _ bench: Bench, showsMissing: Bool = false) {
        self.init(rowCount: survey.rowCount)
        let rows = 0..<survey.rowCount
        let origins = rows.map { survey.origin($0) }
        set(Column("split", "training, validation or test.", words: rows.map { survey.part(of: $0).name }))
        set(Column("position", "In its split, from 0.", numbers: rows.map { Double(survey.position($0)) }))
        set(
            Column(
                "row", "In its file: a row or a character from 0, a line from 1.",
                numbers: origins.map { $0.map { Double($0.row) } ?? .nan }))
        set(Column("file", "As the recipe writes it.", words: origins.map { $0?.file ?? "" }))
        if origins.contains(where: { $0?.name != nil }) {
            set(Column("name", "Of the image in its archive.", words: origins.map { $0?.name ?? "" }))
        }
        if bench.facts.madeCount != nil {
            set(
                Column(
                    "made", "1 where it is one of `data.made`, 0 where it is real.",
                    numbers: rows.map { survey.isMade($0) ? 1 : 0 }))
        }
        if !survey.labels.isEmpty {
            set(Column("label", "Its class.", words: rows.map { survey.label($0) }))
        } else if !survey.targets.isEmpty {
            set(Column("label", "Its target, the first of them.", numbers: survey.targets.map { Double($0) }))
        }
        for (name, doc, unit, values) in survey.statistics {
            set(Column(name, doc, unit: unit, numbers: values))
        }
        guard survey.kind == .table else { return }
        let names = bench.inputNames
        let shown = min(names.count, Self.mostInputs)
        var columns = [[Double]](repeating: [Double](repeating: .nan, count: survey.rowCount), count: shown)
        for row in rows {
            let stored = survey.stored(row)
            for index in 0..<shown { columns[index][row] = Double(stored[index]) }
            guard showsMissing else { continue }
            let part = survey.part(of: row)
            for index in part.subset.missing(of: survey.position(row)) where index < shown {
                columns[index][row] = .nan
            }
        }
        for index in 0..<shown {
            let name = columnName(for: names[index])
            set(Column(name, "Input '\(names[index])' as the file has it.", numbers: columns[index]))
        }
    }
}

extension Bench {
    /// The table as far as the survey knows it, made when first asked for.
    func examples() throws -> ExampleTable {
        if let table = shared.examples { return table }
        let table = ExampleTable(try survey(), self)
        shared.examples = table
        return table
    }

    /// What each input is called: by the file, else `x0`, `x1` and so on.
    var inputNames: [String] {
        let count = max(dataset.training.elementCount, 0)
        return dataset.inputNames.count == count ? dataset.inputNames : (0..<count).map { "x\($0)" }
    }
}
