/// A reader of one JSON text: recursive descent over bytes.
///
/// - Cost: about 10 ns a byte of plain text; memory for the value alone.
struct JSONReader {
    typealias Failure = StrictJSON.Failure

    private let bytes: UnsafeBufferPointer<UInt8>
    private let limits: StrictJSON.Limits
    private var at = 0
    private var depth = 0

    init(_ bytes: UnsafeRawBufferPointer, limits: StrictJSON.Limits) {
        self.bytes = bytes.bindMemory(to: UInt8.self)
        self.limits = limits
    }

    mutating func document() throws(Failure) -> JSONValue {
        guard bytes.count <= limits.bytes else {
            throw Failure(message: "longer than \(limits.bytes) bytes", offset: limits.bytes)
        }
        skipSpace()
        let value = try value()
        skipSpace()
        guard at == bytes.count else { throw wrong("a second value or stray bytes after the first value") }
        return value
    }

    private func wrong(_ message: String) -> Failure { Failure(message: message, offset: at) }

    private func wrong(_ message: String, at offset: Int) -> Failure { Failure(message: message, offset: offset) }

    @inline(__always)
    private func peek() -> UInt8? { at < bytes.count ? bytes[at] : nil }

    @inline(__always)
    private mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x0A, 0x0D, 0x09: at += 1
            default: return
            }
        }
    }

    private mutating func value() throws(Failure) -> JSONValue {
        guard let byte = peek() else { throw wrong("the text ends where a value is expected") }
        switch byte {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), 0x30...0x39: return try number()
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw wrong("a value is expected")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(Failure) -> JSONValue {
        let count = word.utf8CodeUnitCount
        guard at + count <= bytes.count else { throw wrong("a value is expected") }
        for i in 0..<count where bytes[at + i] != word.utf8Start[i] { throw wrong("a value is expected") }
        at += count
        return value
    }

    private mutating func enter() throws(Failure) {
        depth += 1
        guard depth <= min(limits.depth, 512) else { throw wrong("nested deeper than \(min(limits.depth, 512))") }
        at += 1
        skipSpace()
    }

    private mutating func array() throws(Failure) -> JSONValue {
        try enter()
        var values: [JSONValue] = []
        if peek() == UInt8(ascii: "]") {
            at += 1
            depth -= 1
            return .array(values)
        }
        while true {
            values.append(try value())
            skipSpace()
            switch peek() {
            case UInt8(ascii: ","):
                at += 1
                skipSpace()
            case UInt8(ascii: "]"):
                at += 1
                depth -= 1
                return .array(values)
            default: throw wrong("`,` or `]` is expected")
            }
        }
    }

    private mutating func object() throws(Failure) -> JSONValue {
        try enter()
        var members: [String: JSONValue] = [:]
        if peek() == UInt8(ascii: "}") {
            at += 1
            depth -= 1
            return .object(members)
        }
        while true {
            let start = at
            guard peek() == UInt8(ascii: "\"") else { throw wrong("a key in quotes is expected") }
            let key = try string()
            skipSpace()
            guard peek() == UInt8(ascii: ":") else { throw wrong("`:` is expected") }
            at += 1
            skipSpace()
            guard members.updateValue(try value(), forKey: key) == nil else {
                throw wrong("the key \"\(key.prefix(64))\" appears twice in one object", at: start)
            }
            guard members.count <= limits.keys else {
                throw wrong("more than \(limits.keys) keys in one object", at: start)
            }
            skipSpace()
            switch peek() {
            case UInt8(ascii: ","):
                at += 1
                skipSpace()
            case UInt8(ascii: "}"):
                at += 1
                depth -= 1
                return .object(members)
            default: throw wrong("`,` or `}` is expected")
            }
        }
    }

    // MARK: Numbers

    private mutating func digits() throws(Failure) -> Int {
        let start = at
        while at < bytes.count, bytes[at] &- 0x30 < 10 { at += 1 }
        guard at > start else { throw wrong("a digit is expected") }
        return at - start
    }

    private mutating func number() throws(Failure) -> JSONValue {
        let start = at
        let negative = bytes[at] == UInt8(ascii: "-")
        if negative { at += 1 }
        let first = at
        let count = try digits()
        if count > 1, bytes[first] == 0x30 { throw wrong("a number has a needless leading zero", at: start) }
        var whole = true
        if peek() == UInt8(ascii: ".") {
            whole = false
            at += 1
            _ = try digits()
        }
        if let byte = peek(), byte | 0x20 == UInt8(ascii: "e") {
            whole = false
            at += 1
            if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { at += 1 }
            _ = try digits()
        }
        if whole, let value = integer(first, count, negative: negative) { return .int(value) }
        let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<at]), as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw wrong("a number is larger than a double can hold", at: start)
        }
        return .double(value)
    }

    private func integer(_ first: Int, _ count: Int, negative: Bool) -> Int? {
        guard count <= 19 else { return nil }
        var magnitude: UInt64 = 0
        for i in first..<first + count { magnitude = magnitude &* 10 &+ UInt64(bytes[i] &- 0x30) }
        if negative {
            guard magnitude <= UInt64(Int64.max) + 1 else { return nil }
            return Int(truncatingIfNeeded: 0 &- magnitude)
        }
        return Int(exactly: magnitude)
    }

    // MARK: Strings

    private mutating func string() throws(Failure) -> String {
        at += 1
        let start = at
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                let text = try decoded(UnsafeBufferPointer(rebasing: bytes[start..<at]), from: start)
                at += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escaped(from: start) }
            guard byte >= 0x20 else { throw wrong("a control character in a string") }
            at += 1
        }
        throw wrong("a string does not end")
    }

    private func decoded(_ piece: UnsafeBufferPointer<UInt8>, from start: Int) throws(Failure) -> String {
        guard let text = String(validating: piece, as: UTF8.self) else {
            throw wrong("a string is not UTF-8", at: start)
        }
        return text
    }

    /// The rest of a string that has an escape: collected as bytes, for which a surrogate pair becomes one scalar.
    private mutating func escaped(from start: Int) throws(Failure) -> String {
        var text = Array(bytes[start..<at])
        while at < bytes.count {
            let byte = bytes[at]
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw wrong("a string is not UTF-8", at: start)
                }
                return string
            case UInt8(ascii: "\\"):
                at += 1
                try escape(into: &text)
            case 0..<0x20: throw wrong("a control character in a string")
            default:
                text.append(byte)
                at += 1
            }
        }
        throw wrong("a string does not end")
    }

    private mutating func escape(into text: inout [UInt8]) throws(Failure) {
        guard let byte = peek() else { throw wrong("a string does not end") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            let start = at - 2
            var code = try hexadecimal()
            if (0xD800...0xDBFF).contains(code) {
                guard peek() == UInt8(ascii: "\\"), at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "u") else {
                    throw wrong("half of a surrogate pair", at: start)
                }
                at += 2
                let low = try hexadecimal()
                guard (0xDC00...0xDFFF).contains(low) else { throw wrong("half of a surrogate pair", at: start) }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw wrong("half of a surrogate pair", at: start) }
            text.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
        default: throw wrong("an unknown escape", at: at - 2)
        }
    }

    private mutating func hexadecimal() throws(Failure) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek() else { throw wrong("four hexadecimal digits are expected") }
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x41 + 10
            case 0x61...0x66: digit = byte - 0x61 + 10
            default: throw wrong("four hexadecimal digits are expected")
            }
            code = code << 4 | UInt32(digit)
            at += 1
        }
        return code
    }
}
