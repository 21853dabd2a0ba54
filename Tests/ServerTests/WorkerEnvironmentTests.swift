import Recipes
import Testing

@testable import Server

/// A run goes on with the instructions that its checkpoint's bits came from.
@Suite struct WorkerEnvironmentTests {
    private static func resuming(_ environment: [String: String]) -> [String: String] {
        let snapshot = Snapshot(
            step: 1, cause: .step, tensors: [], state: "", metrics: [], environment: environment, activeSeconds: 0)
        return WorkerProgram.environment(resume: snapshot, inherited: ["SIMMER_BFLOAT16": "amx", "PATH": "/bin"])
    }

    @Test func namesTheCheckpointsLevelAndUnit() {
        let found = Self.resuming(["cpuLevel": "v4", "precision": "bfloat16", "bfloat16": "avx512"])
        #expect(found["SIMMER_CPU_LEVEL"] == "v4" && found["SIMMER_BFLOAT16"] == "avx512" && found["PATH"] == "/bin")
    }

    @Test func aCheckpointThatNamesNoUnitComesFromTheFirst() {
        #expect(Self.resuming(["cpuLevel": "v4", "precision": "bfloat16"])["SIMMER_BFLOAT16"] == "avx512")
    }

    /// A branch to bfloat16 may take the fastest.
    @Test func aFloat32CheckpointAsksForNoUnit() {
        #expect(Self.resuming(["cpuLevel": "v4", "precision": "float32"])["SIMMER_BFLOAT16"] == "amx")
    }

    @Test func withoutACheckpointNothingIsAskedFor() {
        let found = WorkerProgram.environment(resume: nil, inherited: [:])
        #expect(found["SIMMER_BFLOAT16"] == nil && found["SIMMER_CPU_LEVEL"] == nil)
    }
}
