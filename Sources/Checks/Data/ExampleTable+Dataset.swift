import Datasets
import Recipes

extension ExampleTable {
    /// Where each example lies, what it is called, and of images how much ink there is.
    package init(_ dataset: Dataset, recipe: Recipe, threads: Int) {
        let splits = [("training", dataset.training), ("validation", dataset.validation), ("test", dataset.test)]
        self.init(rowCount: splits.reduce(0) { $0 + $1.1.count })
        let places = splits.flatMap { name, subset in (0..<subset.count).map { (name, subset, $0) } }
        set(.init("split", "The split it is in.", words: places.map(\.0)))
        set(.init("position", "In its split, from 0.", numbers: places.map { Double($0.2) }))
        let origins = places.map { $0.1.origin(of: $0.2) }
        set(.init("file", "The file it comes from.", words: origins.map { $0?.file ?? "" }))
        set(.init("row", "Its row in the file.", numbers: origins.map { $0.map { Double($0.row) } ?? .nan }))
        var labels: [String] = []
        var numbers: [Double] = []
        var ink: [Double] = []
        var contrast: [Double] = []
        for (_, subset) in splits {
            for start in stride(from: 0, to: subset.count, by: 256) {
                let positions = (UInt32(start)..<UInt32(min(start + 256, subset.count))).map { $0 }
                let held = subset.held(positions)
                if case .classes(let names) = dataset.facts.target, subset.targetsPerExample == 1 {
                    labels += held.classes.map { names.indices.contains(Int($0)) ? names[Int($0)] : "" }
                } else if subset.targetWidth == 1 {
                    numbers += held.numbers.map { Double($0) }
                }
                var stored = [Float](repeating: 0, count: positions.count * subset.elementCount)
                stored.withUnsafeMutableBufferPointer {
                    if let base = $0.baseAddress { subset.fill(stored: base, positions[...]) }
                }
                for index in positions.indices {
                    let own = stored[index * subset.elementCount..<(index + 1) * subset.elementCount]
                    let mean = own.reduce(0.0) { $0 + Double($1) } / Double(own.count) / 255
                    ink.append(mean)
                    let square = own.reduce(0.0) { $0 + (Double($1) / 255 - mean) * (Double($1) / 255 - mean) }
                    contrast.append((square / Double(own.count)).squareRoot())
                }
            }
        }
        if !labels.isEmpty { set(.init("label", "Its class.", words: labels)) }
        if !numbers.isEmpty { set(.init("label", "Its target.", numbers: numbers)) }
        if dataset.facts.inputShape.count == 3 {
            set(.init("ink", "Mean of its pixels, 0 to 1.", numbers: ink))
            set(.init("contrast", "Deviation of its pixels.", numbers: contrast))
        }
    }
}
