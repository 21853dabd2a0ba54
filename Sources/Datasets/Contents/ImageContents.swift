import Recipes

/// What one image holds: its channels.
enum ImageContents {
    static func read(
        _ file: NamedFile, _ expected: DataFileFormat, _ request: DataFileRequest
    ) throws(DataFault) -> DataFileContents {
        let size = try file.size()
        let source = ImageSource(file: file, name: nil, offset: 0, size: size, className: "")
        let bytes = try source.bytes()
        let pixels: Pixels
        do throws(ImageFault) {
            pixels = try ImageFile.pixels(bytes, channels: try ImageFile.header(bytes).isGrey ? 1 : 3)
        } catch {
            throw source.fault(error)
        }
        let names = pixels.channels == 1 ? ["grey"] : ["red", "green", "blue"]
        var looks = names.map { _ in NumberLook() }
        for (index, byte) in pixels.bytes.enumerated() { looks[index % names.count].add(Double(byte), at: 0) }
        let format: DataFileFormat = bytes[0] == 0x89 ? .png : .jpeg
        var findings: [Finding] = []
        if format != expected {
            findings.append(
                file.finding(
                    .warning, .format, "this is \(looksLike(Array(bytes.prefix(8)))), whatever it is called.",
                    hint: "simmer goes by the bytes; other programs may go by the name."))
        }
        if looks.allSatisfy({ $0.distinct.count == 1 }), pixels.height * pixels.width > 1 {
            findings.append(file.finding(.warning, .constant, "all pixels have one colour.", hint: "Look at it."))
        }
        let shape = [pixels.height, pixels.width, pixels.channels]
        let sample = JSONValue.object(
            ["height": .int(pixels.height), "width": .int(pixels.width), "channels": .int(pixels.channels)])
        return DataFileContents(
            format: format, rows: 1, shape: shape, sizeBytes: size,
            columns: zip(names, looks).map { $1.column($0, "u8") }, samples: request.sampleRows > 0 ? [sample] : [],
            findings: findings)
    }
}
