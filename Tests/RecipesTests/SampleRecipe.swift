/// Recipes that tests bend.
enum Sample {
    /// The smallest recipe; lines are counted by the tests.
    static let small = """
        recipe: 1
        name: small
        data: {format: digits}
        model:
          layers:
            - flatten
            - linear: classes
        until: 100

        """

    /// Keys of every part of a recipe, in their short forms where they have one.
    static let full = """
        recipe: 1
        name: mnist-cnn
        kind: train
        seed: 1337
        expect: {metric: validation.accuracy, above: 0.985}   # the hypothesis
        data:
          format: idx
          train: {inputs: [a.gz, b.gz], targets: [la.gz, lb.gz]}
          validation: {fraction: 0.2}
          test: {inputs: t.gz, targets: lt.gz}
          shuffle: false
          normalize: {mean: 0.13, deviation: 0.31}
          classes: 10
        model:
          layers:
            - conv2d: {channels: 32, kernel: 3, padding: same, stride: 1, bias: false, initial: kaiming}
              name: first
            - batchnorm: {momentum: 0.2, epsilon: 1e-4}
            - relu
            - conv2d: {channels: 64, kernel: 3}
            - tanh
            - maxpool2d: {size: 2, stride: 1}
            - maxpool2d: 2
            - dropout2d: 0.25
            - flatten
            - linear: 128
            - dropout: {rate: 0.5}
            - linear: {units: classes, bias: true, initial: {kind: normal, deviation: 0.01}}
          head: zero
          initial: xavier
          from: start.safetensors
          map: {"features.0.": first., fc.bias: 11.bias, "ema.": none, "module.": ""}
          partial: true
        loss: {kind: cross-entropy}
        optimizer: {kind: adamw, rate: 3e-4, betas: [0.8, 0.99], epsilon: 1e-7, decay: 0.05}
        clip: {gradient_norm: 1.0}
        batch: 32
        accumulate: 4
        precision: bfloat16
        schedule:
          - warmup: 500
          - hold: 2 epochs
          - cosine: {length: 20 %, to: 0.1}
          - hold: forever
        until: {steps: 20000}
        evaluate: {every: 500}
        checkpoint: {every: 10 minutes, keep: {last: 4, best: 2, hourly: 1, daily: 0, weekly: 5}}
        average: {ema: [0.999, 0.99], lawa: {every: 500, last: 5}, swa: {from: 75 %, every: 1 epoch}}
        harvest: {every: 1.5x, first: 3 epochs, share: 0.1, shape: linear}
        resources: {threads: 2, memory: 4 GiB, priority: -3}
        checks: {acknowledge: {D7: "the imbalance is real"}}

        """
}
