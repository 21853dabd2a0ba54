import Datasets
import Recipes
import Tensors
import Testing

@Suite struct SplitTests {
    /// 100 examples whose only feature is their row, in classes of 60, 30 and 10.
    private func open(seed: UInt64 = 1, dataSeed: Int? = nil, fraction: Double = 0.2) throws -> Dataset {
        let folder = try DataFolder()
        let labels = (0..<100).map { row in row < 60 ? "a" : row < 90 ? "b" : "c" }
        try folder.add(
            "t.csv", text: "row,kind\n" + labels.enumerated().map { "\($0.offset),\($0.element)\n" }.joined())
        var recipe = recipe(.csv) {
            $0.train = FileSet(inputs: ["t.csv"])
            $0.normalize = .none
            $0.validation = .fraction(fraction)
        }
        recipe.seed = seed
        recipe.data.seed = dataSeed
        return try openData(recipe, folder)
    }

    @Test func everyExampleIsInOnePartAndEveryClassGivesItsShare() throws {
        let data = try open()
        let rows = [data.training, data.validation].map { part in allInputs(part).map { Int($0[0]) } }
        #expect(Set(rows[0]).union(rows[1]) == Set(0..<100))
        #expect(Set(rows[0]).isDisjoint(with: rows[1]))
        #expect(rows[1].count == 20)
        let counts = (0..<3).map { label in classes(data.validation).count { $0 == label } }
        #expect(counts == [12, 6, 2])
        #expect(data.facts.classCounts == [48, 24, 8])
    }

    /// Durstenfeld's shuffle by its definition, a number at a time: the order of a stored run may never change.
    @Test(arguments: [1, 2, 3, 31, 512, 513, 514, 1_025, 1_500])
    func anEpochIsShuffledByTheBook(_ count: Int) {
        let philox = Philox(seed: 77, purpose: .shuffle)
        var expected = (0..<UInt32(count)).map { $0 }
        for (draw, last) in stride(from: count - 1, to: 0, by: -1).enumerated() {
            let words = (0..<2).map { UInt64(philox.word(step: 9, index: UInt64(2 * draw + $0))) }
            let product = (words[0] << 32 | words[1]).multipliedFullWidth(by: UInt64(last + 1))
            expected.swapAt(last, Int(product.high))
        }
        #expect(EpochOrder(count: count, seed: 77, epoch: 9, shuffle: true).positions == expected)
    }

    @Test func theSameSeedSplitsAlikeAndAnotherDoesNot() throws {
        let first = allInputs(try open().validation)
        #expect(allInputs(try open().validation) == first)
        #expect(allInputs(try open(seed: 2).validation) != first)
        #expect(allInputs(try open(seed: 2, dataSeed: 1).validation) == first)
        #expect(allInputs(try open(dataSeed: 2).validation) == allInputs(try open(seed: 2).validation))
    }

    @Test func anEpochVisitsEveryExampleOnceInAnOrderOfItsOwn() {
        var orders: [[UInt32]] = []
        for epoch in [0, 1, 2, 1000] {
            let order = EpochOrder(count: 1000, seed: 9, epoch: epoch, shuffle: true)
            #expect(order.positions.sorted() == (0..<1000).map { UInt32($0) })
            #expect(order.positions == EpochOrder(count: 1000, seed: 9, epoch: epoch, shuffle: true).positions)
            #expect(!orders.contains(order.positions))
            orders.append(order.positions)
        }
        #expect(EpochOrder(count: 1000, seed: 10, epoch: 0, shuffle: true).positions != orders[0])
        #expect(EpochOrder(count: 5, seed: 9, epoch: 3, shuffle: false).positions == [0, 1, 2, 3, 4])
    }

    @Test func batchesCoverTheEpochAndTheLastIsShort() {
        let order = EpochOrder(count: 10, seed: 1, epoch: 0, shuffle: true)
        let batches = (0..<3).map { Array(order.batch($0, size: 4)) }
        #expect(batches.map(\.count) == [4, 4, 2])
        #expect(batches.flatMap { $0 } == order.positions)
    }

    /// A position is as often in the first place as in any other: 2,000 epochs of 10.
    @Test func ordersAreEven() {
        var firsts = [Int](repeating: 0, count: 10)
        for epoch in 0..<2000 {
            firsts[Int(EpochOrder(count: 10, seed: 4, epoch: epoch, shuffle: true).positions[0])] += 1
        }
        // 200 expected, deviation 13.4: five of them.
        for count in firsts { #expect((133...267).contains(count), "\(firsts)") }
    }

    @Test func statisticsAreThoseOfTrainingAlone() throws {
        let folder = try DataFolder()
        try folder.add("t.csv", text: "x,y,k\n1,5,a\n2,5,b\n3,5,a\n6,5,b\n")
        try folder.add("v.csv", text: "x,y,k\n1000,7,a\n")
        let recipe = recipe(.csv) {
            $0.train = FileSet(inputs: ["t.csv"])
            $0.validation = .files(FileSet(inputs: ["v.csv"]))
        }
        let data = try openData(recipe, folder)
        #expect(data.facts.mean == [3, 5])
        #expect(abs(data.facts.deviation[0] - 3.5.squareRoot()) < 1e-12)
        #expect(data.facts.deviation[1] == 1, "a constant feature is only shifted")
        let values = try #require(allInputs(data.validation).first)
        #expect(abs(Double(values[0]) - 997 / 3.5.squareRoot()) < 1e-3)
        #expect(values[1] == 2)
    }
}
