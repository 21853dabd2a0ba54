import Recipes

/// The characters of a text and their token ids: Unicode scalars in ascending order. Where lines are documents, id 0 is
/// the boundary between them, named "\n".
struct Vocabulary {
    /// Ids are held as 16-bit numbers.
    static let most = 65_536

    /// By id.
    let scalars: [UInt32]
    /// By scalar, -1 where it has none. 4 MiB.
    private let ids: [Int32]

    /// As facts keep it: one character each.
    var names: [String] { scalars.compactMap { Unicode.Scalar($0).map { String(Character($0)) } } }

    private init(_ scalars: [UInt32]) {
        self.scalars = scalars
        var ids = [Int32](repeating: -1, count: 0x11_0000)
        for (id, scalar) in scalars.enumerated() { ids[Int(scalar)] = Int32(id) }
        self.ids = ids
    }

    /// From the names that `names` gave. Told apart by scalar: two that Unicode holds equal (K and the Kelvin sign) are
    /// two characters of a text.
    init(names: [String]) { self.init(names.compactMap { $0.unicodeScalars.first?.value }) }

    /// Collects the characters of all files, which are the training text before it is split.
    /// - Returns: also the number of tokens in them.
    static func collect(
        _ files: [NamedFile], _ documents: DataSource.Documents
    ) throws(DataFault) -> (vocabulary: Vocabulary, tokenCount: Int) {
        var isFound = [Bool](repeating: false, count: 0x11_0000)
        var count = 0
        for file in files {
            try TextFile.read(file, documents) { (scalar, _) throws(DataFault) in
                isFound[Int(scalar)] = true
                count += 1
            }
        }
        var scalars: [UInt32] = []
        if documents == .lines {
            isFound[Int(TextFile.boundary)] = false
            scalars.append(TextFile.boundary)
        }
        for scalar in isFound.indices where isFound[scalar] { scalars.append(UInt32(scalar)) }
        guard scalars.count <= most, let first = files.first else {
            throw DataFault(
                .size,
                "\(files.first?.path ?? ""): the training text has \(scalars.count) different characters; "
                    + "at most \(most) are read.", key: "data.train",
                hint: "Each becomes a class of its own; is this a text?")
        }
        switch documents {
        case .whole:
            guard scalars.count > 1 else {
                throw first.fault(
                    .few, "the training text is one character, again and again: there is nothing to predict.")
            }
        case .lines:
            guard scalars.count > 1 else {
                throw first.fault(.few, "every line of the training text is empty: there is nothing to predict.")
            }
        }
        return (Vocabulary(scalars), count)
    }

    /// The tokens of a split's files, one text after the other.
    /// - Parameter capacity: tokens to expect, where that is known.
    func tokens(
        of files: [NamedFile], _ documents: DataSource.Documents, capacity: Int = 0
    ) throws(DataFault) -> Tokens {
        scalars.count <= 256
            ? .bytes(try encode(files, documents, capacity)) : .words(try encode(files, documents, capacity))
    }

    private func encode<Token: FixedWidthInteger>(
        _ files: [NamedFile], _ documents: DataSource.Documents, _ capacity: Int
    ) throws(DataFault) -> [Token] {
        var tokens: [Token] = []
        tokens.reserveCapacity(capacity)
        for file in files {
            try TextFile.read(file, documents) { (scalar, line) throws(DataFault) in
                let id = ids[Int(scalar)]
                guard id >= 0 else { throw unknown(scalar, file, line) }
                guard tokens.count < TextFile.limit else {
                    throw file.fault(.size, "more than \(TextFile.limit) characters of text in one split.")
                }
                tokens.append(Token(truncatingIfNeeded: id))
            }
        }
        return tokens
    }

    private func unknown(_ scalar: UInt32, _ file: NamedFile, _ line: Int) -> DataFault {
        let digits = String(scalar, radix: 16, uppercase: true)
        let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        let isVisible = scalar > 0x20 && !(0x7f..<0xa1).contains(scalar)
        let letter = isVisible ? Unicode.Scalar(scalar).map { "'\(Character($0))' (\(code))" } : nil
        return file.fault(
            .label, "the character \(letter ?? code) does not occur in the training text.", line: line,
            hint:
                "Take it out, or put a text that has it among the training files: a network knows only the characters "
                + "it was trained on.")
    }
}

/// Token ids, one or two bytes each.
enum Tokens: Sendable {
    case bytes([UInt8])
    case words([UInt16])

    var count: Int {
        switch self {
        case .bytes(let values): values.count
        case .words(let values): values.count
        }
    }

    var byteCount: Int {
        switch self {
        case .bytes(let values): values.count
        case .words(let values): 2 * values.count
        }
    }

    /// Places of the boundaries between lines.
    var boundaries: [UInt32] {
        func places(_ values: [some FixedWidthInteger]) -> [UInt32] {
            values.indices.filter { values[$0] == 0 }.map { UInt32($0) }
        }
        return switch self {
        case .bytes(let values): places(values)
        case .words(let values): places(values)
        }
    }

    /// The documents of `lines`, each with its boundary, in two parts by seed; both keep the order of the text.
    func splitLines(fraction: Double, seed: UInt64) -> (training: Tokens, validation: Tokens) {
        switch self {
        case .bytes(let values):
            let parts = Self.split(values, fraction, seed)
            return (.bytes(parts.training), .bytes(parts.validation))
        case .words(let values):
            let parts = Self.split(values, fraction, seed)
            return (.words(parts.training), .words(parts.validation))
        }
    }

    private static func split<Token: FixedWidthInteger>(
        _ tokens: [Token], _ fraction: Double, _ seed: UInt64
    ) -> (training: [Token], validation: [Token]) {
        let documents = tokens.count { $0 == 0 }
        var chosen = Split.rows(count: documents, labels: nil, fraction: fraction, seed: seed).validation[...]
        var training: [Token] = []
        var validation: [Token] = []
        var document: UInt32 = 0
        for token in tokens {
            if chosen.first == document { validation.append(token) } else { training.append(token) }
            guard token == 0 else { continue }
            if chosen.first == document { chosen = chosen.dropFirst() }
            document += 1
        }
        return (training, validation)
    }
}
