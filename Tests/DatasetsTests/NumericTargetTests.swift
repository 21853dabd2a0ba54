import Datasets
import Recipes
import Testing

/// When targets that are numbers are classes.
@Suite struct NumericTargetTests {
    private func target(_ labels: [String], _ change: (inout Recipe) -> Void = { _ in }) throws -> (
        target: DataFacts.Target, labels: [Int32], findings: [Finding]
    ) {
        let folder = try DataFolder()
        let rows = (0..<40).map { "\($0),\(labels[$0 % labels.count])\n" }
        try folder.add("t.csv", text: "a,k\n" + rows.joined())
        let recipe = csvRecipe(change)
        let data = try openData(recipe, folder)
        return (data.facts.target, classes(data.training), inspectData(recipe, folder).findings)
    }

    @Test func classesMakeClassesOfNumbers() throws {
        let halves = try target(["1", "2"]) { $0.data.classes = 2 }
        #expect(halves.target == .classes(["1", "2"]))
        #expect(halves.labels.prefix(3) == [0, 1, 0])
        #expect(try target(["-1", "1"]) { $0.data.classes = 2 }.target == .classes(["-1", "1"]))
        #expect(try target(["5000", "0"]) { $0.data.classes = 2 }.target == .classes(["0", "5000"]))
        // Those that training lacks keep their place.
        #expect(try target(["1", "2"]) { $0.data.classes = 3 }.target == .classes(["0", "1", "2"]))
        let gap = try target(["0", "1", "3"]) { $0.data.classes = 4 }
        #expect(gap.target == .classes(["0", "1", "2", "3"]))
        #expect(gap.labels.prefix(3) == [0, 1, 3])
    }

    @Test func classesThatFitNoNumbersAreRefused() throws {
        for (labels, classes) in [(["1", "5"], 3), (["-1", "1"], 3), (["0.5", "1"], 2), (["1", "2", "3"], 2)] {
            let rows = (0..<30).map { "\($0),\(labels[$0 % labels.count])\n" }
            let errors = try csvFindings("a,k\n" + rows.joined()) { $0.data.classes = classes }
                .filter { $0.severity == .error }
            #expect(errors.count == 1, "\(labels): \(errors)")
            #expect(errors.first?.path == "/data/classes")
            #expect(errors.first?.code == "D.label")
        }
        let errors = try csvFindings("a,k\n1,0\n2,1\n3,0\n") {
            $0.data.classes = 2
            $0.loss = Loss(kind: .mse)
        }.filter { $0.severity == .error }
        #expect(errors.map(\.path) == ["/data/classes"])
    }

    @Test func fewWholeNumbersAreNoted() throws {
        for labels in [["1", "2"], ["-1", "1"], ["0", "5000"]] {
            let found = try target(labels)
            #expect(found.target == .numbers(1))
            let notes = found.findings.filter { $0.severity == .info }
            #expect(notes.count == 1, "\(notes)")
            #expect(notes.first?.message.contains("2 different whole numbers") == true, "\(notes)")
            #expect(notes.first?.hint?.contains("`loss: cross-entropy`") == true)
        }
        // Numbers that are no labels, and a loss that says so.
        #expect(try target((0..<40).map { "\($0 * 3)" }).findings == [])
        #expect(try target(["1.5", "2"]).findings == [])
        #expect(try target(["1", "2"]) { $0.loss = Loss(kind: .mse) }.findings == [])
    }

    private func array(_ values: [Float], _ change: (inout Recipe) -> Void) throws -> (DataFacts?, [Finding]) {
        let folder = try DataFolder()
        try folder.add("i", npy("<f4", [values.count, 1], littleEndian(values.map { $0 * 2 })))
        try folder.add("l", npy("<f4", [values.count], littleEndian(values)))
        var npy = recipe(.npy) {
            $0.train = FileSet(inputs: ["i"], targets: ["l"])
            $0.validation = .fraction(0)
        }
        change(&npy)
        return inspectData(npy, folder)
    }

    @Test func arraysOfNumbersAreAlike() throws {
        let many = (0..<30).map { Float($0 % 3) }
        #expect(try array(many) { $0.data.classes = 3 }.0?.target == .classes(["0", "1", "2"]))
        let plain = try array(many) { _ in }
        #expect(plain.0?.target == .numbers(1))
        #expect(plain.1.map(\.severity) == [.info], "\(plain.1)")
        // Cross-entropy would refuse labels below 0.
        #expect(try array(many.map { $0 - 1 }) { _ in }.1 == [])
        let foreign = try array([0.5, 1, 0]) { $0.data.classes = 2 }
        #expect(foreign.1.contains { $0.severity == .error && $0.code == "D.label" }, "\(foreign.1)")
        let mse = try array(many) {
            $0.data.classes = 3
            $0.loss = Loss(kind: .mse)
        }
        #expect(mse.1.filter { $0.severity == .error }.map(\.path) == ["/data/classes"])
    }
}
