#!/usr/bin/env python3
"""Prints sequences.json: residual blocks, repetitions and sequences, as networks.py does.

    python3 sequences.py > sequences.json      # PyTorch 2.13, CPU
"""
from networks import HEAD, adam, case, conv, pool, sgd, show

ADAMW = {"kind": "adamw", "rate": 1e-2, "decay": 0.1}


def tokens(name, layers, window, outputs, batch, optimizer, **options):
    return case(name, layers, [window], outputs, batch, "cross-entropy", optimizer, **options)


def linear(units, **options):
    return ["linear", {"units": units, **options}]


def residual(*layers, shortcut=()):
    return ["residual", {"layers": list(layers), "shortcut": list(shortcut)}]


def block(width, heads, bias):
    """A block of a transformer, norms first."""
    norm = ["layernorm", {"bias": bias}]
    return [residual(norm, ["attention", {"heads": heads, "bias": bias}]),
            residual(norm, linear(4 * width, bias=bias), ["gelu"], linear(width, bias=bias))]


show([
    case("residual", [linear(9), ["relu"], residual(linear(9), ["tanh"], linear(9)), HEAD], [7], 3, 5, "cross-entropy",
         sgd),
    case("residual with relus", [linear(9), ["relu"], residual(linear(9), ["relu"], linear(9), ["relu"]), ["relu"], HEAD],
         [7], 3, 5, "cross-entropy", {**sgd, "momentum": 0.9}),
    case("residual at the inputs", [residual(linear(7), ["gelu"]), residual(["tanh"]), HEAD], [7], 3, 5, "mse", adam),
    case("residual in residual",
         [linear(6), residual(["layernorm"], residual(linear(6), ["silu"]), residual(linear(6))), ["tanh"], HEAD], [5],
         3, 6, "cross-entropy", adam),
    case("shortcut with layers",
         [linear(6), ["tanh"], residual(linear(9), ["relu"], linear(8), shortcut=[linear(8, bias=False)]), ["relu"],
          residual(linear(8), shortcut=[["tanh"]]), HEAD], [5], 3, 6, "cross-entropy", ADAMW),
    case("residual images",
         [conv(4, 3, padding=1, bias=False), ["batchnorm"], ["relu"],
          residual(conv(4, 3, padding=1, bias=False), ["batchnorm"], ["relu"], conv(4, 3, padding=1, bias=False),
                   ["batchnorm"]), ["relu"],
          residual(conv(8, 3, stride=2, padding=1, bias=False), ["batchnorm"], ["relu"],
                   conv(8, 3, padding=1, bias=False), ["batchnorm"],
                   shortcut=[["avgpool2d", {"size": 1, "stride": 2}], ["padchannels", 8]]), ["relu"],
          ["globalaveragepool"], HEAD], [2, 8, 8], 3, 5, "cross-entropy", {**sgd, "momentum": 0.9}),
    case("residual convolution of its input", [residual(conv(3, 3, padding=1), ["relu"], conv(3, 1)), pool(2, 2),
                                               ["flatten"], HEAD], [3, 6, 6], 3, 4, "cross-entropy", sgd),
    case("blocks that end in a fused relu",
         [residual(conv(3, 3, padding=1), ["batchnorm"], ["relu"]), residual(conv(3, 3, padding=1, groups=3), ["relu"]),
          ["relu"], residual(conv(6, 3, padding=1, groups=3), ["relu"], shortcut=[conv(6, 1), ["batchnorm"], ["relu"]]),
          residual(conv(6, 3, padding=1, groups=2), ["relu"]), residual(["tanh"]), residual(conv(6, 1), ["tanh"]),
          ["flatten"], HEAD], [3, 5, 6], 3, 5,
         "cross-entropy", sgd),
    case("blocks behind flattened images",
         [conv(2, 2), ["flatten"], residual(linear(13), ["relu"], linear(24), shortcut=[linear(24)]),
          ["layernorm"], HEAD], [2, 4, 5], 3, 5, "cross-entropy", sgd),
    case("a block around what a flattened image has", [conv(2, 2), ["flatten"], residual(linear(24), ["tanh"]), HEAD],
         [2, 4, 5], 3, 5, "cross-entropy", sgd),
    case("flattened within a block",
         [conv(4, 2), residual(conv(2, 2), ["relu"], ["flatten"], shortcut=[["globalaveragepool"], linear(12)]), HEAD],
         [2, 4, 5], 3, 5, "cross-entropy", {**sgd, "momentum": 0.9}),
    case("repeat", [linear(6), ["repeat", {"times": 3, "layers": [linear(6), ["tanh"]]}], HEAD], [4], 3, 5,
         "cross-entropy", adam),
    case("reshape", [["linear", 24], ["tanh"], ["reshape", [2, 3, 4]], conv(3, 2), ["relu"], ["reshape", [3, 6]],
                     linear(5), ["transpose"], ["tanh"], ["flatten"], ["reshape", [3, 5]], ["flatten"], HEAD], [7], 3, 5,
         "cross-entropy", adam),
    case("reshape of flattened images", [conv(4, 3), ["flatten"], ["reshape", [2, 4, 6]], conv(3, 2), ["reshape", [45]],
                                         HEAD], [2, 4, 8], 3, 5, "cross-entropy", sgd),
    case("reshape of images", [["reshape", [3, 4, 2]], conv(4, 2), ["reshape", [6, 2]], ["transpose"], ["flatten"], HEAD],
         [2, 3, 4], 3, 5, "cross-entropy", sgd),
    tokens("bigram", [["embedding", {"units": 11}]], 4, 11, 5, sgd, vocabulary=11, targets=4),
    tokens("context in one row", [["embedding", {"units": 5}], ["flatten"], linear(13), ["tanh"], HEAD], 3, 7, 6,
           {**sgd, "momentum": 0.9}, vocabulary=7),
    tokens("places", [["embedding", {"units": 6, "places": True}], linear(9), ["relu"], HEAD], 5, 7, 4, adam,
           vocabulary=7, targets=5),
    tokens("tied", [["embedding", {"units": 6, "places": True}], ["layernorm"],
                    linear("classes", tied="0", bias=False)], 5, 7, 4, ADAMW, vocabulary=7, targets=5),
    tokens("attention", [["embedding", {"units": 8}], ["attention", {"heads": 2}], HEAD], 6, 5, 3, sgd, vocabulary=5,
           targets=6),
    tokens("attention over blocks of rows", [["embedding", {"units": 4}], ["attention", {"heads": 1}], HEAD], 41, 3, 2,
           {**sgd, "momentum": 0.9}, vocabulary=3, targets=41),
    tokens("attention over longer blocks", [["embedding", {"units": 4}], ["attention", {"heads": 2, "bias": False}], HEAD],
           150, 3, 2, sgd, vocabulary=3, targets=150),
    tokens("lstm", [["embedding", {"units": 5}], ["tanh"], ["lstm", {"units": 7}], HEAD], 6, 5, 3, sgd, vocabulary=5,
           targets=6),
    tokens("gru", [["embedding", {"units": 5}], ["tanh"], ["gru", {"units": 7}], HEAD], 6, 5, 3, sgd, vocabulary=5,
           targets=6),
    tokens("lstm over full vectors", [["embedding", {"units": 6}], ["lstm", {"units": 16}], HEAD], 4, 3, 5, sgd,
           vocabulary=20, targets=4),
    tokens("lstm of many examples", [["embedding", {"units": 4}], ["lstm", {"units": 5}], HEAD], 7, 4, 37,
           {**sgd, "momentum": 0.9}, vocabulary=4, targets=7),  # few tokens: the table is multiplied once
    tokens("gru of few tokens", [["embedding", {"units": 6}], ["gru", {"units": 6}], linear("classes", tied="0")], 9, 6, 7,
           ADAMW, vocabulary=6, targets=9),
    tokens("one answer of an lstm", [["embedding", {"units": 6}], ["lstm", {"units": 5, "output": "last"}], HEAD], 8, 3, 4,
           adam, vocabulary=30),
    tokens("one answer of a gru", [["embedding", {"units": 6}], ["gru", {"units": 5, "output": "last"}], HEAD], 8, 3, 4,
           adam, vocabulary=5),
    tokens("stacked lstms and grus",
           [["embedding", {"units": 6, "places": True}], ["lstm", {"units": 6}],
            residual(["layernorm"], ["gru", {"units": 6}]), ["repeat", {"times": 2, "layers": [["lstm", {"units": 6}]]}],
            HEAD], 5, 4, 6, ADAMW, vocabulary=4, targets=5),
    tokens("transformer", [["embedding", {"units": 8, "places": True}],
                           ["repeat", {"times": 2, "layers": block(8, 2, False)}], ["layernorm", {"bias": False}],
                           linear("classes", tied="0", bias=False)], 7, 9, 4, ADAMW, vocabulary=9, targets=7),
    tokens("transformer with biases", [["embedding", {"units": 6}], *block(6, 3, True), ["rmsnorm"], ["flatten"], HEAD],
           5, 4, 6, {**sgd, "momentum": 0.9}, vocabulary=4),  # the keys' bias has no gradient: adam would follow rounding
])
