extension Store {
    /// SHA-256 of UTF-8 text as 64 hexadecimal digits, for callers that link no libcrypto of their own.
    public static func digest(of text: String) -> String { Digest(of: Array(text.utf8)).hex }
}
