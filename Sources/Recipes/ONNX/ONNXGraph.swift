/// A graph of ONNX operators as a plain value. Format: <https://github.com/onnx/onnx/blob/main/docs/IR.md>; field numbers
/// from onnx/onnx.proto.
struct ONNXGraph: Sendable {
    /// Element types, by their numbers in `TensorProto.DataType`.
    enum ElementType: Int, Sendable {
        case single = 1
        case integer = 7
    }

    enum Attribute: Sendable {
        case integer(Int)
        case integers([Int])
        case single(Float)
    }

    /// One application of an operator.
    struct Node: Sendable {
        var operation: String
        var name: String
        var inputs: [String]
        var outputs: [String]
        /// In the order of the file.
        var attributes: [(name: String, value: Attribute)] = []
    }

    /// A value that the file holds: a constant, or a checkpoint's tensor.
    struct Initializer: Sendable {
        enum Content: Sendable {
            case bytes([UInt8])
            case stored(StoredTensor)
        }
        var name: String
        var type: ElementType
        var shape: [Int]
        var content: Content
    }

    /// An input or output of the graph, for any number of examples.
    struct Value: Sendable {
        var name: String
        var type: ElementType
        /// Of one example; the file has the dimension `batch` before it.
        var shape: [Int]
        var help: String
    }

    var name: String
    var nodes: [Node] = []
    var initializers: [Initializer] = []
    var inputs: [Value] = []
    var outputs: [Value] = []
}

extension ONNXGraph {
    /// `ModelProto` around the graph.
    /// - Parameter metadata: written in the order of its keys.
    func model(operators version: Int, format: Int, metadata: [String: String]) -> ProtobufMessage {
        var model = ProtobufMessage()
        model.add(1, format)
        model.add(2, "simmer")
        model.add(3, SimmerVersion.current)
        model.add(7, message)
        var operators = ProtobufMessage()
        operators.add(1, "")
        operators.add(2, version)
        model.add(8, operators)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            var entry = ProtobufMessage()
            entry.add(1, key)
            entry.add(2, value)
            model.add(14, entry)
        }
        return model
    }

    /// `GraphProto`.
    private var message: ProtobufMessage {
        var graph = ProtobufMessage()
        for node in nodes { graph.add(1, node.message) }
        graph.add(2, name)
        for initializer in initializers { graph.add(5, initializer.message) }
        for input in inputs { graph.add(11, input.message) }
        for output in outputs { graph.add(12, output.message) }
        return graph
    }
}

extension ONNXGraph.Node {
    /// `NodeProto`.
    fileprivate var message: ProtobufMessage {
        var node = ProtobufMessage()
        for input in inputs { node.add(1, input) }
        for output in outputs { node.add(2, output) }
        node.add(3, name)
        node.add(4, operation)
        for (name, value) in attributes {
            var attribute = ProtobufMessage()
            attribute.add(1, name)
            switch value {
            case .single(let number):
                attribute.add(2, number)
                attribute.add(20, 1)
            case .integer(let number):
                attribute.add(3, number)
                attribute.add(20, 2)
            case .integers(let numbers):
                for number in numbers { attribute.add(8, number) }
                attribute.add(20, 7)
            }
            node.add(5, attribute)
        }
        return node
    }
}

extension ONNXGraph.Initializer {
    /// `TensorProto`.
    fileprivate var message: ProtobufMessage {
        var tensor = ProtobufMessage()
        for size in shape { tensor.add(1, size) }
        tensor.add(2, type.rawValue)
        tensor.add(8, name)
        switch content {
        case .bytes(let bytes): tensor.add(9, bytes)
        case .stored(let stored): tensor.add(9, stored)
        }
        return tensor
    }
}

extension ONNXGraph.Value {
    /// `ValueInfoProto`.
    fileprivate var message: ProtobufMessage {
        var shape = ProtobufMessage()
        var batch = ProtobufMessage()
        batch.add(2, "batch")
        shape.add(1, batch)
        for size in self.shape {
            var dimension = ProtobufMessage()
            dimension.add(1, size)
            shape.add(1, dimension)
        }
        var tensor = ProtobufMessage()
        tensor.add(1, type.rawValue)
        tensor.add(2, shape)
        var type = ProtobufMessage()
        type.add(1, tensor)
        var value = ProtobufMessage()
        value.add(1, name)
        value.add(2, type)
        value.add(3, help)
        return value
    }
}
