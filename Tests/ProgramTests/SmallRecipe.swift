/// Recipes small enough to be trained many times in a test.
enum SmallRecipe {
    /// A ConvNet with all that has state: dropout, batch norm, Adam, an average, a short last batch.
    static func convolutional(
        steps: Int = 400, threads: Int = 1, every: String = "25", name: String = "small"
    ) -> String {
        """
        recipe: 1
        name: \(name)
        seed: 7
        data: {format: digits, examples: 1000, validation: {fraction: 0.1}}
        model:
          layers:
            - conv2d: {channels: 6, kernel: 5, stride: 2}
            - batchnorm
            - relu
            - maxpool2d: 2
            - dropout2d: 0.1
            - flatten
            - linear: 24
            - relu
            - dropout: 0.2
            - linear: classes
        optimizer: {kind: adam, rate: 1e-3}
        batch: 32
        schedule: [{warmup: 20}, {cosine: 60 %}]
        until: {steps: \(steps)}
        evaluate: {every: 50}
        checkpoint: {every: \(every), keep: {last: 3, best: 1}}
        average: {ema: [0.99]}
        resources: {threads: \(threads)}
        """
    }

    /// A multi-layer perceptron on spirals: steps of microseconds.
    static func spirals(steps: String = "{steps: 300}", name: String = "spirals") -> String {
        """
        recipe: 1
        name: \(name)
        seed: 3
        data: {format: spirals, examples: 600}
        model: {layers: [{linear: 32}, tanh, {linear: classes}]}
        optimizer: {kind: sgd, rate: 0.1, momentum: 0.9}
        batch: 32
        until: \(steps)
        evaluate: {every: 100}
        checkpoint: {every: 50}
        """
    }
}
