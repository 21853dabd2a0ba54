import Recipes

/// Which tensor of a weights file starts which tensor of a model: by name, after `model.map`.
struct WeightsMatch {
    /// The file's tensors that the model has, under the model's names.
    private(set) var tensors: [TensorRecord] = []
    /// What keeps the model from starting at them, all of it; and what keeps its first values.
    private(set) var findings: [Finding] = []
    private let model: Recipes.Model
    /// As messages call the file.
    private let source: String

    /// - Parameters:
    ///   - file: the tensors as the file names them.
    ///   - wanted: the model's weights and buffers.
    init(_ file: [TensorRecord], to wanted: [TensorRecord], _ model: Recipes.Model) {
        self.model = model
        source = "`\(model.from ?? "the file")`"
        checkMap(file, wanted)
        let found = rename(file)
        var missing: [String] = []
        for record in wanted {
            guard var tensor = found[record.name] else {
                missing.append(record.name)
                continue
            }
            checkShape(tensor, record)
            tensor.name = record.name
            tensors.append(tensor)
        }
        if missing.count == wanted.count {
            refuse(
                "No tensor of the model is in \(source).", at: "/model/from",
                hint: "The file has \(Self.list(file.map(\.name))); say with `model.map` what is what.")
        } else if !missing.isEmpty {
            checkMissing(missing)
        }
    }

    /// Every mapping must speak of something, and make something that the model has.
    private mutating func checkMap(_ file: [TensorRecord], _ wanted: [TensorRecord]) {
        let known = Set(wanted.map(\.name))
        for mapping in model.map {
            let spoken = file.filter { mapping.matches($0.name) }
            guard let first = spoken.first else {
                refuse(
                    "`\(mapping.file)` in `model.map` names no tensor of \(source).", at: "/model/map",
                    line: mapping.line, hint: "There are \(Self.list(file.map(\.name))).")
                continue
            }
            let names = spoken.compactMap { mapping.renamed($0.name) }
            guard let name = names.first, known.isDisjoint(with: names) else { continue }
            refuse(
                "`model.map` makes `\(name)` of `\(first.name)`, and the model has no such tensor.", at: "/model/map",
                line: mapping.line, hint: "It has \(Self.list(wanted.map(\.name))).")
        }
    }

    /// The file's tensors by the model's names; the longest name in the map counts.
    private mutating func rename(_ file: [TensorRecord]) -> [String: TensorRecord] {
        var found: [String: TensorRecord] = [:]
        for tensor in file {
            let mapping = model.map.filter { $0.matches(tensor.name) }.max { $0.file.utf8.count < $1.file.utf8.count }
            let name: String? = if let mapping { mapping.renamed(tensor.name) } else { tensor.name }
            guard let name, let other = found.updateValue(tensor, forKey: name) else { continue }
            refuse(
                "`\(other.name)` and `\(tensor.name)` of \(source) both become `\(name)`.", at: "/model/map",
                hint: "Leave one of them out: `\(other.name): none`.")
        }
        return found
    }

    private mutating func checkShape(_ tensor: TensorRecord, _ record: TensorRecord) {
        guard tensor.shape != record.shape || tensor.dtype != record.dtype else { return }
        let origin = tensor.name == record.name ? "" : ", which starts `\(record.name)`,"
        refuse(
            "`\(tensor.name)`\(origin) is \(tensor.dtype) \(tensor.shape) in \(source), but "
                + "\(record.dtype) \(record.shape) in the model.", at: "/model/from",
            hint: "Change the layer; or leave the tensor out with `model.map` (`\(tensor.name): none`) and "
                + "`model.partial: true`.")
    }

    private mutating func checkMissing(_ names: [String]) {
        let what = names.count == 1 ? "One tensor of the model is" : "\(names.count) tensors of the model are"
        guard model.partial else {
            return refuse(
                "\(what) not in \(source): \(Self.list(names)).", at: "/model/from",
                hint: "Say with `model.map` what they are called there; or let them keep their first values with "
                    + "`model.partial: true`.")
        }
        findings.append(
            Finding(
                severity: .info, code: "model.partial",
                message: "\(what) not in \(source); first values stay: \(Self.list(names)).", path: "/model/partial"))
    }

    private mutating func refuse(_ message: String, at path: String, line: Int? = nil, hint: String) {
        findings.append(
            Finding(severity: .error, code: "model.map", message: message, path: path, line: line, hint: hint))
    }

    /// The first ten names.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(10).map { "`\($0)`" }.joined(separator: ", ")
        return names.count > 10 ? "\(shown) and \(names.count - 10) more" : names.isEmpty ? "none" : shown
    }
}
