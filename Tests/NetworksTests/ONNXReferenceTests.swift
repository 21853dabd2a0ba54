import Foundation
import Recipes
import Testing

/// Exported networks with PyTorch's last weights, computed by onnxruntime, beside PyTorch's own answers: no line of the
/// engine is between them.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["SIMMER_PYTHON"] != nil,
        "SKIPPED: SIMMER_PYTHON names no Python with onnx and onnxruntime"))
struct ONNXReferenceTests {
    @Test func theRuntimeAnswersAsPyTorchDoes() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("simmer-onnx-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // Left over it would lie in the temporary folder and harm nobody.
        defer { try? FileManager.default.removeItem(at: folder) }
        let cases = try ReferenceCase.all()
        var arguments = [Self.script]
        for (index, reference) in cases.enumerated() {
            let model = folder.appendingPathComponent("\(index).onnx")
            let inputs = folder.appendingPathComponent("\(index).json")
            try Data(try reference.exported()).write(to: model)
            try JSONEncoder().encode(reference.inputs).write(to: inputs)
            arguments += [model.path, inputs.path]
        }
        let lines = try run(arguments, output: folder.appendingPathComponent("answers")).split(separator: "\n")
        try #require(lines.count == cases.count)
        struct Answer: Decodable { var output: Numbers }
        for (reference, line) in zip(cases, lines) {
            let answer = try JSONDecoder().decode(Answer.self, from: Data(line.utf8))
            let distance = relativeDistance(answer.output.values, reference.finalOutputs)
            #expect(distance < 2e-5, "\(reference.name): \(distance)")
        }
    }

    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Reference/onnx_answers.py").path

    private func run(_ arguments: [String], output: URL) throws -> String {
        let process = Process()
        let python = ProcessInfo.processInfo.environment["SIMMER_PYTHON"] ?? ""
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = arguments
        try Data().write(to: output)
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "onnx_answers.py says on standard error what is wrong")
        return try String(contentsOf: output, encoding: .utf8)
    }
}

/// Numbers in lists of any depth, in order.
private struct Numbers: Decodable {
    var values: [Float]

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Float.self) {
            values = [number]
        } else {
            values = try container.decode([Numbers].self).flatMap(\.values)
        }
    }
}

extension ReferenceCase {
    /// The ONNX file with the case's last weights and buffers.
    fileprivate func exported() throws -> [UInt8] {
        let recipe = Recipe(name: "case", data: DataSource(format: .npy), model: model, optimizer: Optimizer())
        let channels = inputShape[0]
        var facts = DataFacts(
            inputShape: inputShape,
            target: loss == .crossEntropy ? .classes((0..<outputs).map { "\($0)" }) : .numbers(outputs),
            trainingCount: 1, validationCount: 0, testCount: 0, mean: [Double](repeating: 0, count: channels),
            deviation: [Double](repeating: 1, count: channels), scale: 1)
        facts.vocabulary = (0..<(vocabulary ?? 0)).map { "\($0)" }
        facts.targetsPerExample = targets ?? 1
        return try ONNXModel(recipe, facts).parts.flatMap { part -> [UInt8] in
            switch part {
            case .bytes(let bytes): return bytes
            case .tensor(let tensor):
                let values = try #require(finalWeights[tensor.name] ?? buffers[tensor.name], "\(tensor.name)")
                try #require(values.count * 4 == tensor.byteCount)
                return values.withUnsafeBytes { Array($0) }
            }
        }
    }
}
