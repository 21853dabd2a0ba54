#!/usr/bin/env python3
"""Prints outputs_and_groups.json: binary cross-entropy by PyTorch, in the form of networks.json.

    python3 outputs_and_groups.py > outputs_and_groups.json        # PyTorch 2.13, CPU
"""
from networks import HEAD, adam, case, sgd, show

BINARY = "binary-cross-entropy"


def cases():
    return [
        case("one binary output", [["linear", 8], ["tanh"], HEAD], [6], 1, 9, BINARY, {**sgd, "momentum": 0.9}),
        case("binary outputs", [["linear", 8], ["relu"], HEAD], [6], 5, 9, BINARY, adam),
        case("a factor on positives", [["linear", 8], ["tanh"], HEAD], [6], 3, 9, BINARY, sgd,
             positiveWeights=[3.5, 3.5, 3.5]),
        case("a factor on each output's positives", [HEAD], [6], 19, 7, BINARY, sgd,
             positiveWeights=[0.25 * (i + 1) for i in range(19)]),
    ]


if __name__ == "__main__":
    show(cases())
