import Glibc
import Server
import Testing

@Suite struct RestartPolicyTests {
    @Test(arguments: [SIGSEGV, SIGABRT, nil])
    func aStepThatKillsItsWorkerThreeTimesIsPoison(_ signal: Int32?) {
        var policy = RestartPolicy()
        #expect(policy.died(step: 10, signal: signal, silentSeconds: 0) == .again)
        #expect(policy.died(step: 10, signal: signal, silentSeconds: 0) == .again)
        #expect(policy.died(step: 10, signal: signal, silentSeconds: 0) == .giveUp(deaths: 3))
    }

    /// A resume goes back to its checkpoint: steps below the furthest are no progress.
    @Test func onlyANewStepForgives() {
        var policy = RestartPolicy()
        _ = policy.died(step: 10, signal: SIGSEGV, silentSeconds: 0)
        _ = policy.died(step: 4, signal: SIGSEGV, silentSeconds: 0)
        #expect(policy.died(step: 10, signal: SIGSEGV, silentSeconds: 0) == .giveUp(deaths: 3))
        for step in 11..<1000 { #expect(policy.died(step: step, signal: SIGSEGV, silentSeconds: 0) == .again) }
    }

    @Test func killsFromOutsideHaveAWideLimit() {
        var policy = RestartPolicy()
        for _ in 1..<20 { #expect(policy.died(step: 3, signal: SIGKILL, silentSeconds: 0.2) == .again) }
        #expect(policy.died(step: 3, signal: SIGKILL, silentSeconds: 0.2) == .giveUp(deaths: 20))
    }

    /// The kernel's out-of-memory killer uses SIGKILL too, in the midst of a step.
    @Test func aKillAfterALongSilenceIsTheStepsOwn() {
        var policy = RestartPolicy()
        for _ in 1..<3 { #expect(policy.died(step: 3, signal: SIGKILL, silentSeconds: 30) == .again) }
        #expect(policy.died(step: 3, signal: SIGKILL, silentSeconds: 30) == .giveUp(deaths: 3))
    }
}
