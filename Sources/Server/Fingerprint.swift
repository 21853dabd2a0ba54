import Storage

/// Digests of what is not a checkpoint: recipes and the arguments of calls.
enum Fingerprint {
    /// SHA-256 of UTF-8 text, 64 hexadecimal digits.
    static func sha256(_ text: String) -> String { Store.digest(of: text) }
}
