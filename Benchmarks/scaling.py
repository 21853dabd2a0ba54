#!/usr/bin/env python3
"""How a step's time grows: with a second thread, with the batch, with the width. simmer alone.

    Benchmarks/scaling.py [--seconds 5] [--pairs 2] [--only threads|batch|width]

Rates of two settings are measured in turn and printed as a ratio; the tables of batch and width are of an MLP
784-W-W-10 with SGD on two threads, as samples per second against the row of 128 examples and 800 units.
"""
import argparse
import os
import statistics
import tempfile

from simmer import Daemon
from training import COMMON, WORKLOADS, write_data

DATA = "data: {format: digits, examples: 14000, validation: {fraction: 0.1}, normalize: unit}\n"


def rate(text, seconds, folder):
    """Steps per second."""
    path = os.path.join(folder, "job.yaml")
    with open(path, "w") as f:
        f.write(text)
    with Daemon() as daemon:
        daemon.submit("job", path)
        daemon.wait_state("job", ["running"])
        return daemon.steps_per_second("job", seconds)


def in_turn(name, first, second, arguments, folder, factor=1.0):
    ratios = []
    for _ in range(arguments.pairs):
        a = rate(first, arguments.seconds, folder)
        ratios.append(rate(second, arguments.seconds, folder) / a * factor)
    print(f"{name}: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})", flush=True)


def workload(name, threads):
    batch, recipe = WORKLOADS[name]
    kind = "images" if "images.npy" in recipe else "table"
    text = COMMON.format(name=name, threads=threads) + f"batch: {batch}\n" + recipe
    return text.replace("labels.npy", f"{kind}-labels.npy")


def mlp(batch, width):
    return (COMMON.format(name="mlp", threads=2) + f"batch: {batch}\n" + DATA
            + "optimizer: {kind: sgd, rate: 0.01, momentum: 0.9}\n"
            + f"model: {{preset: {{mlp: {{width: {width}}}}}}}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--pairs", type=int, default=2)
    parser.add_argument("--only", choices=["threads", "batch", "width"])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="simmer-bench-") as folder:
        write_data(folder)
        if arguments.only in (None, "threads"):
            for name in WORKLOADS:
                if name == "w5big":
                    continue  # a row of ten steps takes longer than all others together
                in_turn(f"{name}: two threads against one", workload(name, 1), workload(name, 2), arguments, folder)
        if arguments.only in (None, "batch"):
            for batch in (8, 32, 64, 256, 512):
                in_turn(f"batch {batch}: samples per second against batch 128", mlp(128, 800), mlp(batch, 800),
                        arguments, folder, batch / 128)
        if arguments.only in (None, "width"):
            flops = lambda w: 2 * 784 * w + 3 * w * w + 3 * 10 * w
            for width in (64, 200, 400, 1600):
                in_turn(f"width {width}: multiply-adds per second against width 800", mlp(128, 800), mlp(128, width),
                        arguments, folder, flops(width) / flops(800))


main()
