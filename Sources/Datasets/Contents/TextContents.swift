import Recipes

/// What a text holds: its characters, and how long its lines are.
enum TextContents {
    static func read(_ file: NamedFile, _ request: DataFileRequest) throws(DataFault) -> DataFileContents {
        var look = Look(request)
        // One line more says whether there is one.
        let most = request.maxRows.addingReportingOverflow(1)
        try TextFile.read(file, .whole, lines: most.overflow ? .max : most.partialValue) {
            (scalar, line) throws(DataFault) in look.take(scalar, line)
        }
        look.endLine()
        return try look.contents(file)
    }

    private struct Look {
        private let request: DataFileRequest
        private var characters = 0
        private var seen = [Bool](repeating: false, count: 0x11_0000)
        private var lengths = NumberLook()
        private var empty = Places()
        private var replaced = Places()
        private var samples: Samples
        private var isCut = false
        /// Of the line that is being read: its number, its characters so far, and the first of them.
        private var line = 1
        private var length = 0
        private var text = String.UnicodeScalarView()
        private var endsWithReturn = false

        init(_ request: DataFileRequest) {
            self.request = request
            samples = Samples(request.sampleRows)
        }

        mutating func take(_ scalar: UInt32, _ line: Int) {
            guard line <= request.maxRows else {
                isCut = true
                return
            }
            self.line = line
            characters += 1
            seen[Int(scalar)] = true
            if scalar == 0xfffd { replaced.add(line) }
            guard scalar != TextFile.boundary else {
                // A carriage return before the line feed is of the line's end.
                if endsWithReturn {
                    if text.count == length { text.removeLast() }
                    length -= 1
                }
                endLine(isEnded: true)
                return
            }
            length += 1
            // One more than is shown, so that it shows that there are more.
            if !samples.isFull, text.count <= Samples.longest, let scalar = Unicode.Scalar(scalar) {
                text.append(scalar)
            }
            endsWithReturn = scalar == 0x0d
        }

        /// - Parameter isEnded: false at the end of the text, where no line may have begun.
        mutating func endLine(isEnded: Bool = false) {
            if length > 0 {
                lengths.add(Double(length), at: line)
                samples.add(["line": .int(line), "text": .string(Samples.text(String(text)))])
            } else if isEnded {
                empty.add(line)
            }
            length = 0
            text = String.UnicodeScalarView()
            endsWithReturn = false
        }

        func contents(_ file: NamedFile) throws(DataFault) -> DataFileContents {
            var findings: [Finding] = []
            if lengths.count == 0 {
                findings.append(
                    file.finding(
                        .error, .few, "there is no line with a character in it.", hint: "Is it the right file?"))
            }
            if replaced.count > 0 {
                findings.append(
                    file.finding(
                        .warning, .format,
                        "\(replaced.count) characters are U+FFFD, on \(replaced.text("line")): what a program writes where "
                            + "it cannot read.", hint: "Convert the original anew: \(TextFile.encodingHint)"))
            }
            if empty.count > 0 {
                findings.append(
                    file.finding(
                        .info, .few,
                        empty.count == 1
                            ? "\(empty.text("line")) is empty."
                            : "\(empty.count) lines are empty, \(empty.text("line")).",
                        hint: "`data.documents: lines` leaves them out."))
            }
            if isCut {
                findings.append(
                    file.finding(.info, .part, "only the first \(request.maxRows) lines were read, as was asked."))
            }
            findings += [samples.finding(file)].compactMap { $0 }
            return DataFileContents(
                format: .text, rows: isCut ? nil : lengths.count, sizeBytes: try file.size(),
                columns: [
                    DataColumn(
                        name: "characters", dtype: "text", count: characters, missing: 0,
                        distinct: seen.count { $0 }),
                    lengths.column("line length", "number"),
                ], samples: samples.rows, findings: findings)
        }
    }
}
