import ArgumentParser
import Glibc
import Recipes
import Terminal
import Wire

/// What a command cannot do: what happened and where, what to do next, and the exit status.
struct Complaint: Error {
    var message: String
    var hint: String?
    var findings: [Finding] = []
    /// The recipe's file, for findings that point into it.
    var file: String?
    var code: Wire.ExitCode

    init(
        _ message: String, hint: String? = nil, findings: [Finding] = [], file: String? = nil,
        code: Wire.ExitCode = .failed
    ) {
        self.message = message
        self.hint = hint
        self.findings = findings
        self.file = file
        self.code = code
    }
}

/// An exit status and nothing more to say.
struct Ending: Error {
    var code: Wire.ExitCode

    /// Ends the program for what the parser threw: help and completions are answers, all else is wrong usage.
    static func ofParser(_ error: any Error) -> Never {
        let success = Simmer.exitCode(for: error) == .success
        let text = Simmer.fullMessage(for: error)
        if !text.isEmpty { Screen.write(text + "\n", to: success ? 1 : 2) }
        exit(success ? Wire.ExitCode.ok.rawValue : Wire.ExitCode.usage.rawValue)
    }

    /// The parser's own request for help has a type that only the parser can name.
    private static func isHelp(_ error: any Error) -> Bool {
        !(error is SimmerError || error is ClientFailure || error is StandardError || error is Complaint)
            && Simmer.exitCode(for: error) == .success
    }

    /// Ends the program for what a command threw.
    static func of(_ error: any Error) -> Never {
        if let ending = error as? Ending { exit(ending.code.rawValue) }
        // A command of commands answers with its help.
        if error is CleanExit || error is ValidationError || isHelp(error) { ofParser(error) }
        let complaint = Complaint(error)
        complaint?.say(json: CommandLine.arguments.contains("--json"))
        exit((complaint?.code ?? .failed).rawValue)
    }
}

extension Complaint {
    /// Any error of a command in one form; nil where there is nothing left to say.
    init?(_ error: any Error, file: String? = nil) {
        switch error {
        case let complaint as Complaint: self = complaint
        case let error as SimmerError:
            // Where the findings say it all, their number is enough.
            let repeated = error.findings.contains { $0.message == error.description }
            self.init(
                repeated ? FindingText.summary(error.findings) : error.description, hint: error.hint,
                findings: error.findings, file: file, code: error.exitCode)
        case let error as ClientFailure: self.init(error.description, hint: error.hint, code: error.exitCode)
        case let error as StandardError:
            let code: Wire.ExitCode =
                switch error {
                case .permissionDenied: .permission
                case .invalidParameter: .usage
                default: .failed
                }
            let older = "Client and daemon may be of different versions: 'simmer version' shows both."
            self.init(error.description, hint: error.rule ?? (code == .failed ? older : nil), code: code)
        case is Ending: return nil
        default: self.init("\(error)")
        }
    }

    /// The complaint on standard error, and as an object on standard output for programs.
    func say(json: Bool) {
        let screen = Screen(json: json)
        screen.note(FindingText.lines(findings, file: file))
        screen.note([Line([Cell("simmer: ", .bold), Cell("error: ", .bad)]) + Cell(message)])
        if let hint { screen.note([Line([Cell("    hint: ", .note), Cell(hint)])]) }
        if json {
            // The object repeats what standard error said; a fault while encoding it takes nothing from the reader.
            try? screen.put(json: Said(error: message, exitCode: code.rawValue, hint: hint, findings: findings))
        }
    }

    private struct Said: Encodable {
        var error: String
        var exitCode: Int32
        var hint: String?
        var findings: [Finding]
    }
}
