import GRDB
import Recipes

extension JobRow {
    /// The ids of checkpoints whose steps a rollback has taken back.
    static let leftNote = "left"

    /// Checkpoints of steps that a rollback has taken back: nothing goes on from them, and steps done again do not lead to
    /// them. They are kept like others, and can be named.
    public internal(set) var left: Set<String> {
        get { Set((notes[Self.leftNote] ?? "").split(separator: ",").map(String.init)) }
        set { notes[Self.leftNote] = newValue.isEmpty ? nil : newValue.sorted().joined(separator: ",") }
    }
}

extension Store {
    /// Takes back what a job has done since a checkpoint: it goes on from there, whatever newer ones there are. In one
    /// commit with what `change` makes of the row, and an event.
    /// - Parameter checkpoint: nil for the job's beginning.
    public func rollBack(
        _ id: Int, to checkpoint: Checkpoint?, message: String, _ change: (inout JobRow) throws -> Void
    ) throws -> JobRow {
        try write { transaction in
            let own = try CheckpointRow.all(transaction.database, job: id)
            let floor = checkpoint.map(\.step) ?? -1
            let known = Set(own.map(\.id))
            let taken = own.filter { $0.step > floor }.map(\.id)
            return try transaction.updateJob(id, event: .warning, message: message) { row in
                row.left = row.left.intersection(known).union(taken)
                let isOwn = checkpoint.map { known.contains($0.id) } ?? false
                row.lastCheckpoint = isOwn ? checkpoint?.id : nil
                row.lastCheckpointStep = isOwn ? checkpoint?.step : nil
                row.lastCheckpointUsec = isOwn ? checkpoint?.createdUsec : nil
                row.notes[JobRow.resumeNote] = nil
                try change(&row)
            }
        }
    }
}
