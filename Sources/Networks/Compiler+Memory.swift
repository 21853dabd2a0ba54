import Tensors

/// Where values lie, and how long.
extension Compiler {
    /// The stages whose outputs are made again for the backward pass of the next one, their only reader: of a transformer's
    /// block the normalised inputs of its products, and what GELU makes of the widest. Chen et al. 2016 (arXiv:1604.06174),
    /// for what costs next to nothing.
    func repeated() -> Set<Int> {
        var repeated: Set<Int> = []
        for i in stages.indices.dropLast() {
            let output = stages[i].output
            // What it is made from must be there: not made again itself, which comes later.
            guard !stages[i].again.isEmpty, !repeated.contains(i - 1), plan.batch * output.units >= repeatsFrom,
                stages[i + 1].input === output
            else { continue }
            let isReadElsewhere = stages.indices.contains { j in
                let others = stages[j].others
                return (others.forward + others.backward).contains { $0 === output }
                    || (j != i && stages[j].output === output) || (j != i + 1 && stages[j].input === output)
            }
            if !isReadElsewhere { repeated.insert(i) }
        }
        return repeated
    }

    /// Places every value and gradient by its life: stage `i` runs forward at time i, the loss at `count`, stage `i`
    /// backward at 2 · count - i. A slot lives from the first to the last time that anyone touches it; one that is made
    /// again has a life in either pass.
    /// - Parameter repeated: of `repeated()`.
    func allocate(_ repeated: Set<Int>) -> FloatMemory {
        let count = stages.count
        let twice = repeated.map { stages[$0].output }
        var lives: [(slot: Slot, floats: Int, lives: [ClosedRange<Int>])] = []
        func touch(_ slot: Slot?, at time: Int, floats: Int? = nil) {
            guard let slot, slot !== input else { return }
            guard let i = lives.firstIndex(where: { $0.slot === slot }) else {
                return lives.append((slot, floats ?? plan.batch * slot.units, [time...time]))
            }
            let last = lives[i].lives.count - 1
            let life = lives[i].lives[last]
            if life.upperBound < count, time > count, twice.contains(where: { $0 === slot }) {
                lives[i].lives.append(time...time)
            } else {
                lives[i].lives[last] = min(life.lowerBound, time)...max(life.upperBound, time)
            }
        }
        for (i, stage) in stages.enumerated() {
            for slot in [stage.input, stage.output] + stage.others.forward { touch(slot, at: i) }
            for need in stage.needs { touch(need.slot, at: i, floats: need.floats) }
        }
        // The outputs are read after the pass.
        touch(stages.last?.outputGradient, at: count)
        for (i, stage) in stages.enumerated().reversed() {
            let back = 2 * count - i
            for need in stage.needs where need.lastsUntilBackward { touch(need.slot, at: back) }
            guard !stage.backward.isEmpty else { continue }
            for slot in [stage.input, stage.output, stage.outputGradient] + stage.others.backward {
                touch(slot, at: back)
            }
            touch(stage.inputGradient, at: back)
        }
        touch(stages.last?.output, at: 2 * count + 1)
        var layout = ArenaLayout()
        let places = lives.sorted { $0.lives[0].lowerBound < $1.lives[0].lowerBound }.map {
            ($0.slot, layout.place($0.floats, lives: $0.lives))
        }
        let arena = FloatMemory(count: layout.count)
        for (slot, offset) in places { slot.place(at: arena.base + offset) }
        return arena
    }
}
