import FoundationEssentials
import Glibc
import Testing
import Wire

/// The package's root, for committed files that tests compare with.
func packageFile(_ path: String) -> String {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return "/\(root)/\(path)"
}

func readText(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
}

/// Compares a generated text with its committed copy; SIMMER_RECORD=1 writes it anew and fails that one run.
func expectCommitted(_ text: String, _ path: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    if getenv("SIMMER_RECORD") != nil {
        try Data(text.utf8).write(to: URL(filePath: packageFile(path)))
        Issue.record("recorded \(path); run again without SIMMER_RECORD", sourceLocation: sourceLocation)
        return
    }
    let committed = try readText(packageFile(path))
    if committed != text {
        let pairs = zip(committed.split(separator: "\n"), text.split(separator: "\n"))
        let first = pairs.first { $0 != $1 }
        Issue.record(
            """
            \(path) is not what the code prints (SIMMER_RECORD=1 swift test writes it). First difference:
            committed: \(first.map { String($0.0) } ?? "(end)")
            printed:   \(first.map { String($0.1) } ?? "(end)")
            """, sourceLocation: sourceLocation)
    }
}

@Suite struct InterfaceTextTests {
    @Test func everyDeclarationCouldBeRead() {
        #expect(Interface.methods.compactMap(\.problem) == [])
        #expect(Set(Interface.methods.map(\.name)).count == Interface.methods.count)
    }

    @Test func committedTextIsWhatTheCodePrints() throws {
        try expectCommitted(Interface.description, "docs/io.simmer.varlink")
    }

    /// Methods that are not held to their promised form: no daemon answers it, so that no client can depend on it.
    private static let reshaped = ["CreateEnsemble"]

    /// Names and fields of the interface that outside clients were promised; only additions are allowed.
    @Test func everyPromisedNameIsStillThere() throws {
        let path = packageFile("../shared/io.simmer.varlink")
        guard access(path, R_OK) == 0 else {
            print("skipped: \(path) is not here, so the interface is not compared with the promised one")
            return
        }
        let promised = try Promised(readText(path))
        let ours = try Promised(Interface.description)
        #expect(promised.members.count > 80)
        for (name, words) in promised.members where !Self.reshaped.contains(name) {
            let here = try #require(ours.members[name], "\(name) is gone")
            #expect(words.isSubset(of: here), "\(name) has lost \(words.subtracting(here).sorted())")
        }
    }

    /// The members of a text, each with its fields (`in.job: string`), enum values and kind.
    private struct Promised {
        var members: [String: Set<String>] = [:]

        init(_ text: String) throws {
            let lines = text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("#") }
            var name = ""
            for word in lines.joined(separator: "\n").split(whereSeparator: { " \n".contains($0) }) {
                pending.append(String(word))
            }
            var group = 0
            var index = 0
            while index < pending.count {
                let word = pending[index]
                if ["type", "method", "error"].contains(word), group == 0, index + 1 < pending.count {
                    name = String(pending[index + 1].prefix { $0 != "(" })
                    members[name] = [word]
                }
                members[name, default: []].formUnion(pieces(word))
                group += word.count { $0 == "(" } - word.count { $0 == ")" }
                index += 1
            }
            members[""] = nil
            members["io.simmer"] = nil
        }

        private var pending: [String] = []

        private func pieces(_ word: String) -> [String] {
            word.split { "(),:".contains($0) }.map(String.init)
        }
    }
}

@Suite struct InterfaceManualTests {
    @Test func committedPageIsWhatTheCodePrints() throws {
        try expectCommitted(InterfaceManual.page(date: "November 24, 2026"), "man/io.simmer.7")
    }
}
