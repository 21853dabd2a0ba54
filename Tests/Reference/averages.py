#!/usr/bin/env python3
"""Prints averages.json: means of the weights by PyTorch, for TrainingTests to follow.

    python3 averages.py > averages.json        # torch 2.11

A table of 48 rows in the file's order, batches of 8, plain sgd on the mean squared error; linear, batchnorm, tanh, linear.
`swa` and `ema` are torch.optim.swa_utils.AveragedModel, and the running statistics with `swa` and `lawa` are
torch.optim.swa_utils.update_bn's; `lawa` is the mean of the newest three state_dicts, each four updates apart.
"""
import copy
import json

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

ROWS, INPUTS, HIDDEN, BATCH, STEPS, RATE = 48, 3, 5, 8, 40, 0.05
DECAY, EVERY, LAST, FROM, APART = 0.9, 4, 3, 16, 5


def draw(generator, *shape):  # exact in decimals and in float32
    return torch.round(torch.randn(*shape, generator=generator, dtype=torch.float64) * 64) / 64


def main():
    generator = torch.Generator().manual_seed(5)
    x, y = draw(generator, ROWS, INPUTS), draw(generator, ROWS, 1)
    model = nn.Sequential(nn.Linear(INPUTS, HIDDEN), nn.BatchNorm1d(HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, 1)).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(draw(generator, *parameter.shape))
    first = {name: value.clone() for name, value in model.state_dict().items()}
    batches = [(x[i:i + BATCH], y[i:i + BATCH]) for i in range(0, ROWS, BATCH)]
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(DECAY))
    # The first call copies: the average begins at the first weights, as simmer's does.
    ema.update_parameters(model)
    swa = AveragedModel(model)
    window = []
    for step in range(STEPS):
        inputs, targets = batches[step % len(batches)]
        model.train()
        optimizer.zero_grad()
        nn.functional.mse_loss(model(inputs), targets).backward()
        optimizer.step()
        done = step + 1
        ema.update_parameters(model)
        if done >= FROM and (done - FROM) % APART == 0:
            swa.update_parameters(model)
        if done % EVERY == 0:
            window = (window + [copy.deepcopy(model.state_dict())])[-LAST:]
    lawa = copy.deepcopy(model)
    with torch.no_grad():
        for name, parameter in lawa.named_parameters():
            parameter.copy_(sum(state[name] for state in window) / len(window))
    update_bn([inputs for inputs, _ in batches], swa)
    update_bn([inputs for inputs, _ in batches], lawa)

    def tensors(module, names):
        state = module.state_dict()
        return {name: state[name].flatten().tolist() for name in state if any(name.endswith(n) for n in names)}

    trained = ["weight", "bias"]
    statistics = ["running_mean", "running_var"]
    table = "a,b,c,y\n" + "".join(
        ",".join(repr(v) for v in [*row.tolist(), *target.tolist()]) + "\n" for row, target in zip(x, y))
    print(json.dumps({
        "table": table, "steps": STEPS, "batch": BATCH, "rate": RATE, "taken": int(swa.n_averaged),
        "first": {name: {"shape": list(value.shape), "values": value.flatten().tolist()}
                  for name, value in first.items()},
        "averages": {
            f"ema-{DECAY}": tensors(ema.module, trained),
            f"lawa-{EVERY}x{LAST}": tensors(lawa, trained + statistics),
            "swa": tensors(swa.module, trained + statistics),
        }}, indent=0))


if __name__ == "__main__":
    main()
