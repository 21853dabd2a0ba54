import Networks
import Recipes
import Tensors

/// Where each tensor of a network's state lies in a snapshot's memory, and where in the network's.
struct SnapshotLayout {
    /// All that a snapshot can have.
    let records: [TensorRecord]
    let byteCount: Int
    private let sources: [UnsafeMutableRawPointer]
    /// How many weights an average must have taken in before a tensor is one: 0 for what is always there.
    private let begins: [(average: String, taken: Int)]

    /// Tensors begin at multiples of 64 bytes; the gaps are zero.
    init(_ network: Network, _ averages: Averages) {
        var records: [TensorRecord] = []
        var sources: [UnsafeMutableRawPointer] = []
        var begins: [(average: String, taken: Int)] = []
        var offset = 0
        func add(
            _ tensor: ParameterTensor, _ prefix: String, _ role: TensorRecord.Role, _ base: UnsafeMutableRawPointer,
            _ begin: (average: String, taken: Int) = ("", 0)
        ) {
            let size = tensor.storage == .counters ? 8 : 4
            records.append(
                TensorRecord(
                    name: prefix + tensor.name, role: role, dtype: size == 8 ? "I64" : "F32", shape: tensor.shape,
                    storedShape: tensor.storedShape, permutation: tensor.permutation, offset: offset,
                    byteCount: tensor.count * size))
            sources.append(base + tensor.offset * size)
            begins.append(begin)
            offset = (offset + tensor.count * size + 63) / 64 * 64
        }
        for tensor in network.plan.tensors {
            switch tensor.storage {
            case .parameters: add(tensor, "", .weight, UnsafeMutableRawPointer(network.parameters))
            case .buffers: add(tensor, "", .buffer, UnsafeMutableRawPointer(network.buffers))
            case .counters: add(tensor, "", .buffer, UnsafeMutableRawPointer(network.counters))
            }
        }
        let trained = network.plan.tensors.filter { $0.storage == .parameters }
        for (name, moment) in zip(network.optimizer.momentNames, network.moments) {
            for tensor in trained { add(tensor, name + ".", .moment, UnsafeMutableRawPointer(moment)) }
        }
        for average in averages.all {
            let prefix = average.kind.prefix
            let begin = (average.name, average.exists(after: 0) ? 0 : 1)
            for tensor in trained { add(tensor, prefix, .average, UnsafeMutableRawPointer(average.values.base), begin) }
            if let statistics = average.statistics {
                for tensor in network.plan.tensors where tensor.storage == .buffers {
                    add(tensor, prefix, .average, UnsafeMutableRawPointer(statistics.base), begin)
                }
            }
            for (index, slot) in average.slots.enumerated() {
                let prefix = AverageName.slotPrefix(average.name, index)
                for tensor in trained {
                    add(tensor, prefix, .window, UnsafeMutableRawPointer(slot.base), (average.name, index + 1))
                }
            }
        }
        self.records = records
        self.sources = sources
        self.begins = begins
        byteCount = offset
    }

    /// What a snapshot has.
    /// - Parameter taken: how many weights each average has taken in; one that has none is not there.
    func records(taken: [String: Int]) -> [TensorRecord] {
        zip(records, begins).filter { $1.taken <= taken[$1.average, default: 0] }.map(\.0)
    }

    /// Copies the whole state into `memory`; the pool shares the copying, piece by piece.
    /// - Precondition: `memory` has `byteCount` bytes.
    func write(to memory: UnsafeMutableRawBufferPointer, _ pool: ThreadPool) {
        guard let base = memory.baseAddress, memory.count >= byteCount else { return }
        let pieces = self.pieces()
        pool.run(pieces.count) { index in
            let piece = pieces[index]
            (base + records[piece.tensor].offset + piece.start).copyMemory(
                from: sources[piece.tensor] + piece.start, byteCount: piece.count)
            // A buffer is used again: what lies between two tensors must not be left over from another layout.
            let end = records[piece.tensor].offset + piece.start + piece.count
            if piece.start + piece.count == records[piece.tensor].byteCount {
                let next = piece.tensor + 1 < records.count ? records[piece.tensor + 1].offset : byteCount
                (base + end).initializeMemory(as: UInt8.self, repeating: 0, count: next - end)
            }
        }
    }

