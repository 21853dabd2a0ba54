import Datasets
import Recipes
import Testing

/// Inputs that teachers alone label, and classes that training never sees.
@Suite struct UnlabelledTests {
    /// Nine 1x2 images of classes 0 to 2, and five without a class in two files.
    private func folder(_ more: [UInt8] = idx([3, 1, 2], [100, 101, 102, 103, 104, 105])) throws -> DataFolder {
        let folder = try DataFolder()
        try folder.add("i", idx([9, 1, 2], (0..<18).map { UInt8($0) }))
        try folder.add("t", idx([9], (0..<9).map { UInt8($0 % 3) }))
        try folder.add("u", more)
        try folder.add("w", idx([2, 1, 2], [110, 111, 112, 113]))
        return folder
    }

    private func student(_ change: (inout DataSource) -> Void = { _ in }) -> Recipe {
        var recipe = recipe(.idx) {
            $0.train = FileSet(inputs: ["i"], targets: ["t"])
            $0.validation = .files(FileSet(inputs: ["i"], targets: ["t"]))
            $0.unlabelled = FileSet(inputs: ["u", "w"])
            $0.normalize = .none
            change(&$0)
        }
        recipe.kind = .distill
        recipe.teachers = ["big@best"]
        return recipe
    }

    @Test func theyLieBehindTheOthersAndHaveNoClass() throws {
        let data = try openData(student(), folder())
        #expect(data.facts.trainingCount == 9 && data.facts.unlabelledCount == 5)
        #expect(data.training.count == 9 && data.learned.count == 14 && data.learned.labelledCount == 9)
        #expect(allInputs(data.learned).map { $0[0] } == [0, 2, 4, 6, 8, 10, 12, 14, 16, 100, 102, 104, 110, 112])
        #expect(classes(data.learned) == [0, 1, 2, 0, 1, 2, 0, 1, 2] + [Int32](repeating: Subset.noClass, count: 5))
        // Made to numbers as the others were, and no part of what is measured of them.
        let normed = try openData(student { $0.normalize = .standard }, folder())
        let mean = normed.facts.mean[0]
        #expect(abs(mean - 8.5 / 255) < 1e-12)
        let value = (Double(100) / 255 - mean) / normed.facts.deviation[0]
        #expect(abs(Double(inputs(normed.learned, [9])[0][0]) - value) < 1e-4)
        let plain = try openData(recipe(.idx) { $0 = student { $0.unlabelled = nil }.data }, folder())
        #expect(plain.learned.labelledCount == nil && plain.learned.count == 9 && plain.facts.unlabelledCount == 0)
    }

    @Test func anEpochMixesThemOneToOne() throws {
        let data = try openData(student(), folder())
        #expect(data.facts.examplesPerEpoch(of: student()) == 18)
        func order(_ epoch: Int, _ shuffle: Bool = true, _ transfer: DataSource.Transfer = .mixed) -> [Int] {
            EpochOrder(data.learned, seed: 3, epoch: epoch, shuffle: shuffle, transfer: transfer).positions.map {
                Int($0)
            }
        }
        var visits = [Int](repeating: 0, count: 5)
        for epoch in 0..<5 {
            let positions = order(epoch)
            let pairs = stride(from: 0, to: 18, by: 2).map { (positions[$0], positions[$0 + 1]) }
            #expect(pairs.allSatisfy { $0 < 9 && $1 >= 9 })
            // Those with labels come as they do by themselves.
            let alone = EpochOrder(count: 9, seed: 3, epoch: epoch, shuffle: true).positions.map { Int($0) }
            #expect(pairs.map(\.0) == alone)
            for pair in pairs { visits[pair.1 - 9] += 1 }
            #expect(order(epoch) == positions)
        }
        // 45 visits of five are nine passes, whatever epochs they lie in.
        #expect(visits == [9, 9, 9, 9, 9])
        #expect(order(0) != order(1))
        #expect(order(1, false) == [0, 13, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 9, 7, 10, 8, 11])

        let only = student { $0.transfer = .only }
        #expect(data.facts.examplesPerEpoch(of: only) == 5)
        #expect(
            order(2, true, .only).sorted() == [9, 10, 11, 12, 13] && order(2, true, .only) != order(3, true, .only))
    }

    @Test func whatCannotBeReadIsNamed() throws {
        expectFault(student(), try folder(idx([3, 2, 2], [UInt8](repeating: 0, count: 12))), "D.shape", ["[1, 2, 2]"])
        expectFault(student(), try folder(idx([0, 1, 2], [])), "D.size", [])
        expectFault(student { $0.unlabelled = FileSet(inputs: ["gone"]) }, try folder(), "D.missing", ["gone"])
    }

    @Test func classesAreLeftOutOfTrainingAlone() throws {
        let data = try openData(student { $0.without = ["1"] }, folder())
        #expect(classes(data.training) == [0, 2, 0, 2, 0, 2] && data.facts.trainingCount == 6)
        #expect(classes(data.validation) == [0, 1, 2, 0, 1, 2, 0, 1, 2])
        #expect(data.facts.classCounts == [3, 0, 3] && data.warnings == [])
        #expect(data.facts.target == .classes(["0", "1", "2"]))
        // A teacher that knows the class sees the same numbers.
        let whole = try openData(student { $0.normalize = .standard }, folder())
        let less = try openData(
            student {
                $0.normalize = .standard; $0.without = ["1"]
            }, folder())
        #expect(whole.facts.mean == less.facts.mean && whole.facts.deviation == less.facts.deviation)

        expectFault(student { $0.without = ["3"] }, try folder(), "D.label", ["'3'"], key: "data.without.0")
        expectFault(student { $0.without = ["0", "1", "2"] }, try folder(), "D.few", ["no training example"])
    }

    @Test func columnsOfATableAreThoseOfTraining() throws {
        let folder = try DataFolder()
        try folder.add("t.csv", text: "x,c,k\n1,red,a\n2,blue,b\n3,red,a\n4,blue,b\n")
        try folder.add("u.csv", text: "x,c\n5,blue\n6,red\n")
        var recipe = recipe(.csv) {
            $0.train = FileSet(inputs: ["t.csv"])
            $0.validation = .files(FileSet(inputs: ["t.csv"]))
            $0.unlabelled = FileSet(inputs: ["u.csv"])
            $0.target = "k"
            $0.normalize = .none
        }
        recipe.kind = .distill
        let data = try openData(recipe, folder)
        #expect(inputs(data.learned, [4, 5]).map { $0[0] } == [5, 6])
        #expect(inputs(data.learned, [4])[0].dropFirst() == inputs(data.learned, [1])[0].dropFirst())
    }
}
