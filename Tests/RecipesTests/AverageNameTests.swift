import Recipes
import Testing

/// What averages are called, and where they may be named.
@Suite struct AverageNameTests {
    private static let references: [(text: String, checkpoint: String, average: String?)] = [
        ("a@best", "a@best", nil), ("a@best/ema-0.999", "a@best", "ema-0.999"), ("a:tag/swa", "a:tag", "swa"),
        ("a@12/lawa-500x5", "a@12", "lawa-500x5"), ("0123abcd/swa", "0123abcd", "swa"),
        // Written otherwise, the same decay.
        ("a@best/ema-0.9990", "a@best", "ema-0.999"),
        // A slip behind a checkpoint is an average that it lacks, not a checkpoint of that name.
        ("a@best/eam-0.9", "a@best", "eam-0.9"), ("a@best/", "a@best", ""),
        // A slash in a name is the name's.
        ("a/1@best", "a/1@best", nil), ("a/1@best/swa", "a/1@best", "swa"), ("folder/w", "folder/w", nil),
        ("/swa", "/swa", nil),
    ]

    @Test(arguments: references) func aReferenceMayNameAnAverage(
        _ row: (text: String, checkpoint: String, average: String?)
    ) {
        let reference = WeightsReference(row.text)
        #expect(reference.checkpoint == row.checkpoint && reference.average == row.average)
    }

    private static let tensors: [(tensor: String, name: String?, isMean: Bool)] = [
        ("0.weight", nil, false), ("ema_0.999.0.weight", "ema-0.999", true), ("swa.0.weight", "swa", true),
        ("lawa_500x5.conv1.bias", "lawa-500x5", true), ("lawa_500x5_4.conv1.bias", "lawa-500x5", false),
        ("ema_0.weight", nil, false), ("ema_0.9", nil, false), ("lawa_5.weight", nil, false),
        ("lawa_0x5.weight", nil, false), ("lawa_5x5_a.weight", nil, false), ("lawa_5x5_1_2.weight", nil, false),
        ("swap.weight", nil, false),
    ]

    @Test(arguments: tensors) func aTensorSaysWhoseItIs(_ row: (tensor: String, name: String?, isMean: Bool)) {
        let found = AverageName.of(tensor: row.tensor)
        #expect(found?.name == row.name && (found?.isMean ?? false) == row.isMean)
    }

    @Test func namesAndPrefixesAgree() throws {
        for name in ["ema-0.999", "ema-0.5", "ema-0.999999", "lawa-500x5", "swa"] {
            let prefix = try AverageName.prefix(of: name)
            #expect(AverageName.canonical(name) == name)
            #expect(AverageName.of(tensor: prefix + "0.weight")?.name == name, "\(prefix)")
        }
        for name in ["ema", "ema-x", "lawa-5", "lawa-5x", "lawa-x5", "lawa-05x5", "SWA", ""] {
            #expect(throws: SimmerError.self) { try AverageName.prefix(of: name) }
        }
    }

    private static func tensor(_ name: String, _ role: TensorRecord.Role) -> TensorRecord {
        TensorRecord(name: name, role: role, shape: [1], offset: 0, byteCount: 4)
    }

    @Test func anAverageIsTakenWithTheBuffersThatBelongToIt() throws {
        let snapshot = Snapshot(
            step: 9, cause: .step,
            tensors: [
                Self.tensor("0.weight", .weight), Self.tensor("1.running_mean", .buffer),
                Self.tensor("1.num_batches_tracked", .buffer), Self.tensor("adam.m.0.weight", .moment),
                Self.tensor("ema_0.9.0.weight", .average), Self.tensor("swa.0.weight", .average),
                Self.tensor("swa.1.running_mean", .average), Self.tensor("lawa_5x5_0.0.weight", .window),
            ], state: "{}", metrics: [], environment: [:], activeSeconds: 0)
        #expect(snapshot.averageNames == ["ema-0.9", "swa"])
        func names(_ average: String) throws -> [String] { try snapshot.tensors(ofAverage: average).map(\.tensor.name) }
        #expect(try names("swa") == ["swa.0.weight", "swa.1.running_mean", "1.num_batches_tracked"])
        #expect(try names("ema-0.9") == ["ema_0.9.0.weight", "1.running_mean", "1.num_batches_tracked"])
        let taken = try snapshot.taking(average: "swa")
        #expect(taken.tensors.map(\.name) == ["0.weight", "1.running_mean", "1.num_batches_tracked"])
        #expect(taken.tensors.map(\.role) == [.weight, .buffer, .buffer])
        #expect {
            try snapshot.tensors(ofAverage: "lawa-5x5")
        } throws: { error in
            guard case .incompatible(let message, let findings)? = error as? SimmerError else { return false }
            return message.contains("lawa-5x5") && findings.contains { $0.message.contains("ema-0.9, swa") }
        }
    }
}
