import Recipes
import Storage
import Wire

extension Routes {
    /// What a single file of data holds.
    var data: [Route<Caller>] {
        [
            streaming(InspectData.self) { input, request, _ in
                // It stands before every finding.
                guard (1...1_024).contains(input.source.utf8.count) else {
                    throw StandardError.invalidParameter(parameter: "source")
                }
                let asked = try Self.asked(input)
                guard let index = input.fileDescriptor else {
                    throw StandardError.invalidParameter(parameter: "fileDescriptor")
                }
                let file = try request.descriptor(index)
                try DescriptorCheck.readable(
                    file, what: input.source, limit: daemon.configuration.limits.dataBytes)
                let assignment = Assignment(
                    task: .look(asked), recipe: "", overrides: [:],
                    files: [DataFile(path: input.source, fileDescriptor: 0)], threads: 1, jobName: "a data file")
                let report = try await look(
                    LaunchMaterial(assignment: assignment, descriptors: [file], findings: [], checkpoint: nil), nil)
                switch report {
                case .contents(let contents):
                    return .init(contents, digest: try await digest(of: file, contents, input.source))
                case .failed("data_error", let message, let findings):
                    throw SimmerError.badFile(message: message, findings: findings)
                default: throw try Self.refusal(report)
                }
            }
        ]
    }

    /// Bytes of a file that is quickly hashed.
    private static let mostHashed = 1 << 30

    private func digest(of file: Descriptor, _ contents: DataFileContents, _ path: String) async throws -> String? {
        guard contents.sizeBytes <= Self.mostHashed else { return nil }
        return "sha256:"
            + (try await daemon.copying.run { try daemon.examples.store.digest(ofFile: file.raw, path: path) })
    }

    private static func asked(_ input: InspectData.Input) throws -> DataFileRequest {
        var asked = DataFileRequest(format: DataFileFormat(fileName: input.source))
        if let name = input.format {
            guard let format = DataFileFormat(rawValue: name) else {
                throw StandardError.invalidParameter(parameter: "format")
            }
            asked.format = format
        }
        if let rows = input.sampleRows {
            guard (0...DataFileRequest.mostSamples).contains(rows) else {
                throw StandardError.invalidParameter(parameter: "sampleRows")
            }
            asked.sampleRows = rows
        }
        if let rows = input.maxRows {
            guard rows >= 1 else { throw StandardError.invalidParameter(parameter: "maxRows") }
            asked.maxRows = rows
        }
        return asked
    }
}
