/// Text that somebody else chose, made safe inside of XML and HTML.
///
/// Job names, classes, recipes and messages come from users and files. They may hold markup, characters that XML does not
/// allow, and controls that make a line read as something else.
extension StringProtocol {
    /// The text for an element's content or a quoted attribute: `& < > " '` as entities, characters that are not seen or
    /// not allowed written out (`\x1b`, `\u{202e}`). Line feeds and tabs stay.
    var markup: String {
        var result = ""
        result.reserveCapacity(utf8.count)
        for scalar in unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            default:
                if scalar.isHidden {
                    result += "\\u{" + String(scalar.value, radix: 16) + "}"
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }

    /// At most so many characters, `…` in place of the rest.
    func shortened(to count: Int) -> String {
        self.count > count ? String(prefix(Swift.max(count - 1, 0))) + "…" : String(self)
    }
}

extension Unicode.Scalar {
    /// Controls, what XML 1.0 forbids, and marks that reorder what stands beside them.
    fileprivate var isHidden: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0: true
        case 0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: value & 0xFFFE == 0xFFFE
        }
    }
}

/// Elements, one in another; their text is escaped once, where it comes in.
struct Element {
    private(set) var text: String

    /// Markup that is there already.
    init(raw text: String) { self.text = text }

    /// - Parameters:
    ///   - attributes: nil leaves one out.
    ///   - content: nil for an element without any.
    init(_ name: String, _ attributes: KeyValuePairs<String, String?> = [:], _ content: [Element]? = nil) {
        var text = "<" + name
        for (key, value) in attributes {
            if let value { text += " \(key)=\"\(value.markup)\"" }
        }
        if let content {
            text += ">"
            for element in content { text += element.text }
            text += "</\(name)>"
        } else {
            text += "/>"
        }
        self.text = text
    }

    init(_ name: String, _ attributes: KeyValuePairs<String, String?> = [:], _ words: String) {
        self.init(name, attributes, [.words(words)])
    }

    /// Plain text.
    static func words(_ text: String) -> Element { Element(raw: text.markup) }
}
