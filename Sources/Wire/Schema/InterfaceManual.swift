/// Prints io.simmer(7) in mdoc(7) from the interface's declarations.
public enum InterfaceManual {
    /// The page; `date` as mdoc wants it (`November 23, 2026`).
    public static func page(date: String) -> String {
        var lines: [String] = [
            ".\\\" Printed from the interface's declarations; SIMMER_RECORD=1 swift test writes it anew.",
            ".Dd \(date)", ".Dt IO.SIMMER 7", ".Os simmer", ".Sh NAME", ".Nm io.simmer",
            ".Nd the Varlink interface of the training daemon", ".Sh DESCRIPTION",
        ]
        lines += text(
            "The daemon simmerd(8) is spoken to in Varlink: JSON objects, each ended by a NUL byte, over a Unix socket."
        )
        lines += [
            ".Pa /run/simmer/io.simmer", "is the system's daemon,", ".Pa $XDG_RUNTIME_DIR/simmer/io.simmer",
            "a user's own.", "It has the interfaces", ".Sy io.simmer", "and", ".Sy org.varlink.service .", ".Pp",
        ]
        lines += text(Interface.preamble.dropFirst().joined(separator: " "))
        lines += [
            ".Pp", "A request is at most 1 MiB, with at most 64 file descriptors, which come with its first byte.",
            "Replies to calls without", ".Sy more", "come within 5 seconds.", ".Sh METHODS", ".Bl -tag -width Ds",
        ]
        for method in Interface.methods {
            lines.append(".It Fn \(method.name)")
            lines += text(sentence(method.documentation) + needs(method))
            lines += fields(method.input.all, "in")
            lines += fields(method.output.all, "out")
        }
        lines += [".El", ".Sh TYPES", ".Bl -tag -width Ds"]
        for type in Interface.types {
            lines.append(".It Vt \(type.name)")
            lines += text(sentence(type.documentation))
            switch type.kind {
            case .enumeration(let values): lines += text("One of: \(values.joined(separator: ", ")).")
            case .structure(let members): lines += fields(members, nil)
            }
        }
        lines += [
            ".El", ".Sh EXAMPLES", "List the methods, and follow every job, with the client of PyPI's varlink:",
            ".Bd -literal -offset indent",
            "python3 -m varlink.cli help unix:/run/simmer/io.simmer/io.simmer",
            "python3 -u -m varlink.cli call -m unix:/run/simmer/io.simmer/io.simmer.WatchJobs '{}'", ".Ed", ".Pp",
            "The same with systemd 257 or newer:", ".Bd -literal -offset indent",
            "varlinkctl introspect unix:/run/simmer/io.simmer io.simmer",
            "varlinkctl call -E unix:/run/simmer/io.simmer io.simmer.WatchJobs '{}'", ".Ed",
        ]
        lines += [".Sh DIAGNOSTICS", "The errors of", ".Sy io.simmer :", ".Bl -tag -width Ds"]
        for error in ErrorDeclaration.all {
            lines.append(".It Er \(error.name)")
            let parameters = error.parameters.all.map { "\($0.name): \($0.schema.text)" }.joined(separator: ", ")
            lines += text(
                (parameters.isEmpty ? "" : "(\(parameters)) ")
                    + "simmer(1) exits with \(error.exitCode.rawValue). \(error.hint ?? "")")
        }
        lines += [
            ".El", ".Sh SEE ALSO", ".Xr simmer 1 ,", ".Xr simmer-recipe 5 ,", ".Xr simmerd.conf 5 ,", ".Xr simmerd 8",
            ".Pp",
            ".Lk https://varlink.org Varlink",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func needs(_ method: MethodDeclaration) -> String {
        switch method.streaming {
        case .never, .supported: ""
        case .required: " Without 'more' the error is org.varlink.service.ExpectedMore."
        }
    }

    private static func sentence(_ documentation: [String]) -> String { documentation.joined(separator: " ") }

    private static func fields(_ fields: [Field], _ direction: String?) -> [String] {
        guard !fields.isEmpty else { return [] }
        var lines = [".Bl -tag -width Ds -compact"]
        for field in fields {
            let before = direction.map { "\($0) " } ?? ""
            lines.append(".It \(before)Ar \(field.name) : Vt \(escaped(field.schema.text))")
            lines += field.documentation.isEmpty ? [] : text(field.documentation)
        }
        return lines + [".El"]
    }

    /// A paragraph, one sentence or clause a line, as mdoc wants new sentences on new lines.
    private static func text(_ paragraph: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in paragraph.split(separator: " ") {
            line += (line.isEmpty ? "" : " ") + word
            let ends = word.hasSuffix(".") || word.hasSuffix(":") || word.hasSuffix(";")
            if ends || line.count > 90 {
                lines.append(escaped(line))
                line = ""
            }
        }
        if !line.isEmpty { lines.append(escaped(line)) }
        return lines
    }

    /// Nothing of the text may look like a macro or an escape.
    private static func escaped(_ line: String) -> String {
        var text = ""
        for character in line {
            switch character {
            case "\\": text += "\\e"
            case "-": text += "\\-"
            case "…": text += "..."
            default: text.append(character)
            }
        }
        return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
    }
}
