import Recipes
import Storage
import Wire

/// What the daemon remembers of a job's watchers; part of the job's row.
struct WatchRecord: Codable, Sendable, Equatable {
    /// The update that was not finite, whose steps are being done again.
    struct Suspect: Codable, Sendable, Equatable {
        var step: Int
        /// Where they are done again from; 0 for the beginning.
        var from: Int
    }
    var suspect: Suspect?
    /// How often steps were done again for that, without getting further.
    var repeats = 0
    /// Rollbacks that happened by themselves.
    var rollbacks = 0
    /// Workers that were killed for saying nothing, since a person had the job go on.
    var silences: Int?
    /// Seconds of a step in the first hour.
    var usualStep: Double?
    /// When its best checkpoint was last measured again.
    var measuredUsec: Int?
}

extension JobRow {
    func watch() throws -> WatchRecord {
        guard let text = notes[Self.watchNote] else { return WatchRecord() }
        return try MessageCoding.decode(WatchRecord.self, from: Array(text.utf8))
    }

    mutating func set(_ watch: WatchRecord) throws {
        notes[Self.watchNote] =
            watch == WatchRecord() ? nil : String(decoding: try MessageCoding.encode(watch).dropLast(), as: UTF8.self)
    }

    /// Whether its steps came out the same when they were done again.
    func proof() throws -> ResumeProof? {
        try notes[Self.proofNote].map { try MessageCoding.decode(ResumeProof.self, from: Array($0.utf8)) }
    }

    /// Of a job from elsewhere: one whose proof cannot be read keeps the others from being proven.
    func requireReadableNotes() throws {
        _ = try watch()
        _ = try proof()
    }

    mutating func set(_ proof: ResumeProof) throws {
        notes[Self.proofNote] = String(decoding: try MessageCoding.encode(proof).dropLast(), as: UTF8.self)
    }
}
