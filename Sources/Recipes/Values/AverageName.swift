/// What an average of the weights is called, and its tensors in a checkpoint.
public enum AverageName {
    static func ema(_ decay: Double) -> String { "ema-\(decay)" }

    /// `ema_0.999.`, `lawa_500x5.`, `swa.`: before the names of the mean's tensors.
    static func tensorPrefix(_ name: String) -> String {
        String(name.map { $0 == "-" ? "_" : $0 }) + "."
    }

    /// `lawa_500x5_0.`: before the names of the tensors of one of the weights that a mean is made of.
    public static func slotPrefix(_ name: String, _ slot: Int) -> String { "\(tensorPrefix(name).dropLast())_\(slot)." }

    /// The prefix that belongs to a name.
    /// - Throws: `SimmerError.incompatible` where no average can have the name.
    public static func prefix(of name: String) throws -> String {
        guard let known = canonical(name) else {
            throw SimmerError.incompatible(
                message: "'\(name)' names no average of the weights.",
                findings: [
                    Finding(
                        severity: .info, code: "hint", message: "averages are called like ema-0.999, lawa-500x5 or swa")
                ])
        }
        return tensorPrefix(known)
    }

    /// The name as a checkpoint has it; nil where no average can have it.
    public static func canonical(_ name: String) -> String? {
        if name == "swa" { return name }
        if name.hasPrefix("ema-"), let decay = Double(name.dropFirst(4)) { return ema(decay) }
        if name.hasPrefix("lawa-"), isWindow(name.dropFirst(5)) { return name }
        return nil
    }

    /// The average that a tensor of a checkpoint belongs to, and whether it is of the mean itself; nil for a tensor of
    /// none.
    public static func of(tensor: String) -> (name: String, isMean: Bool)? {
        if tensor.hasPrefix("swa.") { return ("swa", true) }
        if tensor.hasPrefix("ema_0.") {
            let decimals = tensor.dropFirst(6).prefix { $0.isASCII && $0.isNumber }
            guard !decimals.isEmpty, tensor.dropFirst(6 + decimals.count).first == "." else { return nil }
            return ("ema-0.\(decimals)", true)
        }
        guard tensor.hasPrefix("lawa_"), let end = tensor.firstIndex(of: ".") else { return nil }
        let parts = tensor[..<end].dropFirst(5).split(separator: "_", omittingEmptySubsequences: false)
        guard let window = parts.first, isWindow(window), parts.count <= 2,
            parts.count == 1 || parts[1].allSatisfy({ $0.isASCII && $0.isNumber })
        else { return nil }
        return ("lawa-\(window)", parts.count == 1)
    }

    /// `500x5`.
    private static func isWindow(_ text: Substring) -> Bool {
        let numbers = text.split(separator: "x", omittingEmptySubsequences: false)
        return numbers.count == 2 && numbers.allSatisfy { $0.first != "0" && Int($0).map { $0 > 0 } == true }
    }
}

extension Snapshot {
    /// The averages that the checkpoint holds, in its order.
    public var averageNames: [String] {
        var names: [String] = []
        for tensor in tensors where tensor.role == .average {
            if let name = AverageName.of(tensor: tensor.name)?.name, names.last != name { names.append(name) }
        }
        return names
    }

    /// An average's values under the names of the weights, and the buffers that go with them: its own where it has some,
    /// else the network's.
    /// - Throws: `SimmerError.incompatible` where the checkpoint holds no such average; it names those that it holds.
    public func tensors(ofAverage name: String) throws -> [(name: String, tensor: TensorRecord)] {
        let prefix = try AverageName.prefix(of: name)
        let own = tensors.filter { $0.role == .average && $0.name.hasPrefix(prefix) }
            .map { (name: String($0.name.dropFirst(prefix.count)), tensor: $0) }
        guard !own.isEmpty else {
            let names = averageNames
            throw SimmerError.incompatible(
                message: "The checkpoint holds no average '\(name)'.",
                findings: [
                    Finding(
                        severity: .info, code: "hint",
                        message: names.isEmpty
                            ? "it holds none; `average` in simmer-recipe(5) says how one is kept"
                            : "at step \(step) it holds \(names.joined(separator: ", "))")
                ])
        }
        let names = Set(own.map(\.name))
        return own
            + tensors.filter { $0.role == .buffer && !names.contains($0.name) }.map { (name: $0.name, tensor: $0) }
    }

    /// The snapshot of a network whose weights are an average's.
    /// - Throws: as `tensors(ofAverage:)` does.
    public func taking(average name: String) throws -> Snapshot {
        let buffers = Set(tensors.filter { $0.role == .buffer }.map(\.name))
        var snapshot = self
        snapshot.tensors = try tensors(ofAverage: name).map { name, tensor in
            var tensor = tensor
            tensor.name = name
            tensor.role = buffers.contains(name) ? .buffer : .weight
            return tensor
        }
        return snapshot
    }
}
