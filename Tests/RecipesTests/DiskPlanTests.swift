import Recipes
import Testing

@Suite struct DiskPlanTests {
    private func recipe(_ lines: String) throws -> Recipe {
        let text = """
            recipe: 1
            name: x
            data: {format: digits}
            model: {layers: [{linear: classes}]}
            \(lines)
            """
        let (recipe, findings) = Recipe.read(text)
        return try #require(recipe, "\(findings)")
    }

    /// By hand: the policy's sum and one that is being written, or what the run takes.
    @Test(arguments: [
        // 3 last, 3 best, 24 hours, 14 days, 8 weeks.
        ("until: forever", 53), ("until: 2000\ncheckpoint: {every: 10 minutes}", 53),
        // Steps 100, ..., 500; the fifth is the last, and one more at the end.
        ("until: 500\ncheckpoint: {every: 100}", 7),
        // 10 steps an epoch: 30 steps, every 5.
        ("until: 3 epochs\ncheckpoint: {every: 5}", 8),
        ("until: 500\ncheckpoint: {every: 100, keep: {last: 2, best: 0, hourly: 0, daily: 0, weekly: 0}}", 3),
        // Two stay whatever the policy says.
        ("until: forever\ncheckpoint: {keep: {last: 1, best: 0, hourly: 0, daily: 0, weekly: 0}}", 3),
        // Nine hours of the clock, two days, two weeks, 3 and 3.
        ("until: 8 hours\ncheckpoint: {every: 1 minutes}", 20),
        ("until: 8 hours\ncheckpoint: {every: 4 hours}", 4),
        ("until: 500\ncheckpoint: {every: forever}", 2),
        ("until: 500\ncheckpoint: {every: 25 %}", 6),
    ]) func countsWhatStays(_ lines: String, _ most: Int) throws {
        let plan = try recipe(lines).diskPlan(
            checkpointBytes: 10, stepsPerEpoch: 10, freeBytes: 1_000_000, reserveBytes: 0)
        #expect(plan.mostKept == most && plan.totalBytes == 10 * most && plan.findings.isEmpty)
    }

    @Test(arguments: [(1_000, nil), (625, nil), (620, Severity.warning), (500, .warning), (499, .error), (0, .error)])
    func saysWhatIsTight(_ available: Int, _ severity: Severity?) {
        let plan = DiskPlan(checkpointBytes: 100, mostKept: 5, freeBytes: available + 50, reserveBytes: 50)
        #expect(plan.findings.map(\.severity) == (severity.map { [$0] } ?? []), "\(plan.findings)")
        #expect(plan.findings.allSatisfy { $0.code == "disk.plan" && $0.path == "/checkpoint/keep" })
        #expect(plan.runwayCheckpoints == available / 100 && plan.runwayUsec == nil)
    }

    @Test func theRunwayIsATimeWhereCheckpointsGoByTheClock() throws {
        let plan = try recipe("checkpoint: {every: 10 minutes}").diskPlan(
            checkpointBytes: 1 << 20, stepsPerEpoch: 10, freeBytes: 100 << 20, reserveBytes: 40 << 20)
        #expect(plan.runwayCheckpoints == 60 && plan.runwayUsec == 60 * 600 * 1_000_000)
        // 53 of 60 MiB.
        #expect(plan.findings.map(\.severity) == [.warning])
        #expect(plan.findings.first?.message.contains("53 MiB; the store has 60 MiB") == true)
        // A reserve larger than the disk is no room, and no negative one.
        let none = DiskPlan(checkpointBytes: .max, mostKept: 3, freeBytes: 5, reserveBytes: .max)
        #expect(none.availableBytes == 0 && none.runwayCheckpoints == 0 && none.findings.first?.severity == .error)
    }

    /// By hand: three are kept, six are taken in all; a second lies between two of them, or 10 000.
    @Test(arguments: [(0.01, 59, true), (0.01, 60, false), (100, 39, true), (100, 40, false), (nil, 30, false)])
    func saysWhereDroppedOnesDoNotFit(_ stepSeconds: Double?, _ free: Int, _ speaks: Bool) throws {
        let recipe = try recipe(
            "until: 500\ncheckpoint: {every: 100, keep: {last: 2, best: 0, hourly: 0, daily: 0, weekly: 0}}")
        let plan = recipe.diskPlan(checkpointBytes: 10, stepsPerEpoch: 10, freeBytes: free, reserveBytes: 0)
        let found = recipe.droppedFindings(plan, stepsPerEpoch: 10, stepSeconds: stepSeconds, stay: 60)
        #expect(found.map(\.severity) == (speaks ? [.warning] : []), "\(found)")
    }

    /// By hand: 53 are kept, and eight of ten minutes each are dropped in 75; what does not hold the 53 is an error alone. The
    /// speed of the machine changes nothing.
    @Test(arguments: [(610, nil), (609, Severity.warning), (530, .warning), (529, .error)], [nil, 0.01, 100])
    func theClockIsJudgedAsStepsAre(_ room: (free: Int, severity: Severity?), _ stepSeconds: Double?) throws {
        let recipe = try recipe("until: forever\ncheckpoint: {every: 10 minutes}")
        let plan = recipe.diskPlan(checkpointBytes: 10, stepsPerEpoch: 10, freeBytes: room.free, reserveBytes: 0)
        let dropped = recipe.droppedFindings(plan, stepsPerEpoch: 10, stepSeconds: stepSeconds, stay: 4_500)
        #expect(dropped.map(\.severity) == (room.severity == .warning ? [.warning] : []), "\(dropped)")
        #expect(plan.findings.contains { $0.severity == .error } == (room.severity == .error), "\(plan.findings)")
    }
}
