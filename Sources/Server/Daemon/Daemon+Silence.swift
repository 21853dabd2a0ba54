import Dispatch
import Recipes
import Storage

extension Daemon {
    /// Looks for workers that have stopped to speak; again after the configuration was read.
    func watchSilence() {
        silenceTimer?.cancel()
        let limit = configuration.silence
        let timer = DispatchSource.makeTimerSource(queue: executor.queue)
        let pause = min(60, max(0.25, limit / 4))
        timer.schedule(deadline: .now() + pause, repeating: pause, leeway: .milliseconds(Int(pause * 100)))
        timer.setEventHandler { self.assumeIsolated { $0.lookForSilence(longer: limit) } }
        timer.activate()
        silenceTimer = timer
    }

    /// A worker that hangs or has been stopped is left as it is: its memory may hold steps that a person can still have.
    private func lookForSilence(longer limit: Double) {
        for run in runs.values where run.phase == .training || run.phase == .holding {
            let silence = Clock.monotonic() - run.lastWord
            guard silence > limit, !run.isKnownSilent else { continue }
            run.isKnownSilent = true
            let text =
                "The worker (pid \(run.link?.child.pid ?? 0)) has not said a word for "
                + "\(Self.ago(Int(silence * 1e6))) at step \(run.lastStep)."
            note(.warning, job: run.job, name: run.name, step: run.lastStep, id: .needsPerson, text)
            keepLine(job: run.job, priority: 4, step: run.lastStep, text)
            watched(
                CheckResult(
                    "W9", .fail, .invariant, text,
                    action: "Where it hangs, kill it: the job goes on from its last checkpoint.",
                    step: run.lastStep), job: run.job)
            let hint = " Where it hangs, kill it: the job goes on from its last checkpoint."
            let notice = occasionalNotice([.needsPerson], text + hint, job: run.job)
            attempt("telling of a silent worker", job: run.job) {
                tell(try store.updateJob(run.job, event: .warning, message: text) { try $0.keep(notice) })
            }
        }
    }
}
