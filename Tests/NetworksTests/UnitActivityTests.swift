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

    /// Images of 12 by 12, whose pooling leaves nothing out: a channel is active before it where it is behind it.
    private static func images(_ name: String, _ layers: [Layer.Kind]) -> SmallNetwork {
        SmallNetwork(name: name, inputShape: [3, 12, 12], layers: layers)
    }

    /// Whatever stands behind a relu: what takes its memory, reads its value or only names its numbers anew.
    private static let chains = [
        images(
            "a chain",
            [
                .conv2d(channels: 8, kernel: 3), .relu, .conv2d(channels: 16, kernel: 3), .relu,
                .maxpool2d(size: 2, stride: 2),
                .dropout(0.3), .conv2d(channels: 4, kernel: 3), .leakyrelu(slope: 0.1), .flatten,
                .linear(units: .count(9)), .relu, SmallNetwork.head,
            ]),
        images(
            "pool and flatten",
            [
                .conv2d(channels: 16, kernel: 3), .relu, .maxpool2d(size: 2, stride: 2), .flatten, SmallNetwork.head,
            ]),
        images(
            "two pools and flatten",
            [
                .conv2d(channels: 4, kernel: 3), .relu, .maxpool2d(size: 2, stride: 2),
                .conv2d(channels: 8, kernel: 2), .relu, .maxpool2d(size: 2, stride: 2), .flatten,
                .linear(units: .count(16)), .relu, .dropout(0.2), SmallNetwork.head,
            ]),
        images(
            "global average",
            [
                .conv2d(channels: 8, kernel: 3), .relu, .maxpool2d(size: 2, stride: 2),
                .conv2d(channels: 16, kernel: 3), .relu, .globalaveragepool, SmallNetwork.head,
            ]),
        images(
            "dropout of channels",
            [
                .conv2d(channels: 8, kernel: 3), .relu, .dropout2d(0.3), .conv2d(channels: 6, kernel: 3), .relu,
                .dropout2d(0.3), .flatten, SmallNetwork.head,
            ]),
        images(
            "groups",
            [
                .conv2d(channels: 6, kernel: 3), .relu, .conv2d(channels: 6, kernel: 3, groups: 6), .relu,
                .conv2d(channels: 12, kernel: 3, groups: 2), .relu, .flatten, SmallNetwork.head,
            ]),
        images(
            "batch norm and flatten",
            [
                .conv2d(channels: 8, kernel: 3), .batchnorm(), .relu, .flatten, .linear(units: .count(9)), .batchnorm(),
                .relu, .reshape(shape: [3, 3]), .flatten, SmallNetwork.head,
            ]),
        images(
            "relu by itself",
            [
                .conv2d(channels: 8, kernel: 3), .avgpool2d(size: 2, stride: 2), .relu, .tanh,
                .conv2d(channels: 8, kernel: 2), .maxpool2d(size: 2, stride: 2), .relu, .flatten, SmallNetwork.head,
            ]),
    ]

    /// Convolutions without batch norm are one chain, of whose values only the last is a stage's: what lies between is
    /// counted where the backward pass needs it anyway. Against the network cut off behind each relu.
    @Test(arguments: chains) func looksIntoChains(_ small: SmallNetwork) throws {
        let layers = small.layers
        let level = Kernels.current.level
        let (network, batch) = try small.make(level: level, threads: 2, batch: 5)
        let activity = network.makeActivity()
        let relus = layers.indices.filter { layers[$0] == .relu }
        #expect(activity.layers.map(\.name) == relus.map(String.init))
        let random = Philox(seed: 8, purpose: .noise)
        for place in 0..<(5 * 3 * 144) { batch.inputs[place] = 2 * random.uniform(step: 0, index: UInt64(place)) - 1 }
        // Every fourth unit is silent for all examples, others for some.
        for tensor in network.plan.tensors where tensor.name.hasSuffix("bias") {
            for unit in 0..<tensor.count {
                let bias = 1.5 * random.uniform(step: 1, index: UInt64(unit)) - 1
                network.parameters[tensor.offset + unit] = unit % 4 == 0 ? -100 : bias
            }
        }
        network.activity = activity
        _ = network.evaluate(batch)
        for (counted, relu) in zip(activity.layers, relus) {
            let (part, partBatch) = try SmallNetwork(
                name: "part", inputShape: [3, 12, 12], layers: layers[...relu] + [.flatten, SmallNetwork.head]
            ).make(level: level, threads: 1, batch: 5)
            partBatch.inputs.update(from: batch.inputs, count: 5 * 3 * 144)
            for tensor in part.plan.tensors where tensor.storage == .parameters {
                let whole = network.plan.tensors.first { $0.name == tensor.name && $0.count == tensor.count }
                guard let own = whole else { continue }
                (part.parameters + tensor.offset).update(from: network.parameters + own.offset, count: tensor.count)
            }
            let units = counted.active.count
            var active = [Int](repeating: 0, count: units)
            part.pass(partBatch, behind: [relu]) { _, values in
                for example in 0..<5 {
                    let mine = values[example * values.count / 5..<(example + 1) * values.count / 5]
                    for unit in 0..<units
                    where mine.enumerated().contains(where: { $0.offset % units == unit && $0.element > 0 }) {
                        active[unit] += 1
                    }
                }
            }
            #expect(counted.active == active)
            #expect(Set(active).count > 1, "a test in which units differ")
        }
    }

    /// A relu that was left out would be called sound.
    @Test(arguments: SmallNetwork.all) func leavesOutNoRelu(_ small: SmallNetwork) throws {
        let (network, _) = try small.make(level: Kernels.current.level)
        let relus = network.plan.layers.filter { $0.mark == nil && $0.layer.kind == .relu }
        #expect(network.makeActivity().layers.map(\.name) == relus.map(\.layer.name))
    }
}
