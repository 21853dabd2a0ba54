import CCrypto
import Foundation

/// SHA-256 (FIPS 180-4) by libcrypto, which uses the processor's own instructions: about 1.3 GiB/s.
///
/// A class without `Sendable`: one hash belongs to one thread.
final class SHA256 {
    private let context: OpaquePointer

    init() {
        guard let context = EVP_MD_CTX_new() else { Self.broken() }
        self.context = context
        require(EVP_DigestInit_ex(context, EVP_sha256(), nil))
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Only an exhausted memory or a broken libcrypto gets here; no digest may be invented.
    private static func broken() -> Never { preconditionFailure("libcrypto cannot make a SHA-256") }

    private func require(_ answer: Int32) {
        if answer != 1 { Self.broken() }
    }

    func update(_ bytes: UnsafeRawBufferPointer) {
        if let base = bytes.baseAddress, !bytes.isEmpty { require(EVP_DigestUpdate(context, base, bytes.count)) }
    }

    func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    func update(_ text: String) { update(Array(text.utf8)) }

    /// A count as eight bytes, little-endian.
    func update(count: Int) { withUnsafeBytes(of: UInt64(count).littleEndian) { update($0) } }

    /// Of what was added so far; more may follow.
    func current() -> Digest {
        let copy = SHA256()
        require(EVP_MD_CTX_copy_ex(copy.context, context))
        return copy.finish()
    }

    func finish() -> Digest {
        var bytes = [UInt8](repeating: 0, count: 32)
        require(EVP_DigestFinal_ex(context, &bytes, nil))
        return Digest(bytes: bytes)
    }
}

/// The 32 bytes of a SHA-256.
struct Digest: Hashable, Sendable, Comparable {
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    init(of content: UnsafeRawBufferPointer) {
        let hash = SHA256()
        hash.update(content)
        self = hash.finish()
    }

    init(of content: [UInt8]) { self = content.withUnsafeBytes { Digest(of: $0) } }

    /// 64 hexadecimal digits, with or without `sha256:`.
    init?(text: String) {
        let hex = text.hasPrefix("sha256:") ? text.dropFirst(7) : text[...]
        guard let bytes = [UInt8](hex: hex), bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    var data: Data { Data(bytes) }
    var hex: String { bytes.hex }
    /// As users and the wire see it.
    var text: String { "sha256:" + hex }

    static func < (left: Digest, right: Digest) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}

extension [UInt8] {
    var hex: String {
        let digits = Array<UInt8>("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(count * 2)
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Lower-case hexadecimal digits only.
    init?(hex: some StringProtocol) {
        let digits = Array<UInt8>(hex.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = hexValue(digits[index]), let low = hexValue(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        self = bytes
    }
}

private func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x61...0x66: digit - 0x61 + 10
    default: nil
    }
}
