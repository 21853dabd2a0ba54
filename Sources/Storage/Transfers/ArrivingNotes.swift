import Recipes

extension JobRow {
    /// The notes that a job may bring from elsewhere as they are, and what each may say there.
    ///
    /// Any other stays behind: one that nobody here has judged would be computed with later, by a daemon that takes it
    /// for its own.
    private static let notesThatCome: [String: @Sendable (String) -> Bool] = [
        newMembersNote: { Int($0).map(newMembersRange.contains) ?? false },
        stepSecondsNote: { Double($0).map((0...1e9).contains) ?? false },
        freshMomentsNote: { $0 == "yes" },
        receivedNote: { $0 == "true" },
        forcedNote: { $0.utf8.count <= 1_000 },
        acknowledgedNote: { holdsTexts($0) },
        leftNote: { $0.split(separator: ",").allSatisfy { $0.count == 32 && [UInt8](hex: String($0)) != nil } },
        watchNote: { holdsPlausibleNumbers($0) },
        proofNote: { holdsPlausibleNumbers($0) },
    ]

    /// Those that say more of a link to another job, and come where that job has come.
    private static let notesOfLinks: [String: @Sendable (String) -> Bool] = [
        cooldownStepNote: { Int($0).map((0...Int(1) << 53).contains) ?? false },
        partNote: { part in
            part == studentPart || (1...TeacherRecord.most).contains { part == memberPart($0) }
        },
    ]

    /// Whether its notes say what simmer writes into them.
    var hasPlausibleNotes: Bool {
        notes.allSatisfy { name, text in (Self.notesThatCome[name] ?? Self.notesOfLinks[name])?(text) ?? true }
    }

    var arrivingNotes: [String: String] { notes.filter { Self.notesThatCome[$0.key] != nil } }

    private static func read(_ text: String) -> JSONValue? {
        // What is wrong with it is no matter: the whole file is refused.
        do { return try StrictJSON.parse(text) } catch { return nil }
    }

    private static func holdsTexts(_ text: String) -> Bool {
        guard case .object(let values)? = read(text) else { return false }
        return values.values.allSatisfy { if case .string = $0 { true } else { false } }
    }

    /// JSON whose numbers can be counted on from.
    private static func holdsPlausibleNumbers(_ text: String) -> Bool {
        func isPlausible(_ value: JSONValue) -> Bool {
            switch value {
            case .null, .bool, .string: true
            case .int(let number): (0...1 << 53).contains(number)
            case .double(let number): (0...0x1p53).contains(number)
            case .array(let values): values.allSatisfy(isPlausible)
            case .object(let values): values.values.allSatisfy(isPlausible)
            }
        }
        return read(text).map(isPlausible) ?? false
    }
}
