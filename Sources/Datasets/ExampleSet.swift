/// Examples as their source holds them, in memory or mapped: bytes stay bytes until a batch is made of them.
public struct ExampleSet: Sendable {
    enum Inputs: Sendable {
        case bytes([UInt8])
        /// Bytes that stay in their files.
        case mapped(MappedRows)
        case floats([Float])
    }
    enum Targets: Sendable {
        case none
        case classes([Int32])
        case numbers([Float], width: Int)
    }
    /// One example as the recipe's shape rules see it: `[features]` or `[channels, height, width]`.
    let shape: [Int]
    private(set) var count: Int
    /// Example by example; images `[height, width, channels]`.
    var inputs: Inputs
    var targets: Targets
    /// Where the rows lie in the user's files.
    var origins = Origins()
    /// Inputs that the file left empty and that have been filled in: places in `inputs`, ascending.
    var filled: [Int] = []
    /// How large the images were in their files, row by row; empty where no image was brought to another size.
    var sizes: [ImageSize] = []
    /// The first row of those that were made, which are the last; nil where none was.
    private(set) var firstMade: Int?

    var isBytes: Bool { if case .floats = inputs { false } else { true } }

    /// Numbers in one example.
    var elementCount: Int { shape.reduce(1, *) }
    /// Channels of an image, else the number of features: what has a mean and deviation of its own.
    var channelCount: Int { shape.first ?? 0 }

    var classLabels: [Int32]? {
        if case .classes(let labels) = targets { labels } else { nil }
    }
}

extension ExampleSet {
    /// Puts examples that somebody made behind these.
    /// - Precondition: they have the same shape, kind of inputs (`isBytes`) and kind of targets.
    mutating func append(made other: ExampleSet) {
        firstMade = count
        filled += other.filled.map { $0 + count * elementCount }
        if !sizes.isEmpty || !other.sizes.isEmpty {
            let own = ImageSize(height: shape.dropFirst().first ?? 1, width: shape.last ?? 1)
            func all(_ set: ExampleSet) -> [ImageSize] {
                set.sizes.isEmpty ? [ImageSize](repeating: own, count: set.count) : set.sizes
            }
            sizes = all(self) + all(other)
        }
        switch (inputs, other.inputs) {
        case (.mapped(let rows), .mapped(let others)):
            inputs = .mapped(MappedRows(rows.pieces + others.pieces, size: elementCount))
        case (.floats(var values), .floats(let others)):
            inputs = .floats([])
            values += others
            inputs = .floats(values)
        default:
            var bytes = self.bytes
            inputs = .bytes([])
            bytes += other.bytes
            inputs = .bytes(bytes)
        }
        switch (targets, other.targets) {
        case (.classes(let labels), .classes(let others)): targets = .classes(labels + others)
        case (.numbers(let values, let width), .numbers(let others, _)):
            targets = .numbers(values + others, width: width)
        default: break
        }
        origins.append(other.origins)
        count += other.count
    }

    private var bytes: [UInt8] {
        switch inputs {
        case .bytes(let values): values
        case .mapped(let rows): rows.pieces.flatMap(\.array)
        case .floats: []
        }
    }

    /// The shape of one example and whether the array's images have their channels first.
    static func layout(of dimensions: [Int]) -> (shape: [Int], channelsFirst: Bool)? {
        let channels = [1, 3, 4]
        switch dimensions.count {
        case 1: return ([1], false)
        case 2: return ([dimensions[1]], false)
        case 3: return ([1, dimensions[1], dimensions[2]], false)
        case 4:
            // [N, C, H, W] as PyTorch has it, unless only the last can be a number of channels.
            if channels.contains(dimensions[3]), !channels.contains(dimensions[1]) {
                return ([dimensions[3], dimensions[1], dimensions[2]], false)
            }
            return ([dimensions[1], dimensions[2], dimensions[3]], true)
        default: return nil
        }
    }

