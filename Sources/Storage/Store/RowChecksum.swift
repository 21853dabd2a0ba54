import Foundation
import GRDB

/// A 64-bit checksum over the columns of a row, kept in the row, so that a flipped bit is found.
///
/// Against accident, not malice. Each word is mixed in by a bijection of the running state, so two rows of the same
/// lengths that differ in one word never have the same checksum. docs/FORMAT.md has the definition.
struct RowChecksum {
    private var state: UInt64 = 0x5349_4d4d_4552_0001

    var value: Int64 { Int64(bitPattern: state) }

    static func of(_ values: [(any DatabaseValueConvertible)?]) -> Int64 {
        var checksum = RowChecksum()
        for value in values { checksum.add(value?.databaseValue ?? .null) }
        return checksum.value
    }

    /// Whether a row is as it was written. Asked before any value is converted: until then none is sure to have its
    /// column's type.
    static func isRight(_ row: Row, over columns: [String]) -> Bool {
        of(columns.map { row[$0] as DatabaseValue }) == Int64.fromDatabaseValue(row["checksum"])
    }

    mutating func addNull() { mix(0) }

    mutating func add(_ number: Int64) {
        mix(1)
        mix(UInt64(bitPattern: number))
    }

    mutating func add(_ number: Double) {
        mix(2)
        mix(number.bitPattern)
    }

    mutating func add(_ value: DatabaseValue) {
        switch value.storage {
        case .null: addNull()
        case .int64(let number): add(number)
        case .double(let number): add(number)
        case .string(let text):
            mix(3)
            var text = text
            text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
        case .blob(let data):
            mix(4)
            data.withUnsafeBytes { add($0) }
        }
    }

    private mutating func add(_ bytes: UnsafeRawBufferPointer) {
        mix(UInt64(bytes.count))
        var offset = 0
        while offset + 8 <= bytes.count {
            mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset += 8
        }
        var last: UInt64 = 0
        for index in offset..<bytes.count { last |= UInt64(bytes[index]) << UInt64((index - offset) * 8) }
        mix(last)
    }

    private mutating func mix(_ word: UInt64) {
        state = (state ^ word) &* 0x9e37_79b9_7f4a_7c15
        state ^= state >> 32
    }
}
