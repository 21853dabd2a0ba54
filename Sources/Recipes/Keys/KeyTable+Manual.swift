extension KeyTable {
    /// The keys as a list for a manual page, in mdoc(7).
    public func mdoc() -> String {
        var lines = [".Bl -tag -width Ds"]
        for entry in entries {
            lines.append(".It Ic \(Self.escaped(entry.path))")
            lines += Self.sentence(
                entry.summary.capitalizedFirst + (isRecipe ? "; " + Self.life(entry.life) : "") + ".")
            lines += Self.paragraph(entry.help)
        }
        lines.append(".El")
        return lines.joined(separator: "\n") + "\n"
    }

    /// The layers, or the segments, as a list for a manual page.
    public static func mdoc(_ sections: [Section]) -> String {
        var lines = [".Bl -tag -width Ds"]
        for section in sections {
            lines.append(".It Ic \(escaped(section.name))")
            lines += paragraph(section.help)
            if let short = section.shortForm {
                lines += sentence("A bare value is its \(short).")
            }
            guard !section.entries.isEmpty else { continue }
            lines.append(".Bl -tag -width Ds -compact")
            for entry in section.entries {
                lines.append(".It Ic \(escaped(entry.path))")
                lines += paragraph(entry.help)
                lines += sentence(entry.summary.capitalizedFirst + ".")
            }
            lines.append(".El")
        }
        lines.append(".El")
        return lines.joined(separator: "\n") + "\n"
    }

    private var isRecipe: Bool { !layers.isEmpty }

    private static func life(_ life: KeyEntry.Life) -> String {
        switch life {
        case .frozen: "frozen"
        case .hot: "may change while the job runs"
        case .forks: "changing it makes a branch"
        }
    }

    /// Lines of at most 76 letters; a new sentence begins a new line, as mdoc asks.
    static func paragraph(_ text: String) -> [String] {
        var lines = [""]
        for word in quoted(text).split(separator: " ") {
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.hasSuffix(".") || last.count + word.count > 75 {
                lines.append(String(word))
            } else {
                lines[lines.count - 1] = "\(last) \(word)"
            }
        }
        return lines.map(escaped)
    }

    /// Every second backtick closes.
    private static func quoted(_ text: String) -> String {
        var isOpen = false
        return String(
            text.map { letter in
                guard letter == "`" else { return letter }
                isOpen.toggle()
                return isOpen ? "‘" : "’"
            })
    }

    private static func sentence(_ text: String) -> [String] { paragraph(text) }

    /// Text as roff takes it: no line begins with a control character, backslashes and accents are spelled out.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "‘": result += "\\(oq"
            case "’": result += "\\(cq"
            case "'": result += "\\(aq"
            case "…": result += "..."
            case "×": result += "\\(mu"
            case "ᵀ": result += "^T"
            default:
                if scalar.isASCII {
                    result.unicodeScalars.append(scalar)
                } else {
                    result += "\\[u\(Self.hexadecimal(scalar.value))]"
                }
            }
        }
        if result.hasPrefix(".") { result = "\\&" + result }
        return result
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The file with every default, commented out, and the help above each key.
    public func yaml() -> String {
        var lines: [String] = []
        var group = ""
        for entry in entries {
            let parts = entry.path.split(separator: ".").map(String.init)
            let inner = parts.count > 1 ? parts[0] : ""
            lines.append("")
            if inner != group {
                if !inner.isEmpty { lines.append("#\(inner):") }
                group = inner
            }
            let indent = inner.isEmpty ? "" : "  "
            let reload = entry.life == .hot ? "" : " Takes effect when the daemon starts."
            for line in Self.wrapped(entry.help + reload, width: 96) { lines.append("\(indent)# \(line)") }
            lines.append("\(indent)# \(entry.summary.capitalizedFirst).")
            lines.append("#\(indent)\(parts.last ?? ""): \(entry.initial ?? "")")
        }
        return lines.dropFirst().joined(separator: "\n") + "\n"
    }

    private static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + word.count < width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}

extension String {
    /// The first letter in upper case: the beginning of a sentence.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
