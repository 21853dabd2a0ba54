/// How a network's inputs are made of a file's numbers: `(number / scale - mean) / deviation`, channel by channel. Weights
/// are used to it; a file of weights carries it in its metadata.
public struct InputScaling: Sendable, Equatable {
    /// Shape of one example: `[features]`, or `[channels, height, width]`.
    public var shape: [Int]
    /// 255 for bytes, else 1; nil where it was not measured.
    public var scale: Double?
    /// One for each channel or feature; both empty where nothing is subtracted.
    public var mean: [Double]
    public var deviation: [Double]
    /// Names of the token ids of a text; empty for numbers, and where they are too many to be carried.
    public var vocabulary: [String]

    /// Key in the metadata of a safetensors file.
    public static let metadataKey = "simmer.inputs"
    /// Bytes of a vocabulary that is carried, at most.
    static let mostVocabularyBytes = 1 << 20

    public init(
        shape: [Int], scale: Double?, mean: [Double] = [], deviation: [Double] = [], vocabulary: [String] = []
    ) {
        self.shape = shape
        self.scale = scale
        self.mean = mean
        self.deviation = deviation
        self.vocabulary = vocabulary
    }

    public init(_ facts: DataFacts) {
        let bytes = facts.vocabulary.reduce(0) { $0 + $1.utf8.count }
        self.init(
            shape: facts.inputShape, scale: facts.scale, mean: facts.mean, deviation: facts.deviation,
            vocabulary: bytes <= Self.mostVocabularyBytes ? facts.vocabulary : [])
    }

    /// As the metadata holds it: canonical JSON.
    public var metadataText: String {
        var fields: [String: JSONValue] = [
            "shape": .array(shape.map { .int($0) }), "mean": .array(mean.map { .double($0) }),
            "deviation": .array(deviation.map { .double($0) }),
        ]
        if let scale { fields["scale"] = .double(scale) }
        if !vocabulary.isEmpty { fields["vocabulary"] = .array(vocabulary.map { .string($0) }) }
        return JSONValue.object(fields).canonicalText
    }

    /// What a file's metadata says; nil where it says nothing.
    /// - Throws: `InputScalingFault` where that cannot be read, or no numbers could be made so.
    public init?(metadata: [String: String]) throws(InputScalingFault) {
        guard let text = metadata[Self.metadataKey] else { return nil }
        let value: JSONValue
        do throws(StrictJSON.Failure) {
            value = try StrictJSON.parse(Array(text.utf8), limits: StrictJSON.Limits(bytes: 4 << 20))
        } catch {
            throw InputScalingFault(description: "\(error)")
        }
        guard case .object(let fields) = value else { throw InputScalingFault(description: "it is not a JSON object") }
        func list<Element>(_ name: String, _ read: (JSONValue) -> Element?) throws(InputScalingFault) -> [Element] {
            guard case .array(let values)? = fields[name] else {
                throw InputScalingFault(description: "it has no list `\(name)`")
            }
            let elements = values.compactMap(read)
            guard elements.count == values.count else {
                throw InputScalingFault(description: "`\(name)` holds something other than it should")
            }
            return elements
        }
        func number(_ value: JSONValue) -> Double? {
            switch value {
            case .int(let number): Double(number)
            case .double(let number): number
            default: nil
            }
        }
        self.init(
            shape: try list("shape") { if case .int(let size) = $0 { size } else { nil } },
            scale: fields["scale"].map { number($0) ?? .nan }, mean: try list("mean", number),
            deviation: try list("deviation", number),
            vocabulary: fields["vocabulary"] == nil
                ? [] : try list("vocabulary") { if case .string(let word) = $0 { word } else { nil } })
        guard shape.allSatisfy({ $0 > 0 }), mean.allSatisfy(\.isFinite), scale.map({ $0.isFinite && $0 > 0 }) ?? true
        else { throw InputScalingFault(description: "a shape, mean or scale is not valid") }
        guard mean.count == deviation.count, deviation.allSatisfy({ $0.isFinite && $0 > 0 }) else {
            throw InputScalingFault(
                description: "\(mean.count) means and \(deviation.count) deviations, each of which must be above 0")
        }
    }
}

/// Why what a file says of its inputs cannot be used.
public struct InputScalingFault: Error, Sendable, CustomStringConvertible {
    public var description: String
}
