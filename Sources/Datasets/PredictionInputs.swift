import Recipes

extension Subset {
    /// Examples without targets, for predictions, read as the training data was. The file's format is told by its
    /// first bytes: IDX (or gzip), npy, else csv, whose column of targets may be there or not.
    ///
    /// - Throws: `DatasetError` where the file is unreadable or its examples have another shape than the facts say.
    public static func predictionInputs(
        _ file: SourceFile, recipe: Recipe, facts: DataFacts
    ) throws(DatasetError) -> Subset {
        let named = NamedFile(file: file, key: "input")
        let kind = try reported { () throws(DataFault) in try Kind(named) }
        let inputs: (shape: [Int], values: ExampleSet.Inputs, count: Int)
        switch kind {
        case .idx, .npy:
            inputs = try reported { () throws(DataFault) in
                let array = kind == .idx ? try IDXFile.read(named) : try NPYFile.read(named)
                // One example alone may come without its leading dimension.
                return try ExampleSet.inputs([(named, array)])
            }
        case .csv:
            let features = facts.inputShape.reduce(1, *)
            let table = try CSVFile.read(
                named, target: recipe.data.target, needsTarget: false, featureCount: features)
            inputs = ([table.featureCount], .floats(table.values), table.rowCount)
        }
        guard inputs.shape == facts.inputShape else {
            throw DatasetError(findings: [
                named.fault(
                    .shape, "examples of shape \(inputs.shape); the network was trained on \(facts.inputShape)."
                ).finding
            ])
        }
        let examples = ExampleSet(
            shape: inputs.shape, count: inputs.count, inputs: inputs.values, targets: .none)
        let normalization = try reported { () throws(DataFault) in
            var normalization = try Normalization(
                examples, rows: [], .fixed(mean: facts.mean, deviation: facts.deviation))
            if recipe.data.normalize == .none { normalization.scale = 1 }
            return normalization
        }
        return Subset(examples, rows: (0..<UInt32(inputs.count)).map { $0 }, normalization)
    }

    private enum Kind {
        case idx, npy, csv

        init(_ file: NamedFile) throws(DataFault) {
            let stream = try ByteStream(file)
            var head = [UInt8](repeating: 0, count: 4)
            let got = try stream.read(into: &head)
            if got == 4, head[0] == 0, head[1] == 0 {
                self = .idx
            } else if got == 4, head[0] == 0x93 {
                self = .npy
            } else {
                self = .csv
            }
        }
    }
}
