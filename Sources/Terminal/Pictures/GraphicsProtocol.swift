/// Terminals that show image files, by what they say of themselves.
public enum GraphicsProtocol: Sendable, Equatable {
    /// kitty's (sw.kovidgoyal.net/kitty/graphics-protocol): also Ghostty and WezTerm.
    case kitty
    /// iTerm2's (iterm2.com/documentation-images.html).
    case iterm

    /// nil for a terminal that shows none, and inside of multiplexers, which let no image through.
    public init?(environment: [String: String]) {
        let term = environment["TERM"] ?? ""
        guard environment["TMUX"] == nil, !term.hasPrefix("screen"), !term.hasPrefix("tmux") else { return nil }
        let program = environment["TERM_PROGRAM"] ?? ""
        if environment["KITTY_WINDOW_ID"] != nil || term == "xterm-kitty" || term == "xterm-ghostty"
            || program == "WezTerm" || program == "ghostty"
        {
            self = .kitty
        } else if program == "iTerm.app" {
            self = .iterm
        } else {
            return nil
        }
    }

    /// What makes the terminal show a PNG file.
    /// - Parameter png: the file in base64.
    public func sequence(png: String) -> String {
        switch self {
        case .iterm: return "\u{1b}]1337;File=inline=1:\(png)\u{07}"
        case .kitty:
            // At most 4096 bytes of the file's text in one sequence; m=1 says that more follows.
            var text = ""
            var rest = Substring(png)
            var isFirst = true
            repeat {
                let part = rest.prefix(4096)
                rest = rest.dropFirst(4096)
                text += "\u{1b}_G\(isFirst ? "f=100,a=T," : "")m=\(rest.isEmpty ? 0 : 1);\(part)\u{1b}\\"
                isFirst = false
            } while !rest.isEmpty
            return text
        }
    }
}
