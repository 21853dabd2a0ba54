/// Numbers as the bytes of a file hold them.
struct NumberType: Equatable {
    enum Kind: String {
        case bool, u8, i8, i16, i32, i64, f32, f64
    }
    var kind: Kind
    var isBigEndian: Bool

    /// Bytes of one number.
    var size: Int {
        switch kind {
        case .bool, .u8, .i8: 1
        case .i16: 2
        case .i32, .f32: 4
        case .i64, .f64: 8
        }
    }

    var isWhole: Bool { kind != .f32 && kind != .f64 }

    /// As they are trained on: numbers of double precision become single ones.
    func elements(_ bytes: [UInt8]) -> RawArray.Elements {
        switch kind {
        case .bool, .u8: .bytes(bytes)
        case .i8: .integers(bytes.map { Int64(Int8(bitPattern: $0)) })
        case .i16: .integers(words(bytes) { (word: UInt16) in Int64(Int16(bitPattern: word)) })
        case .i32: .integers(words(bytes) { (word: UInt32) in Int64(Int32(bitPattern: word)) })
        case .i64: .integers(words(bytes) { (word: UInt64) in Int64(bitPattern: word) })
        case .f32: .floats(words(bytes) { (word: UInt32) in Float(bitPattern: word) })
        case .f64: .floats(words(bytes) { (word: UInt64) in Float(Double(bitPattern: word)) })
        }
    }

    /// As they are written, but for integers beyond 2^53.
    func doubles(_ bytes: [UInt8]) -> [Double] {
        switch kind {
        case .bool, .u8: bytes.map { Double($0) }
        case .i8: bytes.map { Double(Int8(bitPattern: $0)) }
        case .i16: words(bytes) { (word: UInt16) in Double(Int16(bitPattern: word)) }
        case .i32: words(bytes) { (word: UInt32) in Double(Int32(bitPattern: word)) }
        case .i64: words(bytes) { (word: UInt64) in Double(Int64(bitPattern: word)) }
        case .f32: words(bytes) { (word: UInt32) in Double(Float(bitPattern: word)) }
        case .f64: words(bytes) { (word: UInt64) in Double(bitPattern: word) }
        }
    }

    private func words<Word: FixedWidthInteger, Value>(_ bytes: [UInt8], _ body: (Word) -> Value) -> [Value] {
        bytes.withUnsafeBytes { raw in
            (0..<raw.count / size).map { index in
                let word = raw.loadUnaligned(fromByteOffset: index * size, as: Word.self)
                return body(isBigEndian ? Word(bigEndian: word) : Word(littleEndian: word))
            }
        }
    }
}
