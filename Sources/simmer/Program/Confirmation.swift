import Glibc
import Wire

/// Asks before something that cannot be taken back.
enum Confirmation {
    /// Returns where the answer is yes; without a terminal there is nobody to ask.
    static func ask(_ question: String, consent: ConsentOptions, screen: Screen) throws {
        if consent.yes { return }
        guard isatty(0) == 1, isatty(2) == 1 else {
            throw Complaint(
                "this asks for confirmation and there is no terminal to ask on", hint: "Say --yes to go ahead.",
                code: .usage)
        }
        Screen.write(question + " [y/N] ", to: 2)
        let answer = readLine()?.lowercased() ?? ""
        guard answer == "y" || answer == "yes" else {
            screen.note("nothing was changed")
            throw Ending(code: .failed)
        }
    }
}
