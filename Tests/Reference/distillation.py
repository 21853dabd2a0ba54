#!/usr/bin/env python3
"""Prints distillation.json: networks that learn soft targets beside labels, and two labels, by PyTorch, in the form of networks.json.

    python3 distillation.py > distillation.json        # PyTorch 2.13, CPU
"""
from networks import HEAD, adam, case, sgd, show


def cases():
    small = [["linear", 8], ["tanh"], HEAD]
    return [
        case("soft and hard targets", small, [6], 5, 9, "cross-entropy", {**sgd, "momentum": 0.9}, temperature=4.0,
             hard=0.1),
        case("soft targets alone", small, [6], 19, 9, "cross-entropy", adam, temperature=20.0, hard=0.0),
        case("labels alone", small, [6], 5, 9, "cross-entropy", sgd, temperature=2.0, hard=1.0),
        case("cold soft targets", small, [6], 3, 9, "cross-entropy", sgd, temperature=0.5, hard=0.5),
        case("soft targets with smoothing", small, [6], 5, 9, "cross-entropy", sgd, temperature=3.0, hard=0.3,
             smoothing=0.2),
        case("soft targets with class weights", small, [6], 3, 9, "cross-entropy", {**sgd, "momentum": 0.9},
             temperature=3.0, hard=0.4, smoothing=0.1, classWeights=[0.25, 1.0, 3.5]),
        case("soft targets for every position", [["embedding", {"units": 4}], ["gru", {"units": 5}], HEAD], [6], 5, 3,
             "cross-entropy", adam, temperature=4.0, hard=0.25, vocabulary=5, targets=6),
        case("mixed examples", small, [6], 5, 9, "cross-entropy", {**sgd, "momentum": 0.9}, share=0.7),
        case("mixed examples with class weights and smoothing", small, [6], 3, 9, "cross-entropy", adam, share=0.25,
             smoothing=0.1, classWeights=[0.25, 1.0, 3.5]),
    ]


if __name__ == "__main__":
    show(cases())
