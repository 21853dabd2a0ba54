import Datasets
import Recipes
import Training

/// What a network says to examples in evaluation mode, one by one.
struct Answers {
    /// Of each example, in double precision: the mean over its targets.
    var losses: [Double] = []
    /// `[examples, targets, width]`; empty unless kept.
    var outputs: [Float] = []
    /// As the network itself measures.
    var score: Training.Model.Score

    var loss: Double { losses.reduce(0, +) / Double(max(losses.count, 1)) }

    /// Targets answered rightly, of classes.
    var accuracy: Double { Double(score.correct) / Double(max(score.count * score.answersPerTarget, 1)) }

    /// Costs a forward pass.
    init(_ model: Training.Model, _ examples: HeldExamples, _ objective: Objective, keepsOutputs: Bool = false) {
        let places = model.facts.targetsPerExample
        let width = objective.width
        var losses: [Double] = []
        var outputs: [Float] = []
        score = model.evaluate(Subset(examples)) { model in
            let base = model.network.outputs
            for row in 0..<model.batch.count {
                let example = losses.count
                var sum = 0.0
                for place in 0..<places {
                    let start = base + (row * places + place) * width
                    sum += objective.loss((0..<width).map { Double(start[$0]) }, examples.target(example, place))
                }
                losses.append(sum / Double(places))
            }
            if keepsOutputs {
                outputs += UnsafeBufferPointer(start: base, count: model.batch.count * places * width)
            }
        }
        self.losses = losses
        self.outputs = outputs
    }
}
