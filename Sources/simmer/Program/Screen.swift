import FoundationEssentials
import Glibc
import Terminal
import Wire

/// Where a command's words go: data to standard output, notes and errors to standard error.
struct Screen {
    let json: Bool
    /// How standard output and standard error look.
    let palette: Palette
    let notePalette: Palette
    /// Columns of the terminal; nil where standard output is none, and nothing is cut.
    let width: Int?
    let isTerminal: Bool

    init(json: Bool = false, color: ColorChoice = .auto) {
        self.json = json
        let environment = ProcessInfo.processInfo.environment
        let dumb = environment["TERM"] == "dumb" || environment["TERM"] == nil
        let locale = environment["LC_ALL"] ?? environment["LC_CTYPE"] ?? environment["LANG"] ?? ""
        let unicode = locale.uppercased().contains("UTF-8") || locale.uppercased().contains("UTF8")
        func colours(_ descriptor: Int32) -> Bool {
            switch color {
            case .always: true
            case .never: false
            case .auto: isatty(descriptor) == 1 && !dumb && (environment["NO_COLOR"] ?? "").isEmpty
            }
        }
        isTerminal = isatty(1) == 1
        palette = Palette(colours: colours(1), unicode: unicode || !isTerminal)
        notePalette = Palette(colours: colours(2), unicode: unicode || isatty(2) != 1)
        width = isTerminal ? Screen.terminalWidth : nil
    }

    /// Whether lines can be drawn again in place.
    var isLive: Bool { isTerminal && !json && ProcessInfo.processInfo.environment["TERM"] != "dumb" }

    static var terminalWidth: Int { max(20, size.columns) }
    static var terminalHeight: Int { max(4, size.rows) }

    private static var size: (columns: Int, rows: Int) {
        var size = winsize()
        if ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return (Int(size.ws_col), Int(size.ws_row)) }
        let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }
        return (columns ?? 80, 24)
    }

    func put(_ text: String) { Screen.write(text + "\n", to: 1) }

    func put(_ lines: [String]) { if !lines.isEmpty { put(lines.joined(separator: "\n")) } }

    func put(_ lines: [Line], wrap: Bool = false) {
        put(lines.map { $0.rendered(palette, width: wrap ? nil : width) })
    }

    func put(_ table: Table, header: Bool = true) {
        put(table.lines(header: header, width: width, palette: palette))
    }

    /// One JSON object on a line of its own.
    func put(json value: some Encodable) throws { put(try Screen.encoded(value)) }

    /// Something a person wants to know and a program does not.
    func note(_ text: String) { Screen.write(text + "\n", to: 2) }

    func note(_ lines: [Line]) {
        for line in lines { note(line.rendered(notePalette)) }
    }

    static func encoded(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Foundation escapes the C0 controls but not DEL, C1 and the bidirectional ones, which a terminal obeys too.
        return try String(decoding: encoder.encode(value), as: UTF8.self).jsonEscaped
    }

    /// Writes all of it, or nothing more once the reader is gone. Ends the program where standard output cannot take it:
    /// half an answer must not look like one.
    static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var offset = 0
            while offset < bytes.count {
                guard let start = bytes.baseAddress else { return }
                let count = Glibc.write(descriptor, start + offset, bytes.count - offset)
                if count < 0 && errno == EINTR { continue }
                if count < 0, errno != EPIPE, descriptor == 1 {
                    let reason = String(cString: strerror(errno))
                    write("simmer: error: standard output cannot be written: \(reason)\n", to: 2)
                    exit(ExitCode.failed.rawValue)
                }
                if count <= 0 { return }
                offset += count
            }
        }
    }
}

extension String {
    /// JSON text whose strings hold no character that a terminal obeys; it means the same.
    fileprivate var jsonEscaped: String {
        guard unicodeScalars.contains(where: { $0.value >= 0x7F && $0.isHiddenOnScreen }) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            if scalar.value >= 0x7F, scalar.isHiddenOnScreen {
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension Unicode.Scalar {
    fileprivate var isHiddenOnScreen: Bool { value <= 0xFFFF && String(self).escaped() != String(self) }
}
