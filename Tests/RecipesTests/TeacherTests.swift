import Recipes
import Testing

/// What a teacher and a student must have in common is held against each other, and what differs is named.
@Suite struct TeacherTests {
    private static func facts(_ change: (inout DataFacts) -> Void = { _ in }) -> DataFacts {
        var facts = DataFacts(
            inputShape: [1, 4, 4], target: .classes(["a", "b", "c"]), trainingCount: 90, validationCount: 10,
            testCount: 0, classCounts: [30, 30, 30], mean: [0.25], deviation: [0.5], scale: 255)
        change(&facts)
        return facts
    }

    private static func text(units: Int, _ more: String = "") -> String {
        Sample.small.replacing("    - linear: classes", with: "    - linear: \(units)\n    - linear: classes") + more
    }

    private static let student = text(units: 4, "kind: distill\nteachers: [big@best]\n")

    private static func record(_ recipe: String = text(units: 9), _ change: (inout DataFacts) -> Void = { _ in })
        -> TeacherRecord
    {
        TeacherRecord(
            checkpoint: "0123456789abcdef", name: "big@7", recipe: recipe, overrides: [:], facts: facts(change))
    }

    private func findings(_ record: TeacherRecord, student: String = Self.student, _ own: DataFacts = Self.facts())
        throws -> [Finding]
    {
        try #require(Recipe.read(student).recipe).findings(of: [record], facts: own)
    }

    @Test func onesThatFitAreFine() throws {
        #expect(try findings(Self.record()) == [])
        // A job of an earlier version kept no scale; how many examples there were is of no matter.
        #expect(try findings(Self.record { $0.scale = nil }) == [])
        #expect(try findings(Self.record { $0.trainingCount = 5 }) == [])
    }

    struct Misfit: Sendable, CustomTestStringConvertible {
        var code: String
        var says: String
        var change: @Sendable (inout DataFacts) -> Void
        var testDescription: String { says }
    }

    static let misfits = [
        Misfit(code: "distill.shape", says: "[1, 4, 5]") { $0.inputShape = [1, 4, 5] },
        Misfit(code: "distill.shape", says: "7 answers") { $0.targetsPerExample = 7 },
        Misfit(code: "distill.normalize", says: "mean that normalises them is 0.26, but the student's 0.25") {
            $0.mean = [0.26]
        },
        Misfit(code: "distill.normalize", says: "deviation that normalises them is 1.0, but the student's 0.5") {
            $0.deviation = [1]
        },
        Misfit(code: "distill.normalize", says: "scale that normalises them is 1.0, but the student's 255.0") {
            $0.scale = 1
        },
        Misfit(code: "distill.vocabulary", says: "2, but the student's data has 0") { $0.vocabulary = ["x", "y"] },
        Misfit(code: "distill.columns", says: "2, but the student's data has 0") {
            $0.columns = [InputColumn(name: "color", words: ["blue", "red"])]
        },
        Misfit(code: "distill.classes", says: "number 1 is 'z', but 'b' in the student's data") {
            $0.target = .classes(["a", "z", "c"])
        },
        Misfit(code: "distill.classes", says: "4, but the student's data has 3") {
            $0.target = .classes(["a", "b", "c", "d"])
        },
        Misfit(code: "distill.loss", says: "mse") { $0.target = .numbers(3) },
    ]

    @Test(arguments: misfits) func whatDiffersIsNamed(_ misfit: Misfit) throws {
        let found = try findings(Self.record { misfit.change(&$0) })
        #expect(found.map(\.code) == [misfit.code] && found[0].severity == .error)
        #expect(found[0].message.contains(misfit.says), "\(found[0].message)")
        #expect(found[0].message.contains("`big@best`") && found[0].path == "/teachers/0" && found[0].hint != nil)
    }

    @Test func numbersCannotBeLearntSo() throws {
        let found = try findings(Self.record(), Self.facts { $0.target = .numbers(3) })
        #expect(found.map(\.code) == ["distill.target"])
    }

    @Test func aTeacherThatCannotBeReadIsRefused() throws {
        let found = try findings(Self.record("recipe: 2"))
        #expect(found.map(\.code) == ["distill.recipe"])
        let binary = Self.text(units: 9, "loss: binary-cross-entropy\n")
        #expect(try findings(Self.record(binary)).map(\.code) == ["distill.loss"])
    }

    @Test func aStudentThatIsTheLargerIsWarnedOf() throws {
        let found = try findings(Self.record(Self.text(units: 3)))
        #expect(found.map(\.code) == ["distill.larger"] && found[0].severity == .warning)
        #expect(found[0].message.contains("83 parameters") && found[0].message.contains("63"))
        #expect(try findings(Self.record(Self.text(units: 4))) == [])
    }

    /// The hint's numbers are the teacher's to the last bit.
    @Test func theHintMakesThemFit() throws {
        let record = Self.record { $0.mean = [0.130_660_478_234_567_89] }
        let hint = try #require(try findings(record).first?.hint)
        let normalize = try #require(
            hint.firstRange(of: "{normalize").map { hint[$0.lowerBound...].prefix { $0 != "`" } })
        let other = Self.student.replacing("{format: digits}", with: "{format: digits, " + normalize.dropFirst())
        let recipe = try #require(Recipe.read(other).recipe)
        #expect(recipe.data.normalize == .fixed(mean: record.facts.mean, deviation: record.facts.deviation))
    }
}
