import Datasets
import Foundation
import Recipes
import Testing

/// A private folder with data files, gone with the object.
final class DataFolder {
    let url: URL
    private var descriptors: [Int32] = []
    private(set) var files: [SourceFile] = []
    /// The same, as files of the daemon's own store.
    var stored: [SourceFile] {
        files.map { SourceFile(path: $0.path, descriptor: $0.descriptor, isStored: true) }
    }

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("simmer-data-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
        // A test's own folder; what is left over lies in the temporary folder and harms nobody.
        try? FileManager.default.removeItem(at: url)
    }

    /// Writes a file and opens it for reading, as the daemon hands it to a worker.
    @discardableResult
    func add(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = url.appendingPathComponent(name)
        try Data(bytes).write(to: path)
        let descriptor = open(path.path, O_RDONLY)
        try #require(descriptor >= 0)
        descriptors.append(descriptor)
        files.append(SourceFile(path: name, descriptor: descriptor))
        return name
    }

    @discardableResult
    func add(_ name: String, text: String) throws -> String { try add(name, Array(text.utf8)) }
}

/// Bytes of an IDX file.
func idx(_ dimensions: [Int], _ elements: [UInt8], type: UInt8 = 8) -> [UInt8] {
    var bytes: [UInt8] = [0, 0, type, UInt8(dimensions.count)]
    for dimension in dimensions {
        bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: dimension >> $0) }
    }
    return bytes + elements
}

/// Bytes of a npy file, version 1, 2 or 3.
func npy(_ type: String, _ shape: [Int], _ elements: [UInt8], version: UInt8 = 1, fortran: Bool = false) -> [UInt8] {
    let tuple = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var header = Array(
        "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': (\(tuple)), }".utf8)
    while (header.count + 11) % 64 != 0 { header.append(0x20) }
    header.append(0x0a)
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [version, 0]
    bytes += [UInt8(header.count & 255), UInt8(header.count >> 8)]
    if version > 1 { bytes += [0, 0] }
    return bytes + header + elements
}

func littleEndian(_ values: [Float]) -> [UInt8] { values.flatMap { little($0.bitPattern) } }
func littleEndian(_ values: [Double]) -> [UInt8] { values.flatMap { little($0.bitPattern) } }
func littleEndian(_ values: [Int64]) -> [UInt8] { values.flatMap { little(UInt64(bitPattern: $0)) } }
private func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// A gzip member with the bytes in stored (uncompressed) deflate blocks, RFC 1951 section 3.2.4 and RFC 1952.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]
    var start = 0
    repeat {
        let end = min(start + 65535, bytes.count)
        let length = UInt16(end - start)
        result += [end == bytes.count ? 1 : 0] + little(length) + little(~length) + bytes[start..<end]
        start = end
    } while start < bytes.count
    return result + little(crc32(bytes)) + little(UInt32(bytes.count))
}

/// RFC 1952, section 8.
func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = 0xffff_ffff
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
    }
    return ~crc
}

/// A recipe with only the data's part of interest.
func recipe(_ format: DataSource.Format, _ change: (inout DataSource) -> Void = { _ in }) -> Recipe {
    var data = DataSource(format: format)
    change(&data)
    return Recipe(
        name: "t", data: data,
        model: Model(layers: [Layer(kind: .flatten, name: "0"), Layer(kind: .linear(units: .classes), name: "1")]),
        optimizer: Optimizer())
}

/// Inputs of some examples of a split, one array each.
func inputs(_ subset: Subset, _ positions: [UInt32]) -> [[Float]] {
    var values = [Float](repeating: .nan, count: positions.count * subset.elementCount)
    values.withUnsafeMutableBufferPointer { buffer in
        if let base = buffer.baseAddress { subset.fill(inputs: base, positions[...]) }
    }
    return stride(from: 0, to: values.count, by: subset.elementCount).map {
        Array(values[$0..<$0 + subset.elementCount])
    }
}

func allInputs(_ subset: Subset) -> [[Float]] { inputs(subset, (0..<UInt32(subset.count)).map { $0 }) }

func classes(_ subset: Subset, _ positions: [UInt32]) -> [Int32] {
    var values = [Int32](repeating: -1, count: positions.count * subset.targetsPerExample)
    values.withUnsafeMutableBufferPointer { buffer in
        if let base = buffer.baseAddress { subset.fill(classes: base, positions[...]) }
    }
    return values
}

func classes(_ subset: Subset) -> [Int32] { classes(subset, (0..<UInt32(subset.count)).map { $0 }) }

func numbers(_ subset: Subset) -> [Float] {
    var values = [Float](repeating: .nan, count: subset.count * subset.targetWidth)
    values.withUnsafeMutableBufferPointer { buffer in
        if let base = buffer.baseAddress {
            subset.fill(numbers: base, ArraySlice((0..<UInt32(subset.count)).map { $0 }))
        }
    }
    return values
}

/// The only finding of data that cannot be read; its code, and words that its message must have.
func expectFault(
    _ recipe: Recipe, _ folder: DataFolder, _ code: String, _ words: [String], key: String? = nil,
    at location: SourceLocation = #_sourceLocation
) {
    let (facts, findings) = inspectData(recipe, folder)
    #expect(facts == nil, sourceLocation: location)
    let errors = findings.filter { $0.severity == .error }
    #expect(errors.count == 1, "\(errors)", sourceLocation: location)
    guard let finding = errors.first else { return }
    #expect(finding.code == code, "\(finding)", sourceLocation: location)
    for word in words {
        #expect(finding.message.contains(word), "'\(word)' in: \(finding.message)", sourceLocation: location)
    }
    if let key { #expect(finding.path == Finding.pointer(key), sourceLocation: location) }
}

/// Opens a recipe's data; the folder lives until it is read.
func openData(_ recipe: Recipe, _ folder: DataFolder) throws -> Dataset {
    try withExtendedLifetime(folder) { try Dataset.open(recipe, files: folder.files) }
}

func inspectData(_ recipe: Recipe, _ folder: DataFolder) -> (facts: DataFacts?, findings: [Finding]) {
    withExtendedLifetime(folder) { inspect(recipe, files: folder.files) }
}