    private func pieces() -> [(tensor: Int, start: Int, count: Int)] {
        let limit = 4 << 20
        return records.indices.flatMap { tensor in
            stride(from: 0, to: records[tensor].byteCount, by: limit).map { start in
                (tensor, start, min(limit, records[tensor].byteCount - start))
            }
        }
    }

    /// What `read` did not find.
    struct Missing {
        var moments = false
        /// Names of tensors of averages.
        var averages: Set<String> = []
    }

    /// Takes every tensor that the snapshot has. Weights and buffers must be there unless `isPartial`; moments and
    /// averages may be missing (an import has none).
    /// - Throws: `TrainingFailure` where a tensor is missing, has another shape, or lies outside the bytes.
    func read(
        _ snapshot: Snapshot, _ bytes: UnsafeRawBufferPointer, weightsOnly: Bool = false, isPartial: Bool = false
    ) throws(TrainingFailure) -> Missing {
        var missing = Missing()
        let found = Dictionary(snapshot.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for (record, target) in zip(records, sources) {
            if weightsOnly, record.role == .moment || record.role == .window { continue }
            guard let tensor = found[record.name] else {
                switch record.role {
                case .moment: missing.moments = true
                case .average, .window: missing.averages.insert(record.name)
                case .weight where isPartial, .buffer where isPartial: break
                case .weight, .buffer: throw Self.unfit("the checkpoint has no tensor '\(record.name)'")
                }
                continue
            }
            guard tensor.shape == record.shape, tensor.dtype == record.dtype, tensor.byteCount == record.byteCount
            else {
                throw Self.unfit(
                    "tensor '\(record.name)' is \(tensor.dtype) \(tensor.shape) in the checkpoint, but "
                        + "\(record.dtype) \(record.shape) in the model")
            }
            guard tensor.offset >= 0, tensor.offset <= bytes.count, tensor.byteCount <= bytes.count - tensor.offset,
                let base = bytes.baseAddress
            else { throw Self.unfit("tensor '\(record.name)' lies outside the checkpoint's bytes") }
            let source = UnsafeRawBufferPointer(start: base + tensor.offset, count: tensor.byteCount)
            if tensor.storedShape == record.storedShape, tensor.permutation == record.permutation {
                target.copyMemory(from: base + tensor.offset, byteCount: tensor.byteCount)
            } else if tensor.storedShape == nil, tensor.permutation == nil {
                Layout.toStored(source, record, target)
            } else {
                throw Self.unfit("tensor '\(record.name)' is stored in a layout that this version does not use")
            }
        }
        return missing
    }

    private static func unfit(_ what: String) -> TrainingFailure {
        TrainingFailure(
            code: .internal, message: "The checkpoint does not fit the recipe's model: \(what).",
            findings: [
                Finding(
                    severity: .error, code: "M.checkpoint", message: what, path: "/model/layers",
                    hint: "Branch with the recipe that made the checkpoint.")
            ])
    }
}

/// Conversion between PyTorch's layout and the engine's.
enum Layout {
    /// Writes the elements of `exported`, which has `record.shape`, as the engine stores them: the inverse of
    /// `exported = reshape(transpose(view(stored, storedShape), permutation), shape)`.
    static func toStored(_ exported: UnsafeRawBufferPointer, _ record: TensorRecord, _ target: UnsafeMutableRawPointer)
    {
        let count = record.shape.reduce(1, *)
        let source = exported.bindMemory(to: Float.self)
        guard let stored = record.storedShape, let permutation = record.permutation else {
            if let base = exported.baseAddress { target.copyMemory(from: base, byteCount: exported.count) }
            return
        }
        let destination = target.bindMemory(to: Float.self, capacity: count)
        // Strides of the stored tensor, seen in the order of the exported one's axes.
        var storedStrides = [Int](repeating: 1, count: stored.count)
        for axis in stride(from: stored.count - 2, through: 0, by: -1) {
            storedStrides[axis] = storedStrides[axis + 1] * stored[axis + 1]
        }
        let sizes = permutation.map { stored[$0] }
        let strides = permutation.map { storedStrides[$0] }
        var index = [Int](repeating: 0, count: sizes.count)
        var place = 0
        for element in 0..<count {
            destination[place] = source[element]
            var axis = sizes.count - 1
            while axis >= 0 {
                index[axis] += 1
                place += strides[axis]
                if index[axis] < sizes[axis] { break }
                place -= strides[axis] * sizes[axis]
                index[axis] = 0
                axis -= 1
            }
        }
    }
}
