import Glibc
import Recipes
import Terminal

/// The progress of a long operation on one line of standard error, where that is a terminal.
final class Meter {
    private let screen: Screen
    private let isLive: Bool
    private var isShown = false
    private var last = 0

    init(_ screen: Screen) {
        self.screen = screen
        isLive = isatty(2) == 1
    }

    func show(_ progress: OperationProgress?) {
        guard isLive, let progress, progress.phase != .done else { return }
        let now = Clock.now
        // Ten times a second is enough for the eye.
        guard now - last > 100_000 else { return }
        last = now
        var text = progress.operation.escaped()
        if let total = progress.totalBytes, total > 0 {
            let share = Double(progress.doneBytes) / Double(total)
            text += " " + screen.notePalette.bar(share, width: 22) + " " + Number.percent(share)
            text += " of \(Size.text(total))"
        } else if progress.doneBytes > 0 {
            text += " " + Size.text(progress.doneBytes)
        }
        if progress.phase == .waiting { text += " (waiting)" }
        if let message = progress.message { text += "  " + message.escaped() }
        say(text)
    }

    /// Words on the line, already escaped.
    func say(_ text: String) {
        guard isLive else { return }
        Screen.write("\r\u{1b}[K" + text.cut(to: Screen.terminalWidth - 1), to: 2)
        isShown = true
    }

    func clear() {
        if isShown { Screen.write("\r\u{1b}[K", to: 2) }
        isShown = false
    }
}
