import Recipes
import Testing

/// What an ONNX file is made of; whether its numbers are right is for onnxruntime to say (ProgramTests).
@Suite struct ONNXTests {
    private static func recipe(_ kinds: [Layer.Kind]) -> Recipe {
        let layers = kinds.enumerated().map { Layer(kind: $1, name: "\($0)") }
        return Recipe(
            name: "net", data: DataSource(format: .digits), model: Model(layers: layers), optimizer: Optimizer())
    }

    private static func facts(_ shape: [Int], classes: Int, scale: Double? = 255) -> DataFacts {
        DataFacts(
            inputShape: shape, target: .classes((0..<classes).map { "class \($0)" }), trainingCount: 1,
            validationCount: 1, testCount: 0, mean: [Double](repeating: 0.5, count: shape[0]),
            deviation: [Double](repeating: 0.25, count: shape[0]), scale: scale)
    }

    @Test func tensorsStandInTheFileByNameAndTheRestIsBytes() throws {
        let recipe = Self.recipe([.conv2d(channels: 4, kernel: 3), .flatten, .linear(units: .classes, bias: false)])
        let model = try ONNXModel(recipe, Self.facts([1, 5, 5], classes: 2))
        let tensors = model.parts.compactMap { if case .tensor(let tensor) = $0 { tensor } else { nil } }
        #expect(
            tensors == [
                StoredTensor(name: "0.weight", dtype: "F32", shape: [4, 1, 3, 3], byteCount: 144),
                StoredTensor(name: "0.bias", dtype: "F32", shape: [4], byteCount: 16),
                StoredTensor(name: "2.weight", dtype: "F32", shape: [2, 36], byteCount: 288),
            ])
        #expect(model.byteCount == model.parts.reduce(0) { $0 + $1.byteCount })
        #expect(model.parts == (try ONNXModel(recipe, Self.facts([1, 5, 5], classes: 2))).parts)
        // ir_version 8, as a varint in field 1; then producer_name in field 2.
        guard case .bytes(let first) = model.parts[0] else { throw Missing() }
        #expect(Array(first.prefix(10)) == [0x08, 8, 0x12, 6] + Array("simmer".utf8))
    }

    @Test func anAverageReplacesWeightsAndNoBuffer() throws {
        var recipe = Self.recipe([.batchnorm(), .linear(units: .classes)])
        recipe.averages.ema = [0.99]
        let model = try ONNXModel(recipe, Self.facts([3], classes: 2), average: "ema-0.99")
        let names = model.parts.compactMap { if case .tensor(let tensor) = $0 { tensor.name } else { nil } }
        #expect(
            names == [
                "ema_0.99.0.weight", "ema_0.99.0.bias", "0.running_mean", "0.running_var", "ema_0.99.1.weight",
                "ema_0.99.1.bias",
            ])
        #expect(throws: SimmerError.self) { try ONNXModel(recipe, Self.facts([3], classes: 2), average: "ema-0.9") }
    }

    @Test func whatAnONNXFileCannotHoldIsRefused() throws {
        func message(_ body: () throws -> Void) -> String {
            do { try body() } catch SimmerError.incompatible(let message, _) { return message } catch {
                return "\(error)"
            }
            return "nothing was thrown"
        }
        // 2 × 20000² singles: 3.2 GB.
        let large = Self.recipe([
            .linear(units: .count(20_000)), .relu, .linear(units: .count(20_000)), .relu, .linear(units: .classes),
        ])
        #expect(message { _ = try ONNXModel(large, Self.facts([20_000], classes: 2)) }.contains("at most 2147483647"))
        let old = message {
            _ = try ONNXModel(Self.recipe([.linear(units: .classes)]), Self.facts([2], classes: 2, scale: nil))
        }
        #expect(old.contains("did not keep"))
    }

    private struct Missing: Error {}
}
