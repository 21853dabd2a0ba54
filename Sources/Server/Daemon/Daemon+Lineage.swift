import Recipes
import Storage
import Wire

// Which networks come from one another: a branch from the checkpoint that it goes on from, a fine-tuning from the weights
// that its recipe begins with.
extension Daemon {
    /// As `submit`, and keeps which checkpoint the recipe's first weights are. Its bytes become a file of the job, so that
    /// the checkpoint may go; where the weights come from is not in them.
    func submitKeepingOrigin(
        _ submission: Submission, caller: Caller, request: RequestKey?
    ) throws -> SubmitJob.Output {
        func origin() throws -> String? {
            try submission.recipe.model.weightsCheckpoint.map { try weights($0, caller: caller).checkpoint.id }
        }
        let before = try origin()
        var output = try submit(submission, caller: caller, request: request)
        // `other@last` may be another checkpoint by now, and which of the two was taken is not known.
        if !output.existing, let before {
            // The job is queued, whatever becomes of the note: without it its weights' file says where they come from.
            attempt("noting where its first weights come from", job: output.job.id) {
                guard try origin() == before else { return }
                _ = try store.updateJob(output.job.id) { $0.notes[JobRow.firstWeightsNote] = before }
                output.job = try store.summary(ofJob: output.job.id)
            }
        }
        return output
    }

    /// Where the weights of a job or checkpoint come from, in the end.
    enum Origin: Equatable {
        /// The first weights that its seed has drawn.
        case job(Int)
        /// A checkpoint without a job, or that is gone: its id; weights from a file: its digest.
        case weights(String)
    }

    /// - Returns: nil where a checkpoint has no job that is known.
    nonisolated func origin(of checkpoint: String) throws -> Origin? {
        guard var id = try store.checkpoint(checkpoint).jobId else { return nil }
        // A file from elsewhere may say that a job comes from itself.
        var seen: Set<Int> = []
        while seen.insert(id).inserted {
            let row = try store.job(id: id)
            guard let parent = row.parentCheckpoint ?? row.notes[JobRow.firstWeightsNote] else {
                // As a file alone it is known of a job whose row came before there was the note.
                let from = try readRecipe(ofJob: id).model.from
                let file = row.files.first { $0.path == from }
                return file.map { .weights($0.digest) } ?? .job(id)
            }
            do {
                guard let next = try store.checkpoint(parent).jobId else { return .weights(parent) }
                id = next
            } catch SimmerError.noSuchCheckpoint {
                return .weights(parent)
            }
        }
        return nil
    }
}
