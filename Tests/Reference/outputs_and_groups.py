#!/usr/bin/env python3
"""Prints outputs_and_groups.json: binary cross-entropy, softmax and convolutions in groups by
PyTorch, in the form of networks.json.

    python3 outputs_and_groups.py > outputs_and_groups.json        # PyTorch 2.13, CPU
"""
from networks import HEAD, adam, case, conv, pool, sgd, show

BINARY = "binary-cross-entropy"


def cases():
    return [
        case("one binary output", [["linear", 8], ["tanh"], HEAD], [6], 1, 9, BINARY, {**sgd, "momentum": 0.9}),
        case("binary outputs", [["linear", 8], ["relu"], HEAD], [6], 5, 9, BINARY, adam),
        case("a factor on positives", [["linear", 8], ["tanh"], HEAD], [6], 3, 9, BINARY, sgd,
             positiveWeights=[3.5, 3.5, 3.5]),
        case("a factor on each output's positives", [HEAD], [6], 19, 7, BINARY, sgd,
             positiveWeights=[0.25 * (i + 1) for i in range(19)]),
        case("softmax last", [["linear", 8], ["relu"], HEAD, ["softmax"]], [6], 5, 9, "mse", {**sgd, "momentum": 0.9}),
        case("softmax between others", [["softmax"], ["linear", 19], ["softmax"], ["tanh"], ["relu"], HEAD, ["softmax"],
                                        ["softmax"]], [17], 3, 5, "cross-entropy", adam),
        case("softmax of a flattened image", [conv(3, 3), ["flatten"], ["softmax"], HEAD], [2, 5, 6], 3, 5, "mse", sgd),
        case("convolution in groups", [conv(6, 3, groups=2), ["relu"], conv(9, 2, groups=3), ["flatten"], HEAD],
             [4, 6, 5], 3, 4, "cross-entropy", sgd),
        case("groups with stride and padding",
             [conv(8, 3, groups=4, stride=2, padding=1, bias=False), ["tanh"], conv(12, 3, groups=2, padding=1),
              ["relu"], pool(2, 2), ["flatten"], HEAD], [8, 9, 7], 3, 4, "cross-entropy", adam),
        case("depthwise", [conv(5, 3), ["relu"], conv(5, 3, groups=5), ["relu"], conv(7, 1), ["flatten"], HEAD],
             [2, 8, 7], 3, 4, "cross-entropy", {**sgd, "momentum": 0.9}),
        case("depthwise, whole vectors and some",
             [conv(35, 1), conv(35, 3, groups=35, padding=1, stride=2), ["silu"], conv(35, 2, groups=35, bias=False),
              ["globalaveragepool"], HEAD], [2, 7, 9], 3, 3, "cross-entropy",
             {"kind": "adamw", "rate": 1e-2, "decay": 0.1}),
        case("depthwise first, several kernels a channel",
             [conv(9, 3, groups=3, padding=2), ["relu"], pool(2, 2), conv(18, 5, groups=9, padding=2), ["gelu"],
              ["flatten"], HEAD], [3, 5, 6], 3, 4, "mse", sgd),
    ]


if __name__ == "__main__":
    show(cases())
