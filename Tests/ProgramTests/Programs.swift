import Foundation
import Testing

/// Where the built programs lie, and how one is run to its end.
enum Programs {
    /// The folder of this test's own executable: SwiftPM puts the programs beside it.
    static let folder: URL = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: own).deletingLastPathComponent()
    }()

    static func path(_ name: String) -> URL { folder.appendingPathComponent(name) }

    /// The root of the package, found from this file.
    static let package = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// MNIST, where it lies beside the project; a test that needs it says aloud that it was skipped.
    static let mnist: URL? = {
        let folder = package.deletingLastPathComponent().appendingPathComponent("shared/data/mnist")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    /// A Python that has the outside clients (varlink, safetensors); `.ci/test` sets it.
    static let python = ProcessInfo.processInfo.environment["SIMMER_PYTHON"]

    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var errors: String
    }

    /// Runs a program to its end; both streams are read while it runs, so that it never waits for a full pipe.
    static func run(
        _ program: URL, _ arguments: [String], environment: [String: String] = [:], folder: URL? = nil
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if let folder { process.currentDirectoryURL = folder }
        let output = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        let errors = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer {
            for file in [output, errors] { _ = try? FileManager.default.removeItem(at: file) }
        }
        for file in [output, errors] { try Data().write(to: file) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        return Outcome(
            status: status, output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }
}

/// Something did not come about in time.
struct NotInTime: Error, CustomStringConvertible {
    var description: String
}
