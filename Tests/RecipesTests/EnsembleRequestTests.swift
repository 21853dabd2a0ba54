import Recipes
import Testing

/// What keeps checkpoints from being one ensemble is named.
@Suite struct EnsembleRequestTests {
    private static func facts(_ change: (inout DataFacts) -> Void = { _ in }) -> DataFacts {
        var facts = DataFacts(
            inputShape: [1, 4, 4], target: .classes(["a", "b"]), trainingCount: 90, validationCount: 10, testCount: 9,
            classCounts: [45, 45], mean: [0.25], deviation: [0.5], scale: 255)
        change(&facts)
        return facts
    }

    private static func record(
        _ checkpoint: String, _ more: String = "", _ change: (inout DataFacts) -> Void = { _ in }
    ) -> TeacherRecord {
        TeacherRecord(
            checkpoint: checkpoint, name: "\(checkpoint)@7", recipe: Sample.small + more, overrides: [:],
            facts: facts(change))
    }

    private func findings(
        _ members: [TeacherRecord], _ method: EnsembleMethod = .averageProbabilities, split: String = "test",
        greedy: Bool = false, calibrate: Bool = false
    ) -> [Finding] {
        EnsembleRequest(method: method, split: split, isGreedy: greedy, calibrates: calibrate)
            .findings(of: members, named: members.map { "\($0.checkpoint)@best" })
    }

    @Test func onesThatFitAreFine() {
        let members = [Self.record("a"), Self.record("b") { $0.trainingCount = 7 }, Self.record("c")]
        for method in EnsembleMethod.allCases { #expect(findings(members, method) == []) }
        #expect(findings(members, greedy: true, calibrate: true) == [])
        // Two classes are told apart by one output as well.
        #expect(findings([members[0], Self.record("d", "loss: binary-cross-entropy\n")]) == [])
        let numbers = members.map { member in
            var member = member
            member.facts.target = .numbers(2)
            return member
        }
        #expect(findings(numbers, greedy: true) == [])
        #expect(findings(numbers, calibrate: true).map(\.code) == ["ensemble.numbers"])
        #expect(findings(numbers, .vote).map(\.code) == ["ensemble.numbers"])
    }

    @Test func whatDiffersIsNamed() {
        func codes(_ change: (inout DataFacts) -> Void) -> [String] {
            findings([Self.record("a"), Self.record("b", "", change)]).map(\.code)
        }
        #expect(codes { $0.inputShape = [1, 4, 5] } == ["ensemble.shape"])
        #expect(codes { $0.mean = [0.26] } == ["ensemble.normalize"])
        #expect(codes { $0.target = .classes(["a", "c"]) } == ["ensemble.classes"])
        #expect(codes { $0.target = .numbers(2) } == ["ensemble.target"])
        #expect(codes { $0.vocabulary = ["x"] } == ["ensemble.vocabulary"])
        let said = findings([Self.record("a"), Self.record("b") { $0.mean = [0.26] }])[0]
        #expect(
            said.message.hasPrefix("`b@best` sees its inputs otherwise: the mean that normalises them is 0.26, but"))
        #expect(said.message.contains("`a@best`'s 0.25"), "\(said.message)")
    }

    @Test func oneAloneAndTwiceTheSameAreNone() {
        #expect(findings([Self.record("a")]).map(\.code) == ["ensemble.single"])
        #expect(findings([]).map(\.code) == ["ensemble.single"])
        #expect(findings([Self.record("a"), Self.record("a")]).map(\.code) == ["ensemble.twice"])
        let many = (0...TeacherRecord.most).map { Self.record("m\($0)") }
        #expect(findings(many).map(\.code) == ["ensemble.many"])
        #expect(findings(Array(many.dropLast())) == [])
    }

    @Test func choicesThatCannotBeMadeAreRefused() {
        let members = [Self.record("a"), Self.record("b")]
        #expect(findings(members, .vote, greedy: true).map(\.code) == ["ensemble.vote"])
        #expect(findings(members, .vote, calibrate: true).map(\.code) == ["ensemble.vote"])
        #expect(findings(members, .averageWeights, greedy: true).map(\.code) == ["ensemble.weights"])
        #expect(findings([members[0], Self.record("b", "recipe: 2\n")]).map(\.code) == ["ensemble.recipe"])
    }

    /// One member's training examples are another's validation examples where another seed splits them off.
    @Test func aSplitBySeedIsOneMembersOwn() {
        var other = Self.record("b")
        other.overrides = ["seed": "12345"]
        let members = [Self.record("a"), other]
        #expect(findings(members, split: "test") == [])
        #expect(findings(members, split: "validation").map(\.code) == ["ensemble.split"])
        #expect(findings(members, split: "test", calibrate: true).map(\.code) == ["ensemble.split"])
        #expect(findings(members, split: "test", greedy: true).map(\.code) == ["ensemble.split"])
    }
}
