import Foundation
import Recipes
import Testing
import Training

/// Scores of probabilities, temperatures, paired tests and ensembles against Tests/Reference/calibration.py.
@Suite struct ScoreTests {
    struct Reference: Decodable {
        struct Case: Decodable {
            var name: String
            var width: Int
            var labels: [Int32]
            var logits: [Float]
            var score: ClassScore
            var temperature: Double
            var calibrated: ClassScore
        }
        struct Pair: Decodable {
            var better: Int
            var worse: Int
            var p: Double
        }
        struct Ensemble: Decodable {
            var width: Int
            var labels: [Int32]
            var members: [[Float]]
            var average_probabilities: ClassScore
            var average_logits: ClassScore
            var vote: ClassScore
        }
        var cases: [Case]
        var pairs: [Pair]
        var ensembles: [Ensemble]

        init() throws {
            let path = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
            let data = try Data(contentsOf: URL(filePath: "/\(path)/Reference/calibration.json"))
            self = try JSONDecoder().decode(Reference.self, from: data)
        }
    }

    private func expect(_ own: ClassScore?, _ expected: ClassScore, within tolerance: Double = 1e-12, _ what: String)
        throws
    {
        let own = try #require(own)
        #expect(own.accuracy == expected.accuracy, "\(what)")
        #expect((own.nll == nil) == (expected.nll == nil), "\(what)")
        for (name, value, other) in [
            ("nll", own.nll ?? 0, expected.nll ?? 0), ("brier", own.brier, expected.brier),
            ("ece", own.ece, expected.ece), ("low", own.eceLow, expected.eceLow),
            ("high", own.eceHigh, expected.eceHigh),
        ] { #expect(abs(value - other) <= tolerance, "\(name), \(what): \(value), not \(other)") }
    }

    @Test func scoresAreThoseOfTheirDefinitions() throws {
        let cases = try Reference().cases
        #expect(cases.count == 5)
        for it in cases {
            let answers = ClassAnswers(width: it.width, logits: it.logits, labels: it.labels)
            try expect(answers.judgement().classes, it.score, it.name)
            #expect(abs(answers.nll - (it.score.nll ?? .nan)) < 1e-12)
            let temperature = answers.fittedTemperature()
            #expect(abs(temperature - it.temperature) < 1e-7 * it.temperature, "\(it.name): \(temperature)")
            try expect(
                answers.judgement(temperature: temperature).classes, it.calibrated, within: 1e-7,
                "\(it.name), calibrated")
        }
        // The reference has both kinds of mistakes, and one that no temperature mends.
        #expect(cases[0].temperature > 1.5 && cases[1].temperature < 0.7 && cases[3].temperature < 0.0501)
    }

    @Test func errorsAreCountedAnswerByAnswer() throws {
        let answers = ClassAnswers(width: 2, logits: [1, 0, 0, 1, 2, 2], labels: [0, 0, 0])
        // Of equal ones the first is the answer.
        #expect(answers.judgement().errors == [0, 1, 0])
        let numbers = NumberAnswers(width: 2, values: [1, 2, 3, 4], targets: [1, 4, 2, 4])
        #expect(numbers.judgement.errors == [4, 1])
        #expect(numbers.judgement.numbers == NumberScore(mse: 1.25, mae: 0.75))
    }

    @Test func pairsAreTestedExactly() throws {
        for pair in try Reference().pairs {
            let p = PairedComparison.pValue(pair.better, pair.worse)
            #expect(abs(p - pair.p) <= 1e-9 * pair.p, "\(pair.better) and \(pair.worse): \(p), not \(pair.p)")
            #expect(PairedComparison.pValue(pair.worse, pair.better) == p)
        }
        let comparison = PairedComparison(before: [1, 1, 0, 0, 1, 4], now: [0, 1, 1, 0, 0, 3.5])
        #expect(comparison.better == 3 && comparison.worse == 1 && comparison.pValue == 0.625)
        #expect(PairedComparison(better: 6, worse: 0, pValue: 0.03125).isBetter)
        #expect(!PairedComparison(better: 5, worse: 0, pValue: 0.0625).isBetter)
        #expect(!PairedComparison(better: 0, worse: 6, pValue: 0.03125).isBetter)
    }

    /// By hand: of four answers the first two networks differ in one, the third from them in two and three.
    @Test func disagreementIsTheShareOfOtherClasses() {
        let sets: [[Float]] = [[1, 0, 1, 0, 1, 0, 1, 0], [1, 0, 1, 0, 1, 0, 0, 1], [0, 1, 0, 1, 1, 0, 1, 0]]
        let answers = sets.map { Answers.classes(ClassAnswers(width: 2, logits: $0, labels: [0, 0, 0, 0])) }
        #expect(
            ClassAnswers.disagreement(answers) == [[0, 0.25, 0.5], [0.25, 0, 0.75], [0.5, 0.75, 0]])
        let numbers = Answers.numbers(NumberAnswers(width: 1, values: [1], targets: [1]))
        #expect(ClassAnswers.disagreement([numbers, numbers]) == nil)
    }

    @Test func answersArePutTogether() throws {
        for it in try Reference().ensembles {
            let members = it.members.map {
                Answers.classes(ClassAnswers(width: it.width, logits: $0, labels: it.labels))
            }
            for (method, expected) in [
                (EnsembleMethod.averageProbabilities, it.average_probabilities), (.averageLogits, it.average_logits),
                (.vote, it.vote),
            ] {
                var sum = AnswerSum(method)
                for member in members.dropLast() { sum.add(member) }
                let loss = sum.loss(with: members[members.count - 1])
                sum.add(members[members.count - 1])
                // A mean is kept as single logits.
                let joint = sum.mean(like: members[0]).judgement.classes
                try expect(joint, expected, within: 1e-6, "\(method)")
                if let nll = expected.nll { #expect(abs(loss - nll) < 1e-6) } else { #expect(loss == .infinity) }
            }
        }
        var sum = AnswerSum(.averageProbabilities)
        sum.add(.numbers(NumberAnswers(width: 1, values: [1, 5], targets: [2, 2])))
        #expect(sum.loss(with: .numbers(NumberAnswers(width: 1, values: [3, 1], targets: [2, 2]))) == 0.5)
    }
}
