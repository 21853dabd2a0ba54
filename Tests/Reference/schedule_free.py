#!/usr/bin/env python3
"""Prints schedule_free.json: schedule-free AdamW in double precision, for NetworksTests to follow.

    python3 schedule_free.py > schedule_free.json        # numpy 2

Defazio et al. 2024, arXiv:2405.15682, equations 2 to 5 with AdamW's step; t counts from 1:

    y(t)   = (1 - beta1) z(t) + beta1 x(t)
    g(t)   = the loss's gradient at y(t)
    v(t)   = beta2 v(t-1) + (1 - beta2) g(t)^2
    z(t+1) = z(t) - rate(t) (g(t) / (sqrt(v(t) / (1 - beta2^t)) + epsilon) + decay y(t))
    c(t)   = rate(t)^2 / (rate(1)^2 + ... + rate(t)^2)
    x(t+1) = (1 - c(t)) x(t) + c(t) z(t+1)

with x(1) = z(1), the first weights, and no decay on biases. The network is linear, tanh, linear with the mean squared
error; its gradients are written out below.
"""
import json

import numpy as np

INPUTS, HIDDEN, OUTPUTS, BATCH = 5, 7, 3, 8
BETAS, EPSILON = (0.9, 0.999), 1e-8


def loss_and_gradients(weights, x, target):
    hidden = np.tanh(x @ weights["0.weight"].T + weights["0.bias"])
    error = hidden @ weights["2.weight"].T + weights["2.bias"] - target
    d_out = 2 * error / error.size
    d_hidden = d_out @ weights["2.weight"] * (1 - hidden**2)
    return (error**2).mean(), {
        "0.weight": d_hidden.T @ x, "0.bias": d_hidden.sum(0),
        "2.weight": d_out.T @ hidden, "2.bias": d_out.sum(0),
    }


def case(name, rates, decay, betas=BETAS):
    random = np.random.default_rng(7)

    def draw(*shape):  # exact in the file and in float32
        return np.round(random.standard_normal(shape) * 1024) / 2048

    x = {"0.weight": draw(HIDDEN, INPUTS), "0.bias": draw(HIDDEN), "2.weight": draw(OUTPUTS, HIDDEN),
         "2.bias": draw(OUTPUTS)}
    inputs, targets = draw(BATCH, INPUTS), draw(BATCH, OUTPUTS)
    row = {"name": name, "rates": rates, "decay": decay, "betas": betas, "epsilon": EPSILON,
           "weights": {k: a.ravel().tolist() for k, a in x.items()}, "inputs": inputs.ravel().tolist(),
           "targets": targets.ravel().tolist(), "losses": []}
    z = {k: a.copy() for k, a in x.items()}
    v = {k: np.zeros_like(a) for k, a in x.items()}
    squares = 0
    for t, rate in enumerate(rates, 1):
        y = {k: (1 - betas[0]) * z[k] + betas[0] * x[k] for k in x}
        loss, gradients = loss_and_gradients(y, inputs, targets)
        row["losses"].append(loss)
        squares += rate**2
        share = rate**2 / squares
        for k, g in gradients.items():
            v[k] = betas[1] * v[k] + (1 - betas[1]) * g**2
            step = g / (np.sqrt(v[k] / (1 - betas[1]**t)) + EPSILON)
            if k.endswith("weight"):
                step = step + decay * y[k]
            z[k] = z[k] - rate * step
            x[k] = (1 - share) * x[k] + share * z[k]
    row["finalLoss"] = loss_and_gradients(x, inputs, targets)[0]
    for name, values in (("x", x), ("z", z), ("v", v)):
        row[name] = {k: a.ravel().tolist() for k, a in values.items()}
    return row


if __name__ == "__main__":
    WARMUP = [0.02 * min(1, (i + 1) / 8) for i in range(24)]
    CASES = [
        case("constant", [0.01] * 12, 0.0),
        case("warmup and decay", WARMUP, 0.1),
        case("a rate that falls and other betas", [0.02 - 0.0015 * i for i in range(12)], 0.05, (0.6, 0.9)),
        case("the gradient at z", [0.01] * 12, 0.0, (0.0, 0.99)),
    ]
    print(json.dumps({"cases": CASES}, separators=(",", ":")).replace('},{"name"', '},\n{"name"'))