    /// Inputs of several shards, one after the other.
    static func inputs(_ shards: [(file: NamedFile, array: RawArray)]) throws(DataFault) -> (shape: [Int], Inputs, Int)
    {
        var bytes: [UInt8] = []
        var floats: [Float] = []
        var allBytes = true
        var mapped: [MappedBytes] = []
        for shard in shards {
            switch shard.array.elements {
            case .bytes: break
            case .mapped(let bytes): mapped.append(bytes)
            case .integers, .floats: allBytes = false
            }
        }
        // Rows can stay where they are only if no image of theirs has planes to be put together.
        let stayMapped =
            mapped.count == shards.count
            && shards.allSatisfy {
                layout(of: $0.array.dimensions).map { !$0.channelsFirst || $0.shape[0] == 1 } ?? false
            }
        var shape: [Int]?
        var count = 0
        for (file, array) in shards {
            guard let layout = layout(of: array.dimensions) else {
                throw file.fault(
                    .shape,
                    "an array of \(array.dimensions.count) dimensions; inputs have 1 to 4: examples, then "
                        + "features, or height and width, or channels, height and width.")
            }
            if let shape, shape != layout.shape {
                throw file.fault(
                    .shape, "examples of shape \(layout.shape), but \(shards[0].file.path) has \(shape).",
                    hint: "All shards hold examples of one shape.")
            }
            shape = layout.shape
            count += array.dimensions[0]
            let planes = layout.channelsFirst && layout.shape[0] > 1 ? layout.shape : nil
            if stayMapped { continue }
            if allBytes, let values = array.bytes {
                bytes.append(contentsOf: planes.map { channelsLast(values, $0) } ?? values)
            } else {
                let values = array.singles()
                floats.append(contentsOf: planes.map { channelsLast(values, $0) } ?? values)
            }
        }
        let found = shape ?? []
        if stayMapped { return (found, .mapped(MappedRows(mapped, size: found.reduce(1, *))), count) }
        if !allBytes { try expectFinite(floats, width: found.reduce(1, *), shards) }
        return (found, allBytes ? .bytes(bytes) : .floats(floats), count)
    }

    private static func expectFinite(
        _ values: [Float], width: Int, _ shards: [(file: NamedFile, array: RawArray)]
    ) throws(DataFault) {
        guard let bad = values.firstIndex(where: { !$0.isFinite }) else { return }
        var row = bad / max(width, 1)
        for (file, array) in shards {
            if row < array.dimensions[0] {
                let total = values.count { !$0.isFinite }
                throw file.fault(
                    .notFinite,
                    "example \(row), element \(bad % max(width, 1)) is \(values[bad]) (\(total) such in all).",
                    hint: "Clean the data: one such number makes every weight NaN.")
            }
            row -= array.dimensions[0]
        }
    }

    /// `[C, H, W]` of each example to `[H, W, C]`.
    private static func channelsLast<T>(_ values: [T], _ shape: [Int]) -> [T] {
        let channels = shape[0]
        let plane = shape[1] * shape[2]
        let size = channels * plane
        return [T](unsafeUninitializedCapacity: values.count) { result, written in
            for start in stride(from: 0, to: values.count, by: size) {
                for channel in 0..<channels {
                    for pixel in 0..<plane {
                        result.initializeElement(
                            at: start + pixel * channels + channel, to: values[start + channel * plane + pixel])
                    }
                }
            }
            written = values.count
        }
    }
}

extension RawArray {
    /// Every element as a single.
    func singles() -> [Float] {
        switch elements {
        case .bytes(let values): values.map { Float($0) }
        case .mapped(let values): (0..<values.count).map { Float(values.start[$0]) }
        case .integers(let values): values.map { Float($0) }
        case .floats(let values): values
        }
    }

    /// The elements, where they are bytes.
    var bytes: [UInt8]? {
        switch elements {
        case .bytes(let values): values
        case .mapped(let values): values.array
        case .integers, .floats: nil
        }
    }

    var isWhole: Bool {
        if case .floats = elements { false } else { true }
    }
}
