/// A word or sign of an interface's text, and its line from 1.
struct InterfaceToken: Equatable {
    enum Kind: Equatable {
        case word(String)
        case sign(String)
        case comment
    }
    let kind: Kind
    let line: Int
}

/// Cuts an interface's text into words, signs and comments.
enum InterfaceLexer {
    static func tokens(_ text: String) throws(RuleViolation) -> [InterfaceToken] {
        var tokens: [InterfaceToken] = []
        var line = 1
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            switch byte {
            case UInt8(ascii: "\n"):
                line += 1
                rest.removeFirst()
            case UInt8(ascii: "\r"): throw RuleViolation(line: line, rule: "lines end in LF, never in CR LF")
            case UInt8(ascii: " "), UInt8(ascii: "\t"): rest.removeFirst()
            case UInt8(ascii: "#"):
                tokens.append(InterfaceToken(kind: .comment, line: line))
                rest = rest.drop { $0 != UInt8(ascii: "\n") }
            case UInt8(ascii: "-") where rest.dropFirst().first == UInt8(ascii: ">"):
                tokens.append(InterfaceToken(kind: .sign("->"), line: line))
                rest.removeFirst(2)
            case let byte where "(),:?[]".utf8.contains(byte):
                tokens.append(InterfaceToken(kind: .sign(String(UnicodeScalar(byte))), line: line))
                rest.removeFirst()
            default:
                let word = rest.prefix { isWord($0) }
                guard !word.isEmpty else {
                    throw RuleViolation(line: line, rule: "the character '\(UnicodeScalar(byte))' has no place here")
                }
                tokens.append(InterfaceToken(kind: .word(String(decoding: word, as: UTF8.self)), line: line))
                rest = rest.dropFirst(word.count)
            }
        }
        return tokens
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
