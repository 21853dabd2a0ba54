import Datasets

/// A column of a table, and the inputs that it becomes.
struct TableColumn {
    var name: String
    var inputs: Range<Int>

    /// In the order of the file; none where the inputs are pixels or characters.
    static func all(_ dataset: Dataset) -> [TableColumn] {
        let facts = dataset.facts
        guard facts.inputShape.count == 1, facts.vocabulary.isEmpty else { return [] }
        var columns: [TableColumn] = []
        var first = 0
        for column in facts.columns {
            columns.append(TableColumn(name: column.name, inputs: first..<first + column.width))
            first += column.width
        }
        guard columns.isEmpty else { return columns }
        return (0..<facts.inputShape[0]).map { index in
            TableColumn(
                name: dataset.inputNames.indices.contains(index) ? dataset.inputNames[index] : "input \(index)",
                inputs: index..<index + 1)
        }
    }
}
