import Recipes

/// What an array of idx or npy holds: one column of all its numbers.
enum ArrayContents {
    /// Numbers of one row that are shown.
    private static let mostShown = 64
    /// Read at a time.
    private static let pieceBytes = 1 << 20

    static func read(
        _ file: NamedFile, _ format: DataFileFormat, _ request: DataFileRequest
    ) throws(DataFault) -> DataFileContents {
        let stream = try ByteStream(file)
        let header = format == .idx ? try IDXFile.header(stream) : try NPYFile.header(stream)
        try stream.expect(header.byteCount, of: header.what)
        let rows = header.dimensions[0]
        let width = header.byteCount / rows / header.type.size
        let taken = min(rows, request.maxRows)
        var look = NumberLook()
        var samples = Samples(min(request.sampleRows, taken))
        var row: [JSONValue] = []
        var done = 0
        while done < taken * width {
            let count = min(pieceBytes / header.type.size, taken * width - done)
            let numbers = header.type.doubles(try stream.bytes(count * header.type.size, of: header.what))
            for (offset, number) in numbers.enumerated() {
                look.add(number, at: (done + offset) / width)
                guard !samples.isFull else { continue }
                let place = (done + offset) % width
                if place < mostShown { row.append(value(number, header.type)) }
                if place == width - 1 {
                    samples.add(
                        ["row": .int((done + offset) / width), "values": width == 1 ? row[0] : .array(row)])
                    row = []
                }
            }
            done += count
        }
        if taken == rows { try stream.expectEnd(after: header.what) }
        return DataFileContents(
            format: format, rows: rows, shape: header.dimensions.count > 1 ? Array(header.dimensions.dropFirst()) : nil,
            sizeBytes: stream.fileSize, columns: [look.column("values", header.type.kind.rawValue)],
            samples: samples.rows,
            findings: findings(look, file, taken: taken, of: rows) + [samples.finding(file)].compactMap { $0 })
    }

    private static func value(_ number: Double, _ type: NumberType) -> JSONValue {
        guard number.isFinite else { return .null }
        return type.isWhole ? Int(exactly: number).map { .int($0) } ?? .double(number) : .double(number)
    }

    private static func findings(_ look: NumberLook, _ file: NamedFile, taken: Int, of rows: Int) -> [Finding] {
        var findings: [Finding] = []
        if look.missing.count > 0 {
            findings.append(
                file.finding(
                    .error, .notFinite,
                    "\(look.missing.count) of the values are NaN, in \(look.missing.text("row")), counted from 0.",
                    hint: "Fill them, or leave these rows out."))
        }
        if look.infinite.count > 0 {
            findings.append(
                file.finding(
                    .error, .notFinite,
                    "\(look.infinite.count) of the values are infinite, in \(look.infinite.text("row")), counted from 0.",
                    hint: "Look at what computed them; leave these rows out."))
        }
        if look.count > 1, look.missing.count == 0, look.distinct.count == 1, look.infinite.count == 0 {
            findings.append(
                file.finding(
                    .warning, .constant, "all \(look.count) values are \(look.moments.min ?? 0).",
                    hint: "They tell no example from another; is it the right file?"))
        }
        if taken < rows {
            findings.append(
                file.finding(.info, .part, "only the first \(taken) of \(rows) rows were read, as was asked."))
        }
        return findings
    }
}
