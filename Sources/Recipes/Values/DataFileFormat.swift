/// What a single file of data is.
public enum DataFileFormat: String, Codable, Sendable, CaseIterable {
    case csv, npy, idx, text, png, jpeg

    /// What the end of a file's name says, `.gz` left out; nil where it says nothing.
    public init?(fileName: String) {
        var name = fileName.split(separator: "/").last.map { $0.lowercased() } ?? ""
        if name.hasSuffix(".gz") { name.removeLast(3) }
        let ending = name.lastIndex(of: ".").map { name[name.index(after: $0)...] } ?? ""
        switch ending {
        case "csv", "tsv": self = .csv
        case "npy": self = .npy
        case "txt", "text": self = .text
        case "png": self = .png
        case "jpg", "jpeg": self = .jpeg
        // MNIST's files are called `t10k-images-idx3-ubyte`, or with a dot before `idx3`.
        case _ where ending.hasPrefix("idx") || name.hasSuffix("-ubyte"): self = .idx
        default: return nil
        }
    }
}
