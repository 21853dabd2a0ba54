import Dispatch
import Glibc
import Recipes
import Storage
import Wire

extension Daemon {
    /// Brings a job towards what its owner wants, as the committed row says. Safe to call at any time.
    func converge(_ row: JobRow) {
        if row.isWhole {
            // The inspection of its data is one's own.
            if row.desired == .cancel { preparations[row.id]?.cancel() }
            return convergeWhole(row.id)
        }
        let run = runs[row.id]
        switch row.desired {
        case .cancel:
            preparations[row.id]?.cancel()
            if let run {
                run.phase = run.link == nil ? run.phase : .stopping
                if let link = run.link { link.kill() } else { dropLaunch(run) }
            }
        case .stop: if let run { stopRun(run) }
        case .pause:
            guard let run else { break }
            if run.link == nil { dropLaunch(run) }
            if run.phase == .training {
                attempt("pausing", job: row.id) { try hold(run) }
            } else if run.phase == .held {
                attempt("pausing", job: row.id) { try parkOrGo(run) }
            }
        case .run:
            if let run, run.phase == .held { attempt("going on", job: row.id) { try parkOrGo(run) } }
        }
        schedule()
        planStatus()
    }

    private func dropLaunch(_ run: Run) {
        attempt("giving up a start", job: run.job) { try abandonLaunch(run, try store.job(id: run.job)) }
    }

    /// Asks for a last checkpoint and the end; one that has not begun to train is simply ended.
    func stopRun(_ run: Run) {
        switch run.phase {
        case .launching: dropLaunch(run)
        case .starting:
            run.phase = .stopping
            run.killed = "The job was stopped before it went on."
            run.link?.kill()
        case .training, .holding, .held:
            run.phase = .stopping
            attempt("stopping", job: run.job) { try run.link?.send(.stop) }
        case .stopping: break
        }
    }

    /// Ends a worker that has not stopped in time; its job goes on from its last checkpoint some day.
    func stopDeadline(job: Int, seconds: Double) {
        guard let token = runs[job]?.token else { return }
        executor.queue.asyncAfter(deadline: .now() + seconds) {
            self.assumeIsolated { daemon in
                guard let run = daemon.runs[job], run.token == token, run.ended == nil else { return }
                run.killed =
                    "The worker did not stop within \(Int(seconds)) s and was killed; its last checkpoint holds."
                run.link?.kill()
            }
        }
    }
}
