import Networks
import Recipes
import Tensors
import Testing

/// On how many examples a unit is active, against a plain look at the values.
@Suite struct UnitActivityTests {
    @Test func countsExamplesOfEachUnit() throws {
        let small = SmallNetwork(
            name: "units", inputShape: [16, 12, 12],
            layers: [
                .conv2d(channels: 16, kernel: 3), .batchnorm(), .relu, .conv2d(channels: 16, kernel: 3), .flatten,
                .linear(units: .count(9)), .relu, SmallNetwork.head,
            ])
        let (network, batch) = try small.make(level: Kernels.current.level, threads: 2, batch: 7)
        let random = Philox(seed: 8, purpose: .noise)
        var active = [[Int](repeating: 0, count: 16), [Int](repeating: 0, count: 9)]
        let activity = network.makeActivity()
        #expect(activity.layers.map(\.active.count) == [16, 9])
        for turn in 0..<3 {
            for place in 0..<(7 * 16 * 144) {
                batch.inputs[place] = 2 * random.uniform(step: UInt64(turn), index: UInt64(place)) - 1
            }
            network.pass(batch, behind: [2, 6]) { layer, values in
                let own = layer == 2 ? 0 : 1
                let units = active[own].count
                for example in 0..<7 {
                    let mine = values[example * values.count / 7..<(example + 1) * values.count / 7]
                    for unit in 0..<units
                    where mine.enumerated().contains(where: { $0.offset % units == unit && $0.element > 0 }) {
                        active[own][unit] += 1
                    }
                }
            }
            network.activity = activity
            _ = network.evaluate(batch)
            network.activity = nil
        }
        #expect(activity.examples == 21 && activity.layers.map(\.active) == active)
        #expect(Set(active[1]).count > 2, "a test in which units differ")
    }
}
