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
            said.message.hasPrefix("`b@best` sees its inputs differently: the mean that normalises them is 0.26, but"))
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
        // The same data, whatever the network's own chance.
        other.overrides = ["seed": "12345", "data.seed": "0"]
        #expect(findings([Self.record("a"), other], split: "validation") == [])
        other.overrides = ["data.seed": "1"]
        #expect(findings([Self.record("a"), other], split: "validation").map(\.code) == ["ensemble.split"])
    }

    /// Seeds are those of the published generator: its first three outputs for 1234567 are 6457827717110365317,
    /// 3203168211198807973 and 9817491932198370423.
    @Test func membersDifferInTheirChanceAlone() throws {
        let text = Sample.small + "kind: ensemble\nmembers: 3\ncombine: vote\nseed: 1234567\n"
        let whole = try #require(Recipe.read(text).recipe)
        #expect(whole.members == 3)
        #expect(
            (1...3).map { whole.seed(ofMember: $0) } == [
                3_153_236_189_995_295, 1_564_046_978_124_417, 4_793_697_232_518_735,
            ])
        var member = try #require(Recipe.read(text, overrides: whole.overrides(ofMember: 2)).recipe)
        #expect(member.kind == .train && member.members == nil && member.seed == 1_564_046_978_124_417)
        #expect(member.dataSeed == 1_234_567 && whole.dataSeed == 1_234_567)
        // A member's own members, if it had any, would split alike.
        #expect(member.overrides(ofMember: 1)["data.seed"] == "1234567")
        (member.kind, member.members, member.seed, member.data.seed) = (.ensemble, 3, whole.seed, nil)
        #expect(member == whole)
    }

    @Test func whatCannotBeMeasuredIsSaidBeforeItIsTrained() throws {
        func codes(_ more: String, _ change: (inout DataFacts) -> Void = { _ in }) throws -> [String] {
            let text = Sample.small + "kind: ensemble\nmembers: 3\n" + more
            let recipe = try #require(Recipe.read(text).recipe)
            return recipe.ensembleFindings(text, overrides: [:], facts: Self.facts(change)).map(\.code)
        }
        #expect(try codes("") == [])
        #expect(try codes("combine: logits\ngreedy: true\n") == [])
        #expect(try codes("combine: vote\n") == [])
        #expect(try codes("", { $0.target = .numbers(1) }) == [])
        #expect(try codes("combine: vote\n", { $0.target = .numbers(1) }) == ["ensemble.numbers"])
        #expect(try codes("loss: binary-cross-entropy\n", { $0.target = .numbers(2) }) == ["ensemble.loss"])
        let recipe = try #require(Recipe.read(Sample.small + "kind: ensemble\nmembers: 3\n").recipe)
        #expect(recipe.ensembleRequest(for: Self.facts()).split == "test")
        #expect(recipe.ensembleRequest(for: Self.facts { $0.testCount = 0 }).split == "validation")
    }
}
