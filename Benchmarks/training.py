#!/usr/bin/env python3
"""Training samples per second: simmer against PyTorch, alternately, as ratios.

    Benchmarks/training.py --python VENV/bin/python --peer ../shared/bench/peers_torch.py [--pairs 3] [--seconds 10]

Needs `make build`, and a Python with torch for the peer. Prints a line a workload and mode: the median over the pairs of
(simmer's rate / the peer's rate), both on the same number of threads, one after the other in turn.
"""
import argparse
import json
import os
import statistics
import subprocess

from simmer import Daemon, ROOT

W1 = """
recipe: 1
name: w1
data: {{format: digits, examples: 14000, validation: {{fraction: 0.1}}, normalize: unit}}
model: {{layers: [flatten, {{dropout: 0.2}}, {{linear: 1200}}, relu, {{dropout: 0.5}}, {{linear: 1200}}, relu, {{dropout: 0.5}},
    {{linear: classes}}]}}
optimizer: {{kind: adam, rate: 1e-3}}
batch: 128
until: forever
evaluate: {{every: 100000000}}
checkpoint: {{every: 1000 hours}}
resources: {{threads: {threads}}}
"""
W3 = """
recipe: 1
name: w3
data: {{format: digits, examples: 14000, validation: {{fraction: 0.1}}, normalize: unit}}
model: {{layers: [{{conv2d: {{channels: 32, kernel: 3}}}}, relu, {{conv2d: {{channels: 64, kernel: 3}}}}, relu, {{maxpool2d: 2}},
    {{dropout: 0.25}}, flatten, {{linear: 128}}, relu, {{dropout: 0.5}}, {{linear: classes}}]}}
optimizer: {{kind: adam, rate: 3e-4}}
batch: 64
until: forever
evaluate: {{every: 100000000}}
checkpoint: {{every: 1000 hours}}
resources: {{threads: {threads}}}
"""
WORKLOADS = {"w1": (W1, 128), "w3": (W3, 64)}


def simmer_rate(name, recipe, batch, threads, seconds):
    with Daemon() as daemon:
        daemon.submit(name, recipe.format(threads=threads))
        daemon.wait_state(name, ["running"])
        return daemon.steps_per_second(name, seconds) * batch


def peer_rate(arguments, name, mode):
    out = subprocess.run([arguments.python, arguments.peer, "--workloads", name, "--modes", mode,
                          "--threads", str(arguments.threads), "--seconds", str(arguments.seconds)],
                         capture_output=True, text=True, check=True).stdout
    return json.loads(out.strip().splitlines()[-1])["samples_per_s"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True, help="a Python that has torch")
    parser.add_argument("--peer", default=os.path.join(ROOT, "..", "shared", "bench", "peers_torch.py"))
    parser.add_argument("--workloads", default="w1,w3")
    parser.add_argument("--modes", default="eager,tuned")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10)
    arguments = parser.parse_args()
    for name in arguments.workloads.split(","):
        recipe, batch = WORKLOADS[name]
        for mode in arguments.modes.split(","):
            ratios = []
            for _ in range(arguments.pairs):
                ours = simmer_rate(name, recipe, batch, arguments.threads, arguments.seconds)
                theirs = peer_rate(arguments, name, mode)
                ratios.append(ours / theirs)
                print(f"  {name} {mode}: simmer {ours:.0f}, peer {theirs:.0f} samples/s", flush=True)
            print(f"{name} {mode}: ratio {statistics.median(ratios):.2f} (median of {len(ratios)} pairs, "
                  f"{min(ratios):.2f} to {max(ratios):.2f})", flush=True)


main()
