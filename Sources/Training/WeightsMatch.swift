import Recipes

/// Which tensor of a weights file starts which tensor of a model: by name, after `model.map`.
struct WeightsMatch {
    /// The file's tensors that the model has, under the model's names.
    let tensors: [TensorRecord]
    /// What keeps the model from starting at them, all of it; and what keeps its first values.
    let findings: [Finding]

    /// - Parameters:
    ///   - file: the tensors as the file names them.
    ///   - wanted: the model's weights and buffers.
    init(_ file: [TensorRecord], to wanted: [TensorRecord], _ model: Recipes.Model) {
        let source = "`\(model.from ?? "the file")`"
        var findings: [Finding] = []
        let known = Dictionary(wanted.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var renamed: [(tensor: TensorRecord, name: String)] = []
        for tensor in file {
            let mapping = model.map.filter { $0.matches(tensor.name) }.max { $0.file.utf8.count < $1.file.utf8.count }
            let name: String? = if let mapping { mapping.renamed(tensor.name) } else { tensor.name }
            if let name { renamed.append((tensor, name)) }
        }
        for mapping in model.map {
            let spoken = file.filter { mapping.matches($0.name) }
            guard let first = spoken.first, let name = mapping.renamed(first.name) else {
                if spoken.isEmpty {
                    findings.append(
                        Self.finding(
                            "`\(mapping.file)` in `model.map` names no tensor of \(source).", mapping.line,
                            "There are \(Self.list(file.map(\.name)))."))
                }
                continue
            }
            if !spoken.contains(where: { mapping.renamed($0.name).map { known[$0] != nil } == true }) {
                findings.append(
                    Self.finding(
                        "`model.map` makes `\(name)` of `\(first.name)`, and the model has no such tensor.",
                        mapping.line, "It has \(Self.list(wanted.map(\.name)))."))
            }
        }
        var found: [String: TensorRecord] = [:]
        for (tensor, name) in renamed {
            guard let other = found.updateValue(tensor, forKey: name) else { continue }
            findings.append(
                Self.finding(
                    "`\(other.name)` and `\(tensor.name)` of \(source) both become `\(name)`.", nil,
                    "Leave one of them out: `\(other.name): none`."))
        }
        var missing: [String] = []
        var tensors: [TensorRecord] = []
        for record in wanted {
            guard var tensor = found[record.name] else {
                missing.append(record.name)
                continue
            }
            if tensor.shape != record.shape || tensor.dtype != record.dtype {
                let origin = tensor.name == record.name ? "" : ", which starts `\(record.name)`,"
                findings.append(
                    Self.finding(
                        "`\(tensor.name)`\(origin) is \(tensor.dtype) \(tensor.shape) in \(source), but "
                            + "\(record.dtype) \(record.shape) in the model.", nil,
                        "Change the layer; or leave the tensor out with `model.map` (`\(tensor.name): none`) and "
                            + "`model.partial: true`.", path: "/model/from"))
            }
            tensor.name = record.name
            tensors.append(tensor)
        }
        if !missing.isEmpty {
            let all = missing.count == wanted.count
            let some = missing.count == 1 ? "One tensor" : "\(missing.count) tensors"
            let what = "\(all ? "No tensor" : some) of the model \(missing.count == 1 || all ? "is" : "are")"
            if model.partial, !all {
                findings.append(
                    Finding(
                        severity: .info, code: "model.partial",
                        message: "\(what) not in \(source) and keep\(missing.count == 1 ? "s" : "") first values: "
                            + "\(Self.list(missing)).", path: "/model/partial"))
            } else {
                findings.append(
                    Self.finding(
                        all ? "\(what) in \(source)." : "\(what) not in \(source): \(Self.list(missing)).", nil,
                        all
                            ? "The file has \(Self.list(file.map(\.name))); say with `model.map` what is what."
                            : "Say with `model.map` what they are called there; or let them keep their first values with "
                                + "`model.partial: true`.", path: "/model/from"))
            }
        }
        self.tensors = tensors
        self.findings = findings
    }

    private static func finding(
        _ message: String, _ line: Int?, _ hint: String, path: String = "/model/map"
    ) -> Finding {
        Finding(severity: .error, code: "model.map", message: message, path: path, line: line, hint: hint)
    }

    /// The first ten names.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(10).map { "`\($0)`" }.joined(separator: ", ")
        return names.count > 10 ? "\(shown) and \(names.count - 10) more" : names.isEmpty ? "none" : shown
    }
}
