import Recipes

/// What is wrong with a job's data, in the user's words. Never empty.
public struct DatasetError: Error, Sendable, Equatable {
    public var findings: [Finding]

    public init(findings: [Finding]) { self.findings = findings }
}

extension DatasetError: CustomStringConvertible {
    public var description: String { findings.map(\.message).joined(separator: "\n") }
}

/// The stable codes of findings on data.
enum DataCode: String {
    /// Not the format that the recipe names, or a variant of it that simmer does not read.
    case format = "D.format"
    /// The file ends before what its header promises.
    case truncated = "D.truncated"
    /// The header and the file's size disagree, or the size is over a limit.
    case size = "D.size"
    /// A compressed file whose check sum or structure is broken.
    case damaged = "D.damaged"
    /// No descriptor came for a file that the recipe names.
    case missing = "D.missing"
    case io = "D.io"
    /// Inputs and targets, or two shards, differ in number or shape.
    case count = "D.count"
    case shape = "D.shape"
    /// A label that is no class.
    case label = "D.label"
    /// NaN or infinity where a number belongs.
    case notFinite = "D.nan"
    /// Text or nothing where a number belongs.
    case number = "D.number"
    /// Too few examples to train or to split.
    case few = "D.few"
    /// Values that say nothing, because they are all the same.
    case constant = "D.constant"
    /// Only a part of a file was read.
    case part = "D.part"
    /// Measured data that is not what an earlier inspection saw.
    case changed = "D.changed"
}

/// Faults of many rows or images: the first ten are said, the rest is counted.
struct Faults {
    private static let most = 10
    private var findings: [Finding] = []
    private var count = 0

    mutating func add(_ fault: DataFault) {
        count += 1
        if findings.count < Self.most { findings.append(fault.finding) }
    }

    /// Those that are said, and one that counts the rest.
    var said: [Finding] {
        guard count > findings.count, var rest = findings.first else { return findings }
        rest.message = "\(count - findings.count) more faults like these, not listed."
        rest.hint = nil
        return findings + [rest]
    }

    /// - Throws: them, where there are any.
    func check() throws(DatasetError) {
        if !findings.isEmpty { throw DatasetError(findings: said) }
    }
}

/// One fault in one place, thrown by the readers and gathered by `Dataset.open`.
struct DataFault: Error {
    var finding: Finding

    init(_ code: DataCode, _ message: String, key: String? = nil, line: Int? = nil, hint: String? = nil) {
        finding = Finding(
            severity: .error, code: code.rawValue, message: message, path: key.map(Finding.pointer), line: line,
            hint: hint)
    }
}
