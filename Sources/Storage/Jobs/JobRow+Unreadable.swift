import Foundation
import GRDB
import Recipes

extension JobRow {
    /// What is known of a job whose row cannot be read: its columns, and of its body the parts that are what they were.
    init(known row: Row, because finding: Finding) {
        let body = KnownBody(String.fromDatabaseValue(row["body"]) ?? "")
        let id = Int.fromDatabaseValue(row["id"]) ?? 0
        let state = String.fromDatabaseValue(row["state"]).flatMap(JobState.init) ?? .stopped
        self.init(
            id: id, uuid: String.fromDatabaseValue(row["uuid"]) ?? "",
            name: String.fromDatabaseValue(row["name"]) ?? "job-\(id)",
            // Nobody but root and the daemon's user may handle what has lost its owner.
            ownerUid: Int.fromDatabaseValue(row["owner_uid"]) ?? 0, kind: body["kind"] ?? .train,
            // Whatever it was, nothing runs it now, and it waits for a person.
            state: state.isEnded ? state : .stopped,
            desired: String.fromDatabaseValue(row["desired"]).flatMap(DesiredState.init) ?? .stop,
            priority: Int.fromDatabaseValue(row["priority"]) ?? 0, generation: body["generation"] ?? 0,
            createdUsec: Int.fromDatabaseValue(row["created_usec"]) ?? 0, startedUsec: body["startedUsec"],
            endedUsec: body["endedUsec"], activeUsec: body["activeUsec"] ?? 0, restarts: body["restarts"] ?? 0,
            progress: body["progress"], reason: body["reason"], labels: body["labels"] ?? [:],
            dependsOn: body["dependsOn"] ?? [], parentCheckpoint: String.fromDatabaseValue(row["parent_checkpoint"]),
            files: body["files"] ?? [], facts: body["facts"], findings: body["findings"] ?? [],
            changes: body["changes"] ?? [], plan: body["plan"], environment: body["environment"] ?? [:],
            lastCheckpoint: body["lastCheckpoint"], lastCheckpointUsec: body["lastCheckpointUsec"],
            lastCheckpointStep: body["lastCheckpointStep"], bestMetric: body["bestMetric"] ?? "validation.loss",
            bestIsHigher: body["bestIsHigher"] ?? false, keep: body["keep"] ?? CheckpointPolicy.Keep(),
            notes: body["notes"] ?? [:], report: body["report"], unreadable: finding)
    }
}

extension Reason {
    /// Why nothing is done with a job, for lists, which show no findings.
    init(_ unreadable: Finding, since: Int) {
        self.init(
            code: unreadable.code,
            message: [unreadable.message, unreadable.hint].compactMap { $0 }.joined(separator: " "), sinceUsec: since)
    }
}

/// The members of a JSON object, each read on its own: one that cannot be read is as one that is not there.
private struct KnownBody: Decodable {
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private var members: KeyedDecodingContainer<Key>?

    init(_ text: String) {
        members = (try? decodeJSON(KnownBody.self, text))?.members
    }

    init(from decoder: any Decoder) throws { members = try decoder.container(keyedBy: Key.self) }

    subscript<Value: Decodable>(_ name: String) -> Value? {
        try? members?.decodeIfPresent(Value.self, forKey: Key(stringValue: name))
    }
}
