/// Prints an interface in Varlink's own language: types first, each before its use, then methods, then errors.
enum InterfacePrinter {
    private static let width = 120

    /// The whole text. Lines end in LF; comments stand above what they explain, nowhere else (the house rules of
    /// `InterfaceRules` say where parsers break).
    static func text(
        name: String, preamble: [String], types: [NamedType], methods: [MethodDeclaration], errors: [ErrorDeclaration]
    ) -> String {
        var blocks: [String] = [comment(preamble) + "interface \(name)"]
        blocks += types.map { comment($0.documentation) + type($0) }
        blocks += methods.map { comment($0.documentation) + method($0) }
        blocks.append(
            errors.map { "error \($0.name)\(parameters($0.parameters.all, before: "error \($0.name)"))" }.joined(
                separator: "\n"))
        return blocks.joined(separator: "\n\n") + "\n"
    }

    /// The types that methods and errors mention, each after those it is made of.
    static func types(methods: [MethodDeclaration], errors: [ErrorDeclaration]) -> [NamedType] {
        var seen: Set<String> = []
        var found: [NamedType] = []
        func visit(_ fields: [Field]) {
            for field in fields {
                guard let type = field.schema.namedType, !seen.contains(type.name) else { continue }
                seen.insert(type.name)
                if case .structure(let below) = type.kind { visit(below) }
                found.append(type)
            }
        }
        for method in methods {
            visit(method.input.all)
            visit(method.output.all)
        }
        for error in errors { visit(error.parameters.all) }
        return found
    }

    private static func type(_ type: NamedType) -> String {
        switch type.kind {
        case .enumeration(let values): "type \(type.name) (\(values.joined(separator: ", ")))"
        case .structure(let fields): "type \(type.name) \(block(fields))"
        }
    }

    private static func method(_ method: MethodDeclaration) -> String {
        let head = "method \(method.name)"
        let input = parameters(method.input.all, before: head)
        let last = (head + input).split(separator: "\n").last.map(String.init) ?? ""
        return "\(head)\(input) -> \(parameters(method.output.all, before: "\(last) -> "))"
    }

    /// On one line where that fits, else one field a line.
    private static func parameters(_ fields: [Field], before: String) -> String {
        let line = "(\(fields.map { "\($0.name): \($0.schema.text)" }.joined(separator: ", ")))"
        let isDocumented = fields.contains { !$0.documentation.isEmpty }
        return !isDocumented && before.count + line.count <= width ? line : block(fields)
    }

    private static func block(_ fields: [Field]) -> String {
        let lines = fields.enumerated().map { index, field in
            let comma = index == fields.count - 1 ? "" : ","
            return comment([field.documentation], indent: "  ") + "  \(field.name): \(field.schema.text)\(comma)"
        }
        return "(\n\(lines.joined(separator: "\n"))\n)"
    }

    private static func comment(_ lines: [String], indent: String = "") -> String {
        lines.filter { !$0.isEmpty }.map { "\(indent)# \($0)\n" }.joined()
    }
}
