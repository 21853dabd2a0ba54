import Glibc
import Recipes
import Terminal
import Wire

/// A recipe on the user's side: its text, and its data files opened for the daemon, which resolves no path of a user.
struct LocalRecipe {
    /// Longest recipe taken.
    static let limit = 512 << 10
    /// Descriptors in one call.
    static let descriptorLimit = 64

    /// As findings name it.
    let file: String
    let text: String
    let recipe: Recipe?
    /// What reading it here found.
    private(set) var findings: [Finding]
    private(set) var files: [DataFile] = []
    /// Owned by the value's user, who lives as long as the program.
    private(set) var descriptors: [Int32] = []

    /// - Parameters:
    ///   - path: the recipe's file; `-` is standard input.
    ///   - overrides: `--set`.
    ///   - folder: where relative data paths begin; the recipe's own folder by default.
    /// - Throws: `Complaint` where the recipe cannot be read at all; what is wrong in it is in `findings`.
    init(_ path: String, overrides: [String: String], folder: String?) throws {
        file = path == "-" ? "(standard input)" : path
        text = try LocalRecipe.read(path)
        (recipe, findings) = Recipe.read(text, overrides: overrides)
        guard let recipe else { return }
        let base = folder ?? LocalRecipe.folder(of: path)
        for named in recipe.filePaths where !files.contains(where: { $0.path == named.path }) {
            open(named, base: base)
        }
    }

    var hasErrors: Bool { recipe == nil || findings.contains { $0.severity == .error } }

    /// Ends the command where the recipe cannot go to the daemon.
    func requireGood() throws {
        guard hasErrors else { return }
        throw Complaint(
            "\(file) cannot be submitted: \(FindingText.summary(findings))", hint: nil, findings: findings, file: file,
            code: .problems)
    }

    private mutating func open(_ named: RecipeFile, base: String) {
        let path = named.path.hasPrefix("/") ? named.path : base + "/" + named.path
        func found(_ code: String, _ message: String, _ hint: String) {
            findings.append(
                Finding(
                    severity: .error, code: code, message: message,
                    path: "/" + named.key.replacing(".", with: "/"), line: line(of: named), hint: hint))
        }
        // Not blocking: a FIFO must not hold the command up before it is refused.
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            let relative =
                named.path.hasPrefix("/") ? "" : " Relative paths begin at \(base); --data names another folder."
            found("data.file", "\(path): \(reason)", "\(named.key) names this file.\(relative)")
            return
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            let folder = status.st_mode & S_IFMT == S_IFDIR
            found(
                "data.file", "\(path) is \(folder ? "a folder" : "not a regular file")",
                !folder
                    ? "Copy the data into a file first."
                    : recipe?.data.format == .images
                        ? "A folder of class folders goes as one file: `tar -cf images.tar -C \(named.path) .`"
                        : "\(named.key) takes a file, or a list of files.")
            return
        }
        guard descriptors.count < LocalRecipe.descriptorLimit else {
            close(descriptor)
            found(
                "data.files", "the recipe names more than \(LocalRecipe.descriptorLimit) files",
                "Join some of the shards.")
            return
        }
        files.append(DataFile(path: named.path, fileDescriptor: descriptors.count))
        descriptors.append(descriptor)
    }

    /// The first line that has the file's path in it.
    private func line(of named: RecipeFile) -> Int? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.firstIndex { $0.contains(named.path) }.map { $0 + 1 }
    }

    private static func folder(of path: String) -> String {
        guard path != "-", let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func read(_ path: String) throws -> String {
        let descriptor = path == "-" ? 0 : Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Complaint(
                "\(path): \(String(cString: strerror(errno)))",
                hint: "The argument is the path of a recipe, a YAML file.",
                code: .failed)
        }
        defer { if descriptor != 0 { close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= limit {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Complaint("\(path): \(String(cString: strerror(errno)))") }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        guard bytes.count <= limit else {
            throw Complaint("\(path) is larger than a recipe may be (512 KiB)", code: .problems)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Complaint("\(path) is not UTF-8 text", hint: "A recipe is a YAML file.", code: .problems)
        }
        return text
    }
}
