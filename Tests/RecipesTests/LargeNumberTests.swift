import Recipes
import Testing

/// Numbers that no sane recipe or worker comes to must not end the daemon either.
@Suite struct LargeNumberTests {
    @Test func theEndOfARunIsNeverFurtherThanTimeGoes() {
        #expect(Progress.etaUsec(steps: 300, perSecond: 150) == 2_000_000)
        #expect(Progress.etaUsec(steps: -1, perSecond: 150) == 0)
        #expect(Progress.etaUsec(steps: 300, perSecond: 0) == nil)
        #expect(Progress.etaUsec(steps: 300, perSecond: -.infinity) == nil)
        #expect(Progress.etaUsec(steps: 300, perSecond: .nan) == nil)
        #expect(Progress.etaUsec(steps: 1_000_000_000_000_000, perSecond: 10) == 9_000_000_000_000_000)
        #expect(Progress.etaUsec(steps: .max, perSecond: .leastNonzeroMagnitude) == 9_000_000_000_000_000)
    }

    private func fits(_ offset: Int, _ byteCount: Int, in size: Int) -> Bool {
        let tensor = TensorRecord(name: "0.weight", role: .weight, shape: [1], offset: offset, byteCount: byteCount)
        return Snapshot(
            step: 1, cause: .step, tensors: [tensor], state: "{}", metrics: [], environment: [:], activeSeconds: 0
        ).fits(byteCount: size)
    }

    @Test func aTensorLiesWithinItsMemory() {
        #expect(fits(0, 8, in: 8) && fits(4, 4, in: 8) && fits(8, 0, in: 8))
        #expect(!fits(1, 8, in: 8) && !fits(0, 9, in: 8) && !fits(9, 0, in: 8))
        #expect(!fits(-4, 8, in: 8) && !fits(0, -8, in: 8) && !fits(0, 0, in: -1))
        #expect(!fits(.max, .max, in: 8) && !fits(.max, 8, in: .max) && !fits(8, 8, in: .min))
    }
}
