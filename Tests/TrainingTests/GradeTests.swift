import Foundation
import Recipes
import Testing
import Training

/// Agreement, divergence and verdicts of a student against Tests/Reference/grading.py.
@Suite struct GradeTests {
    struct Reference: Decodable {
        struct Pair: Decodable {
            var width: Int
            var labels: [Int32]
            var student: [Float]
            var teacher: [Float]
            var agreement: Double
            var divergence: Double
            var recalls: [[Double]]
        }
        struct Verdict: Decodable {
            var better: Int
            var worse: Int
            var count: Int
            var p: Double
            var outcome: GradeOutcome
            var difference: Double
            var low: Double
            var high: Double
        }
        struct Unseen: Decodable {
            var width: Int
            var labels: [Int32]
            var logits: [Float]
            var classes: [Int]
            var biases: [Double]
        }
        var pairs: [Pair]
        var unseen: [Unseen]
        var verdicts: [Verdict]

        init() throws {
            let path = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
            let data = try Data(contentsOf: URL(filePath: "/\(path)/Reference/grading.json"))
            self = try JSONDecoder().decode(Reference.self, from: data)
        }
    }

    @Test func answersAreHeldAgainstEachOther() throws {
        for it in try Reference().pairs {
            let student = ClassAnswers(width: it.width, logits: it.student, labels: it.labels)
            let teacher = ClassAnswers(width: it.width, logits: it.teacher, labels: it.labels)
            #expect(student.agreement(with: teacher) == it.agreement)
            #expect(abs(student.divergence(from: teacher) - it.divergence) < 1e-12)
            #expect(teacher.divergence(from: teacher) == 0 && teacher.agreement(with: teacher) == 1)
            #expect(abs(teacher.divergence(from: student) - it.divergence) > 1e-3)
            for (own, expected) in zip(student.recalls, it.recalls) {
                #expect(Double(own.count) == expected[0] && abs(own.recall - expected[1]) < 1e-15)
            }
        }
    }

    @Test func verdictsAreExact() throws {
        let verdicts = try Reference().verdicts
        #expect(Set(verdicts.map(\.outcome)) == Set(GradeOutcome.allCases))
        for it in verdicts {
            let own = GradeVerdict(better: it.better, worse: it.worse, of: it.count)
            #expect(own.outcome == it.outcome, "\(it.better)/\(it.worse)")
            #expect(abs(own.pValue - it.p) <= 1e-9 * it.p, "\(own.pValue), not \(it.p)")
            #expect(abs(own.difference - it.difference) < 1e-15)
            #expect(abs(own.low - it.low) < 1e-12 && abs(own.high - it.high) < 1e-12, "\(own)")
            // The bound and the test say the same.
            #expect((own.low > 0) == (own.outcome == .pass))
        }
    }

    @Test func biasesMatchFrequencies() throws {
        for it in try Reference().unseen {
            let answers = ClassAnswers(width: it.width, logits: it.logits, labels: it.labels)
            let biases = answers.fittedBiases(of: it.classes)
            #expect(biases.count == it.biases.count)
            for (own, expected) in zip(biases, it.biases) { #expect(abs(own - expected) < 1e-6, "\(own), \(expected)") }
            let adjusted = answers.adding(biases, to: it.classes)
            #expect(biases[0] > 3 && adjusted.nll < answers.nll)
            #expect(adjusted.recalls[0].recall > answers.recalls[0].recall)
        }
    }
}
