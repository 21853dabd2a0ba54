import Datasets
import Recipes
import Tensors

/// What one pass over all examples of all splits finds out about each: who it is, a hash, a sketch for distances, and its
/// statistics. Made once for all checks of the data.
///
/// Rows are the examples of the training, validation and test split, one split after the other. Of text they are windows,
/// or documents where lines are such.
package struct Survey {
    package enum Kind: Sendable {
        /// `[channels, height, width]`.
        case images
        /// Numbers side by side.
        case table
        case text
    }
    struct Part {
        /// `training`, `validation`, `test`.
        let name: String
        let subset: Subset
        /// In the split, ascending. All, where they are not too many.
        let positions: [UInt32]
        let firstRow: Int
        /// text only.
        let text: SplitText?

        var rows: Range<Int> { firstRow..<firstRow + count }
        let count: Int
    }
    /// Numbers that are looked at, at most: about four seconds of two threads. Of more, examples at equal distances are.
    static let mostNumbers = 400_000_000
    /// Rows at most.
    static let mostRows = 2_000_000
    /// Numbers of a sketch.
    static let width = 64

    let kind: Kind
    let parts: [Part]
    /// Class of each row; empty where targets are numbers, and for text.
    let labels: [Int32]
    /// First target of each row; empty where targets are classes.
    let targets: [Float]
    /// Names of the classes; empty where targets are numbers.
    let classNames: [String]
    /// Equal for equal examples; 128 bits, so that others are never equal by chance.
    let hashes: [ExampleHash]
    /// `[rows, sketchWidth]`, whose distances are those of the inputs, roughly; empty for text.
    let sketches: [Float]
    let sketchWidth: Int
    /// Statistics by their column in the table of examples, in order.
    let statistics: [(name: String, doc: String, unit: String?, values: [Double])]
    /// Inputs that are not finite: at most a few rows, and how many there are.
    let notFinite: (rows: [Int], count: Int)
    /// Whether rows are a sample.
    let isSample: Bool

    var rowCount: Int { parts.last.map { $0.firstRow + $0.count } ?? 0 }
    var training: Part { parts[0] }

    func statistic(_ name: String) -> [Double]? { statistics.first { $0.name == name }?.values }

    func part(of row: Int) -> Part { parts.last { $0.firstRow <= row } ?? parts[0] }

    /// Where a row lies in the user's files; its split and position where it lies in none.
    func place(_ row: Int) -> String {
        origin(row)?.description ?? name(row)
    }

    /// `validation 17`.
    func name(_ row: Int) -> String {
        let part = part(of: row)
        return "\(part.name) \(position(row))"
    }

    /// In its split; of documents their number in it.
    func position(_ row: Int) -> Int {
        let part = part(of: row)
        let index = row - part.firstRow
        return part.positions.indices.contains(index) ? Int(part.positions[index]) : index
    }

    func origin(_ row: Int) -> ExampleOrigin? {
        let part = part(of: row)
        if let text = part.text, text.documents.count == part.count, part.positions.isEmpty {
            return text.origin(ofDocument: row - part.firstRow)
        }
        return part.subset.origin(of: position(row))
    }

    /// Whether somebody made the example: `data.made`.
    func isMade(_ row: Int) -> Bool { part(of: row).subset.isMade(position(row)) }

    /// The class of a row in words, or its number.
    func label(_ row: Int) -> String {
        if labels.indices.contains(row) {
            let label = Int(labels[row])
            return classNames.indices.contains(label) ? classNames[label] : "\(label)"
        }
        return targets.indices.contains(row) ? Double(targets[row]).figure : ""
    }

    /// Inputs of some rows as batches hold them, whatever split they belong to.
    func inputs(_ rows: [Int]) -> [Float] {
        var inputs: [Float] = []
        for row in rows { inputs += part(of: row).subset.held([UInt32(position(row))]).inputs }
        return inputs
    }

    /// Inputs of one row as its file holds them.
    func stored(_ row: Int) -> [Float] {
        part(of: row).subset.stored([UInt32(position(row))])
    }
}

extension Subset {
    /// Inputs of some examples as their file holds them, one after the other.
    func stored(_ positions: [UInt32]) -> [Float] {
        var values = [Float](repeating: 0, count: positions.count * elementCount)
        values.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { fill(stored: base, positions[...]) }
        }
        return values
    }
}

/// 128 bits of an example's inputs.
struct ExampleHash: Hashable {
    private var first: UInt64 = 0x9E37_79B9_7F4A_7C15
    private var second: UInt64 = 0xC2B2_AE3D_27D4_EB4F

    /// Two multiplications a number: about 1.5 ns.
    @inline(__always)
    mutating func add(_ word: UInt32) {
        first = (first ^ UInt64(word)) &* 0xD6E8_FEB8_6659_FD93
        first ^= first >> 32
        second = (second &+ UInt64(word)) &* 0xA076_1D64_78BD_642F
        second ^= second >> 29
    }

    @inline(__always)
    mutating func add(_ number: Float) {
        // Both zeros are one number.
        add((number + 0).bitPattern)
    }
}

extension Bench {
    /// What the data is made of.
    package var kind: Survey.Kind {
        if !facts.vocabulary.isEmpty { return .text }
        return facts.inputShape.count == 3 ? .images : .table
    }

    /// Examples of all splits.
    var allExamples: Double {
        Double(dataset.training.count) + Double(dataset.validation.count) + Double(dataset.test.count)
    }

    /// Numbers of all of them.
    var allNumbers: Double { allExamples * Double(dataset.training.elementCount) }

    /// The survey, made when it is first asked for. MNIST takes a second.
    /// - Throws: `CheckSkip` where there is no training example.
    package func survey() throws -> Survey {
        if let survey = shared.survey { return survey }
        guard dataset.training.count > 0 else { throw CheckSkip("There is no training example.") }
        let survey = kind == .text ? Survey(text: self) : Survey(numbers: self)
        shared.survey = survey
        return survey
    }

    /// - Throws: `CheckSkip` where targets are numbers, or the tokens of a text.
    func labelledSurvey() throws -> Survey {
        let survey = try survey()
        guard survey.kind != .text else {
            throw CheckSkip("The classes are the text's own characters.")
        }
        guard !survey.labels.isEmpty else { throw CheckSkip("The targets are numbers, not classes.") }
        guard survey.trainingClasses > 1 else {
            throw CheckSkip("The training examples are all of one class.")
        }
        return survey
    }
}

extension Survey {
    /// Classes that training examples have.
    var trainingClasses: Int { Set(labels[training.rows]).count }

    /// Training examples of each class.
    var trainingCounts: [Int] {
        var counts = [Int](repeating: 0, count: classNames.count)
        for label in labels[training.rows] where counts.indices.contains(Int(label)) { counts[Int(label)] += 1 }
        return counts
    }
}
