import Recipes

extension DataFileContents {
    /// Reads one file by itself, without a recipe that says what it is for.
    ///
    /// - Throws: `DatasetError` where it cannot be read as its format; what is wrong in one that can is a finding.
    public init(of file: SourceFile, _ request: DataFileRequest) throws(DatasetError) {
        let named = NamedFile(file: file, key: "")
        self = try reported { () throws(DataFault) in
            let format = if let given = request.format { given } else { try Self.format(of: named) }
            return switch format {
            case .csv: try CSVContents.read(named, request)
            case .npy, .idx: try ArrayContents.read(named, format, request)
            case .text: try TextContents.read(named, request)
            case .png, .jpeg: try ImageContents.read(named, format, request)
            }
        }
        let more = findings.count - Self.mostFindings
        guard more > 0 else { return }
        findings =
            findings.prefix(Self.mostFindings) + [
                named.finding(.info, .part, "\(more) more findings, not listed.")
            ]
    }

    /// A reply has a largest size.
    private static let mostFindings = 100

    /// What the first bytes say, unpacked.
    private static func format(of file: NamedFile) throws(DataFault) -> DataFileFormat {
        let stream = try ByteStream(file)
        guard stream.fileSize > 0 else { throw file.fault(.format, "the file is empty.") }
        var head = [UInt8](repeating: 0, count: 512)
        let got = try stream.read(into: &head)
        head.removeSubrange(got...)
        if head.starts(with: [0x93] + Array("NUMPY".utf8)) { return .npy }
        if head.starts(with: [0x89, 0x50, 0x4e, 0x47]) { return .png }
        if head.starts(with: [0xff, 0xd8, 0xff]) { return .jpeg }
        if head.starts(with: [0, 0]) { return .idx }
        guard head.allSatisfy({ $0 >= 0x20 || $0 == 9 || $0 == 10 || $0 == 13 }) else {
            throw file.fault(
                .format, "what this is cannot be told: it looks like \(looksLike(head)).",
                hint: "Name its format, one of \(DataFileFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        // A table's first line names its columns.
        let first = head.prefix { $0 != 10 && $0 != 13 }
        return first.contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ";") || $0 == 9 } ? .csv : .text
    }
}
